"""Unique keys: what the ``u`` slots of a record keep. Archived and void records keep nothing there, so that their keys are free."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from builder.expressions import Expression
from builder.metadata.compiled import CompiledPackage
from builder.metadata.package import Package
from builder.record import Record, Value
from builder.storage.rows import AT_ONCE, is_of
from builder.storage.shapes import EntityShape, shape_of
from builder.storage.slots import SlotMap
from builder.storage.tables.pool import slot_names
from builder.storage.values import unique_text

OWN: Mapping[str, Callable[[Record], Value]] = {
    "state": lambda r: r.state,
    "owner": lambda r: r.owner_id or None,
    "org_unit": lambda r: r.org_unit_id or None,
    "business_date": lambda r: r.business_date,
    "parent": lambda r: r.parent_id or None,
}
"""What a record carries beside its fields that a key may be made of."""


SLOTS = tuple(slot_names("u"))


@dataclass(frozen=True, slots=True)
class Key:
    """One unique key of an entity; ``when`` limits the records that it is about."""

    slot: str
    fields: tuple[str, ...]
    when: Expression | None


def unique_columns(shape: EntityShape, record: Record) -> dict[str, str | None]:
    """The value of every ``u`` slot."""
    found: dict[str, str | None] = dict.fromkeys(SLOTS)
    keys = _keys(shape)
    if not keys or record.archived_at is not None or _is_void(shape, record):
        return found
    for key in keys:
        if key.when is None or _holds(key.when, record):
            found[key.slot] = unique_text(_stored(shape, record, name) for name in key.fields)
    return found


def holder(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    entity: str,
    slot: str,
    coming: Sequence[Record],
) -> int | None:
    """The stored record that holds the key of ``slot`` which one of the ``coming`` records wants; None where they clash among each other."""
    shape = shape_of(maps, package, entity)
    wanted = {record.id: key for record in coming if (key := unique_columns(shape, record)[slot])}
    if not wanted:
        return None
    column = shape.table.c[slot]
    keys = sorted(set(wanted.values()))[:AT_ONCE]
    query = select(shape.table.c.id).where(*is_of(shape, shape.table), column.in_(keys))
    rows = conn.execute(query, {"ws": ws}).scalars().all()
    return next((id for id in rows if id not in wanted), None)


def _keys(shape: EntityShape) -> tuple[Key, ...]:
    return shape.statement("unique keys", lambda: _made(shape))  # type: ignore[no-any-return]


def _made(shape: EntityShape) -> tuple[Key, ...]:
    compiled = CompiledPackage(shape.app.package)
    return tuple(
        Key(
            key.slot,
            key.fields,
            compiled.expression(key.uid.rpartition(":")[2], "when") if key.when else None,
        )
        for key in shape.map.unique
    )


def _is_void(shape: EntityShape, record: Record) -> bool:
    state = shape.workflow.state(record.state) if shape.workflow else None
    return state is not None and state.void


def _holds(when: Expression, record: Record) -> bool:
    """Whether the key is about the record, as its own fields say."""
    values = {path: _own(record, path) for path in when.paths}
    return bool(when.evaluate(values))


def _own(record: Record, name: str) -> Value:
    if name in record.values or name not in OWN:
        return record.values.get(name)
    return OWN[name](record)


def _stored(shape: EntityShape, record: Record, name: str) -> Any:
    place = shape.places.get(name)
    return place.stored(record.values.get(name)) if place is not None else _own(record, name)
