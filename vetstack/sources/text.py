"""Bytes to characters, and characters to lines and columns as an editor counts them."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate
from typing import Final

from vetstack.sources.interface import Unreadable
from vetstack.sources.limits import MAX_BYTES

_BYTE_ORDER_MARKS: Final = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
"""What a file may begin with. UTF-32 before UTF-16, whose mark is the beginning of its own."""

_LONE_SURROGATE: Final = "[\ud800-\udfff]"
_BREAK: Final = re.compile(r"\r\n?|\n")


def decode(data: bytes | str) -> str:
    """The characters of a file, without its byte order mark. Raises Unreadable for what is no text, or too long.

    A str may hold lone surrogates, which no encoding can print: each becomes U+FFFD.
    """
    if len(data) > MAX_BYTES:
        raise Unreadable(f"the file is larger than {MAX_BYTES // 1024 // 1024} MB, which is the most that is read")
    if isinstance(data, str):
        return re.sub(_LONE_SURROGATE, "\ufffd", data).lstrip("\ufeff")
    mark, encoding = next((found for found in _BYTE_ORDER_MARKS if data.startswith(found[0])), (b"", "utf-8"))
    body = data[len(mark) :]
    try:
        return body.decode(encoding).lstrip("\ufeff")
    except UnicodeDecodeError as error:
        line, column = Lines(body[: error.start].decode(encoding).lstrip("\ufeff")).end()
        shown = f"0x{body[error.start]:02X}"
        claim = f"is not valid {encoding.upper()}" if mark else "is not UTF-8, and no byte order mark says otherwise"
        raise Unreadable(f"the file is not text that can be read: the byte {shown} {claim}", line, column) from None


class Lines:
    """Where the lines of a text start. A line ends with LF, CR LF or CR.

    libyaml ends one at U+0085, U+2028 and U+2029 too, as YAML 1.1 says; editors and hosts do not.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts: list[int] | None = None

    @property
    def starts(self) -> list[int]:
        """The index of each line's first character, and nothing for the end of the text."""
        if self._starts is None:
            if "\r" in self._text:
                self._starts = [0, *(found.end() for found in _BREAK.finditer(self._text))]
            else:
                self._starts = list(accumulate((len(line) + 1 for line in self._text.split("\n")), initial=0))[:-1]
        return self._starts

    def at(self, index: int) -> tuple[int, int]:
        """Line and column, both from 1, of the character at an index."""
        line = bisect_right(self.starts, index)
        return line, index - self.starts[line - 1] + 1

    def end(self) -> tuple[int, int]:
        """Line and column of what would follow the text."""
        return self.at(len(self._text))
