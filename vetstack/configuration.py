"""`vetstack.toml`: what the user has set once for every review, in every door.

It counts from the working directory or where the user names it, never from the folder that is vetted: what a
vendor hands over must not choose how it is judged. Whoever works inside a vendor's checkout is told by the
reports which file was read and what it changes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from typing import Any, Final, cast

from vetstack.regex import Regex
from vetstack.settings import STACK_SETS, Settings, StackSet

NAME: Final = "vetstack.toml"
SIZE_LIMIT: Final = 1_000_000
"""Bytes; a configuration is a few lines."""

_ACCOUNT = Regex(r"[0-9]{12}")
_REGION = Regex(r"[a-z]{2,4}(-[a-z]+)+-[0-9]+")


class ConfigurationError(Exception):
    """A configuration that cannot be used; its text is a sentence for the user, with file and line."""


def settings_from(path: str | os.PathLike[str] | None, cwd: str | os.PathLike[str]) -> Settings:
    """The settings in the file `path`, or else in `cwd`'s vetstack.toml, or else the defaults.

    `path` is relative to the process's own working directory. Raises ConfigurationError for a file that is
    named but not there, not TOML, or holds a key or a value that means nothing.
    """
    shown = NAME if path is None else os.fspath(path)
    text = _read(shown, os.path.join(cwd, NAME) if path is None else shown, optional=path is None)
    if text is None:
        return Settings()
    entries = _parsed(shown, text)
    for key, value in entries.items():
        if key not in _KEYS:
            meant = nearest(key, _KEYS) or f"; the keys are {', '.join(_KEYS)}"
            raise ConfigurationError(f'{shown}:{_line_of(key, text)}: unknown key "{key}"{meant}')
        try:
            entries[key] = _KEYS[key](value)
        except ValueError as error:
            raise ConfigurationError(f"{shown}:{_line_of(key, text)}: {key}: {error}") from None
    return Settings(source=shown, **{key.replace("-", "_"): value for key, value in entries.items()})


def regions_from(names: object) -> tuple[str, ...]:
    """Names of regions in the order given, each once. Raises ValueError for what cannot be one."""
    texts = _texts(names)
    for name in texts:
        if not _REGION.fullmatch(name):
            raise ValueError(f'"{name}" is not the name of a region, such as "eu-central-1"')
    return tuple(dict.fromkeys(texts))


def nearest(wrong: str, valid: Iterable[str]) -> str:
    """How a message about a wrong name ends: with the nearest valid one, or with nothing if none is near."""
    from difflib import get_close_matches

    names = {name.lower(): name for name in valid}
    close = get_close_matches(wrong.lower(), names, n=1)
    return f': did you mean "{names[close[0]]}"?' if close else ""


def _read(shown: str, path: str, *, optional: bool) -> str | None:
    try:
        with open(path, "rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
        if len(raw) > SIZE_LIMIT:
            raise ConfigurationError(f"{shown} is larger than {SIZE_LIMIT:,} bytes")
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        if optional:
            return None
        raise ConfigurationError(f"{shown}: there is no such file") from None
    except OSError as error:
        raise ConfigurationError(f"{shown} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ConfigurationError(f"{shown} is not UTF-8") from None


def _parsed(shown: str, text: str) -> dict[str, Any]:
    import sys
    from importlib import import_module

    toml = import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        return cast("dict[str, Any]", toml.loads(text))
    except ValueError as error:  # TOMLDecodeError is one
        said = str(error)
        place = re.search(r" \(at line ([0-9]+), column ([0-9]+)\)$", said)
        where = f"{shown}:{place[1]}:{place[2]}" if place else shown
        raise ConfigurationError(f"{where}: {said[: place.start()] if place else said}") from None
    except RecursionError:
        raise ConfigurationError(f"{shown}: nested too deeply") from None


def _line_of(key: str, text: str) -> int:
    """The line that sets a key or opens the table of its name (tomllib keeps no positions)."""
    sets = Regex(rf"\s*(?:\[+\s*)?[\"']?{re.escape(key)}[\"']?\s*[=.\]]")
    return next((number for number, line in enumerate(text.split("\n"), 1) if sets.match(line)), 1)


def _texts(value: object) -> list[str]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of texts in quotes")
    return [str(item) for item in value]


def _accounts(value: object) -> frozenset[str]:
    for account in (texts := _texts(value)):
        if not _ACCOUNT.fullmatch(account):
            raise ValueError(f'"{account}" is not an account id, which has 12 digits')
    return frozenset(texts)


def _stackset(value: object) -> StackSet:
    for model in STACK_SETS:
        if value == model:
            return model
    raise ValueError("must be one of " + ", ".join(f'"{name}"' for name in STACK_SETS))


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _rules(value: object) -> frozenset[str]:
    from vetstack.rules import all_rules, rule_named

    found: set[str] = set()
    for name in _texts(value):
        rule = rule_named(name)
        if rule is None:
            known = [name for rule in all_rules() for name in (rule.name, rule.id)]
            raise ValueError(f'there is no rule "{name}"{nearest(name, known)}')
        if rule.number < 100:
            raise ValueError(f"{rule.id} {rule.name} is about the review itself and cannot be switched off")
        found.add(rule.id)
    return frozenset(found)


_KEYS: Final[dict[str, Callable[[object], object]]] = {
    "trusted-accounts": _accounts,
    "stackset": _stackset,
    "regions": regions_from,
    "trust-suppressions": _flag,
    "off": _rules,
    "vendor-accounts": _accounts,
}
"""What each key's value must be; the names are those of `Settings`, with hyphens."""
