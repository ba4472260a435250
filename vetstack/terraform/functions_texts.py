"""Functions of texts and numbers. Arguments have no alternatives; holes in a text stay where they are."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from vetstack import texts
from vetstack.terraform.arithmetic import number_of, number_text
from vetstack.terraform.elements import NAMED_HOLES, failed
from vetstack.terraform.functions import Function, Given
from vetstack.terraform.written import source_of
from vetstack.values import ABSENT, Absent, Items, Map, Text, Unknown, Value, fields_of, pieces_of

TEXT_LIMIT: Final = 1024 * 1024
"""Characters of a text that a function makes."""

PARTS_LIMIT: Final = 2_000
"""Parts that a text is put together from which are not all known."""

PROBE_LENGTH: Final = 4096
"""Longest text that a pattern of the configuration is tried on: it may backtrack for ever."""

STEPS_LIMIT: Final = 1e9
"""Steps that a pattern may take at worst: of each repeat in it as many as the text is long, one inside the other."""

_REPEATED_GROUP: Final = re.compile(r"\)[*+{]")
_REPEAT: Final = re.compile(r"[*+]|\{\d*,")
_VERB: Final = re.compile(r"%(?:\[(\d+)\])?[-+# 0]*\d*(?:\.\d+)?([a-zA-Z%])")


def _mapped(change: Callable[[str], str]) -> Function:
    """A change of characters, which leaves holes as they are."""

    def function(given: Given) -> Value | None:
        (value,) = given.arguments[:1] or (ABSENT,)
        if not isinstance(value, (Text, Unknown)):
            return None
        if isinstance(value, Unknown) and value.holes and len(value.pieces) == 1:
            return value
        pieces = tuple(change(piece) if isinstance(piece, str) else piece for piece in pieces_of(value))
        return texts.made(pieces, given.at, value.via)

    return function


def _known(change: Callable[..., str | bool | None]) -> Function:
    """A function of known texts only."""

    def function(given: Given) -> Value | None:
        if not given.arguments or not all(isinstance(one, Text) for one in given.arguments):
            return None
        made = change(*(str(one) for one in given.arguments))
        if made is None:
            return None
        text = ("false", "true")[made] if isinstance(made, bool) else made
        first = given.arguments[0]
        return Text(text, given.at, first.via if isinstance(first, Text) else ())

    return function


def _trimmed(given: Given) -> Value | None:
    """trimspace and chomp: the ends of a text."""
    (value,) = given.arguments
    if not isinstance(value, (Text, Unknown)):
        return value
    if source_of(value) is not None:  # whatever reads it passes over what is trimmed here
        return value
    pieces = list(pieces_of(value))
    if isinstance(pieces[0], str) and given.name == "trimspace":
        pieces[0] = pieces[0].lstrip()
    if isinstance(pieces[-1], str):
        pieces[-1] = pieces[-1].rstrip() if given.name == "trimspace" else pieces[-1].rstrip("\r\n")
    return texts.made(tuple(pieces), value.at, value.via)


def _same(given: Given) -> Value | None:
    """Functions that leave a value what it is, as rules see it."""
    return given.arguments[0] if given.arguments else None


def _replace(given: Given) -> Value | None:
    if len(given.arguments) != 3:
        return None
    value, old, new = given.arguments
    if not (isinstance(value, (Text, Unknown)) and isinstance(old, Text) and isinstance(new, (Text, Unknown)) and old):
        return None
    if len(old) > 1 and old.startswith("/") and old.endswith("/"):
        return _replace_pattern(given, value, old[1:-1], new)
    made: list[Value] = []
    many = sum(piece.count(old) for piece in pieces_of(value) if isinstance(piece, str))
    if many * len(str(new)) > TEXT_LIMIT:
        return given.scope.widened(given.at)
    if isinstance(value, Text) and isinstance(new, Text):
        return Text(value.replace(old, new), given.at, value.via)
    if many > PARTS_LIMIT:
        return given.scope.widened(given.at)
    for piece in pieces_of(value):
        if isinstance(piece, str):
            for number, part in enumerate(piece.split(old)):
                made.extend([new, Text(part, given.at)] if number else [Text(part, given.at)])
        else:
            made.append(Unknown((piece,), given.at))
    return texts.concatenate([Text("", given.at, value.via), *made], given.always, given.at)


def _replace_pattern(given: Given, value: Text | Unknown, pattern: str, new: Value) -> Value | None:
    compiled = _compiled(pattern, value)
    if compiled is None or not isinstance(value, Text) or not isinstance(new, Text):
        return None
    return Text(compiled.sub(re.sub(r"\$\{?(\w+)\}?", r"\\g<\1>", str(new)), value), given.at, value.via)


def _may_take_for_ever(pattern: str, length: int) -> bool:
    """Whether a pattern may backtrack for longer than anybody waits on a text of some length."""
    if _REPEATED_GROUP.search(pattern):
        return length > 20
    return length > PROBE_LENGTH or float(length) ** len(_REPEAT.findall(pattern)) > STEPS_LIMIT


def _compiled(pattern: str, value: Value) -> re.Pattern[str] | None:
    """A pattern of Go's as Python has it; None for one that cannot be tried, or not safely."""
    if isinstance(value, Text) and _may_take_for_ever(pattern, len(value)):
        return None
    try:
        return re.compile(pattern.replace("(?<", "(?P<").replace("(?P<=", "(?<=").replace("(?P<!", "(?<!"))
    except (re.error, RecursionError, OverflowError):
        return None


def _regex(given: Given) -> Value | None:
    pattern, value = given.arguments if len(given.arguments) == 2 else (ABSENT, ABSENT)
    if not isinstance(pattern, Text) or not isinstance(value, Text):
        return None
    compiled = _compiled(pattern, value)
    if compiled is None:
        return None
    found = [_matched(given, one) for one in compiled.finditer(value)]
    if given.name == "regexall":
        return Items(found, given.at)
    return found[0] if found else failed("regex", given.at)


def _matched(given: Given, found: re.Match[str]) -> Value:
    if found.groupdict():
        return Map({key: Text(one or "", given.at) for key, one in found.groupdict().items()}, given.at, {})
    if found.groups():
        return Items([Text(one or "", given.at) for one in found.groups()], given.at)
    return Text(found[0], given.at)


def _format(given: Given) -> Value | None:
    """`format`: its verbs replaced by the arguments."""
    if not given.arguments:
        return None
    pattern, *rest = given.arguments
    if not isinstance(pattern, Text):
        return None
    parts: list[Value] = []
    end = number = 0
    for found in _VERB.finditer(pattern):
        parts.append(Text(pattern[end : found.start()], given.at))
        end = found.end()
        if found[2] == "%":
            parts.append(Text("%", given.at))
            continue
        place = int(found[1]) - 1 if found[1] else number
        number = place + 1
        if place >= len(rest):
            return None
        parts.append(_verb(found[0], found[2], rest[place]))
    parts.append(Text(pattern[end:], given.at))
    return texts.concatenate(parts, given.always, given.at)


def _verb(whole: str, verb: str, value: Value) -> Value:
    if isinstance(value, Text) and verb in "dfgex" and len(whole) > 2:
        number = number_of(value)
        if number is not None and re.fullmatch(r"%[-+ 0]*\d{0,3}(\.\d{1,3})?[dfgex]", whole):
            return Text(whole % (int(number) if verb in "dx" else number), value.at, value.via)
    if isinstance(value, Text) and verb == "q":
        return Text(f'"{value}"', value.at, value.via)
    return value


def _split(given: Given) -> Value | None:
    separator, value = given.arguments if len(given.arguments) == 2 else (ABSENT, ABSENT)
    if not isinstance(separator, Text) or not separator:
        return None
    if isinstance(value, Text):
        return Items([Text(one, given.at, value.via) for one in value.split(separator)], given.at, value.via)
    if isinstance(value, Unknown) and all(hole.kind in NAMED_HOLES - {"parameter"} for hole in value.holes):
        fields = fields_of(value, separator)
        return Items([texts.made(one, given.at, value.via) for one in fields], given.at, value.via)
    return None


def _substr(text: str, offset: str, count: str) -> str | None:
    start, many = int(number_of(offset) or 0), int(number_of(count) or 0)
    start = start + len(text) if start < 0 else start
    return text[start:] if many < 0 else text[start : start + many]


def _begins(given: Given) -> Value | None:
    """startswith and endswith, for a text that is known as far as that takes."""
    if len(given.arguments) != 2:
        return None
    value, part = given.arguments
    if not isinstance(part, Text) or not isinstance(value, (Text, Unknown)):
        return None
    start = given.name == "startswith"
    piece = pieces_of(value)[0 if start else -1]
    if not isinstance(piece, str) or (isinstance(value, Unknown) and len(piece) < len(part)):
        return None
    held = piece.startswith(part) if start else piece.endswith(part)
    return Text(("false", "true")[held], given.at)


def _numbers(change: Callable[..., float | None]) -> Function:
    def function(given: Given) -> Value | None:
        arguments = list(given.arguments[0]) if _is_list(given) else list(given.arguments)  # type: ignore[arg-type]
        numbers = [number_of(one) if isinstance(one, Text) else None for one in arguments]
        if not numbers or any(one is None for one in numbers):
            return None
        try:
            made = change(*numbers)
            return Text(number_text(made), given.at) if made is not None else None
        except (ValueError, OverflowError, ZeroDivisionError, TypeError):
            return failed(given.name, given.at)

    return function


def _is_list(given: Given) -> bool:
    return len(given.arguments) == 1 and isinstance(given.arguments[0], Items)


def _to_number(given: Given) -> Value | None:
    (value,) = given.arguments
    if isinstance(value, Text):
        return value if number_of(value) is not None else failed("tonumber", given.at)
    return value if isinstance(value, (Unknown, Absent)) else failed("tonumber", given.at)


def _indent(given: Given) -> Value | None:
    spaces, value = given.arguments if len(given.arguments) == 2 else (ABSENT, ABSENT)
    if not (isinstance(spaces, Text) and spaces.isdigit() and isinstance(value, (Text, Unknown))):
        return None
    margin = "\n" + " " * min(int(spaces), 100)
    pieces = tuple(one.replace("\n", margin) if isinstance(one, str) else one for one in pieces_of(value))
    return texts.made(pieces, given.at, value.via)


def _decoded(given: Given) -> Value | None:
    """jsondecode and yamldecode: the structure of a text; of what is a structure already, that."""
    from vetstack.terraform.written import decoded

    (value,) = given.arguments
    return decoded(value, given.always, given.scope.module.work.complain)


def _base64decode(given: Given) -> Value | None:
    import binascii

    (value,) = given.arguments
    if not isinstance(value, Text):
        return None
    try:
        return Text(binascii.a2b_base64(value.encode("ascii", "replace")).decode("utf-8"), given.at, value.via)
    except ValueError:
        return value  # `base64encode` leaves a text as it is here


_KEEPING: Final = (
    "jsonencode", "yamlencode", "base64encode", "base64gzip", "textencodebase64", "tostring", "tobool", "sensitive",
    "nonsensitive", "abspath", "pathexpand", "ephemeralasnull",
)  # fmt: skip


TEXTS: Final[dict[str, Function]] = {
    **dict.fromkeys(_KEEPING, _same),
    "lower": _mapped(str.lower),
    "upper": _mapped(str.upper),
    "title": _mapped(str.title),
    "urlencode": _known(lambda text: re.sub(r"[^\w.~-]", lambda m: "".join(f"%{b:02X}" for b in m[0].encode()), text)),
    "strrev": _known(lambda text: text[::-1]),
    "trim": _known(lambda text, cut: text.strip(cut)),
    "trimprefix": _known(lambda text, cut: text.removeprefix(cut)),
    "trimsuffix": _known(lambda text, cut: text.removesuffix(cut)),
    "trimspace": _trimmed,
    "chomp": _trimmed,
    "indent": _indent,
    "replace": _replace,
    "regex": _regex,
    "regexall": _regex,
    "format": _format,
    "split": _split,
    "substr": _known(_substr),
    "startswith": _begins,
    "endswith": _begins,
    "strcontains": _known(lambda text, part: part in text),
    "basename": _known(lambda path: path.rstrip("/").rpartition("/")[2]),
    "dirname": _known(lambda path: path.rpartition("/")[0] or "."),
    "jsondecode": _decoded,
    "yamldecode": _decoded,
    "base64decode": _base64decode,
    "tonumber": _to_number,
    "abs": _numbers(abs),
    "ceil": _numbers(math.ceil),
    "floor": _numbers(math.floor),
    "max": _numbers(lambda *many: max(many)),
    "min": _numbers(lambda *many: min(many)),
    "sum": _numbers(lambda *many: sum(many)),
    "signum": _numbers(lambda one: (one > 0) - (one < 0)),
}
"""Functions by name, of arguments without alternatives."""
