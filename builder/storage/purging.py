"""Purging: places that no roll-back needs any more are emptied in batches, and free for other fields then.

A retired place is needed as long as a version that people may roll back to would read it: the version before the live one always, any
other for the keep time after it stopped being live. A place whose field lives elsewhere in the same form is needed by none.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, update

from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.storage import apps, preparing
from builder.storage.allocation import MULTI, SlotRow, keeps
from builder.storage.database import Database, gate
from builder.storage.slot_writes import put_rows, slot_rows
from builder.storage.sql.arrays import ext_text, ids_in
from builder.storage.tables import apps as t
from builder.storage.tables.pool import EXT, member_table
from builder.storage.tables.records import multi
from builder.storage.values import TURN, turn_of

EMPTYING = "emptying"


def purge(database: Database, ws: int, now: datetime, keep: timedelta, *, batch: int = 500) -> int:
    """Empty what is not needed, a batch of records a transaction; says how many places are free now. It may be ended anywhere: the next
    run goes on."""
    with database.snapshot() as conn:
        rows = [row for row in apps.apps(conn, ws) if row.live_version]
        doomed = {row.app_id: _unneeded(conn, ws, row, now, keep) for row in rows}
    for row in rows:
        if doomed[row.app_id]:
            _condemn(database, ws, row, doomed[row.app_id])
    return sum(_emptied(database, ws, row.app_id, batch) for row in rows)


def _entities(conn: Connection, ws: int, app_id: int, state: str) -> list[Any]:
    """The app's entities with places in that state."""
    own, slot = t.entity.c, t.slot.c
    query = (
        select(own.entity_id, own.uid, own.member)
        .join(t.slot, (slot.ws == own.ws) & (slot.entity_id == own.entity_id))
        .where(own.ws == ws, own.app_id == app_id, slot.state == state)
        .distinct()
    )
    return list(conn.execute(query))


def _unneeded(
    conn: Connection, ws: int, app: apps.AppRow, now: datetime, keep: timedelta
) -> list[tuple[int, SlotRow]]:
    found = _entities(conn, ws, app.app_id, "retired")
    if not found or preparing.is_running(conn, ws, app.app_id):
        return []
    versions = tuple(_versions(conn, ws, app.app_id, now))
    return [
        (entity.entity_id, row)
        for entity in found
        for row in slot_rows(conn, ws, entity.entity_id)
        if row.state == "retired" and not _is_needed(entity.uid, row, versions, now - keep)
    ]


def _versions(conn: Connection, ws: int, app_id: int, now: datetime) -> Iterator[tuple[Package, datetime]]:
    """Every version with when it stopped being live, the newest first."""
    ended = now
    for row in apps.versions(conn, ws, app_id):
        yield load_trusted(apps.version_nodes(conn, ws, app_id, row.version)), ended
        ended = row.published_at


def _is_needed(uid: str, row: SlotRow, versions: Sequence[tuple[Package, datetime]], since: datetime) -> bool:
    for age, (package, ended) in enumerate(versions):
        entity = package.entity_by_uid(uid)
        if entity is not None and any(keeps(found, row) for found in entity.fields):
            # The live version would read it, and does not: its field lives elsewhere in the same form, and would after a roll-back.
            return age == 1 or (age > 1 and ended > since)
    return False


def _condemn(database: Database, ws: int, app: apps.AppRow, doomed: Sequence[tuple[int, SlotRow]]) -> None:
    """From now on nobody revives these places. Not where the app has moved on since they were looked at."""
    with database.write(job=True) as conn:
        gate(conn, app.app_id, exclusive=True)
        if apps.app_by_id(conn, ws, app.app_id) != app:
            return
        for entity_id in {entity_id for entity_id, _ in doomed}:
            rows = slot_rows(conn, ws, entity_id)
            gone = {row for of, row in doomed if of == entity_id}
            put_rows(conn, ws, entity_id, [replace(r, state="emptying") if r in gone else r for r in rows])


def _emptied(database: Database, ws: int, app_id: int, batch: int) -> int:
    with database.snapshot() as conn:
        entities = _entities(conn, ws, app_id, EMPTYING)
        places = [(e, row) for e in entities for row in slot_rows(conn, ws, e.entity_id)]
    done = 0
    for entity, row in places:
        if row.state != EMPTYING:
            continue
        while not _step(database, ws, app_id, entity.entity_id, row, batch):
            pass
        done += 1
    return done


def _step(database: Database, ws: int, app_id: int, entity_id: int, row: SlotRow, batch: int) -> bool:
    """Empty the place in the next records; True where it was empty, and is nobody's now."""
    with database.write(job=True) as conn:
        gate(conn, app_id)
        own = (t.entity.c.ws == ws) & (t.entity.c.entity_id == entity_id)
        table = member_table(conn.execute(select(t.entity.c.member).where(own)).scalar_one())
        if row.slot[1:].isdigit():
            if _clear_slot(conn, ws, entity_id, table, row.slot, batch):
                return False
        elif not _is_shared(conn, ws, entity_id, row):
            if _clear_ext(conn, ws, entity_id, table, row, batch):
                return False
            _clear_lists(conn, ws, entity_id, row)
        slot = t.slot.c
        mine = (slot.ws == ws) & (slot.entity_id == entity_id) & (slot.slot == row.slot)
        conn.execute(delete(t.slot).where(mine, slot.field_uid == row.field_uid, slot.state == EMPTYING))
    return True


def _clear_slot(conn: Connection, ws: int, entity_id: int, table: Table, slot: str, batch: int) -> int:
    mine = (table.c.ws == ws) & (table.c.entity_id == entity_id)
    query = select(table.c.id).where(mine, table.c[slot].is_not(None)).order_by(table.c.id).limit(batch)
    ids = list(conn.execute(query).scalars())
    if ids:
        conn.execute(update(table).where(mine, ids_in(table.c.id, "ids")).values({slot: None}), {"ids": ids})
    return len(ids)


def _clear_ext(conn: Connection, ws: int, entity_id: int, table: Table, row: SlotRow, batch: int) -> int:
    key = _ext_key(row)
    mine = (table.c.ws == ws) & (table.c.entity_id == entity_id)
    query = (
        select(table.c.id, table.c[EXT])
        .where(mine, ext_text(table.c[EXT], key).is_not(None))
        .order_by(table.c.id)
        .limit(batch)
        .with_for_update(key_share=True)
    )
    found = conn.execute(query).all()
    left = [{"b_id": r.id, "b_ext": {k: v for k, v in r.ext.items() if k != key} or None} for r in found]
    if left:
        value = bindparam("b_ext", type_=table.c[EXT].type)
        conn.execute(update(table).where(mine, table.c.id == bindparam("b_id")).values({EXT: value}), left)
    return len(found)


def _clear_lists(conn: Connection, ws: int, entity_id: int, row: SlotRow) -> None:
    if row.slot.partition("#")[0] == MULTI:
        number = row.field_no + TURN * turn_of(row.slot)
        own = (multi.c.ws == ws) & (multi.c.entity_id == entity_id) & (multi.c.field_no == number)
        conn.execute(delete(multi).where(own))


def _ext_key(row: SlotRow) -> str:
    turn = turn_of(row.slot)
    return f"f{row.field_no}x{turn}" if turn else f"f{row.field_no}"


def _is_shared(conn: Connection, ws: int, entity_id: int, row: SlotRow) -> bool:
    """Whether a place in use has the same name in the JSON column, as databases of the first revision may have it."""
    return any(
        not other.slot[1:].isdigit() and other.state != EMPTYING and _ext_key(other) == _ext_key(row)
        for other in slot_rows(conn, ws, entity_id)
        if other.field_uid != row.field_uid
    )
