"""Members of the pool: made ahead, never in a request, given to entities by ``builder.storage.allocation``."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, func, insert, select

from builder.storage.tables.apps import pool_member
from builder.storage.tables.pool import AHEAD, OWN_AT_MOST, member_ddl

FIRST = {"sqlite": 24, "postgresql": 24}
"""Members of a new database: one large app fits without waiting for the pool to grow."""


def make_members(conn: Connection, count: int) -> None:
    """``count`` more free members with all their keys and indexes."""
    last = conn.execute(select(func.max(pool_member.c.member))).scalar()
    start = 0 if last is None else last + 1
    made = range(start, start + count)
    make_tables(conn, made)
    add_free(conn, made)


def make_tables(conn: Connection, members: Iterable[int]) -> None:
    """The tables of these members, with all their keys and indexes."""
    for member in members:
        member_ddl(member, conn.dialect.name).create(conn)


def add_free(conn: Connection, members: Iterable[int]) -> None:
    """Let these members be given to entities."""
    for member in members:
        conn.execute(insert(pool_member).values(member=member, kind="free"))


def missing_members(conn: Connection) -> int:
    """How many members should be made so that there are enough free ones ahead, within what the database bears."""
    rows = conn.execute(select(pool_member.c.kind, func.count()).group_by(pool_member.c.kind))
    kinds: dict[str, int] = {row[0]: row[1] for row in rows}
    dialect = conn.dialect.name
    room = OWN_AT_MOST[dialect] - sum(kinds.values())
    return max(0, min(AHEAD[dialect] - kinds.get("free", 0), room))
