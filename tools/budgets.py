"""Size budgets: a module has at most 300 lines (500 is the hard stop), a JavaScript file at most 300.

Functions and complexity are ruff's. Exit code 1 beyond a hard stop; modules between the two are listed."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SOFT, HARD, JAVASCRIPT = 300, 500, 300
LOOSE = 8  # How many modules may stand between soft and hard before it fails: a few long tables are honest.


def lines(path: Path) -> int:
    return sum(1 for _ in path.open(encoding="utf-8"))


def main() -> int:
    python = [p for p in (ROOT / "builder").rglob("*.py") if "versions" not in p.parts]
    scripts = [p for p in (ROOT / "builder").rglob("*.js") if "vendor" not in p.parts]
    long = sorted(((lines(p), p) for p in python if lines(p) > SOFT), reverse=True)
    too_long = [(n, p) for n, p in long if n > HARD] + [
        (lines(p), p) for p in scripts if lines(p) > JAVASCRIPT
    ]
    for n, path in long:
        print(f"{n:5} {path.relative_to(ROOT)} (budget {SOFT})")
    for n, path in too_long:
        print(f"{n:5} {path.relative_to(ROOT)} is beyond the hard stop")
    if len(long) > LOOSE:
        print(f"{len(long)} modules are over {SOFT} lines; at most {LOOSE} may be")
    return 1 if too_long or len(long) > LOOSE else 0


if __name__ == "__main__":
    sys.exit(main())
