"""Machine: where a run was made, in words that let somebody else judge its numbers."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("granian", "flask", "sqlalchemy", "psycopg")


def lines() -> list[str]:
    """Processor, memory, system and the versions that matter."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return [
        f"Processor: {_processor()}, {len(os.sched_getaffinity(0))} cores; memory: {_memory_gib():.0f} GiB",
        f"System: {platform.system()} {platform.release()}, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        f"Libraries: {packages}",
    ]


def load() -> str:
    """How busy the machine has been in the last minute: one more than the run itself makes means that others were at work."""
    return f"{os.getloadavg()[0]:.1f}"


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
