"""Whether a value that a trust policy asks of a claim says whose token it lets in.

A subject is a list of labels and values (`repo:acme/agent:ref:refs/heads/main`), a path that begins with a label
(`org/1234/project/5678`) or an opaque id. Every user of an issuer has the same labels, so that only a value names one.
Sources: the issuers' documentation of their subject claims; IAM user guide, reference_policies_variables.
"""

from __future__ import annotations

import re
from typing import Final

from vetstack.regex import Regex
from vetstack.values import Hole, Text, Unknown, pieces_of

OF_THE_RUN: Final = frozenset({
    "base_ref", "branch", "commit", "context", "deployment", "env", "environment", "event_name", "head_ref", "job",
    "ref", "ref_path", "ref_protected", "ref_type", "run_phase", "runner_environment", "sha", "stage", "step", "tag",
    "workflow",
})  # fmt: skip
"""Labels whose values every user of an issuer can choose alike: a branch called main names nobody."""

_LABEL = Regex(r"[A-Za-z][A-Za-z_-]*[0-9]?")
_PREFIX = Regex(r"system:[a-z]+:|urn:[\w.-]+:|arn:[\w-]*:[\w-]*:[\w-]*:")
"""Labels that come in a row: a service account's, a URN's namespace, an ARN up to its account."""

_VARIABLE = Regex(r"\$\{([^}]*)\}")
_GIVEN, _ANY = "\0", "\1"
"""Stand for a part that the deployment fixes, and for one that the caller chooses."""


def names_owner(claim: str, value: Text | Unknown, *, pattern: bool) -> bool:
    """Whether only tokens of somebody in particular have this value. pattern: whether `*` and `?` stand for any text.

    A pattern does if, before its first wildcard, a whole value names somebody; `*@acme.example` does for an e-mail.
    """
    text = _marked(value, pattern)
    if claim.endswith("email"):
        return "@" in text and _ANY not in text.rpartition("@")[2] if _ANY in text else True
    fixed, wildcard, _ = text.partition(_ANY)
    if not wildcard:
        return claim != "sub" or not _all_of_the_run(fixed)
    return _subject_names(fixed) if claim == "sub" else any(re.split("[:/]", fixed)[:-1])


def is_anything(value: Text | Unknown, *, pattern: bool) -> bool:
    """Whether any text at all has this value."""
    return not _marked(value, pattern).strip(_ANY) and bool(str(value))


def _marked(value: Text | Unknown, pattern: bool) -> str:
    return "".join(_GIVEN if isinstance(piece, Hole) else _marked_text(piece, pattern) for piece in pieces_of(value))


def _marked_text(text: str, pattern: bool) -> str:
    plain = [re.sub(r"[*?]", _ANY, part) if pattern else part for part in _VARIABLE.split(text)[::2]]
    variables = [_variable(name) for name in _VARIABLE.findall(text)]
    return "".join(part for pair in zip(plain, [*variables, ""], strict=True) for part in pair)


def _variable(name: str) -> str:
    """`${*}` is an asterisk to IAM; a variable is the caller's to choose unless it is about the role itself."""
    return _GIVEN if name in ("*", "?", "$") or name.lower().startswith("aws:resource") else _ANY


def _all_of_the_run(subject: str) -> bool:
    fields = subject.lower().split(":")
    return len(fields) % 2 == 0 and all(label in OF_THE_RUN for label in fields[::2])


def _subject_names(fixed: str) -> bool:
    """Whether the beginning of a subject, up to a wildcard, holds a whole value beside its labels."""
    prefix = _PREFIX.match(fixed)
    if prefix:
        return any(re.split("[:/]", fixed[prefix.end() :])[:-1])
    fields = fixed.split(":")
    if len(fields) == 1:
        first, *further = [segment for segment in fixed.split("/")[:-1] if segment] or [""]
        return bool(further) or bool(first and not _LABEL.fullmatch(first))
    last = len(fields) - 1
    for place in range(0, last, 2):
        (label, *path), segments = fields[place].split("/"), fields[place + 1].split("/")
        if any(path) or (label and not _LABEL.fullmatch(label)):
            return True
        whole = segments[:-1] if place + 1 == last else segments
        if label.lower() not in OF_THE_RUN and any(whole):
            return True
    return False
