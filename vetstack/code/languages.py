"""Which language a piece of code is written in, by what runs it or by what it looks like."""

from __future__ import annotations

import re
from typing import Final

from vetstack.code.interface import Language
from vetstack.regex import Regex

RUNTIMES: Final[tuple[tuple[str, Language], ...]] = (
    ("python", "python"),
    ("node", "javascript"),
    ("cloudfront-js", "javascript"),
    ("appsync_js", "javascript"),
    ("syn-nodejs", "javascript"),
    ("syn-python", "python"),
    ("powershell", "powershell"),
    ("bash", "shell"),
)
"""Beginnings of the names of runtimes, of Lambda and of other services that run code."""

SUFFIXES: Final[dict[str, Language]] = {
    ".py": "python",
    ".js": "javascript",
    ".mjs": "javascript",
    ".cjs": "javascript",
    ".ts": "javascript",
    ".sh": "shell",
    ".bash": "shell",
    ".ps1": "powershell",
}
"""Endings of files of code that are read."""

INTERPRETERS: Final[dict[str, Language]] = {
    "sh": "shell",
    "bash": "shell",
    "ash": "shell",
    "dash": "shell",
    "ksh": "shell",
    "zsh": "shell",
    "python": "python",
    "node": "javascript",
    "pwsh": "powershell",
    "powershell": "powershell",
}
"""Programs that run code, without path, version and ending."""

_SHEBANG: Final = Regex(r"#!\s*(?:\S*/)?(?:env\s+(?:-S\s+)?)?(?:\S*/)?([A-Za-z]+)")
_LOOKS: Final[tuple[tuple[Regex, Language], ...]] = (
    (Regex(r"^[ \t]*import .* from ['\"]|\brequire\(|^[ \t]*(?:const|let|var) \w|=>|\bexports\.", re.MULTILINE),
     "javascript"),
    (Regex(r"^[ \t]*(?:import \w|from [\w.]+ import |def \w+\()", re.MULTILINE), "python"),
)  # fmt: skip


def language_of_program(program: str) -> Language | None:
    """The language that a program runs: `/usr/bin/python3.11` is Python's."""
    name = program.replace("\\", "/").rpartition("/")[2].lower().removesuffix(".exe").rstrip("0123456789.")
    return INTERPRETERS.get(name)


def language_of_runtime(runtime: str) -> Language | None:
    """The language of a runtime by its name; None for one that is not known."""
    lowered = runtime.lower()
    return next((language for start, language in RUNTIMES if lowered.startswith(start)), None)


def language_of_file(path: str) -> Language | None:
    """The language of a file by its ending."""
    dot = path.rfind(".")
    return SUFFIXES.get(path[dot:].lower()) if dot >= 0 else None


def language_of_shebang(text: str) -> Language | None:
    """The language that the first line of a text asks for."""
    found = _SHEBANG.match(text.lstrip())
    return language_of_program(found[1]) or "other" if found else None


def language_of_text(text: str, otherwise: Language = "other") -> Language:
    """The language that a text looks like."""
    asked = language_of_shebang(text)
    if asked:
        return asked
    return next((language for pattern, language in _LOOKS if pattern.search(text)), otherwise)
