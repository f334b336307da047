"""Schedules: up to when timed rules were looked at, how their last run went, who paused them; and the leases under which one node at a time
does what the clock owes.

A row is one timed rule (its uid), or one thing that the engine does by the clock for itself or for an app (its name begins with *engine.*).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select, update

from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import schedule

EVERYWHERE = 0
"""The app id of what the engine does for the whole workspace."""
KEYS = ("ws", "app_id", "rule_uid")
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """``last_at``: looked at up to then; ``planned_at`` and ``ran_at``: the time that was planned for the last run, and when it was;
    ``found``: how many records it was for; ``run_by``: who asked for it (0: the clock)."""

    app_id: int
    rule_uid: str
    next_at: datetime
    last_at: datetime | None
    planned_at: datetime | None
    ran_at: datetime | None
    found: int
    micros: int
    error: str
    run_by: int
    paused_at: datetime | None
    paused_by: int


_COLUMNS = [schedule.c[name] for name in ScheduleRow.__dataclass_fields__]


def rows(conn: Connection, ws: int, app_id: int) -> dict[str, ScheduleRow]:
    """What is known of each rule or chore of the app."""
    query = select(*_COLUMNS).where(schedule.c.ws == ws, schedule.c.app_id == app_id)
    return {row[1]: ScheduleRow(*row) for row in conn.execute(query)}


def last_runs(conn: Connection, ws: int, app_id: int) -> dict[str, datetime]:
    """The instant up to which each rule (uid) of the app was looked at."""
    return {uid: row.last_at for uid, row in rows(conn, ws, app_id).items() if row.last_at is not None}


def ran(conn: Connection, ws: int, app_id: int, rule_uid: str, *, at: datetime) -> None:
    """The rule was looked at up to ``at``. Of two schedulers the later look stays."""
    made: Any = insert_or(conn, schedule).values(
        ws=ws, app_id=app_id, rule_uid=rule_uid, next_at=at, last_at=at
    )
    conn.execute(
        made.on_conflict_do_update(
            index_elements=KEYS,
            set_={"next_at": made.excluded.next_at, "last_at": made.excluded.last_at},
            where=or_(schedule.c.last_at.is_(None), schedule.c.last_at < made.excluded.last_at),
        )
    )


def kept(
    conn: Connection,
    ws: int,
    app_id: int,
    rule_uid: str,
    *,
    planned: datetime,
    at: datetime,
    found: int,
    by: int = 0,
) -> None:
    """Keep that a rule ran, for the page that tells of it."""
    values = {"planned_at": planned, "ran_at": at, "found": found, "run_by": by, "error": ""}
    _put(conn, ws, app_id, rule_uid, at, values)


def pause(
    conn: Connection, ws: int, app_id: int, rule_uid: str, *, at: datetime, by: int, paused: bool
) -> None:
    """Stop a rule's clock, or let it go on: what would have been in between is not caught up."""
    values = {"paused_at": at if paused else None, "paused_by": by if paused else 0}
    _put(conn, ws, app_id, rule_uid, at, values if paused else {**values, "last_at": at})


def _put(conn: Connection, ws: int, app_id: int, rule_uid: str, at: datetime, values: dict[str, Any]) -> None:
    first: dict[str, Any] = {"next_at": at, "last_at": at}
    made: Any = insert_or(conn, schedule).values(
        ws=ws, app_id=app_id, rule_uid=rule_uid, **{**first, **values}
    )
    conn.execute(made.on_conflict_do_update(index_elements=KEYS, set_=values))


# Leases


def claim(
    conn: Connection,
    ws: int,
    app_id: int,
    name: str,
    *,
    now: datetime,
    lease_until: datetime,
    due: bool = False,
) -> int | None:
    """Take the lease, unless somebody has it (or, with ``due``, unless its time has not come): the token that tells this holding from
    every other. It only grows."""
    made: Any = insert_or(conn, schedule).values(ws=ws, app_id=app_id, rule_uid=name, next_at=now)
    conn.execute(made.on_conflict_do_nothing())
    own = _own(ws, app_id, name)
    free = or_(schedule.c.lease_until.is_(None), schedule.c.lease_until <= now)
    ready = and_(own, free, schedule.c.next_at <= now) if due else and_(own, free)
    taken = update(schedule).where(ready).values(lease_until=lease_until, fence=schedule.c.fence + 1)
    if not conn.execute(taken).rowcount:
        return None
    return int(conn.execute(select(schedule.c.fence).where(own)).scalar_one())


def hold(conn: Connection, ws: int, app_id: int, name: str, fence: int, *, lease_until: datetime) -> bool:
    """Lock the lease until the transaction ends and make it last longer; False where another has taken it."""
    mine = and_(_own(ws, app_id, name), schedule.c.fence == fence)
    return conn.execute(update(schedule).where(mine).values(lease_until=lease_until)).rowcount == 1


def release(conn: Connection, ws: int, app_id: int, name: str, fence: int, **outcome: Any) -> bool:
    """Give the lease back, with what came of the work (``next_at``, ``ran_at``, ``found``, ``micros``, ``error``)."""
    if "error" in outcome:
        outcome["error"] = outcome["error"][:LONGEST_ERROR]
    mine = and_(_own(ws, app_id, name), schedule.c.fence == fence)
    return conn.execute(update(schedule).where(mine).values(lease_until=None, **outcome)).rowcount == 1


def hasten(conn: Connection, ws: int, app_id: int, name: str, *, at: datetime, by: int) -> None:
    """Let its time come now."""
    _put(conn, ws, app_id, name, at, {"next_at": at, "run_by": by})


def due(conn: Connection, ws: int, app_id: int, name: str, now: datetime) -> bool:
    """Whether its time has come; a look that locks nothing."""
    found = conn.execute(select(schedule.c.next_at).where(_own(ws, app_id, name))).scalar()
    return found is None or found <= now


def _own(ws: int, app_id: int, name: str) -> Any:
    return and_(schedule.c.ws == ws, schedule.c.app_id == app_id, schedule.c.rule_uid == name)
