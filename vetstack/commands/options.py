"""Options that several commands share, and the settings that come of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vetstack.configuration import NAME, ConfigurationError, regions_from, settings_from
from vetstack.settings import STACK_SETS, Settings

if TYPE_CHECKING:
    import argparse


def add_roll_out(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--stackset",
        choices=STACK_SETS,
        help="how the template will be rolled out over your accounts (default: service-managed)",
    )
    parser.add_argument(
        "--regions",
        metavar="A,B",
        help="the regions that it will be deployed to, parted by commas (default: several, whichever)",
    )


def add_var_files(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--var-file",
        action="append",
        default=[],
        metavar="FILE",
        help="what the variables of Terraform modules will be set to (.tfvars or .tfvars.json); may be repeated",
    )


def add_configuration(parser: argparse.ArgumentParser) -> None:
    configuration = parser.add_mutually_exclusive_group()
    configuration.add_argument("--config", metavar="FILE", help=f"read this {NAME} and no other")
    configuration.add_argument("--no-config", action="store_true", help=f"read no {NAME} at all")


def settings_of(arguments: argparse.Namespace) -> Settings:
    """The configuration, with what the command line says instead where the command has the option.

    Raises ConfigurationError.
    """
    given = vars(arguments)
    settings = Settings() if given.get("no_config") else settings_from(given.get("config"), os.getcwd())
    if given.get("var_file"):
        settings = settings._replace(var_files=tuple(given["var_file"]))
    if given.get("trust_suppressions"):
        settings = settings._replace(trust_suppressions=True)
    if given.get("stackset"):
        settings = settings._replace(stackset=given["stackset"])
    if given.get("regions") is not None:
        try:
            regions = regions_from([name.strip() for name in given["regions"].split(",") if name.strip()])
        except ValueError as error:
            raise ConfigurationError(f"--regions: {error}") from None
        settings = settings._replace(regions=regions)
    return settings
