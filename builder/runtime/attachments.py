"""Attachments: files that hang on a record. Bytes lie once, under their hash; what they are is read from them, not believed."""

from __future__ import annotations

import hashlib
import os
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.record import Record, Ref
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.storage import files
from builder.storage.files import FileRow

INCOMING = "incoming"
LONGEST_NAME = 200
MOST = 10
KINDS: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"PK\x03\x04", "application/zip"),
)
"""How files begin that people look at. Everything else is bytes: it is saved, never shown."""


@dataclass(frozen=True)
class Sent:
    """A file as somebody sent it; ``name`` is only a label."""

    name: str
    content: bytes


def path_of(engine: Engine, workspace: int, sha256: str) -> Path:
    """Where content lies. No part of it comes from a person."""
    return engine.files / str(workspace) / sha256[:2] / sha256


def attach(engine: Engine, ctx: Context, record: Record, sent: list[Sent]) -> tuple[FileRow, ...]:
    """Keep the files and hang them on the record, which the actor must be able to change."""
    entity = ctx.app.package.entity(record.entity)
    if entity is None or not entity.attachments or not ctx.kernel.may_command:
        raise ForbiddenError(deed="attach")
    problems = [Problem("FILE_EMPTY", f"/file/{i}") for i, one in enumerate(sent) if not one.content]
    if not sent or len(sent) > MOST:
        problems.append(Problem("FILE_COUNT", "/file", {"most": MOST}))
    if problems:
        raise InvalidError(problems=problems)
    ids = [engine.database.new_id() for _ in sent]
    for one in sent:
        _store(engine, path_of(engine, ctx.ws, _hash(one.content)), one.content)
    with engine.database.single() as conn:
        for id, one in zip(ids, sent, strict=True):
            files.add(
                conn,
                ctx.ws,
                file_id=id,
                name=clean_name(one.name),
                mime=kind_of(one.content),
                size=len(one.content),
                sha256=_hash(one.content),
                by_user=ctx.actor.user_id,
                at=engine.clock.now(),
            )
        files.attach(conn, ctx.app.maps, ctx.ws, ctx.ref(record), ids)
        found = files.get(conn, ctx.ws, ids)
    return tuple(found[id] for id in ids)


def attached(engine: Engine, ctx: Context, record: Record, id: int) -> tuple[FileRow, bytes]:
    """A file of the record and its bytes; 404 for one that hangs elsewhere."""
    rows = files.of(ctx.conn, ctx.app.maps, ctx.ws, Ref(record.entity, record.id))
    row = next((r for r in rows if r.file_id == id), None)
    path = path_of(engine, ctx.ws, row.sha256) if row is not None else None
    if row is None or path is None or not path.is_file():
        raise NotFoundError(file=True)
    return row, path.read_bytes()


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


def kind_of(content: bytes) -> str:
    """The media type that the bytes show."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    return next((mime for head, mime in KINDS if content.startswith(head)), "application/octet-stream")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _store(engine: Engine, path: Path, content: bytes) -> None:
    """Whole or not at all: neither a reader nor a backup meets half a file."""
    if path.is_file():
        return
    incoming = Path(engine.settings.var) / INCOMING
    for folder in (path.parent, incoming):
        folder.mkdir(parents=True, exist_ok=True)
    beside = incoming / str(engine.database.new_id())
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
