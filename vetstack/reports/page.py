"""Lines of a text report: escaped, wrapped, and coloured where the reader's terminal shows colours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from vetstack.reports.interface import View
from vetstack.reports.typography import columns, cut, shown, wrapped

STYLES: Final = {"error": "1;31", "warning": "1;33", "note": "1;36", "strong": "1", "faint": "2"}
"""Parameters of the terminal's escape sequence for each style."""

MESSAGE: Final = 1_500
"""How many characters of a message are shown."""


class Page:
    """Makes lines for one reader. All text of a template has to go through `wrap` or `safe`."""

    def __init__(self, view: View) -> None:
        self.view = view

    def heading(self, text: str) -> Iterable[str]:
        for line in self.wrap(text):
            yield self.paint(line, "strong")

    def packed(self, parts: list[tuple[str, str]]) -> Iterable[str]:
        """Parts two spaces apart, on as few lines as they fit on; a location without spaces is never broken."""
        line, used = "  ", 0
        for number, (text, style) in enumerate(parts):
            if used and 2 + used + 2 + columns(text) > self.view.width:
                yield line
                line, used = "      ", 4
            elif used:
                line, used = line + "  ", used + 2
            if 2 + used + columns(text) > self.view.width and (number or " " in text):
                *above, text = self.wrap(text, line, "      ")
                yield from above
                line = ""
            line, used = line + self.paint(text, style), used + columns(text)
        yield line

    def wrap(self, text: str, first: str = "", rest: str | None = None, limit: int = 4 * MESSAGE) -> list[str]:
        return wrapped(self.safe(text, limit), self.view.width, first, rest)

    def safe(self, text: str, limit: int) -> str:
        return shown(cut(text, limit), self.view.encoding)

    def paint(self, text: str, style: str) -> str:
        return f"\033[{STYLES[style]}m{text}\033[0m" if self.view.color and style and text else text
