"""vetstack vets the templates that a vendor hands its customer."""

from __future__ import annotations

__version__ = "0.1.0"

__data__ = "2026-10-27"
"""The date of the newest source of the facts in `vetstack/data`, as reports name it."""
