"""Secrets that stand in a template as plain text: by their format, by what they are called, in addresses and scripts.

A name that leaves no doubt (`API_KEY`) is believed of every value that is neither a placeholder nor a name itself; a
doubtful one (`TOKEN`) only of what looks as if it were drawn by lot. Ids, ARNs, digests and UUIDs are no secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from vetstack.credentials.names import kind_of, words_of
from vetstack.credentials.secret_values import is_harmless_text, is_placeholder, literal_secret
from vetstack.credentials.takers import takes_only_secrets
from vetstack.leaves import Leaf
from vetstack.regex import Regex
from vetstack.values import Text, pieces_of

_GIVEN: Final = ("Parameters.", "var.")
"""How the addresses of parameters begin, from which a value is the deployer's."""

_DESCRIBES: Final = frozenset({
    "AllowedPattern", "Comment", "ConstraintDescription", "Description", "GroupDescription", "comment", "description",
})  # fmt: skip
"""Keys of texts that people read, examples among them."""

_DRAWN: Final = frozenset({"auth", "credentials", "pass", "passcode", "pat", "psk", "secret", "token", "tokens"})
_DRAWN_KEYS: Final = frozenset({
    "access", "account", "agent", "encryption", "integration", "master", "service", "shared", "workspace",
})  # fmt: skip
"""Last words of doubtful names, and what stands before a `key`, that make a secret of what is drawn by lot."""

_UUID: Final = Regex(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_HEX: Final = Regex(r"[0-9a-f]{32,}|[0-9A-F]{32,}")
_MIXED: Final = Regex(r"(?=(?:[^0-9]*[0-9]){2})(?=(?:[^A-Z]*[A-Z]){2})(?=(?:[^a-z]*[a-z]){2})[\w+/=.~-]{20,200}")
_WORD: Final = Regex(r"[a-z]{6}")
_COUNTED: Final = Regex(r"0123|1234|abcdef", re.IGNORECASE)
FEWEST: Final = 8
"""Different characters that a secret drawn by lot has at least."""

_NAME: Final = Regex(r"[A-Za-z_]+(?:[._/-]?[A-Za-z_]+)*[._-]?v?\d{0,4}")
"""A word, or several, with a number at its end: what variables and resources are called."""

_ADDRESS: Final = Regex(r"[A-Za-z][A-Za-z0-9+.-]{1,20}://([^\s/:@\"'<>{}$()*]{0,60}):([^\s/:@\"'<>{}$()*]{3,80})@([\w.-]+)")
_AT_HOME: Final = ("localhost", "127.", "0.0.0.0", "host.docker")

_SET: Final = Regex(
    r"(?P<name>(?:authorization|passphrase|password|passwd|pwd|token|secret|key)[\w-]{0,24})"
    r"(?P<joint>\\*[\"']?\]?\s{0,3}(?:=>|:=|=|:)\s{0,3}|\s{1,3})(?:(?:bearer|token|basic)\s+)?"
    r"(?P<quote>\\*[\"']|)(?P<value>[^\s\"'$<>{}()\[\];|&`,\\]{6,200})(?P<end>\\*[\"']|)",
    re.IGNORECASE,
)
"""What sets something that is called like a secret, or is an option for one, to a value that stands there."""

_BEGINS: Final = Regex(r"[\w-]*$")
_ENDS: Final = frozenset(" \t\r\n;|&,)\"'\\`")


def secret_written_in(leaf: Leaf) -> str | None:
    """What secret a scalar of a resource or an output holds as plain text, as a message calls it."""
    pieces = pieces_of(leaf.value)
    for number, piece in enumerate(pieces):
        if isinstance(piece, str):
            called = literal_secret(piece)
            if not called and leaf.resource is not None and leaf.name not in _DESCRIBES:
                called = _in_address(piece) or next(_in_script(piece, last=number + 1 == len(pieces)), None)
            if called:
                return called
    return f"a value for {leaf.name}" if is_written_out(leaf) else None


def is_written_out(leaf: Leaf) -> bool:
    """Whether a scalar is a secret as plain text, by what it is called: no name of one, and no word for one.

    Only a property that takes nothing but secrets is believed to hold the word `password`.
    """
    value = leaf.value
    if not isinstance(value, Text) or leaf.resource is None or len(value.split()) != 1:
        return False
    if any(block.rpartition(" > ")[2].startswith(_GIVEN) for block in value.via):
        return False
    takes = takes_only_secrets(leaf)
    if is_harmless_text(value) or is_placeholder(str(value), "" if takes else leaf.name):
        return False
    return takes or _says(leaf.name, str(value))


def _says(name: str, value: str) -> bool:
    """Whether a name makes a secret of a value."""
    kind = kind_of(name)
    if kind == "secret":
        return kind_of(value) == "unsaid" or (not _NAME.fullmatch(value) and looks_drawn(value))
    return kind == "perhaps" and _is_drawn_for(name) and looks_drawn(value)


def _is_drawn_for(name: str) -> bool:
    words = [word for word in words_of(name) if not word.isdigit()]
    return words[-1] in _DRAWN or (words[-1] == "key" and len(words) > 1 and words[-2] in _DRAWN_KEYS)


def looks_drawn(value: str) -> bool:
    """Whether a value looks as if it were drawn by lot: hexadecimal, or letters and digits without a word in them."""
    if len(set(value)) < FEWEST or _COUNTED.search(value) or _UUID.fullmatch(value):
        return False
    if _HEX.fullmatch(value):
        return True
    return _MIXED.fullmatch(value) is not None and not _WORD.search(value)


def _in_address(text: str) -> str | None:
    """The password in `scheme://user:password@host`."""
    for user, password, host in _ADDRESS.findall(text) if "://" in text and "@" in text else ():
        if password != user and not host.startswith(_AT_HOME) and _is_chosen(password, "password"):
            return f"the password in the address of {host}"
    return None


def _in_script(text: str, *, last: bool) -> Iterator[str]:
    """What a script or a document sets to a secret. last: whether nothing else follows the text."""
    for found in _SET.finditer(text):
        before = _BEGINS.search(text[max(0, found.start() - 40) : found.start()])
        name = (before[0] if before else "") + found["name"]
        option = name.startswith("--")
        if found["joint"].isspace() and not option:
            continue
        line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].lstrip()
        if line.startswith(("#", "//", "*")) or not _is_whole(text, found, last):
            continue
        called, value = name.strip("-"), found["value"]
        if is_harmless_text(value) or is_placeholder(value, called):
            continue
        chosen = bool(option or found["quote"]) and kind_of(called) == "secret" and _is_chosen(value, called)
        if chosen or (looks_drawn(value) and _says(called, value)):
            yield f"a value for {called}"


def _is_whole(text: str, found: re.Match[str], last: bool) -> bool:
    """Whether a value ends where it seems to: at its quote, or where a word ends."""
    if found["quote"]:
        return found["end"].strip("\\") == found["quote"].strip("\\")
    if found.end() == len(text):
        return last
    return bool(found["end"]) or text[found.end()] in _ENDS


def _is_chosen(value: str, name: str) -> bool:
    """Whether a value looks as if somebody had thought it up as a password: no word, no name, no placeholder."""
    if is_placeholder(value, name) or is_harmless_text(value) or _NAME.fullmatch(value) or _UUID.fullmatch(value):
        return False
    return any(one.isdigit() for one in value) and any(one.isalpha() for one in value)
