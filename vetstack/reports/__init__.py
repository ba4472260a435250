"""Reports: what a review found, for people and for programs. Each is one module, imported when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from vetstack.reports.interface import Render

FORMATS: Final = {"text": "vetstack.reports.text", "json": "vetstack.reports.json_report"}
"""The names of `--format`, and the module that renders each."""


def renderer(name: str) -> Render:
    """The function that renders a format. Raises KeyError for a name that FORMATS does not have."""
    return cast("Render", import_module(FORMATS[name]).render)
