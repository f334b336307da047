"""Paces: something that may be done once in each stretch of time, whichever process does it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete

from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import fired


def take(conn: Connection, ws: int, what: str, stretch: int, at: datetime) -> bool:
    """Whether this stretch of ``what`` was still free; now it is not. Those before it are forgotten."""
    key = f"{stretch:020}"
    made: Any = insert_or(conn, fired).values(ws=ws, rule_uid=what, record_id=0, fire_key=key, at=at)
    if conn.execute(made.on_conflict_do_nothing().returning(fired.c.fire_key)).first() is None:
        return False
    own = fired.c
    conn.execute(delete(fired).where(own.ws == ws, own.rule_uid == what, own.fire_key < key))
    return True
