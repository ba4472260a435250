"""Downloads in scripts: the commands that fetch, from where, and the file or folder that they write.

Commands are read by `vetstack.code`.
Sources: the manuals of curl, wget, the AWS CLI, and of PowerShell's web cmdlets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from vetstack.code.interface import Command
from vetstack.code.simple import bare, program_of
from vetstack.records import NamedTuple
from vetstack.regex import Regex

_ADDRESS: Final = Regex(r"(?:https?|ftp|s3)://\S+", re.IGNORECASE)


class Fetch(NamedTuple):
    """One download. source: as it is written; target: the file that it is written to, "" for the output.

    folder: whether it is a whole folder, and the target the one that it is written to.
    """

    command: Command
    source: str
    target: str
    folder: bool = False


_CURL_VALUED: Final = frozenset("oHdXuAebcFTmxKrywYzEQtC")
_CURL_LONG: Final = frozenset(
    {
        "--output", "--header", "--data", "--request", "--user", "--user-agent", "--retry", "--retry-delay",
        "--max-time", "--connect-timeout", "--form", "--proxy", "--cacert", "--cert", "--key", "--data-raw",
        "--write-out", "--output-dir", "--data-binary", "--retry-max-time", "--referer", "--cookie", "--resolve",
        "--url", "--noproxy",
    }
)  # fmt: skip
_WGET_VALUED: Final = frozenset("OPtTUoaiwQADIXRe")


def fetches_of(command: Command) -> Iterator[Fetch]:
    """The downloads of one command."""
    for fetch in _fetches(command._replace(words=tuple(bare(command.words)))):
        yield fetch._replace(command=command)


def _fetches(command: Command) -> Iterator[Fetch]:
    name = program_of(command.words)
    if name in ("curl", "curl.exe") and not _is_powershell(command.words):
        yield from _curl(command)
    elif name == "wget" and not _is_powershell(command.words):
        yield from _wget(command)
    elif name == "aws":
        yield from _aws(command)
    elif name in _POWERSHELL:
        yield from _powershell(command)
    elif name in _BY_ADDRESS:
        found = _ADDRESS.findall(" ".join(command.words[1:]))
        others = [word for word in command.words[1:] if not word.startswith("-") and not _ADDRESS.match(word)]
        source = found[0].rstrip(",") if found else next((one.rstrip(",") for one in others if one.startswith("$")), "")
        if source:
            yield Fetch(command, source, others[-1] if others and name != ".downloadstring" else "")


_POWERSHELL: Final = frozenset(
    {"invoke-webrequest", "iwr", "invoke-restmethod", "irm", "wget", "curl", "read-s3object", "copy-s3object"}
)
_BY_ADDRESS: Final = frozenset(
    {".downloadfile", ".downloadstring", "start-bitstransfer", "certutil", "certutil.exe", "aria2c", "fetch"}
)


def _is_powershell(words: Sequence[str]) -> bool:
    return any(word.lower() in ("-uri", "-outfile", "-usebasicparsing") for word in words)


def _options(words: Sequence[str], valued: frozenset[str], long: frozenset[str]) -> Iterator[tuple[str, str]]:
    """Pairs of an option and its value, ("", word) for words that are neither; `>` has the file as its value."""
    here = 1
    while here < len(words):
        word, after = words[here], words[here + 1] if here + 1 < len(words) else ""
        here += 1
        if word in (">", ">>", "1>", "&>"):
            yield ">", after
            here += 1
        elif word.startswith("--"):
            option, equals, value = word.partition("=")
            if not equals and option in long:
                value, here = after, here + 1
            yield option, value
        elif word.startswith("-") and len(word) > 1:
            place = next((n for n, letter in enumerate(word[1:], 1) if letter in valued), None)
            for letter in word[1 : place if place is not None else len(word)]:
                yield f"-{letter}", ""
            if place is not None:
                value = word[place + 1 :]
                if not value:
                    value, here = after, here + 1
                yield f"-{word[place]}", value
        else:
            yield "", word


def _curl(command: Command) -> Iterator[Fetch]:
    options = list(_options(command.words, _CURL_VALUED, _CURL_LONG))
    sources = [value for option, value in options if option in ("", "--url") and _may_be_address(value)]
    target = next((value for option, value in options if option in ("-o", "--output", ">")), "")
    by_name = any(option in ("-O", "--remote-name", "--remote-name-all", "-J") for option, _ in options)
    for source in sources:
        yield Fetch(command, source, "" if target == "-" else target or (_name_in(source) if by_name else ""))


def _wget(command: Command) -> Iterator[Fetch]:
    long = frozenset(
        {"--output-document", "--header", "--directory-prefix", "--user", "--password", "--tries", "--timeout"}
    )
    options = list(_options(command.words, _WGET_VALUED, long))
    target = next((value for option, value in options if option in ("-O", "--output-document", ">")), None)
    for source in (value for option, value in options if not option and _may_be_address(value)):
        yield Fetch(command, source, "" if target in ("-", "/dev/stdout") else target or _name_in(source))


def _aws(command: Command) -> Iterator[Fetch]:
    words = [word for word in command.words[1:] if word]
    if "s3" in words[:4] and any(verb in words for verb in ("cp", "sync", "mv")):
        places = [word for word in words if word == "-" or not word.startswith("-")]
        verb = next((n for n, word in enumerate(places) if word in ("cp", "sync", "mv")), 0)
        source, target = (*places[verb + 1 : verb + 3], "", "")[:2]
        if source.startswith("s3://") and not target.startswith("s3://") and {"sync", "--recursive"} & set(words):
            yield Fetch(command, source, target.rstrip("/") or ".", True)
        elif source.startswith("s3://") and not target.startswith("s3://"):
            inside = target in (".", "./", "") or target.endswith("/")
            yield Fetch(
                command, source, "" if target == "-" else target.rstrip("./") + _name_in(source) if inside else target
            )
    elif "s3api" in words and "get-object" in words:
        given = dict(zip(words, words[1:], strict=False))
        query = "?versionId=x" if "--version-id" in given else ""
        yield Fetch(command, f"s3://{given.get('--bucket', '')}/{given.get('--key', '')}{query}", words[-1])


def _powershell(command: Command) -> Iterator[Fetch]:
    lowered = [word.lower() for word in command.words]
    given = dict(zip(lowered, command.words[1:], strict=False))
    target = next((given[key] for key in ("-outfile", "-destination", "-file", "-localfile") if key in given), "")
    if "-bucketname" in given:
        yield Fetch(command, f"s3://{given['-bucketname']}/{given.get('-key', '')}", target)
        return
    source = given.get("-uri") or next((w for w in command.words[1:] if _ADDRESS.match(w) or w.startswith("$")), "")
    if source:
        yield Fetch(command, source, target)


def _may_be_address(word: str) -> bool:
    return bool(_ADDRESS.match(word)) or word.startswith("$") or bool(re.match(r"[\w-]+(?:\.[\w-]+)+(?:/|$|:)", word))


def _name_in(source: str) -> str:
    return source.partition("?")[0].rstrip("/").rpartition("/")[2]


