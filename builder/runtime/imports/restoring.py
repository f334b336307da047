"""Restoring: what a record said before an import changed it, from its history."""

from __future__ import annotations

from typing import Any

from builder.errors import ConflictError, Problem
from builder.metadata.entity import Field
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.handlers.unmerging import value_of
from builder.runtime.representation import REFERENCE_TYPES
from builder.storage import history

DATE = "business_date"


def earlier(ctx: Context, record: Record, versions: frozenset[int]) -> dict[str, Any]:
    """The values to send so that the record says again what it said before those ``versions``; none where it does already. Raises
    ``ConflictError`` where somebody changed it since, or where the lines of before are not known any more."""
    entity = ctx.app.package.entity(record.entity)
    rows = history.of(ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, record.entity, record.id)
    before: dict[str, Any] = {}
    has_lines = False
    for part in (part for row in rows if row.version in versions for part in row.changes):
        of = entity.field_by_uid(part["field"]) if entity is not None else None
        has_lines = has_lines or "line" in part
        if of is not None and _is_sent(ctx, record.entity, of) and "line" not in part:
            before[of.key] = part["before"]
        elif part["field"] == DATE:
            before[DATE] = part["before"]
    wanted = {key: told for key, told in before.items() if not _says(ctx, record, key, told)}
    if not wanted and not has_lines:
        return {}
    if any(row.changes for row in rows if row.version > min(versions) and row.version not in versions):
        raise ConflictError("UNDO_CHANGED", problems=[Problem("UNDO_CHANGED")])
    if has_lines:
        raise ConflictError("UNDO_LINES", problems=[Problem("UNDO_LINES")])
    return {key: _sent(ctx, record, key, told) for key, told in wanted.items()}


def _is_sent(ctx: Context, entity: str, of: Field) -> bool:
    """Whether the person who takes back may write the field; what is computed follows by itself."""
    return not of.is_computed and of.type != "auto_number" and ctx.kernel.is_writable(entity, of.key)


def _says(ctx: Context, record: Record, key: str, told: Any) -> bool:
    if key == DATE:
        return bool(told == (record.business_date.isoformat() if record.business_date else None))
    of = _field(ctx, record, key)
    return of is not None and bool(record.values.get(key) == value_of(of, told))


def _sent(ctx: Context, record: Record, key: str, told: Any) -> Any:
    """In the form in which values are sent: ids as the outside knows them."""
    of = _field(ctx, record, key)
    if told is None or of is None or of.type not in REFERENCE_TYPES:
        return told
    show = ctx.engine.database.show
    return [show(int(id)) for id in told] if isinstance(told, list) else show(int(told))


def _field(ctx: Context, record: Record, key: str) -> Field | None:
    entity = ctx.app.package.entity(record.entity)
    return entity.field(key) if entity is not None else None
