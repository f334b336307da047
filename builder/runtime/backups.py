"""Backups made by button: a job writes one into the folder beside the data; they are listed, taken away, removed.

Beside those made by button lie those that were sent here to be restored, and those of the state before a restore, which undo it.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from builder.commands import Actor
from builder.errors import NotFoundError
from builder.runtime import jobs
from builder.runtime.engine import Engine
from builder.storage.backup import write_backup
from builder.storage.jobs import JobRow

log = logging.getLogger(__name__)

KIND = "backup"
CHUNK = 1 << 20
MADE, SENT, BEFORE = "zhanggui", "uploaded", "before-restore"
NAME = re.compile(rf"({MADE}|{SENT}|{BEFORE})-\d{{8}}-\d{{6}}\.zip")


@dataclass(frozen=True)
class Backup:
    """A backup that is there: its file's name, size in bytes, when it was finished. ``kind``: one of ``MADE``, ``SENT``, ``BEFORE``."""

    name: str
    size: int
    at: datetime

    @property
    def kind(self) -> str:
        return self.name.rsplit("-", 2)[0]


def folder(engine: Engine) -> Path:
    return Path(engine.settings.var) / "backups"


def backups(engine: Engine) -> list[Backup]:
    """Those that are whole, the newest first."""
    found = []
    for path in folder(engine).glob("*.zip"):
        if NAME.fullmatch(path.name) and path.is_file():
            seen = path.stat()
            found.append(Backup(path.name, seen.st_size, datetime.fromtimestamp(int(seen.st_mtime), UTC)))
    return sorted(found, key=lambda one: (one.name.split("-")[-2:], one.name), reverse=True)


def new_name(engine: Engine, kind: str) -> str:
    """A name that no backup has: one made within the same second never takes another's place."""
    at = engine.clock.now().astimezone(UTC)
    while (folder(engine) / (name := f"{kind}-{at:%Y%m%d-%H%M%S}.zip")).exists():
        at += timedelta(seconds=1)
    return name


def room(engine: Engine) -> int:
    """Bytes that fit beside the data."""
    return shutil.disk_usage(engine.settings.var).free


def take_in(engine: Engine, source: IO[bytes]) -> str:
    """Keep a backup that was sent here; its name. It is looked at before anything is done with it."""
    name = new_name(engine, SENT)
    path = folder(engine) / name
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
            shutil.copyfileobj(source, out, CHUNK)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return name


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
    name = new_name(engine, MADE)
    write_backup(engine.database, folder(engine) / name, engine.files, engine.clock.now())
    log.info("backup %s written for %s", name, actor.login)
    progress: Mapping[str, str] = {"name": name}
    return jobs.Advance(None, progress)


jobs.KINDS.register(KIND, run_backup)
