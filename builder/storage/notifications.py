"""Notifications: what a person was told. Each is kept as it read then, and with what it can be said anew from in another language."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from builder.storage.sql.arrays import ids_in, one_of
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.flow import approval_task
from builder.storage.tables.machinery import notification


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """One notification; ``link`` names the record that it is about. ``words``: a message's ``code`` and ``params``, or ``title`` and ``body``
    by language; empty for what was told before they were kept."""

    notification_id: int
    kind: str
    title: str
    body: str
    link: Mapping[str, Any] | None
    at: datetime
    read_at: datetime | None
    words: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Head:
    """What waits for a person at one moment: unread notices, the latest of them (0: none), open decisions."""

    unread: int = 0
    latest: int = 0
    decisions: int = 0


WORDS = "words"
"""Where they lie within the link's JSON: what is told without a record has them too."""
_COLUMNS = [notification.c[name] for name in NotificationRow.__dataclass_fields__ if name != WORDS]


def add(
    conn: Connection,
    ws: int,
    *,
    user_id: int,
    notification_id: int,
    kind: str,
    title: str,
    body: str,
    link: Mapping[str, Any] | None,
    at: datetime,
    words: Mapping[str, Any] | None = None,
) -> None:
    """Tell somebody something. The same id tells once."""
    row = {"user_id": user_id, "notification_id": notification_id, "kind": kind, "title": title, "body": body}
    kept = {**(link or {}), WORDS: dict(words)} if words else link
    made: Any = insert_or(conn, notification).values(ws=ws, link=kept, at=at, **row)
    conn.execute(made.on_conflict_do_nothing())


def of(
    conn: Connection,
    ws: int,
    user_id: int,
    *,
    unread: bool = False,
    limit: int = 50,
    before: int | None = None,
) -> tuple[NotificationRow, ...]:
    """A person's notifications, the newest first; ``before`` is the last id of the page before."""
    query = select(*_COLUMNS).where(notification.c.ws == ws, notification.c.user_id == user_id)
    if unread:
        query = query.where(notification.c.read_at.is_(None))
    if before is not None:
        query = query.where(notification.c.notification_id < before)
    rows = conn.execute(query.order_by(notification.c.notification_id.desc()).limit(limit))
    return tuple(_read(NotificationRow(*row)) for row in rows)


def _read(row: NotificationRow) -> NotificationRow:
    link = dict(row.link or {})
    words = link.pop(WORDS, None) or {}
    return replace(row, link=link or None, words=words)


def unread(conn: Connection, ws: int, user_id: int) -> int:
    """How many a person has not read."""
    own = notification.c
    query = select(func.count()).where(own.ws == ws, own.user_id == user_id, own.read_at.is_(None))
    return int(conn.execute(query).scalar_one())


def heads(conn: Connection, ws: int, users: Collection[int]) -> Mapping[int, Head]:
    """The head of each of these people; two queries, however many they are."""
    own, task = notification.c, approval_task.c
    unread = select(own.user_id, func.count(), func.max(own.notification_id)).where(
        own.ws == ws, one_of(own.user_id, users), own.read_at.is_(None)
    )
    told = {row[0]: (int(row[1]), int(row[2])) for row in conn.execute(unread.group_by(own.user_id))}
    waiting = select(task.assignee_id, func.count()).where(
        task.ws == ws, one_of(task.assignee_id, users), task.status == "open"
    )
    tasks = {row[0]: int(row[1]) for row in conn.execute(waiting.group_by(task.assignee_id))}
    return {user: Head(*told.get(user, (0, 0)), tasks.get(user, 0)) for user in users}


def unread_after(
    conn: Connection, ws: int, user_id: int, after: int, limit: int
) -> tuple[NotificationRow, ...]:
    """What a person was told after that notice and has not read, the newest first."""
    own = notification.c
    query = select(*_COLUMNS).where(
        own.ws == ws, own.user_id == user_id, own.notification_id > after, own.read_at.is_(None)
    )
    rows = conn.execute(query.order_by(own.notification_id.desc()).limit(limit))
    return tuple(_read(NotificationRow(*row)) for row in rows)


def read_of(conn: Connection, ws: int, user_id: int, ids: Collection[int]) -> frozenset[int]:
    """Which of these a person has read."""
    own = notification.c
    query = select(own.notification_id).where(
        own.ws == ws, own.user_id == user_id, one_of(own.notification_id, ids), own.read_at.is_not(None)
    )
    return frozenset(conn.execute(query).scalars())


def mark_read(
    conn: Connection, ws: int, user_id: int, now: datetime, ids: Sequence[int] | None = None
) -> int:
    """Mark as read, all where no ids are given; says how many were not."""
    own = notification.c
    query = update(notification).where(own.ws == ws, own.user_id == user_id, own.read_at.is_(None))
    bound: dict[str, Any] = {}
    if ids is not None:
        query, bound = query.where(ids_in(own.notification_id, "ids")), {"ids": list(ids)}
    return conn.execute(query.values(read_at=now), bound).rowcount


def unread_since(
    conn: Connection, ws: int, since: datetime
) -> tuple[tuple[int, Mapping[str, Any] | None], ...]:
    """Of what anybody was told from then on and has not read: ids, with what it is about."""
    own = notification.c
    query = select(own.notification_id, own.link).where(own.ws == ws, own.read_at.is_(None), own.at >= since)
    return tuple((row.notification_id, row.link) for row in conn.execute(query))


def mark_all_read(conn: Connection, ws: int, now: datetime, ids: Sequence[int]) -> None:
    """Mark those as read, whoever was told."""
    own = notification.c
    query = update(notification).where(own.ws == ws, ids_in(own.notification_id, "ids"))
    conn.execute(query.values(read_at=now), {"ids": list(ids)})
