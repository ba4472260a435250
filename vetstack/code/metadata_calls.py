"""Requests to the instance metadata service in code, and whether they carry the token of version 2.

The metadata of containers (169.254.170.2) is another service, without tokens. Source: EC2 user guide,
instancedata-data-retrieval and configuring-instance-metadata-service.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.code.interface import Script
from vetstack.code.shell import commands_in
from vetstack.code.simple import bare, program_of
from vetstack.position import Position
from vetstack.records import NamedTuple
from vetstack.regex import Regex

_ENDPOINT: Final = Regex(
    r"(?:169\.254\.169\.254|\[fd00:ec2::254\]|\binstance-data(?:\.ec2\.internal)?)(?![\w.-])", re.IGNORECASE
)
_URL: Final = Regex(
    r"(?:https?://)?(?:169\.254\.169\.254|\[fd00:ec2::254\]|instance-data(?:\.ec2\.internal)?)(?::\d+)?[^\s\"'`)\\,;|]*",
    re.IGNORECASE,
)
_TOKEN_PATH: Final = "latest/api/token"
_HEADER: Final = Regex(r"metadata-token(?!-ttl)", re.IGNORECASE)
_ASKED: Final = Regex(r"api/token|metadata-token", re.IGNORECASE)
_ASSIGNED: Final = Regex(
    r"^[^\S\n]*(?:export\s+|local\s+|readonly\s+)?\$?(?:env:|script:|global:)?([A-Za-z_]\w*)\s*=\s*[\"']?([^\"'\n;`)]*)",
    re.MULTILINE | re.IGNORECASE,
)
_VARIABLE: Final = Regex(r"\$\{?(\w+)\}?")
_OPTIONS: Final = Regex(r"^-(?:-header|H|Headers?)", re.IGNORECASE)

FETCHERS: Final = frozenset(
    {
        "curl", "curl.exe", "wget", "invoke-restmethod", "invoke-webrequest", "irm", "iwr", "get", "lwp-request",
        "fetch",
        "http", "aria2c", ".downloadstring", ".downloadfile", "start-bitstransfer", "lynx", "links",
    }
)  # fmt: skip
"""Programs that ask a URL."""

_IN_PROGRAMS: Final = Regex(
    r"requests\.|urllib|urlopen|http\.client|httplib|aiohttp|httpx|axios|fetch\(|https?\.(?:get|request)|got\(|open-uri"
    r"|Net::HTTP|http\.NewRequest|http\.Get|curl|WebRequest"
)
"""What programs ask URLs with."""

_COMMENTS: Final = ("#", "//", "*", "rem ")


class MetadataCall(NamedTuple):
    """A request without a token. url: as it is written; token_known: whether the script fetches a token before it."""

    script: Script
    url: str
    at: Position
    token_known: bool


def metadata_calls_in(script: Script) -> Iterator[MetadataCall]:
    """The requests of a script that only version 1 of the service answers. A function has no such service."""
    if script.place == "function" or not _ENDPOINT.search(script.text):
        return
    if script.language in ("shell", "powershell"):
        yield from _in_commands(script)
    else:
        yield from _in_program(script)


def _in_commands(script: Script) -> Iterator[MetadataCall]:
    assigned = dict(_ASSIGNED.findall(script.text))
    endpoints = {name for name, value in assigned.items() if _ENDPOINT.search(value)}
    headers = {name for name, value in assigned.items() if _HEADER.search(value)}
    known = False
    for command in commands_in(script):
        words = bare(command.words)
        line = " ".join(words)
        if program_of(words) not in FETCHERS:
            inside = program_of(words).startswith(("python", "ruby", "perl", "node", "php"))
            if inside and _ENDPOINT.search(line) and not _ASKED.search(line):
                yield MetadataCall(script, _shown(line), command.at, known)
            continue
        variables = set(_VARIABLE.findall(line))
        if not _ENDPOINT.search(line) and not variables & endpoints:
            continue
        whole = _VARIABLE.sub(lambda found: assigned.get(found[1], found[0]), line)
        if _TOKEN_PATH in whole or re.search(r"\b(?:PUT)\b", line):
            known = True
        elif not _has_header(words, headers, script.text):
            yield MetadataCall(script, _shown(whole), command.at, known)


def _has_header(words: Sequence[str], headers: set[str], text: str) -> bool:
    """Whether a command sends a token: by its words, by a variable that holds the header, or by one nobody can tell."""
    if any(_HEADER.search(word) for word in words):
        return True
    if any(set(_VARIABLE.findall(word)) & headers for word in words):
        return True
    given = any(_OPTIONS.match(word) for word in words)
    return given and bool(_HEADER.search(text))


def _in_program(script: Script) -> Iterator[MetadataCall]:
    """A program that names the endpoint, asks URLs and never speaks of a token."""
    if _ASKED.search(script.text) or not _IN_PROGRAMS.search(script.text):
        return
    for number, line in enumerate(script.text.split("\n"), 1):
        if _ENDPOINT.search(line) and not line.lstrip().lower().startswith(_COMMENTS):
            yield MetadataCall(script, _shown(line), script.at(number), False)


def _shown(text: str) -> str:
    found = _URL.search(text)
    return found[0] if found else "the metadata service"
