"""Outbox: what commands left to be delivered after they committed. Written with the command, taken by a relay under a lease."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, exists, or_, select, update

from builder.changes import Message
from builder.storage.columns import PG
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import outbox

SHOWN = 100


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """``attempts`` counts this one too; ``fence`` is what marking it must still find."""

    message_id: int
    kind: str
    body: Mapping[str, Any]
    attempts: int
    fence: int


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A message that was given up: for the failed list."""

    message_id: int
    kind: str
    body: Mapping[str, Any]
    attempts: int
    parked_at: datetime
    error: str


def append(
    conn: Connection,
    ws: int,
    messages: Iterable[Message],
    *,
    cmd: int,
    now: datetime,
    new_id: Callable[[], int],
) -> None:
    """Leave messages, in their order. One whose dedupe key is known is left out."""
    rows = [
        {
            "ws": ws,
            "message_id": new_id(),
            "cmd": cmd,
            "kind": message.kind,
            "order_key": message.order_key,
            "dedupe_key": message.dedupe_key,
            "body": message.body,
            "not_before": message.not_before or now,
        }
        for message in messages
    ]
    if rows:
        statement: Any = insert_or(conn, outbox)
        conn.execute(statement.on_conflict_do_nothing(), rows)


def claim(
    conn: Connection, ws: int, *, kinds: Sequence[str], now: datetime, lease_until: datetime, limit: int
) -> tuple[OutboxRow, ...]:
    """Take messages that are due, the oldest first; of those with one order key only the first that is not delivered."""
    columns = outbox.c
    earlier = outbox.alias("earlier")
    held_back = exists().where(
        earlier.c.ws == columns.ws,
        earlier.c.order_key == columns.order_key,
        earlier.c.message_id < columns.message_id,
        earlier.c.done_at.is_(None),
        earlier.c.parked_at.is_(None),
        earlier.c.kind.in_(tuple(kinds)),
    )
    query = (
        select(columns.message_id, columns.kind, columns.body, columns.attempts, columns.fence)
        .where(columns.ws == ws, columns.done_at.is_(None), columns.parked_at.is_(None))
        .where(columns.not_before <= now, or_(columns.lease_until.is_(None), columns.lease_until <= now))
        .where(columns.kind.in_(tuple(kinds)), or_(columns.order_key == "", ~held_back))
        .order_by(columns.message_id)
        .limit(limit)
    )
    if conn.dialect.name == PG:
        query = query.with_for_update(skip_locked=True)
    rows = conn.execute(query).all()
    if not rows:
        return ()
    own = and_(columns.ws == ws, columns.message_id.in_([row.message_id for row in rows]))
    conn.execute(
        update(outbox)
        .where(own)
        .values(lease_until=lease_until, fence=columns.fence + 1, attempts=columns.attempts + 1)
    )
    return tuple(OutboxRow(r.message_id, r.kind, r.body, r.attempts + 1, r.fence + 1) for r in rows)


def _held(ws: int, message_id: int, fence: int) -> Any:
    columns = outbox.c
    return and_(columns.ws == ws, columns.message_id == message_id, columns.fence == fence)


def done(conn: Connection, ws: int, message_id: int, fence: int, now: datetime) -> bool:
    """Mark as delivered; False where another relay has taken it since."""
    values = {"done_at": now, "lease_until": None, "error": ""}
    return bool(conn.execute(update(outbox).where(_held(ws, message_id, fence)).values(values)).rowcount)


def retry(conn: Connection, ws: int, message_id: int, fence: int, not_before: datetime, error: str) -> bool:
    """Let it rest until ``not_before``."""
    values = {"not_before": not_before, "lease_until": None, "error": error}
    return bool(conn.execute(update(outbox).where(_held(ws, message_id, fence)).values(values)).rowcount)


def park(conn: Connection, ws: int, message_id: int, fence: int, now: datetime, error: str) -> bool:
    """Give it up until somebody looks at the failed list."""
    values = {"parked_at": now, "lease_until": None, "error": error}
    return bool(conn.execute(update(outbox).where(_held(ws, message_id, fence)).values(values)).rowcount)


def parked(conn: Connection, ws: int, limit: int = SHOWN) -> tuple[ParkedRow, ...]:
    """The failed list, the newest first."""
    columns = outbox.c
    query = select(
        columns.message_id, columns.kind, columns.body, columns.attempts, columns.parked_at, columns.error
    ).where(columns.ws == ws, columns.parked_at.is_not(None), columns.done_at.is_(None))
    rows = conn.execute(query.order_by(columns.message_id.desc()).limit(limit))
    return tuple(ParkedRow(*row) for row in rows)


def unpark(conn: Connection, ws: int, message_id: int, now: datetime, *, discard: bool = False) -> bool:
    """Try a parked message again from the start, or with ``discard`` drop it for good."""
    columns = outbox.c
    own = and_(columns.ws == ws, columns.message_id == message_id, columns.parked_at.is_not(None))
    values = {"done_at": now} if discard else {"parked_at": None, "attempts": 0, "not_before": now}
    return bool(conn.execute(update(outbox).where(own).values(values)).rowcount)


def forget_before(conn: Connection, ws: int, before: datetime) -> int:
    """Drop what was delivered long ago; says how many."""
    columns = outbox.c
    return conn.execute(outbox.delete().where(columns.ws == ws, columns.done_at < before)).rowcount
