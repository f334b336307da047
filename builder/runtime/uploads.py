"""Uploads: files for fields. They wait for a record that names them; then who may read the field of that record may read the file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from builder.errors import BuilderError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import field_type
from builder.metadata.field_types.files import FILE_TYPES, PICTURES, FilesType
from builder.record import Record
from builder.rules.reach import ids_in
from builder.runtime.contents import Sent, keep
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.permissions import Kernel
from builder.runtime.veiling import veiled
from builder.storage import files
from builder.storage.files import FileRow

MOST = 10
MOST_WAITING = 200
"""Files that one person may have uploaded without saving them."""


def upload(engine: Engine, ctx: Context, entity: str, key: str, sent: list[Sent]) -> tuple[FileRow, ...]:
    """Keep files for a field of the entity (or of the entity of lines), which the actor must be able to write."""
    field = _writable(ctx, entity, key)
    problems = [p for i, one in enumerate(sent) if (p := _wrong(field, one, f"/file/{i}"))]
    if not sent or len(sent) > MOST:
        problems.append(Problem("FILE_COUNT", "/file", {"most": MOST}))
    if not problems and files.waiting(ctx.conn, ctx.ws, ctx.actor.user_id) + len(sent) > MOST_WAITING:
        problems.append(Problem("FILE_WAITING", "/file", {"most": MOST_WAITING}))
    if problems:
        raise InvalidError(problems=problems)
    ids = keep(engine, ctx.ws, ctx.actor.user_id, sent)
    with engine.database.snapshot() as conn:
        found = files.get(conn, ctx.ws, ids)
    return tuple(found[id] for id in ids)


def _writable(ctx: Context, entity: str, key: str) -> Field:
    model = ctx.app.package.entity(entity)
    field = model.field(key) if model else None
    owner = owner_of(ctx, model) if model else None
    if model is None or owner is None or not ctx.kernel.may("read", owner.key):
        raise NotFoundError(entity=entity)
    if field is None or field.type not in FILE_TYPES or not ctx.kernel.is_readable(model.key, key):
        raise NotFoundError(field=key)
    deeds = [d for d in ("create", "update") if ctx.kernel.may(d, owner.key)]
    if field.read_only or not any(ctx.kernel.is_writable(model.key, key, deed=d) for d in deeds):
        raise ForbiddenError(deed="update", entity=owner.key)
    return field


def _wrong(field: Field, one: Sent, at: str) -> Problem | None:
    if not one.content:
        return Problem("FILE_EMPTY", at)
    found = limits_of(field).wrong(field, one.name, one.mime, len(one.content))
    return Problem(found.code, at, found.params) if found else None


def limits_of(field: Field) -> FilesType:
    """The field's type, which knows what the field takes."""
    found = field_type(field.type)
    assert isinstance(found, FilesType)
    return found


def owner_of(ctx: Context, model: Entity) -> Entity | None:
    """The entity whose records hold these: lines are held by their document."""
    return ctx.app.package.entity(model.parent or "") if model.kind == "lines" else model


def readable(ctx: Context, id: int) -> FileRow:
    """A file that the actor may read: their own while it waits, else through the field that holds it. 404 for every other one."""
    row = files.get(ctx.conn, ctx.ws, [id]).get(id)
    if row is None or not may_read(ctx, row):
        raise NotFoundError(file=True)
    return row


def may_read(ctx: Context, row: FileRow) -> bool:
    """Whether the file is the actor's own and waits, or a field that they may read holds it."""
    if row.record_id == 0:
        return row.by_user == ctx.actor.user_id
    return row.field_no != 0 and _is_shown(ctx, row)


def _is_shown(ctx: Context, row: FileRow) -> bool:
    """Whether the actor may read the record and the field that the file belongs to."""
    key = ctx.app.maps.entity_by_id(row.entity_id)
    model = ctx.app.package.entity(key or "")
    place = ctx.app.maps.entity(key).by_number.get(row.field_no) if key else None
    if model is None or place is None or not ctx.kernel.is_readable(model.key, place.key):
        return False
    try:
        holder = _holder(ctx, model, row.record_id)
    except BuilderError:
        return False
    return holder is not None and _is_in_sight(veiled(ctx, holder).kernel, holder, model, place.key)


def _is_in_sight(kernel: Kernel, holder: Record, model: Entity, key: str) -> bool:
    """Whether the step at which the reader is asked about the record shows the field."""
    if holder.entity == model.key:
        return kernel.is_readable(model.key, key)
    held = [key for key, lines in holder.lines.items() if any(line.entity == model.key for line in lines)]
    return any(kernel.is_readable(holder.entity, key) for key in held)


def _holder(ctx: Context, model: Entity, id: int) -> Record | None:
    """The record that holds the file, as far as the actor may know it."""
    if model.kind != "lines":
        return ctx.load(model.key, id)
    line = ctx.reader.get(model.key, [id]).get(id)
    owner = owner_of(ctx, model)
    if line is None or owner is None:
        return None
    held = [f for f in owner.line_fields if f.entity == model.key]
    if not any(ctx.kernel.is_readable(owner.key, f.key) for f in held):
        return None
    return ctx.load(owner.key, line.parent_id)


def rows_of(ctx: Context, fields: Iterable[Field], records: Iterable[Record]) -> Mapping[int, FileRow]:
    """The files that those fields of the records name, read at once."""
    keys = [f.key for f in fields if f.type in FILE_TYPES]
    ids = (
        {id for record in records for key in keys for id in ids_in(record.values.get(key))} if keys else set()
    )
    return files.get(ctx.conn, ctx.ws, ids) if ids else {}


def is_picture(row: FileRow) -> bool:
    return row.mime in PICTURES


def address(app: str) -> str:
    """Where files for fields are sent."""
    return f"/api/v1/apps/{app}/files"


def shown(ctx: Context, row: FileRow) -> dict[str, Any]:
    """A file as programs and pages get it."""
    id = ctx.engine.database.show(row.file_id)
    return {
        "id": id,
        "name": row.name,
        "mime": row.mime,
        "size": row.size,
        "url": f"{address(ctx.app.key)}/{id}",
        "picture": is_picture(row),
    }
