"""Outbox: what is to happen after commit. Messages are leased, delivered, marked; a fence keeps a late worker from marking another's."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, bindparam, literal, or_, select, tuple_, update

from builder.changes import Message
from builder.storage.columns import INT
from builder.storage.prepared import Prepared
from builder.storage.sql.conflicts import insert_for
from builder.storage.tables.machinery import outbox

LONGEST_ERROR = 500
KEYS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """A message in hand. ``attempts`` counts this one too; ``fence`` names the lease."""

    message_id: int
    cmd: int
    kind: str
    order_key: str
    body: Mapping[str, Any]
    attempts: int
    fence: int


@dataclass(frozen=True, slots=True)
class ParkedRow:
    """A message that was given up, and why."""

    message_id: int
    kind: str
    body: Mapping[str, Any]
    attempts: int
    parked_at: datetime
    error: str


@dataclass(frozen=True, slots=True)
class TriedRow:
    """A message that failed and will be tried again, from ``not_before`` on."""

    message_id: int
    kind: str
    body: Mapping[str, Any]
    attempts: int
    not_before: datetime
    error: str


@dataclass(frozen=True, slots=True)
class SettledRow:
    """A message that somebody gave up for good: when, who, why."""

    message_id: int
    kind: str
    body: Mapping[str, Any]
    done_at: datetime
    settled_by: int
    settled_why: str
    error: str


def append(
    conn: Connection,
    ws: int,
    messages: Sequence[Message],
    *,
    cmd: int,
    now: datetime,
    new_id: Callable[[], int],
) -> None:
    """Put messages in. One whose ``dedupe_key`` was there before is left out."""
    if not messages:
        return
    rows = [
        {
            "ws": ws,
            "message_id": new_id(),
            "cmd": cmd,
            "kind": message.kind,
            "order_key": message.order_key,
            "dedupe_key": message.dedupe_key,
            "body": dict(message.body),
            "not_before": message.not_before or now,
        }
        for message in messages
    ]
    _ADD.run_many(conn, rows)


_ADD = Prepared(
    lambda dialect: insert_for(dialect, outbox).on_conflict_do_nothing(),
    columns=("ws", "message_id", "cmd", "kind", "order_key", "dedupe_key", "body", "not_before"),
)


def fresh(conn: Connection, ws: int, messages: Sequence[Message]) -> frozenset[str]:
    """The dedupe keys that are not in the outbox yet."""
    keys = [message.dedupe_key for message in messages if message.dedupe_key]
    known: set[str] = set()
    for start in range(0, len(keys), KEYS_AT_ONCE):
        asked = outbox.c.dedupe_key.in_(keys[start : start + KEYS_AT_ONCE])
        known.update(conn.execute(select(outbox.c.dedupe_key).where(outbox.c.ws == ws, asked)).scalars())
    return frozenset(keys) - known


def claim(
    conn: Connection, ws: int, *, kinds: Sequence[str], now: datetime, lease_until: datetime, limit: int = 50
) -> tuple[OutboxRow, ...]:
    """Take what is due, the oldest first: of one order key only the first that is not done. What another worker holds is passed over."""
    rows = _claimable(tuple(kinds)).named(conn, {"ws": ws, "now": now, "limit": limit})
    if not rows:
        return ()
    ours = update(outbox).where(outbox.c.ws == ws, outbox.c.message_id.in_([r.message_id for r in rows]))
    conn.execute(
        ours.values(lease_until=lease_until, fence=outbox.c.fence + 1, attempts=outbox.c.attempts + 1)
    )
    return tuple(
        OutboxRow(r.message_id, r.cmd, r.kind, r.order_key, r.body, r.attempts + 1, r.fence + 1) for r in rows
    )


def waiting(conn: Connection, ws: int, *, kinds: Sequence[str], now: datetime) -> bool:
    """Whether a message is due that is not done, in somebody's hands or not."""
    is_open = (outbox.c.done_at.is_(None), outbox.c.parked_at.is_(None), outbox.c.not_before <= now)
    query = select(outbox.c.message_id).where(outbox.c.ws == ws, *is_open, outbox.c.kind.in_(list(kinds)))
    return conn.execute(query.limit(1)).first() is not None


@cache
def _claimable(kinds: tuple[str, ...]) -> Prepared:
    """Which messages of these kinds may be taken. Every relay asks several times a second, mostly for nothing."""
    now = bindparam("now", type_=outbox.c.not_before.type)
    return Prepared(
        select(outbox)
        .where(
            outbox.c.ws == bindparam("ws"),
            outbox.c.done_at.is_(None),
            outbox.c.parked_at.is_(None),
            outbox.c.not_before <= now,
            or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
            outbox.c.kind.in_([literal(kind) for kind in kinds]),
            _is_first(kinds),
        )
        .order_by(outbox.c.message_id)
        .limit(bindparam("limit", type_=INT))
        .with_for_update(skip_locked=True)
    )


def _is_first(kinds: Sequence[str]) -> ColumnElement[bool]:
    """Whether no message of the same order key waits before this one. A parked one holds nobody up: somebody must look at it first; nor does
    one that cannot be delivered now, like mail without a server. Asked as the first of the key, which is one look into an index for each
    message; as "none before it", a database without statistics compares all with all."""
    earlier = outbox.alias("earlier")
    first = (
        select(earlier.c.message_id)
        .where(
            earlier.c.ws == outbox.c.ws,
            earlier.c.order_key == outbox.c.order_key,
            earlier.c.kind.in_([literal(kind) for kind in kinds]),
            earlier.c.done_at.is_(None),
            earlier.c.parked_at.is_(None),
        )
        .order_by(earlier.c.message_id)
        .limit(1)
        .correlate(outbox)
        .scalar_subquery()
    )
    return or_(outbox.c.order_key == "", outbox.c.message_id == first)


def done(conn: Connection, ws: int, message_id: int, fence: int, now: datetime) -> bool:
    """Mark as delivered; False where the lease has gone to another."""
    return _mark(conn, ws, message_id, fence, done_at=now, lease_until=None, error="")


def all_done(conn: Connection, ws: int, marks: Sequence[tuple[int, int]], now: datetime) -> None:
    """Mark many as delivered, each (message id, fence) whose lease has not gone to another."""
    if marks:
        ours = (outbox.c.ws == ws, tuple_(outbox.c.message_id, outbox.c.fence).in_(marks))
        query = update(outbox).where(*ours, outbox.c.done_at.is_(None))
        conn.execute(query.values(done_at=now, lease_until=None, error=""))


def all_postponed(conn: Connection, ws: int, marks: Sequence[tuple[int, int]], not_before: datetime) -> None:
    """Give many back that were not tried, each (message id, fence) whose lease has not gone to another."""
    if marks:
        ours = (outbox.c.ws == ws, tuple_(outbox.c.message_id, outbox.c.fence).in_(marks))
        query = update(outbox).where(*ours, outbox.c.done_at.is_(None))
        conn.execute(query.values(not_before=not_before, lease_until=None, attempts=outbox.c.attempts - 1))


def retry(conn: Connection, ws: int, message_id: int, fence: int, not_before: datetime, error: str) -> bool:
    """Give back, to be tried again from ``not_before`` on."""
    return _mark(
        conn, ws, message_id, fence, not_before=not_before, lease_until=None, error=error[:LONGEST_ERROR]
    )


def park(conn: Connection, ws: int, message_id: int, fence: int, now: datetime, error: str) -> bool:
    """Give up until somebody sends it again."""
    return _mark(conn, ws, message_id, fence, parked_at=now, lease_until=None, error=error[:LONGEST_ERROR])


def parked(conn: Connection, ws: int, *, limit: int = 200) -> tuple[ParkedRow, ...]:
    """What was given up, the newest first."""
    columns = [outbox.c[name] for name in ParkedRow.__dataclass_fields__]
    query = select(*columns).where(
        outbox.c.ws == ws, outbox.c.parked_at.is_not(None), outbox.c.done_at.is_(None)
    )
    return tuple(
        ParkedRow(*row) for row in conn.execute(query.order_by(outbox.c.parked_at.desc()).limit(limit))
    )


def tried(conn: Connection, ws: int, *, limit: int = 200) -> tuple[TriedRow, ...]:
    """What failed and will be tried again, the next one first."""
    columns = [outbox.c[name] for name in TriedRow.__dataclass_fields__]
    open_ = (outbox.c.done_at.is_(None), outbox.c.parked_at.is_(None), outbox.c.error != "")
    query = select(*columns).where(outbox.c.ws == ws, *open_).order_by(outbox.c.not_before).limit(limit)
    return tuple(TriedRow(*row) for row in conn.execute(query))


def settled(conn: Connection, ws: int, *, limit: int = 200) -> tuple[SettledRow, ...]:
    """What somebody gave up for good, the newest first."""
    columns = [outbox.c[name] for name in SettledRow.__dataclass_fields__]
    query = select(*columns).where(outbox.c.ws == ws, outbox.c.settled_by != 0)
    return tuple(
        SettledRow(*row) for row in conn.execute(query.order_by(outbox.c.done_at.desc()).limit(limit))
    )


def unpark(conn: Connection, ws: int, message_id: int, now: datetime) -> bool:
    """Send a parked message again, with all its tries before it."""
    query = update(outbox).where(
        outbox.c.ws == ws, outbox.c.message_id == message_id, outbox.c.parked_at.is_not(None)
    )
    query = query.where(outbox.c.done_at.is_(None))
    return conn.execute(query.values(parked_at=None, attempts=0, not_before=now, error="")).rowcount == 1


def discard(conn: Connection, ws: int, message_id: int, now: datetime, *, by: int, why: str) -> bool:
    """Give a parked message up for good; what it was, who did so and why stay readable."""
    query = update(outbox).where(
        outbox.c.ws == ws, outbox.c.message_id == message_id, outbox.c.parked_at.is_not(None)
    )
    return (
        conn.execute(
            query.where(outbox.c.done_at.is_(None)).values(
                done_at=now, settled_by=by, settled_why=why[:LONGEST_ERROR]
            )
        ).rowcount
        == 1
    )


def forget_before(conn: Connection, ws: int, before: datetime) -> int:
    """Remove what was delivered before then; says how many. What somebody gave up for good stays: it says who and why."""
    old = (outbox.c.done_at < before, outbox.c.settled_by == 0)
    return conn.execute(outbox.delete().where(outbox.c.ws == ws, *old)).rowcount


def forget_settled(conn: Connection, ws: int, before: datetime) -> int:
    """Remove what was given up for good before then; says how many."""
    old = (outbox.c.done_at < before, outbox.c.settled_by != 0)
    return conn.execute(outbox.delete().where(outbox.c.ws == ws, *old)).rowcount


def _mark(conn: Connection, ws: int, message_id: int, fence: int, **values: Any) -> bool:
    query = update(outbox).where(
        outbox.c.ws == ws,
        outbox.c.message_id == message_id,
        outbox.c.fence == fence,
        outbox.c.done_at.is_(None),
    )
    return conn.execute(query.values(**values)).rowcount == 1
