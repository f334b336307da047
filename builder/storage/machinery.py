"""Machinery: what fires once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from builder.storage.errors import RetryError
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import fired


def has_fired(conn: Connection, ws: int, rule_uid: str, record_id: int, fire_key: str) -> bool:
    """Whether the rule ran for that record and key."""
    own = (fired.c.ws == ws) & (fired.c.rule_uid == rule_uid) & (fired.c.record_id == record_id)
    return conn.execute(select(fired.c.at).where(own, fired.c.fire_key == fire_key)).first() is not None


def fire(conn: Connection, ws: int, keys: Sequence[tuple[str, int, str]], *, now: datetime) -> None:
    """Keep (rule uid, record id, key) as done. ``RetryError`` where another command did one of them meanwhile: decided again, it is
    seen."""
    for uid, record_id, key in sorted(set(keys)):
        made: Any = insert_or(conn, fired).values(
            ws=ws, rule_uid=uid, record_id=record_id, fire_key=key, at=now
        )
        if conn.execute(made.on_conflict_do_nothing().returning(fired.c.fire_key)).first() is None:
            raise RetryError("FIRED")
