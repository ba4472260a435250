"""`python -m vetstack`, the same as `vetstack`."""

from __future__ import annotations

import sys

from vetstack.cli import run

if __name__ == "__main__":
    sys.exit(run())
