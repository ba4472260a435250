"""Asks the engine, for the door to Checkov, and says in the door's terms what it answers.

The engine is imported when it is asked: what goes wrong with it is an answer like any other.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from checkov_checks.door.vetstack_placement import UNREAD, Remark, Said, Verdict

if TYPE_CHECKING:
    from vetstack.review import Review
    from vetstack.settings import Settings

UNDECIDED = "VET002"


def vet(paths: Sequence[str], var_files: Sequence[str] = (), *, terraform: bool = False) -> Verdict:
    """Review some files or, with `terraform`, the modules that they are part of or that folders hold. Never raises."""
    try:
        from vetstack.review import review

        settings = _settings(var_files)
        own = os.environ.get("VETSTACK_TRUST_SUPPRESSIONS") == "1"
        outcome = review(paths, settings, candidates=own, only="terraform" if terraform else None)
        read = list(outcome.documents) if terraform else [file for file, _ in outcome.files]
        return Verdict(frozenset(map(os.path.realpath, read)), settings.off, tuple(_said(outcome)))
    except Exception as error:
        return failed(f"vetstack failed, so nothing was vetted: {type(error).__name__}: {error}")


def failed(reason: str) -> Verdict:
    """The verdict where nothing was vetted."""
    return Verdict(frozenset(), frozenset(), (), reason.encode("unicode_escape").decode())


def _settings(var_files: Sequence[str]) -> Settings:
    from vetstack.configuration import settings_from
    from vetstack.settings import Settings

    config = os.environ.get("VETSTACK_CONFIG")
    settings = Settings() if config == "" else settings_from(config, os.getcwd())
    if os.environ.get("VETSTACK_TRUST_SUPPRESSIONS") == "1":
        settings = settings._replace(trust_suppressions=True)
    return settings._replace(var_files=(*settings.var_files, *var_files))


def _said(outcome: Review) -> Iterator[Said]:
    from vetstack.reports.typography import shown

    entries = [(one.rule, one, one.severity, _message(one.message, one.when)) for one in outcome.findings]
    undecided = [(UNDECIDED, one, "warning", one.reason) for one in outcome.undecided]
    for rule, entry, severity, message in (*entries, *undecided):
        block = outcome.blocks.get(entry, entry.at)
        outer = entry.resource.partition(" > ")[0]
        remark = Remark(severity, entry.at.line, shown(message))
        yield Said(rule, os.path.realpath(block.file), block.line, outer, os.path.realpath(entry.at.file), remark)
    for gap in outcome.unread:
        file = os.path.realpath(gap.file)
        yield Said(UNREAD, file, gap.line, "", file, Remark("error", gap.line, shown(gap.reason)))


def _message(message: str, when: str | None) -> str:
    return f"{message} (when {when})" if when else message
