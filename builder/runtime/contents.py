"""Contents: the bytes of files, once under their hash, whole or not at all, and swept when nothing has them any more."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from builder.errors import NotFoundError
from builder.runtime.engine import Engine
from builder.runtime.file_kinds import kind_of
from builder.storage import files
from builder.storage.files import FileRow

INCOMING = "incoming"
LONGEST_NAME = 200
WAITING_KEPT = timedelta(days=1)
"""How long a file waits for a record to be saved with it."""


@dataclass(frozen=True)
class Sent:
    """A file as somebody sent it; ``name`` is only a label."""

    name: str
    content: bytes

    @property
    def mime(self) -> str:
        return kind_of(self.content, clean_name(self.name))


def path_of(engine: Engine, workspace: int, sha256: str) -> Path:
    """Where content lies. No part of it comes from a person."""
    return engine.files / str(workspace) / sha256[:2] / sha256


def keep(engine: Engine, ws: int, by_user: int, sent: list[Sent]) -> tuple[int, ...]:
    """Keep the files; the ids of what then belongs to nothing."""
    ids = tuple(engine.database.new_id() for _ in sent)
    hashes = [hashlib.sha256(one.content).hexdigest() for one in sent]
    for one, sha256 in zip(sent, hashes, strict=True):
        _store(engine, path_of(engine, ws, sha256), one.content)
    with engine.database.single() as conn:
        for id, one, sha256 in zip(ids, sent, hashes, strict=True):
            files.add(
                conn,
                ws,
                file_id=id,
                name=clean_name(one.name),
                mime=one.mime,
                size=len(one.content),
                sha256=sha256,
                by_user=by_user,
                at=engine.clock.now(),
            )
    # A sweep may have taken the same content between the bytes and their row; from now on it sees the row.
    for one, sha256 in zip(sent, hashes, strict=True):
        _store(engine, path_of(engine, ws, sha256), one.content)
    return ids


def keep_content(engine: Engine, ws: int, content: bytes) -> str:
    """Keep bytes for a file whose row is written with a commit; their hash. Those of a commit that fails go with the next sweep."""
    sha256 = hashlib.sha256(content).hexdigest()
    _store(engine, path_of(engine, ws, sha256), content)
    return sha256


def content_of(engine: Engine, ws: int, row: FileRow) -> bytes:
    """The bytes of a file; 404 where they are gone."""
    path = path_of(engine, ws, row.sha256)
    if not path.is_file():
        raise NotFoundError(file=True)
    return path.read_bytes()


def sweep(engine: Engine, ws: int) -> int:
    """Forget files that no record took within a day, and contents that no file has; how many contents went."""
    before = engine.clock.now() - WAITING_KEPT
    with engine.database.write(job=True) as conn:
        files.forget_waiting(conn, ws, before)
        gone = files.forget_contents(conn, ws, before)
    for sha256 in gone:
        _remove(engine, ws, sha256)
    return len(gone)


def _remove(engine: Engine, ws: int, sha256: str) -> None:
    """Out of sight first, then looked at again: who keeps the same content just now either stores it anew or is seen here."""
    path = path_of(engine, ws, sha256)
    aside = _aside(engine)
    try:
        path.replace(aside)
    except FileNotFoundError:
        return
    with engine.database.snapshot() as conn:
        is_used = files.is_used(conn, ws, sha256)
    if is_used and not path.is_file():
        aside.replace(path)
    else:
        aside.unlink()


def clean_name(name: str) -> str:
    """The last part of a name without what could mislead: folders, controls, marks that turn the direction of writing."""
    last = name.replace("\\", "/").rpartition("/")[2]
    kept = "".join(c for c in last if unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Zl", "Zp"})
    head, dot, ending = kept.strip(" .").rpartition(".")
    short = (
        f"{head[: LONGEST_NAME - len(ending[:20]) - 1]}.{ending[:20]}"
        if dot and head
        else kept[:LONGEST_NAME]
    )
    return short.strip(" .") or "file"


def _aside(engine: Engine) -> Path:
    folder = Path(engine.settings.var) / INCOMING
    folder.mkdir(parents=True, exist_ok=True)
    return folder / str(engine.database.new_id())


def _store(engine: Engine, path: Path, content: bytes) -> None:
    """Whole or not at all: neither a reader nor a backup meets half a file."""
    if path.is_file():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = _aside(engine)
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
