"""Comments: what people said about a record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from builder.changes import Comment
from builder.record import Ref
from builder.storage.slots import SlotMap
from builder.storage.tables.records import comment


@dataclass(frozen=True, slots=True)
class CommentRow:
    id: int
    author_id: int
    at: datetime
    body: str
    mentions: tuple[int, ...]


def append(
    conn: Connection, maps: SlotMap, ws: int, comments: Sequence[Comment], *, author_id: int, now: datetime
) -> None:
    """Keep comments under their records."""
    rows = [
        {
            "ws": ws,
            "comment_id": said.id,
            "entity_id": maps.entity_id(said.ref.entity),
            "record_id": said.ref.id,
            "author_id": author_id,
            "body": said.body,
            "mentions": list(said.mentions),
            "at": now,
        }
        for said in comments
    ]
    if rows:
        conn.execute(insert(comment), rows)


def of(conn: Connection, maps: SlotMap, ws: int, ref: Ref, *, limit: int = 500) -> tuple[CommentRow, ...]:
    """A record's comments, oldest first."""
    own = comment.c
    query = select(own.comment_id, own.author_id, own.at, own.body, own.mentions).where(
        own.ws == ws, own.entity_id == maps.entity_id(ref.entity), own.record_id == ref.id
    )
    rows = conn.execute(query.order_by(own.comment_id).limit(limit))
    return tuple(CommentRow(r.comment_id, r.author_id, r.at, r.body, tuple(r.mentions or ())) for r in rows)
