"""Files: what was attached, by content. The bytes lie in a folder under their hash; here is what they are called and belong to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

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


@dataclass(frozen=True, slots=True)
class Home:
    """Where a file belongs: a field of a record, or of a line."""

    file_id: int
    entity_id: int
    record_id: int
    field_no: int


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


def take(conn: Connection, ws: int, homes: Sequence[Home]) -> int:
    """Give waiting files to the fields that name them; says how many were still waiting."""
    if not homes:
        return 0
    own = file.c
    query = (
        update(file)
        .where(own.ws == ws, own.file_id == bindparam("id"), own.record_id == 0)
        .values(entity_id=bindparam("entity"), record_id=bindparam("record"), field_no=bindparam("field"))
    )
    rows = (
        {"id": h.file_id, "entity": h.entity_id, "record": h.record_id, "field": h.field_no} for h in homes
    )
    return sum(conn.execute(query, row).rowcount for row in rows)


def copy(conn: Connection, ws: int, copies: Mapping[int, Home]) -> None:
    """The same content once more, under the new id of each home: id of the file that is copied → where the copy belongs."""
    rows = get(conn, ws, copies)
    made = [
        {
            **{name: getattr(rows[id], name) for name in FileRow.__dataclass_fields__},
            "ws": ws,
            "file_id": home.file_id,
            "entity_id": home.entity_id,
            "record_id": home.record_id,
            "field_no": home.field_no,
        }
        for id, home in copies.items()
        if id in rows
    ]
    if made:
        conn.execute(insert(file), made)


def drop(conn: Connection, ws: int, id: int) -> None:
    """A file is no more; its bytes go with the next sweep, if nothing else has them."""
    conn.execute(delete(file).where(file.c.ws == ws, file.c.file_id == id))


def waiting(conn: Connection, ws: int, by_user: int) -> int:
    """How many files of that person belong to nothing yet."""
    own = file.c
    query = select(func.count()).where(
        own.ws == ws, own.entity_id == 0, own.record_id == 0, own.by_user == by_user
    )
    return int(conn.execute(query).scalar_one())


def forget_waiting(conn: Connection, ws: int, before: datetime) -> int:
    """Forget files that nothing has taken since; says how many."""
    own = file.c
    query = delete(file).where(own.ws == ws, own.entity_id == 0, own.record_id == 0, own.at < before)
    return conn.execute(query).rowcount


def forget_contents(conn: Connection, ws: int, before: datetime) -> tuple[str, ...]:
    """Forget contents stored before then that no file has any more; their hashes."""
    used = select(file.c.sha256).where(file.c.ws == ws, file.c.sha256 == blob.c.sha256).exists()
    query = select(blob.c.sha256).where(blob.c.ws == ws, blob.c.stored_at < before, ~used)
    found = tuple(conn.execute(query).scalars())
    if found:
        conn.execute(delete(blob).where(blob.c.ws == ws, blob.c.sha256.in_(found)))
    return found


def is_used(conn: Connection, ws: int, sha256: str) -> bool:
    """Whether some file has that content."""
    query = select(file.c.file_id).where(file.c.ws == ws, file.c.sha256 == sha256).limit(1)
    return conn.execute(query).first() is not None


def get(conn: Connection, ws: int, ids: Iterable[int]) -> dict[int, FileRow]:
    """Files by id, those that exist."""
    query = select(*_COLUMNS).where(file.c.ws == ws, ids_in(file.c.file_id, "ids"))
    return {row[0]: FileRow(*row) for row in conn.execute(query, {"ids": list(ids)})}


def of(conn: Connection, maps: SlotMap, ws: int, ref: Ref) -> tuple[FileRow, ...]:
    """What was attached to a record, oldest first. Files of its fields are named by their values."""
    own = file.c
    query = select(*_COLUMNS).where(
        own.ws == ws,
        own.entity_id == maps.entity_id(ref.entity),
        own.record_id == ref.id,
        own.field_no == 0,
    )
    return tuple(FileRow(*row) for row in conn.execute(query.order_by(own.file_id)))


def hashes(conn: Connection, ws: int) -> frozenset[str]:
    """Every content that some file has: what a sweep keeps and a backup takes."""
    return frozenset(conn.execute(select(file.c.sha256).where(file.c.ws == ws).distinct()).scalars())
