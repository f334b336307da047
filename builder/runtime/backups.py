"""Backups made by button: a job writes one into the folder beside the data; they are listed, taken away, removed.

Restoring stays a command for an empty database: what is running is never overwritten from a page.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from builder.commands import Actor
from builder.errors import NotFoundError
from builder.runtime import jobs
from builder.runtime.engine import Engine
from builder.storage.backup import write_backup
from builder.storage.jobs import JobRow

log = logging.getLogger(__name__)

KIND = "backup"
NAME = re.compile(r"zhanggui-\d{8}-\d{6}\.zip")


@dataclass(frozen=True)
class Backup:
    """A backup that is there: its file's name, size in bytes, when it was finished."""

    name: str
    size: int
    at: datetime


def folder(engine: Engine) -> Path:
    return Path(engine.settings.var) / "backups"


def backups(engine: Engine) -> list[Backup]:
    """Those that are whole, the newest first."""
    found = []
    for path in folder(engine).glob("*.zip"):
        if NAME.fullmatch(path.name) and path.is_file():
            seen = path.stat()
            found.append(Backup(path.name, seen.st_size, datetime.fromtimestamp(int(seen.st_mtime), UTC)))
    return sorted(found, key=lambda one: one.name, reverse=True)


def backup_path(engine: Engine, name: str) -> Path:
    """Where the backup of that name lies; 404 for anything that is none."""
    path = folder(engine) / name
    if not NAME.fullmatch(name) or not path.is_file():
        raise NotFoundError(backup=name)
    return path


def remove(engine: Engine, name: str) -> None:
    backup_path(engine, name).unlink(missing_ok=True)


def start_backup(engine: Engine, actor: Actor) -> int:
    """Put the writing of a backup into the queue; the id of its job."""
    return jobs.start(engine, actor, KIND, {})


def run_backup(engine: Engine, job: JobRow, actor: Actor) -> jobs.Advance:
    """Write one. Each try has a name of its own, so that a worker that was given up never writes into the next one's file."""
    name = f"zhanggui-{engine.clock.now().astimezone(UTC):%Y%m%d-%H%M%S}.zip"
    write_backup(engine.database, folder(engine) / name, engine.files)
    log.info("backup %s written for %s", name, actor.login)
    progress: Mapping[str, str] = {"name": name}
    return jobs.Advance(None, progress)


jobs.KINDS.register(KIND, run_backup)
