"""Attachments: files that hang on a record as a whole. Files in fields are ``builder.runtime.uploads``."""

from __future__ import annotations

from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.record import Record, Ref
from builder.runtime.contents import Sent, clean_name, content_of, keep
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.handlers.records import may_edit
from builder.storage import files
from builder.storage.files import FileRow

MOST = 10


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
    ids = keep(engine, ctx.ws, ctx.actor.user_id, sent)
    with engine.database.single() as conn:
        files.attach(conn, ctx.app.maps, ctx.ws, ctx.ref(record), ids)
        found = files.get(conn, ctx.ws, ids)
    return tuple(found[id] for id in ids)


def attached(engine: Engine, ctx: Context, record: Record, id: int) -> tuple[FileRow, bytes]:
    """A file of the record and its bytes; 404 for one that hangs elsewhere."""
    row = _hanging(ctx, record, id)
    return row, content_of(engine, ctx.ws, row)


def detach(engine: Engine, ctx: Context, record: Record, id: int) -> None:
    """Take a file off the record, while its state may be edited: what was approved keeps its papers."""
    row = _hanging(ctx, record, id)
    entity = ctx.app.package.entity(record.entity)
    if entity is None or not may_detach(ctx, record):
        raise ForbiddenError(deed="attach")
    with engine.database.single() as conn:
        files.drop(conn, ctx.ws, row.file_id)


def may_attach(ctx: Context, record: Record) -> bool:
    """Whether the actor may hang files on the record."""
    entity = ctx.app.package.entity(record.entity)
    kernel = ctx.kernel
    if entity is None or not entity.attachments or record.archived_at is not None:
        return False
    return (
        kernel.may_command
        and kernel.may("update", entity.key)
        and ctx.passes(record, kernel.scope(entity.key, "update"))
    )


def may_detach(ctx: Context, record: Record) -> bool:
    """Whether the actor may take files off the record."""
    entity = ctx.app.package.entity(record.entity)
    return entity is not None and may_attach(ctx, record) and may_edit(ctx, entity, record)


def _hanging(ctx: Context, record: Record, id: int) -> FileRow:
    rows = files.of(ctx.conn, ctx.app.maps, ctx.ws, Ref(record.entity, record.id))
    row = next((r for r in rows if r.file_id == id), None)
    if row is None:
        raise NotFoundError(file=True)
    return row


__all__ = ["Sent", "attach", "attached", "clean_name", "detach", "may_attach", "may_detach"]
