"""Feed: short notes of what came by, the latest first. What their kinds mean is known above."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from builder.storage.tables.machinery import feed


@dataclass(frozen=True, slots=True)
class FeedRow:
    """``kind`` is free text; 0 stands for nobody and nothing."""

    feed_id: int
    kind: str
    app_id: int
    record_id: int
    at: datetime


_COLUMNS = [feed.c[name] for name in FeedRow.__dataclass_fields__]


def add(conn: Connection, ws: int, row: FeedRow) -> None:
    values = {name: getattr(row, name) for name in FeedRow.__dataclass_fields__}
    conn.execute(insert(feed).values(ws=ws, **values))


def of(conn: Connection, ws: int, app_id: int, prefix: str, limit: int) -> tuple[FeedRow, ...]:
    """The latest notes of an app whose kind begins so."""
    own = feed.c
    query = select(*_COLUMNS).where(
        own.ws == ws, own.app_id == app_id, own.kind.startswith(prefix, autoescape=True)
    )
    return tuple(FeedRow(*row) for row in conn.execute(query.order_by(own.feed_id.desc()).limit(limit)))


def forget_before(conn: Connection, ws: int, before: datetime) -> int:
    """Remove older notes; says how many."""
    return conn.execute(delete(feed).where(feed.c.ws == ws, feed.c.at < before)).rowcount
