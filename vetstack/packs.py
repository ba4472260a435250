"""Facts in compressed blocks: a text is found by its key, and nothing but its block is unpacked.

A pack is a line of words, a line with the length of its index, the index, and the blocks one after the other. Index and
blocks are deflated texts. A line of the index has the length of a block and the keys of its texts, parted by tabs; the
texts of a block are parted by NUL. `tools/facts/packing.py` writes packs.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Final

DATA: Final = os.path.join(os.path.dirname(__file__), "data")


def facts(name: str) -> str:
    """A file of facts that is no pack, such as `accounts.tsv`. Raises OSError when it is not there."""
    with open(os.path.join(DATA, name), encoding="utf-8") as file:
        return file.read()


class Pack:
    """One file of texts by their keys. Raises OSError when it is used and the file is not there.

    A key is looked for in the text of the index, which is a great deal quicker than to make a dict of it for one key.
    """

    __slots__ = ("_path", "_index", "_folded", "_blocks", "_keys")

    def __init__(self, name: str) -> None:
        self._path = os.path.join(DATA, name)
        self._index = ""
        self._folded = ""
        self._blocks: list[tuple[int, int]] = []
        self._keys: dict[str, str] | None = None

    def keys(self) -> dict[str, str]:
        """Every key by its lower-case spelling, in the order of the file."""
        if self._keys is None:
            self._open()
            lines = (line.split("\t") for line in self._index.split("\n"))
            self._keys = {key.lower(): key for _, *keys in lines for key in keys}
        return self._keys

    def ending(self, text: str) -> str | None:
        """The first key that ends with a text, in any letter case; None when none does."""
        self._open()
        folded = text.lower()
        found = self._find(folded)
        return None if found < 0 else self._index[self._index.rfind("\t", 0, found + 1) + 1 : found + len(folded)]

    def text(self, key: str) -> str | None:
        """The text of a key in any letter case; None when there is none."""
        self._open()
        found = self._find(f"\t{key.lower()}")
        if found < 0:
            return None
        line = self._index.rfind("\n", 0, found) + 1
        place, size = self._blocks[self._index.count("\n", 0, found)]
        return _block(self._path, place, size).split("\0")[self._index.count("\t", line, found)]

    def _find(self, text: str) -> int:
        """Where a lower-case text stands at the end of a key; -1 when it does nowhere."""
        if "\t" in text[1:] or "\n" in text:  # which part the keys
            return -1
        found = self._folded.find(text)
        while found >= 0 and self._folded[found + len(text)] not in "\t\n":
            found = self._folded.find(text, found + 1)
        return found

    def _open(self) -> None:
        if self._index:
            return
        with open(self._path, "rb") as file:
            file.readline()
            length = int(file.readline())
            self._index = _inflated(file.read(length))
            place = file.tell()
        self._folded = f"{self._index.lower()}\n"
        for line in self._index.split("\n"):
            size = int(line.partition("\t")[0])
            self._blocks.append((place, size))
            place += size


@lru_cache(maxsize=4)
def _block(path: str, place: int, size: int) -> str:
    with open(path, "rb") as file:
        file.seek(place)
        return _inflated(file.read(size))


def _inflated(deflated: bytes) -> str:
    import zlib

    return zlib.decompress(deflated).decode()
