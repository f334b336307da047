"""Schedules: until when each timed rule has been looked at."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import schedule


def last_runs(conn: Connection, ws: int, app_id: int) -> Mapping[str, datetime]:
    """The instant until which what each rule (by uid) owes was put into the outbox."""
    columns = schedule.c
    rows = conn.execute(
        select(columns.rule_uid, columns.last_at).where(
            columns.ws == ws, columns.app_id == app_id, columns.last_at.is_not(None)
        )
    )
    return {row.rule_uid: row.last_at for row in rows}


def ran(conn: Connection, ws: int, app_id: int, rule_uid: str, *, at: datetime) -> None:
    """Note it, in the transaction that writes the messages. Of two processes the later instant stays."""
    statement: Any = insert_or(conn, schedule).values(
        ws=ws, app_id=app_id, rule_uid=rule_uid, next_at=at, last_at=at
    )
    conn.execute(
        statement.on_conflict_do_update(
            index_elements=["ws", "app_id", "rule_uid"],
            set_={"last_at": at, "next_at": at},
            where=schedule.c.last_at < at,
        )
    )
