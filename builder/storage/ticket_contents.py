"""Ticket contents: what a command's link says of the tickets that it wrote.

A ticket's row changes while it lives, so a link cannot be held against it for ever: each command keeps the ticket's number, version and
a digest of its row, and the row must be the one of the latest version that any link names. When it is looked at next is not covered:
the clock puts that off without a command.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, select

from builder.storage.tables.tickets import ticket

DIGEST = 16
SIZE = 8 + 4 + DIGEST
NAMES = tuple(column.name for column in ticket.c if column.name not in {"ws", "next_at"})
AT_ONCE = 1_000
Row = Mapping[str, Any]


def digests(rows: Iterable[Row]) -> bytes:
    """What a link keeps of these rows."""
    return b"".join(
        row["ticket_id"].to_bytes(8) + row["version"].to_bytes(4) + digest(row)
        for row in sorted(rows, key=lambda row: row["ticket_id"])
    )


def digest(row: Row) -> bytes:
    """The digest of a ticket as it is written, or read again."""
    return hashlib.sha256(as_text([plain(row[name]) for name in NAMES])).digest()[:DIGEST]


def as_text(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)


def plain(value: Any) -> Any:
    """The same for one moment, whichever zone it is told in."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


@dataclass
class Seen:
    """The tickets that links name, each at its latest version: that version, its digest, and the link."""

    last: dict[int, tuple[int, bytes, Any]] = field(default_factory=dict)

    def add(self, link: Any, said: bytes) -> None:
        """Take what a link says of tickets."""
        for at in range(0, len(said), SIZE):
            part = said[at : at + SIZE]
            id, version = int.from_bytes(part[:8]), int.from_bytes(part[8:12])
            if version >= self.last.get(id, (0, b"", None))[0]:
                self.last[id] = (version, part[12:], link)

    def differing(self, conn: Connection, ws: int) -> Iterator[tuple[Any, int]]:
        """Tickets that are not as their last command left them, or gone: its link and the ticket's number; None for the link of one that no
        link names, unless it is as old as links that say nothing of tickets."""
        left = dict(self.last)
        query = select(ticket).where(ticket.c.ws == ws).execution_options(yield_per=AT_ONCE)
        for row in conn.execute(query):
            known = left.pop(row.ticket_id, None)
            if known is None:
                yield None, row.ticket_id
            elif known[:2] != (row.version, digest(dict(row._mapping))):
                yield known[2], row.ticket_id
        for id, known in left.items():
            yield known[2], id
