"""``python -m builder.cli`` is the same as ``builder``."""

from __future__ import annotations

from builder.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
