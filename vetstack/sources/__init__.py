"""Bytes to located trees. Limits on size, depth, nodes and aliases live here and nowhere else."""

from __future__ import annotations
