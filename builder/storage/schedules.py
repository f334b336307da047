"""Schedules: when a timed rule was last looked at."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import schedule


def last_runs(conn: Connection, ws: int, app_id: int) -> dict[str, datetime]:
    """The instant up to which each rule (uid) of the app was looked at."""
    query = select(schedule.c.rule_uid, schedule.c.last_at).where(
        schedule.c.ws == ws, schedule.c.app_id == app_id
    )
    return {row[0]: row[1] for row in conn.execute(query) if row[1] is not None}


def ran(conn: Connection, ws: int, app_id: int, rule_uid: str, *, at: datetime) -> None:
    """The rule was looked at up to ``at``. Of two schedulers the later look stays."""
    made: Any = insert_or(conn, schedule).values(
        ws=ws, app_id=app_id, rule_uid=rule_uid, next_at=at, last_at=at
    )
    conn.execute(
        made.on_conflict_do_update(
            index_elements=["ws", "app_id", "rule_uid"],
            set_={"next_at": made.excluded.next_at, "last_at": made.excluded.last_at},
            where=schedule.c.last_at < made.excluded.last_at,
        )
    )
