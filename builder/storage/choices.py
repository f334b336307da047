"""Choices: how each person wants to be told. What the rows mean is known above; here they are kept as they are."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, delete, insert, select

from builder.storage.tables.machinery import delivery_choice

_COLUMNS = [delivery_choice.c[name] for name in ("kind", "channel", "digest", "quiet_from", "quiet_to")]
Row = tuple[str, str, str, str, str]


def of(conn: Connection, ws: int, user_id: int) -> tuple[Row, ...]:
    """The rows of one person."""
    own = delivery_choice.c
    query = select(*_COLUMNS).where(own.ws == ws, own.user_id == user_id)
    return tuple((row[0], row[1], row[2], row[3], row[4]) for row in conn.execute(query))


def keep(conn: Connection, ws: int, user_id: int, rows: Sequence[Row]) -> None:
    """Put these rows in the place of the person's rows before."""
    own = delivery_choice.c
    conn.execute(delete(delivery_choice).where(own.ws == ws, own.user_id == user_id))
    names = [column.name for column in _COLUMNS]
    made = [dict(zip(names, row, strict=True)) for row in rows]
    if made:
        conn.execute(insert(delivery_choice), [{"ws": ws, "user_id": user_id, **row} for row in made])
