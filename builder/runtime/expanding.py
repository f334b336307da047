"""Expanding: the records that references lead to, laid beside those that were asked for, within the actor's rights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.errors import InvalidError, Problem
from builder.metadata.entity import Entity
from builder.metadata.field_types.files import FILE_TYPES
from builder.record import Record
from builder.rules.reach import MANY, ids_in
from builder.runtime.context import Context
from builder.runtime.representation import Representation
from builder.runtime.uploads import shown
from builder.runtime.veiling import veil
from builder.storage import files

MOST = 10
FILES = "-files"
"""What a field of files leads to; no entity has such a key."""


def expand(
    ctx: Context, entity: Entity, records: Sequence[Record], bodies: Sequence[dict[str, Any]], text: str
) -> None:
    """Give every body ``_expand``: path → {id: record}, for each path in ``text`` (``customer,lines.item``). Two steps at most: a
    reference of the record, or of its lines. A field of files leads to what each is called, is and weighs. Paths that the actor may not
    read are refused like unknown ones."""
    paths = [part for part in text.split(",") if part]
    problems = [
        Problem("FIELD_UNKNOWN", f"/expand/{i}", {"name": path, "nearest": ""})
        for i, path in enumerate(paths)
        if i >= MOST or _target(ctx, entity, path) is None
    ]
    if problems:
        raise InvalidError(problems=problems)
    for path in paths:
        target = _target(ctx, entity, path)
        assert target is not None
        _lay(ctx, records, bodies, path, target)


def _target(ctx: Context, entity: Entity, path: str) -> str | None:
    head, _, rest = path.partition(".")
    field = entity.field(head)
    if field is None or not ctx.kernel.is_readable(entity.key, head):
        return None
    if field.type == "lines" and rest:
        lines = ctx.app.package.entity(field.entity or "")
        return _target(ctx, lines, rest) if lines is not None and "." not in rest else None
    if field.type in FILE_TYPES and not rest:
        return FILES
    if rest or field.type not in {"reference", "multi_reference"} or not field.entity:
        return None
    return field.entity if ctx.kernel.may("read", field.entity) else None


def _lay(
    ctx: Context, records: Sequence[Record], bodies: Sequence[dict[str, Any]], path: str, target: str
) -> None:
    wanted = [_ids(record, path) for record in records]
    made = _made(ctx, target, {id for ids in wanted for id in ids})
    show = ctx.engine.database.show
    for ids, body in zip(wanted, bodies, strict=True):
        body.setdefault("_expand", {})[path] = {show(id): made[id] for id in ids if id in made}


def _made(ctx: Context, target: str, ids: set[int]) -> Mapping[int, Mapping[str, Any]]:
    if target == FILES:
        found = files.get(ctx.conn, ctx.ws, ids) if ids else {}
        return {id: shown(ctx, row) for id, row in found.items()}
    representation = Representation(ctx.kernel, ctx.engine.database.show)
    entity = ctx.app.package.entity(target)
    assert entity is not None
    shown_records = veil(ctx, entity, tuple(seen(ctx, target, ids).values()))
    return {record.id: representation.record(record) for record in shown_records}


def seen(ctx: Context, entity: str, ids: set[int]) -> Mapping[int, Record]:
    """Those of the records that the actor may read; many of them without their lines."""
    if not ids:
        return {}
    read = ctx.reader.heads if len(ids) > MANY else ctx.reader.get
    found = read(entity, sorted(ids))
    scope = ctx.kernel.scope(entity)
    return {id: record for id, record in found.items() if ctx.passes(record, scope)}


def _ids(record: Record, path: str) -> list[int]:
    head, _, rest = path.partition(".")
    if not rest:
        return ids_in(record.values.get(head))
    return list(
        dict.fromkeys(id for line in record.lines.get(head, ()) for id in ids_in(line.values.get(rest)))
    )
