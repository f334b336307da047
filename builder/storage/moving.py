"""Moving: records follow their fields. What cannot be read as its new type is left empty; the old place keeps it for a roll-back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, bindparam, func, select, update

from builder.metadata.entity import Field
from builder.metadata.package import Package
from builder.record import Value
from builder.storage.allocation import Move, SlotRow
from builder.storage.rows import columns_of, reader
from builder.storage.shapes import AppShape
from builder.storage.slot_writes import Changed
from builder.storage.slots import load_slots
from builder.storage.sql.arrays import ext_text
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.pool import EXT, member_table
from builder.storage.tables.records import multi
from builder.storage.uniques import unique_columns
from builder.storage.values import LOCALE, FieldPlace, converted, place_of

AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class Pair:
    """One field's old and new place."""

    old: FieldPlace
    new: FieldPlace

    @property
    def is_recast(self) -> bool:
        """Whether values are read as another type on the way, which not every value can be."""
        return self.old.type is not self.new.type


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
        found = pairs(package, before, change)
        after: int | None = 0
        while found and after is not None:
            after, _ = carry(conn, ws, change.entity_id, table, found, after=after, limit=AT_ONCE)
    filling = [change for change in changed if change.allocation.filled]
    if filling:
        shapes = AppShape(load_slots(conn, ws, app_id, package), package)
        for change in filling:
            _fill(conn, shapes, ws, change)


def pairs(package: Package, before: Package, change: Changed) -> tuple[Pair, ...]:
    """The moves of an entity with the field as it was and as it is."""
    return tuple(found for move in change.allocation.moves if (found := pair(package, before, change, move)))


def pair(package: Package, before: Package, change: Changed, move: Move) -> Pair | None:
    old, new = _field(before, change, move.old), _field(package, change, move.new)
    if old is None or new is None:
        return None
    return Pair(_place(old, move.old), _place(new, move.new))


def _field(package: Package, change: Changed, row: SlotRow) -> Field | None:
    entity = package.entity_by_uid(change.entity.uid)
    return entity.field_by_uid(row.field_uid) if entity is not None else None


def _place(found: Field, row: SlotRow) -> FieldPlace:
    return place_of(found, row.field_no, row.slot, row.scale)


def carry(
    conn: Connection, ws: int, entity_id: int, table: Table, found: Sequence[Pair], *, after: int, limit: int
) -> tuple[int | None, int]:
    """Carry the next records after the id ``after`` along, each locked while it is; the id to go on from (None: that was the last) and
    how many they were. Doing it again changes nothing."""
    rows = conn.execute(_page(table, ws, entity_id, found), {"last": after, "most": limit}).all()
    values: list[dict[str, Any]] = []
    lists: list[dict[str, Any]] = []
    for row in rows:
        made, listed = _carried(row._mapping, found)
        values.append({"b_id": row.id, **{f"b_{name}": value for name, value in made.items()}})
        base = {"ws": ws, "entity_id": entity_id, "record_id": row.id}
        lists += [{**base, **one} for one in listed]
    if values:
        conn.execute(_writing(table, ws, entity_id, found), values)
    if lists:
        conn.execute(insert_or(conn, multi).on_conflict_do_nothing(), lists)
    return (rows[-1].id if len(rows) == limit else None), len(rows)


def _page(table: Table, ws: int, entity_id: int, found: Sequence[Pair]) -> Any:
    names = {place.slot or EXT for one in found for place in (one.old, one.new)}
    return (
        select(table.c.id, *(table.c[name] for name in sorted(names)))
        .where(table.c.ws == ws, table.c.entity_id == entity_id, table.c.id > bindparam("last"))
        .order_by(table.c.id)
        .limit(bindparam("most"))
        .with_for_update(key_share=True)
    )


def _writing(table: Table, ws: int, entity_id: int, found: Sequence[Pair]) -> Any:
    targets = sorted({one.new.slot or EXT for one in found})
    mine = (table.c.id == bindparam("b_id"), table.c.ws == ws, table.c.entity_id == entity_id)
    return (
        update(table)
        .where(*mine)
        .values({name: bindparam(f"b_{name}", type_=table.c[name].type) for name in targets})
    )


def _carried(row: Any, found: Sequence[Pair]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The columns of one record with its values in their new places, and the values of lists one by one. A place that is taken again
    keeps what the field had there where the values in between say nothing."""
    columns: dict[str, Any] = {}
    lists: list[dict[str, Any]] = []
    ext = dict(row[EXT] or {}) if EXT in row else {}
    for one in found:
        value = _value(row, one)
        if one.new.slot is not None:
            columns[one.new.slot] = row[one.new.slot] if value is None else one.new.stored(value)
            continue
        if value is not None:
            ext[one.new.ext_key] = one.new.into_ext(value)
        columns[EXT] = None
        if one.new.is_multi and isinstance(value, tuple):
            lists += [{"field_no": one.new.list_no, "value": str(kept)} for kept in one.new.stored(value)]
    if EXT in columns:
        columns[EXT] = {key: kept for key, kept in ext.items() if kept is not None} or None
    return columns, lists


def _value(row: Any, one: Pair) -> Value:
    """What the record has in the old place, as the new type reads it."""
    return converted(_read(row, one.old), one.old, one.new)


def _read(row: Any, place: FieldPlace) -> Value:
    if place.slot is not None:
        return place.loaded(row[place.slot])
    return place.from_ext((row[EXT] or {}).get(place.ext_key))


def unreadable(
    conn: Connection, ws: int, entity_id: int, table: Table, one: Pair, *, limit: int
) -> tuple[int, tuple[str, ...]]:
    """How many values of the old place, among the first ``limit`` records that have one, the new type cannot read, and some of them."""
    query = (
        select(table.c.id, table.c[one.old.slot or EXT])
        .where(table.c.ws == ws, table.c.entity_id == entity_id, _present(table, one.old))
        .order_by(table.c.id)
        .limit(limit)
    )
    lost = [
        one.old.type.to_text(value, one.old.field, LOCALE)
        for row in conn.execute(query)
        if (value := _read(row._mapping, one.old)) is not None and converted(value, one.old, one.new) is None
    ]
    return len(lost), tuple(dict.fromkeys(lost))[:3]


def lost(conn: Connection, ws: int, entity_id: int, table: Table, one: Pair) -> tuple[int, tuple[str, ...]]:
    """How many records have a value in the old place and none in the new one, and some of the values."""
    where = (
        table.c.ws == ws, table.c.entity_id == entity_id, _present(table, one.old), ~_present(table, one.new)
    )  # fmt: skip
    count = int(conn.execute(select(func.count()).select_from(table).where(*where)).scalar_one())
    if not count:
        return 0, ()
    rows = conn.execute(select(table.c[one.old.slot or EXT]).where(*where).limit(3))
    values = (_read(row._mapping, one.old) for row in rows)
    return count, tuple(one.old.type.to_text(value, one.old.field, LOCALE) for value in values)


def _present(table: Table, place: FieldPlace) -> Any:
    """Whether the place holds something, in SQL."""
    if place.slot is not None:
        return table.c[place.slot].is_not(None)
    return ext_text(table.c[EXT], place.ext_key).is_not(None)


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
