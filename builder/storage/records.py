"""Records: read with their lines, locked in one order, and written set by set."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from builder.changes import RecordChange
from builder.metadata.package import Package
from builder.record import Ref
from builder.storage import search
from builder.storage.errors import RetryError
from builder.storage.prepared import Prepared
from builder.storage.record_rows import SEEN, EntityRows, Row, Spans, row_sets
from builder.storage.rows import AT_ONCE, HEADER, get, is_of
from builder.storage.shapes import EntityShape, app_shape
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.tables.pool import EXT, slot_names
from builder.storage.tables.records import multi, state_span

KEPT_COLUMNS = frozenset({"id", "created_by", "created_via", "created_at"})


def lock(conn: Connection, maps: SlotMap, ws: int, refs: Sequence[Ref]) -> dict[Ref, int]:
    """Lock the records, entity by entity and id by id, and give their versions. One that is gone is absent."""
    by_entity: dict[str, list[int]] = {}
    for ref in refs:
        by_entity.setdefault(ref.entity, []).append(ref.id)
    found: dict[Ref, int] = {}
    for entity in sorted(by_entity, key=maps.entity_id):
        ids = sorted(set(by_entity[entity]))
        of = maps.entity(entity)
        statement = _locking(of.table, of.entity_id)
        for start in range(0, len(ids), AT_ONCE):
            rows = statement.all(conn, {"ws": ws, "ids": ids[start : start + AT_ONCE]})
            found.update({Ref(entity, row[0]): row[1] for row in rows})
    return found


@lru_cache(maxsize=1024)
def _locking(member: Table, entity_id: int) -> Prepared:
    table = member
    return Prepared(
        select(table.c.id, table.c.version)
        .where(table.c.ws == bindparam("ws"), table.c.entity_id == entity_id, ids_in(table.c.id, "ids"))
        .order_by(table.c.id)
        .with_for_update(key_share=True)
    )


def write(
    conn: Connection,
    maps: SlotMap,
    package: Package,
    ws: int,
    changes: Sequence[RecordChange],
    *,
    cmd: int,
    now: datetime,
    actor_id: int,
) -> None:
    """Write the aggregates with everything that is found by them: lines, multi-values, words, stays in states. The records must be
    locked. Raises ``DuplicateError`` for a unique key that is taken, ``RetryError`` where a row moved in spite of the lock."""
    sets = row_sets(app_shape(maps, package), ws, changes, cmd=cmd, at=now, by=actor_id)
    ordered = sorted(sets.entities.values(), key=lambda rows: rows.shape.entity_id)
    for rows in ordered:
        _write_deletes(conn, ws, rows)
        _write_updates(conn, rows)
        if rows.inserts:
            _inserting(rows.shape).run_many(conn, rows.inserts)
    for rows in ordered:
        _write_multi(conn, rows)
        search.write(conn, ws, rows.search_in, rows.search_out)
    _write_spans(conn, sets.spans)


def _inserting(shape: EntityShape) -> Prepared:
    made: Prepared = shape.statement(
        "insert", lambda: Prepared(insert(shape.table), columns=("ws", "entity_id", *HEADER, *_places(shape)))
    )
    return made


def _places(shape: EntityShape) -> list[str]:
    """The columns that hold what is the entity's own."""
    slots = [str(place.slot) for place in (*shape.in_slots, *shape.shadow_slots)]
    return list(dict.fromkeys([*slot_names("u"), *slots, *([EXT] if shape.has_ext else [])]))


def _write_deletes(conn: Connection, ws: int, rows: EntityRows) -> None:
    if rows.deletes:
        table = rows.shape.table
        statement = rows.shape.statement(
            "delete",
            lambda: Prepared(delete(table).where(*is_of(rows.shape, table), ids_in(table.c.id, "ids"))),
        )
        statement.run(conn, {"ws": ws, "ids": rows.deletes})


def _write_updates(conn: Connection, rows: EntityRows) -> None:
    """Keys that move from one record of the set to another are freed first: each row is written by itself."""
    if not rows.updates:
        return
    shape = rows.shape
    freed = [row for row in rows.updates if any(row[slot] is not None for slot in _unique_slots(shape))]
    if len(freed) > 1:
        ids = [row["id"] for row in freed]
        freeing = shape.statement("free", lambda: Prepared(_freeing(shape)))
        freeing.run(conn, {"at_ws": freed[0]["ws"], "ids": ids})
    params = [
        {f"new_{name}": value for name, value in row.items() if name != SEEN} | _at(row)
        for row in rows.updates
    ]
    done = shape.statement("update", lambda: Prepared(_updating(shape))).run_many(conn, params)
    if done != len(params):
        raise RetryError("RECORD_MOVED")


def _at(row: Row) -> Row:
    return {"at_ws": row["ws"], "at_id": row["id"], "at_version": row[SEEN]}


def _unique_slots(shape: EntityShape) -> tuple[str, ...]:
    return tuple(key.slot for key in shape.map.unique)


def _freeing(shape: EntityShape) -> Any:
    table = shape.table
    free = dict.fromkeys(slot_names("u"))
    of_entity = (table.c.ws == bindparam("at_ws"), table.c.entity_id == shape.entity_id)
    return update(table).where(*of_entity, ids_in(table.c.id, "ids")).values(free)


def _updating(shape: EntityShape) -> Any:
    table = shape.table
    names = [*(name for name in HEADER if name not in KEPT_COLUMNS), *_places(shape)]
    return (
        update(table)
        .where(
            table.c.ws == bindparam("at_ws"),
            table.c.entity_id == shape.entity_id,
            table.c.id == bindparam("at_id"),
            table.c.version == bindparam("at_version"),
        )
        .values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
    )


def _write_multi(conn: Connection, rows: EntityRows) -> None:
    if rows.multi_out:
        _MULTI_OUT.run_many(
            conn, [{f"at_{name}": value for name, value in row.items()} for row in rows.multi_out]
        )
    if rows.multi_in:
        _MULTI_IN.run_many(conn, rows.multi_in)


def _matching(table: Table, *names: str) -> list[Any]:
    return [table.c[name] == bindparam(f"at_{name}") for name in names]


_MULTI_OUT = Prepared(
    delete(multi).where(*_matching(multi, "ws", "entity_id", "field_no", "value", "record_id"))
)
_MULTI_IN, _SPAN_BEGINS = Prepared(insert(multi)), Prepared(insert(state_span))
_SPAN_ENDS = Prepared(
    update(state_span)
    .where(
        state_span.c.ws == bindparam("ws_"),
        state_span.c.entity_id == bindparam("entity_"),
        state_span.c.record_id == bindparam("record_"),
        state_span.c.left_at.is_(None),
    )
    .values(left_at=bindparam("left"))
)


def _write_spans(conn: Connection, spans: Spans) -> None:
    if spans.ended:
        _SPAN_ENDS.run_many(conn, spans.ended)
    if spans.begun:
        _SPAN_BEGINS.run_many(conn, spans.begun)


__all__ = ["get", "lock", "write"]
