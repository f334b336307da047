"""Notifications: what people were told, in their inbox."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.machinery import notification

SHOWN = 50


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """``link`` names the record: app, entity, id."""

    notification_id: int
    kind: str
    title: str
    body: str
    link: Mapping[str, Any] | None
    at: datetime
    read_at: datetime | None


COLUMNS = tuple(notification.c[name] for name in NotificationRow.__dataclass_fields__)


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
) -> bool:
    """Tell a person once; False where this was told already."""
    statement: Any = insert_or(conn, notification).values(
        ws=ws,
        user_id=user_id,
        notification_id=notification_id,
        kind=kind,
        title=title,
        body=body,
        link=link,
        at=at,
    )
    made = statement.on_conflict_do_nothing().returning(notification.c.notification_id)
    return conn.execute(made).first() is not None


def of_user(
    conn: Connection, ws: int, user_id: int, *, before: int | None = None, limit: int = SHOWN
) -> tuple[NotificationRow, ...]:
    """What a person was told, the newest first; ``before`` is the last id of the page before."""
    columns = notification.c
    query = select(*COLUMNS).where(columns.ws == ws, columns.user_id == user_id)
    if before is not None:
        query = query.where(columns.notification_id < before)
    rows = conn.execute(query.order_by(columns.notification_id.desc()).limit(limit))
    return tuple(NotificationRow(*row) for row in rows)


def count_unread(conn: Connection, ws: int, user_id: int) -> int:
    columns = notification.c
    own = (columns.ws == ws) & (columns.user_id == user_id) & columns.read_at.is_(None)
    return int(conn.execute(select(func.count()).where(own)).scalar_one())


def mark_read(
    conn: Connection, ws: int, user_id: int, now: datetime, ids: Sequence[int] | None = None
) -> int:
    """Mark those of a person as read, or all (``ids`` None); says how many."""
    columns = notification.c
    own = (columns.ws == ws) & (columns.user_id == user_id) & columns.read_at.is_(None)
    if ids is not None:
        own &= columns.notification_id.in_(tuple(ids))
    return conn.execute(update(notification).where(own).values(read_at=now)).rowcount
