"""Runs the checks of this repository in order and stops at the first that fails: lint, docs, test, long."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run one check; leave with its exit code where it fails."""
    shown = " ".join(Path(part).name if part == sys.executable else part for part in command)
    print(f"▸ {shown}", flush=True)
    started = time.monotonic()
    code = subprocess.run(command, cwd=cwd, check=False).returncode
    print(f"  {time.monotonic() - started:.0f} s", flush=True)
    if code:
        sys.exit(code)


def python(*arguments: str) -> None:
    run(sys.executable, *arguments)


def install_frontend() -> None:
    """The developer's side of the browser code: TypeScript as a checker, axe. Users need none of it."""
    if shutil.which("npm") is None:
        sys.exit("npm is missing: the JavaScript cannot be checked")
    lock = FRONTEND / "package-lock.json"
    stamp = FRONTEND / "node_modules" / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=FRONTEND)
        stamp.touch()


def lint() -> None:
    python("-m", "ruff", "check", ".")
    python("-m", "ruff", "format", "--check", ".")
    python("-m", "mypy")
    run(str(Path(sys.executable).parent / "lint-imports"))
    python("tools/budgets.py")
    python("tools/vendor.py", "--check")
    install_frontend()
    run("npx", "--no-install", "tsc", "-p", ".", cwd=FRONTEND)
    run("node", "--test", *sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.js")))


def docs() -> None:
    python("tools/document_functions.py", "--check")
    python("tools/document_schemas.py", "--check")
    python("tools/document_reference.py", "--check")
    python("tools/document_requirements.py", "--check")
    run(str(Path(sys.executable).parent / "zensical"), "build", "--strict", "--clean")


def tests(*, long: bool) -> None:
    workers = os.environ.get("BUILDER_TEST_WORKERS", "3")
    marks = "long" if long else "not long"
    # In the order of tests/conftest.py: what takes long comes first, so that no worker is left alone with it at the end.
    order = ("--dist", "loadfile", "--no-loadscope-reorder")
    python("-m", "pytest", "-q", "-m", marks, "-n", workers, *order)


def main(what: str) -> None:
    if what in {"lint", "test"}:
        lint()
    if what in {"docs", "test"}:
        docs()
    if what in {"test", "long"}:
        tests(long=what == "long")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "test")
