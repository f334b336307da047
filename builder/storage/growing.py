"""Growing: an entity that shares a member and has become big gets one of its own. Its ids, places and indexes stay what they were."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, delete, func, insert, select, update

from builder.storage.database import Database, gate
from builder.storage.slot_writes import own_member
from builder.storage.tables.apps import app, entity, pool_member
from builder.storage.tables.pool import GROWN_ROWS, member_table


def grow(database: Database, *, at_least: int = GROWN_ROWS) -> int:
    """Move every entity that shares a member and has ``at_least`` rows, one transaction each; says how many moved. Ends early when the
    pool has no member left: the next run goes on."""
    moved = 0
    with database.snapshot() as conn:
        grown = list(_grown(conn, at_least))
    for ws, app_id, entity_id in grown:
        with database.maintenance() as conn:
            gate(conn, app_id, exclusive=True)
            if not _move(conn, ws, app_id, entity_id):
                break
        moved += 1
    return moved


def _grown(conn: Connection, at_least: int) -> Iterable[tuple[int, int, int]]:
    columns = entity.c
    query = (
        select(columns.ws, columns.app_id, columns.entity_id, columns.member)
        .join(pool_member, pool_member.c.member == columns.member)
        .where(pool_member.c.kind == "shared")
        .order_by(columns.ws, columns.entity_id)
    )
    for row in conn.execute(query).all():
        table = member_table(row.member)
        some = (
            select(table.c.id).where(table.c.ws == row.ws, table.c.entity_id == row.entity_id).limit(at_least)
        )
        if conn.execute(select(func.count()).select_from(some.subquery())).scalar_one() >= at_least:
            yield row.ws, row.app_id, row.entity_id


def _move(conn: Connection, ws: int, app_id: int, entity_id: int) -> bool:
    """Carry the rows over, with the app's gate held alone: nobody reads a half-moved entity for a decision."""
    own = (entity.c.ws == ws) & (entity.c.entity_id == entity_id)
    old = member_table(conn.execute(select(entity.c.member).where(own)).scalar_one())
    member = own_member(conn)
    if member is None:
        return False
    new = member_table(member)
    mine = (old.c.ws == ws) & (old.c.entity_id == entity_id)
    names = [column.name for column in old.columns]
    conn.execute(insert(new).from_select(names, select(*old.columns).where(mine)))
    conn.execute(delete(old).where(mine))
    conn.execute(update(entity).where(own).values(member=member))
    conn.execute(
        update(app).where(app.c.ws == ws, app.c.app_id == app_id).values(map_epoch=app.c.map_epoch + 1)
    )
    return True
