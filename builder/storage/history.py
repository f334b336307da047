"""History: what each version of a record changed, by the uid of fields. Personal values lie apart, so that they can be forgotten."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from builder.changes import RecordChange
from builder.metadata.entity import Field
from builder.metadata.field_types import field_type
from builder.metadata.package import Package
from builder.record import Record, Value
from builder.storage import personal
from builder.storage.personal import DIGEST, FORGOTTEN, SALT, digest, new_salt
from builder.storage.prepared import Prepared
from builder.storage.shapes import EntityShape, app_shape, shape_of
from builder.storage.slots import SlotMap
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history, history_private

SYSTEM = (
    ("state", "state"),
    ("business_date", "business_date"),
    ("owner", "owner_id"),
    ("org_unit", "org_unit_id"),
)

_ADD = Prepared(insert(history))
_ADD_PRIVATE = Prepared(insert(history_private))
Part = dict[str, Any]
"""``field`` (uid, or a name of ``SYSTEM``), ``before`` and ``after`` in JSON form; for lines ``line``, ``line_no``, and ``line_field`` (uid)
or ``kind`` (added, removed)."""


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One version: which command made it, when and whose; what it changed. The first one changed nothing: it was all new."""

    version: int
    cmd: int
    at: datetime
    actor_id: int
    kind: str
    channel: str
    changes: tuple[Part, ...]


@dataclass
class _Kept:
    """The parts of one version, and the personal values that are kept apart from them."""

    parts: list[Part] = field(default_factory=list)
    private: list[dict[str, Any]] = field(default_factory=list)


def append(
    conn: Connection, maps: SlotMap, package: Package, ws: int, changes: Sequence[RecordChange], *, cmd: int
) -> Sequence[Mapping[str, Any]]:
    """Keep what each aggregate became, and give the rows. Logs have no history: they never change."""
    app = app_shape(maps, package)
    rows: list[dict[str, Any]] = []
    private: list[dict[str, Any]] = []
    for change in changes:
        shape = app.shape(change.record.entity)
        if shape.is_log:
            continue
        kept = _differences(shape, change)
        version = change.record.version + (change.after is None)
        key = {"ws": ws, "entity_id": shape.entity_id, "record_id": change.record.id, "version": version}
        if change.forgets:
            # That it was erased is itself history, which the chain covers: whatever else is missing was taken away.
            personal.erase(conn, ws, shape.entity_id, change.record.id)
            kept = _Kept([*kept.parts, {"field": FORGOTTEN, "before": False, "after": True}])
        rows.append({**key, "cmd": cmd, "changes": kept.parts})
        private.extend({**key, **value} for value in kept.private)
    if rows:
        _ADD.run_many(conn, rows)
    if private:
        _ADD_PRIVATE.run_many(conn, private)
    return rows


def of(
    conn: Connection, maps: SlotMap, package: Package, ws: int, entity: str, id: int, *, limit: int = 500
) -> tuple[HistoryRow, ...]:
    """The versions of a record, the newest first."""
    shape = shape_of(maps, package, entity)
    own = history.c
    joined = history.outerjoin(command_log, (command_log.c.ws == own.ws) & (command_log.c.cmd == own.cmd))
    log = command_log.c
    query = (
        select(
            own.version, own.cmd, own.changes, log.at, log.actor_id, log.on_behalf_of, log.kind, log.channel
        )
        .select_from(joined)
        .where(own.ws == ws, own.entity_id == shape.entity_id, own.record_id == id)
        .order_by(own.version.desc())
        .limit(limit)
    )
    rows = conn.execute(query).all()
    private = (
        _private(conn, ws, shape, id) if any(p.get("private") for row in rows for p in row.changes) else {}
    )
    return tuple(
        HistoryRow(
            row.version, row.cmd, row.at, row.actor_id, row.kind, row.channel, _shown(shape, row, private)
        )
        for row in rows
        if row.at is not None
    )


def _shown(shape: EntityShape, row: Any, private: Mapping[tuple[int, int, int], Any]) -> tuple[Part, ...]:
    found = []
    for part in row.changes:
        part = dict(part)
        number = part.pop("private", None)
        if number is not None:
            part.pop(DIGEST, None)
            value = private.get((row.version, number, part.get("line", 0))) or {}
            part.update({side: value.get(side) for side in ("before", "after")})
        if part["field"] == "state":
            part.update({side: shape.state_key(part.get(side)) for side in ("before", "after")})
        found.append(part)
    return tuple(found)


def _private(conn: Connection, ws: int, shape: EntityShape, id: int) -> dict[tuple[int, int, int], Any]:
    own = history_private.c
    query = select(own.version, own.field_no, own.line_id, own.value).where(
        own.ws == ws, own.entity_id == shape.entity_id, own.record_id == id
    )
    return {(row.version, row.field_no, row.line_id): row.value for row in conn.execute(query)}


def _differences(shape: EntityShape, change: RecordChange) -> _Kept:
    kept = _Kept()
    before, after = change.before, change.after
    if before is None:
        return kept
    if after is None:
        kept.parts.append({"field": "archived", "before": False, "after": True})
        return kept
    for name, attribute in SYSTEM:
        old, new = _system(shape, before, attribute), _system(shape, after, attribute)
        if old != new:
            kept.parts.append({"field": name, "before": old, "after": new})
    if (before.archived_at is None) != (after.archived_at is None):
        gone = after.archived_at is not None
        kept.parts.append({"field": "archived", "before": not gone, "after": gone})
    _fields(kept, shape, before.values, after.values, {}, 0)
    for key, of_lines in shape.lines:
        lines_field = shape.entity.field(key)
        if lines_field is not None:
            _lines(kept, of_lines, lines_field.uid, before.lines.get(key, ()), after.lines.get(key, ()))
    return kept


def _system(shape: EntityShape, record: Record, attribute: str) -> Any:
    value = getattr(record, attribute)
    if attribute == "state":
        return shape.state_uid(value)
    return value.isoformat() if attribute == "business_date" and value else value or None


def _fields(
    kept: _Kept,
    shape: EntityShape,
    old: Mapping[str, Value],
    new: Mapping[str, Value],
    base: Part,
    line_id: int,
) -> None:
    name = "line_field" if base else "field"
    for place in shape.places.values():
        before, after = old.get(place.key), new.get(place.key)
        if before == after:
            continue
        values = {"before": _json(place.field, before), "after": _json(place.field, after)}
        part: Part = {**base, name: place.field.uid}
        if place.field.personal:
            apart = {**values, SALT: new_salt()}
            kept.private.append({"field_no": place.field_no, "line_id": line_id, "value": apart})
            kept.parts.append({**part, "private": place.field_no, DIGEST: digest(apart)})
        else:
            kept.parts.append({**part, **values})


def _lines(kept: _Kept, shape: EntityShape, uid: str, old: Iterable[Record], new: Iterable[Record]) -> None:
    known = {line.id: line for line in old}
    for line in new:
        base: Part = {"field": uid, "line": line.id, "line_no": line.line_no}
        was = known.pop(line.id, None)
        if was is None:
            kept.parts.append({**base, "kind": "added", "before": None, "after": None})
        else:
            _fields(kept, shape, was.values, line.values, base, line.id)
    for gone in known.values():
        base = {"field": uid, "line": gone.id, "line_no": gone.line_no}
        kept.parts.append({**base, "kind": "removed", "before": None, "after": None})


def _json(of: Field, value: Value) -> Any:
    """The JSON form; ids stay numbers."""
    if value is None:
        return None
    found = field_type(of.type).to_json(value, of)
    return list(found) if isinstance(found, tuple) else found
