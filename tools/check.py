"""Runs the checks of this repository: lint and docs, all at once, then test or long; leaves with the first code that is not 0."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
BIN = Path(sys.executable).parent
# The tests start dozens of processes. Where bytecode is kept from being written, each of them compiles the product anew.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}

# Processes that run tests, on two cores: while a browser draws or a killed server is waited for, a test needs no core. With three of
# them a third of the cores idled.
WORKERS = "4"

Check = Sequence[str]


def run(*command: str, cwd: Path = ROOT) -> None:
    """Run one check before everybody's eyes; leave with its exit code where it fails."""
    print(f"▸ {_shown(command)}", flush=True)
    started = time.monotonic()
    code = subprocess.run(command, cwd=cwd, env=ENVIRONMENT, check=False).returncode
    print(f"  {time.monotonic() - started:.0f} s", flush=True)
    if code:
        sys.exit(code)


def run_all(checks: Sequence[Check]) -> None:
    """Run checks that need nothing of each other side by side; what each says is shown when it ends, all that fails at once."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        codes = list(pool.map(_run_quietly, checks))
    if any(codes):
        sys.exit(next(code for code in codes if code))


def _run_quietly(command: Check) -> int:
    cwd = FRONTEND if command[0] == "npx" else ROOT
    started = time.monotonic()
    done = subprocess.run(
        command, cwd=cwd, env=ENVIRONMENT, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    # Where all can be collected, nobody wants to read how many tests each file has.
    said = "" if command is COLLECT and not done.returncode else done.stdout.decode(errors="replace").rstrip()
    lines = [f"▸ {_shown(command)}", *([said] if said else []), f"  {time.monotonic() - started:.0f} s"]
    print("\n".join(lines), flush=True)
    return done.returncode


def _shown(command: Check) -> str:
    return " ".join(Path(part).name if Path(part).parent == BIN else part for part in command)


def python(*arguments: str) -> Check:
    return (sys.executable, *arguments)


# Every worker reads all test files. Read once before, beside mypy, which leaves a core idle, they are compiled for all of them.
COLLECT = python("-m", "pytest", "-qq", "--collect-only")


def install_frontend() -> None:
    """The developer's side of the browser code: TypeScript as a checker, axe. Users need none of it."""
    if shutil.which("npm") is None:
        sys.exit("npm is missing: the JavaScript cannot be checked")
    lock = FRONTEND / "package-lock.json"
    stamp = FRONTEND / "node_modules" / ".installed"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=FRONTEND)
        stamp.touch()


def lint() -> list[Check]:
    """What is told of the code without running it; what takes longest begins first."""
    install_frontend()
    return [
        python("-m", "mypy"),
        ("npx", "--no-install", "tsc", "-p", "."),
        ("node", "--test", *sorted(str(path) for path in (ROOT / "tests" / "js").glob("*.test.js"))),
        (str(BIN / "lint-imports"),),
        python("-m", "ruff", "check", "."),
        python("-m", "ruff", "format", "--check", "."),
        python("tools/budgets.py"),
        python("tools/vendor.py", "--check"),
    ]


def docs() -> list[Check]:
    """Whether what is generated is up to date, and the pages can be built."""
    made = ("reference", "requirements", "schemas", "functions")
    return [
        *(python(f"tools/document_{what}.py", "--check") for what in made),
        (str(BIN / "zensical"), "build", "--strict", "--clean"),
    ]


def tests(*, long: bool) -> None:
    workers = os.environ.get("BUILDER_TEST_WORKERS", WORKERS)
    marks = "long" if long else "not long"
    # In the order of tests/conftest.py: what takes long comes first, so that no worker is left alone with it at the end.
    order = ("--dist", "loadfile", "--no-loadscope-reorder")
    run(*python("-m", "pytest", "-q", "-m", marks, "-n", workers, *order))


def main(what: str) -> None:
    checks = lint() if what in {"lint", "test"} else []
    if what == "test":
        checks.insert(1, COLLECT)
    if what in {"docs", "test"}:
        checks += docs()
    run_all(checks)
    if what in {"test", "long"}:
        tests(long=what == "long")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "test")
