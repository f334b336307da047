"""Files: what was attached, by content. The bytes lie in a folder under their hash; here is what they are called and belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from builder.record import Ref
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.records import blob, file


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file; ``entity_id`` and ``record_id`` are 0 until a record takes it."""

    file_id: int
    entity_id: int
    record_id: int
    field_no: int
    name: str
    mime: str
    size: int
    sha256: str
    by_user: int
    at: datetime


_COLUMNS = [file.c[name] for name in FileRow.__dataclass_fields__]


def add(
    conn: Connection,
    ws: int,
    *,
    file_id: int,
    name: str,
    mime: str,
    size: int,
    sha256: str,
    by_user: int,
    at: datetime,
) -> None:
    """Keep a file whose bytes are stored. It belongs to nothing yet."""
    made: Any = insert_or(conn, blob).values(ws=ws, sha256=sha256, size=size, stored_at=at)
    conn.execute(made.on_conflict_do_nothing())
    row = {
        "file_id": file_id,
        "name": name,
        "mime": mime,
        "size": size,
        "sha256": sha256,
        "by_user": by_user,
        "at": at,
    }
    conn.execute(insert(file), {"ws": ws, **row})


def attach(conn: Connection, maps: SlotMap, ws: int, ref: Ref, ids: Sequence[int], field_no: int = 0) -> int:
    """Give files that belong to nothing to a record; says how many it got."""
    own = file.c
    query = update(file).where(own.ws == ws, ids_in(own.file_id, "ids"), own.record_id == 0)
    values = {"entity_id": maps.entity_id(ref.entity), "record_id": ref.id, "field_no": field_no}
    return conn.execute(query.values(**values), {"ids": list(ids)}).rowcount


def get(conn: Connection, ws: int, ids: Iterable[int]) -> dict[int, FileRow]:
    """Files by id, those that exist."""
    query = select(*_COLUMNS).where(file.c.ws == ws, ids_in(file.c.file_id, "ids"))
    return {row[0]: FileRow(*row) for row in conn.execute(query, {"ids": list(ids)})}


def of(conn: Connection, maps: SlotMap, ws: int, ref: Ref) -> tuple[FileRow, ...]:
    """A record's files, oldest first."""
    own = file.c
    query = select(*_COLUMNS).where(
        own.ws == ws, own.entity_id == maps.entity_id(ref.entity), own.record_id == ref.id
    )
    return tuple(FileRow(*row) for row in conn.execute(query.order_by(own.file_id)))


def hashes(conn: Connection, ws: int) -> frozenset[str]:
    """Every content that some file has: what a sweep keeps and a backup takes."""
    return frozenset(conn.execute(select(file.c.sha256).where(file.c.ws == ws).distinct()).scalars())
