"""What an instance is started with: a script, a cloud-config, PowerShell, or several of them in one MIME message.

Source: cloud-init's documentation of user-data formats, and the EC2 user guide for Windows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from vetstack.code.drafts import Draft
from vetstack.code.interface import Language, Script
from vetstack.code.languages import language_of_text
from vetstack.regex import Regex

PARTS_LIMIT: Final = 32
"""Parts of one message that are looked at."""

_BASE64: Final = Regex(r"[A-Za-z0-9+/]{16,}={0,2}")
_BOUNDARY: Final = Regex(r"boundary=\"?([^\s\";]+)", re.IGNORECASE)
_TAGS: Final[tuple[tuple[str, Language], ...]] = (("powershell", "powershell"), ("script", "shell"))


def decoded(text: str) -> str:
    """The text that base64 stands for, or the text itself when it is not base64 of a text."""
    if " " in text.strip() or not _BASE64.fullmatch(packed := "".join(text.split())) or packed.islower():
        return text
    from base64 import b64decode

    try:
        plain = b64decode(packed, validate=True).decode("utf-8")
    except ValueError:
        return text
    return plain if plain.isprintable() or plain.startswith(("#", "<")) or "\n" in plain else text


def unpacked(script: Script, drafts: Callable[[Script, Iterator[Draft]], Iterator[Script]]) -> Iterator[Script]:
    """The pieces of code in user data. drafts: makes scripts of what a document inside it holds."""
    plain = decoded(script.text)
    if plain != script.text:
        lines = plain.count("\n") + 1
        script = script._replace(text=plain, lines=script.lines[:1] * lines)
    start = script.text.lstrip()
    lowered = start[:200].lower()
    if lowered.startswith(("content-type: multipart", "mime-version:")):
        for part in _parts(script):
            yield from unpacked(part, drafts)
    elif lowered.startswith("#cloud-config") or "\n#cloud-config" in lowered:
        yield from _cloud_config(script, drafts)
    elif any(f"<{tag}>" in script.text.lower() for tag, _ in _TAGS):
        yield from _tagged(script)
    else:
        yield script._replace(language=language_of_text(script.text, "shell"))


def _cloud_config(script: Script, drafts: Callable[[Script, Iterator[Draft]], Iterator[Script]]) -> Iterator[Script]:
    from vetstack.code.documents import of_cloud_config
    from vetstack.code.structure import structure_of
    from vetstack.values import Map

    found = structure_of(script.text, script.lines)
    if isinstance(found, Map):
        yield from drafts(script, of_cloud_config(script.guard, found))
    else:  # what the template fills in may be what makes YAML of it: then its lines are read as they are
        bare = "\n".join(re.sub(r"^\s*-\s+", "", line) for line in script.text.split("\n"))
        yield script._replace(text=bare, language="shell", place="cloud-init")


def _parts(script: Script) -> Iterator[Script]:
    """The bodies of a MIME message."""
    found = _BOUNDARY.search(script.text[:2000])
    if not found:
        return
    lines = script.text.split("\n")
    marks = [number for number, line in enumerate(lines) if line.strip().startswith("--" + found[1])]
    for first, last in zip(marks[:PARTS_LIMIT], [*marks[1:], len(lines)], strict=False):
        begin = next((n + 1 for n in range(first + 1, last) if not lines[n].strip()), last)
        if begin < last:
            body = "\n".join(lines[begin:last])
            yield script._replace(text=body, lines=script.lines[begin:last] or script.lines[-1:])


def _tagged(script: Script) -> Iterator[Script]:
    """What stands between the tags of user data for Windows."""
    lowered = script.text.lower()
    for tag, language in _TAGS:
        begin = lowered.find(f"<{tag}>")
        if begin >= 0:
            begin += len(tag) + 2
            end = lowered.find(f"</{tag}>", begin)
            text = script.text[begin : end if end >= 0 else len(script.text)]
            skipped = script.text.count("\n", 0, begin)
            yield script._replace(text=text, lines=script.lines[skipped:] or script.lines[-1:], language=language)
