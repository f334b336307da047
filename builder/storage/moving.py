"""Moving: records follow their fields. What cannot be read as its new type is left empty; the old place keeps it for a roll-back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.package import Package
from builder.record import Value
from builder.storage.allocation import SlotRow
from builder.storage.rows import columns_of, reader
from builder.storage.shapes import AppShape
from builder.storage.slot_writes import Changed
from builder.storage.slots import load_slots
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.pool import EXT, member_table
from builder.storage.tables.records import multi
from builder.storage.uniques import unique_columns
from builder.storage.values import FieldPlace, place_of

AT_ONCE = 1000
LOCALE = "en"
"""Values change their type through plain words; the language only says how options and yes and no are spelt."""


def carry_along(
    conn: Connection, ws: int, app_id: int, package: Package, before: Package, changed: Sequence[Changed]
) -> None:
    """Carry out what the allocations of ``changed`` ask of records that are there. Raises ``DuplicateError`` where they break a new
    unique key. The app's gate must be held alone."""
    for change in changed:
        table = member_table(change.member)
        mine = (table.c.ws == ws) & (table.c.entity_id == change.entity_id)
        emptied = dict.fromkeys((*change.allocation.cleared, *change.allocation.filled))
        if emptied:
            conn.execute(update(table).where(mine).values(emptied))
        for move in change.allocation.moves:
            old, new = _field(before, change, move.old), _field(package, change, move.new)
            if old is not None and new is not None:
                _move(conn, table, ws, change.entity_id, _place(old, move.old), _place(new, move.new))
    filling = [change for change in changed if change.allocation.filled]
    if filling:
        shapes = AppShape(load_slots(conn, ws, app_id, package), package)
        for change in filling:
            _fill(conn, shapes, ws, change)


def _field(package: Package, change: Changed, row: SlotRow) -> Field | None:
    entity = package.entity_by_uid(change.entity.uid)
    return entity.field_by_uid(row.field_uid) if entity is not None else None


def _place(found: Field, row: SlotRow) -> FieldPlace:
    return place_of(found, row.field_no, row.slot if row.slot[1:].isdigit() else None, row.scale)


def _move(conn: Connection, table: Table, ws: int, entity_id: int, old: FieldPlace, new: FieldPlace) -> None:
    columns = [table.c.id, table.c[EXT], *([table.c[old.slot]] if old.slot else [])]
    target = new.slot or EXT
    moved = update(table).where(
        table.c.id == bindparam("b_id"), table.c.ws == ws, table.c.entity_id == entity_id
    )
    statement = moved.values({target: bindparam("b_value")})
    for rows in _pages(conn, table, ws, entity_id, columns):
        values: list[dict[str, Any]] = []
        lists: list[dict[str, Any]] = []
        for row in rows:
            ext = dict(row._mapping[EXT] or {})
            value = old.loaded(row._mapping[old.slot]) if old.slot else old.from_ext(ext.get(old.ext_key))
            value = converted(value, old, new)
            # A place that is taken again keeps what the field had there where the values in between say nothing.
            if value is not None or new.slot is None:
                values.append({"b_id": row.id, "b_value": _kept(value, ext, new)})
            if new.is_multi and isinstance(value, tuple):
                base = {"ws": ws, "entity_id": entity_id, "field_no": new.field_no, "record_id": row.id}
                lists += [{**base, "value": str(one)} for one in new.stored(value)]
        if values:
            conn.execute(statement, values)
        if lists:
            conn.execute(insert_or(conn, multi).on_conflict_do_nothing(), lists)


def _kept(value: Value, ext: dict[str, Any], new: FieldPlace) -> Any:
    if new.slot is not None:
        return new.stored(value)
    ext[new.ext_key] = new.into_ext(value)
    return {key: found for key, found in ext.items() if found is not None} or None


def converted(value: Value, old: FieldPlace, new: FieldPlace) -> Value:
    """The value as the new type reads it: exactly where both are numbers or of one type, else through its words. None where the new
    type cannot read them."""
    if value is None or old.type is new.type:
        return value
    if isinstance(value, Decimal | date) and old.family == new.family:
        return value
    read = new.type.from_text(old.type.to_text(value, old.field, LOCALE), new.field, LOCALE)
    return None if isinstance(read, Problem) else read


def _fill(conn: Connection, shapes: AppShape, ws: int, change: Changed) -> None:
    """Work out the unique slots of all records of the entity."""
    shape = shapes.shape(change.entity.key)
    table, read = shape.table, reader(shape)
    slots = change.allocation.filled
    statement = (
        update(table)
        .where(
            table.c.id == bindparam("b_id"), table.c.ws == ws, table.c.entity_id == bindparam("b_entity_id")
        )
        .values({slot: bindparam(f"b_{slot}") for slot in slots})
    )
    for rows in _pages(conn, table, ws, change.entity_id, columns_of(shape, table)):
        values = []
        for row in rows:
            record = read(row)
            keys = unique_columns(shape, record)
            found = {f"b_{slot}": keys[slot] for slot in slots}
            values.append({"b_id": record.id, "b_entity_id": change.entity_id, **found})
        conn.execute(statement, values)


def _pages(
    conn: Connection, table: Table, ws: int, entity_id: int, columns: Iterable[Any]
) -> Iterator[Sequence[Any]]:
    """All rows of the entity, some at a time, by id: writing while reading must not disturb the reading."""
    last = 0
    query = (
        select(*columns)
        .where(table.c.ws == ws, table.c.entity_id == entity_id, table.c.id > bindparam("last"))
        .order_by(table.c.id)
        .limit(AT_ONCE)
    )
    while rows := conn.execute(query, {"last": last}).all():
        yield rows
        last = rows[-1].id
