"""Writes the files of vetstack/data/ and their entries in META.json, the same bytes for the same source."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "vetstack" / "data"
HEADER = "# Made by tools/refresh_data.py. Do not edit.\n"

Provenance = Mapping[str, Any]
"""source, licence and date, and what else tells which edition was taken."""


def write_table(name: str, rows: Iterable[str], provenance: Provenance) -> None:
    """A file of sorted lines."""
    rows = sorted(rows)
    text = HEADER + "".join(f"{row}\n" for row in rows)
    _write(name, text.encode(), text, dict(provenance) | {"rows": len(rows)})


def write_pack(name: str, texts: Mapping[str, str], per_block: int, provenance: Provenance) -> None:
    """A pack as `vetstack/packs.py` reads it: texts by their keys, in sorted order, some to a block.

    The digest of the texts is recorded too: another build of zlib may make other bytes of the same facts.
    """
    keys = sorted(texts)
    groups = [keys[first : first + per_block] for first in range(0, len(keys), per_block)]
    blocks = [_deflated("\0".join(texts[key] for key in group)) for group in groups]
    lines = ("\t".join([str(len(block)), *group]) for block, group in zip(blocks, groups, strict=True))
    index = _deflated("\n".join(lines))
    packed = b"".join([HEADER.encode(), f"{len(index)}\n".encode(), index, *blocks])
    _write(name, packed, plain(texts), dict(provenance) | {"rows": len(keys)})


def plain(texts: Mapping[str, str]) -> str:
    """All of a pack in one text, which is what its digest is of."""
    return "".join(f"{key}\n{texts[key]}\n" for key in sorted(texts))


def _deflated(text: str) -> bytes:
    return zlib.compress(text.encode(), 9)


def _write(name: str, content: bytes, text: str, entry: dict[str, Any]) -> None:
    (DATA / name).write_bytes(content)
    entry["sha256"] = hashlib.sha256(content).hexdigest()
    if content != text.encode():
        entry["text_sha256"] = hashlib.sha256(text.encode()).hexdigest()
    meta = read_meta()
    meta["files"][name] = entry
    meta["date"] = max(one["date"] for one in meta["files"].values())
    (DATA / "META.json").write_text(json.dumps(meta, indent=2, sort_keys=True) + "\n", "utf-8")
    print(f"{name}: {entry['rows']} rows, {len(content)} bytes")


def read_meta() -> dict[str, Any]:
    """META.json, or the beginning of one."""
    file = DATA / "META.json"
    meta: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {"files": {}}
    return meta
