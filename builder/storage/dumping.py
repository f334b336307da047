"""Dumping: a table as lines of text that both databases write alike, and back. The order of rows and of every object's properties is
fixed, so that equal content gives equal bytes wherever it lies."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import orjson
from sqlalchemy import Column, Connection, LargeBinary, Table, select

from builder.storage.columns import PG, Day, Instant
from builder.storage.errors import BackupError
from builder.storage.tables.records import search

AT_ONCE = 2000
ROW_NO = search.c.row_no
TOKENS = search.c.tokens
SEARCH_KEY = ("ws", "entity_id", "record_id", "field_no")

Coder = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Digest:
    """How many rows a table has and the hash over its lines."""

    rows: int
    sha256: str


def columns_of(table: Table) -> list[Column[Any]]:
    """The columns that are kept; numbers that a database gives by itself are not."""
    return [column for column in table.columns if column is not ROW_NO]


def lines_of(conn: Connection, table: Table) -> Iterator[bytes]:
    """The table's rows as lines, in the order of its key."""
    columns = columns_of(table)
    key = SEARCH_KEY if table is search else _key(table)
    coders = [_writer(column) for column in columns]
    query = select(*columns).order_by(*(table.c[name] for name in key))
    for row in conn.execute(query, execution_options={"yield_per": AT_ONCE}):
        values = [None if value is None else code(value) for code, value in zip(coders, row, strict=True)]
        yield orjson.dumps(values, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def _key(table: Table) -> Sequence[str]:
    # Members are declared without a key; theirs is the same everywhere.
    return [column.name for column in table.primary_key] or ("ws", "entity_id", "id")


def digest_of(conn: Connection, table: Table) -> Digest:
    """What the table holds now."""
    count, sha = 0, hashlib.sha256()
    for line in lines_of(conn, table):
        count += 1
        sha.update(line)
    return Digest(count, sha.hexdigest())


def load_lines(conn: Connection, table: Table, names: Sequence[str], lines: Iterable[bytes]) -> Digest:
    """Insert the rows that ``lines`` say, whose values are of the columns ``names``."""
    known = {column.name: column for column in columns_of(table)}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BackupError(f"{table.name}: unknown columns {', '.join(unknown)}")
    columns = [known[name] for name in names]
    readers = [_reader(conn, column) for column in columns]
    count, sha = 0, hashlib.sha256()
    waiting: list[tuple[Any, ...]] = []
    for line in lines:
        count += 1
        sha.update(line)
        values = orjson.loads(line)
        waiting.append(tuple(None if v is None else read(v) for read, v in zip(readers, values, strict=True)))
        if len(waiting) == AT_ONCE:
            _insert(conn, table, names, waiting)
            waiting.clear()
    if waiting:
        _insert(conn, table, names, waiting)
    return Digest(count, sha.hexdigest())


@dataclass(frozen=True, slots=True)
class Looked:
    """What lines hold without being stored: their digest, and the number of the first that is no row of the table."""

    digest: Digest
    bad_line: int | None


def look_at_lines(table: Table, names: Sequence[str], lines: Iterable[bytes]) -> Looked:
    """Read rows as ``load_lines`` does, and store none."""
    known = {column.name: column for column in columns_of(table)}
    readers = [_same if known[name] is TOKENS else _coder(known[name], _READ) for name in names]
    count, sha, bad = 0, hashlib.sha256(), None
    for line in lines:
        count += 1
        sha.update(line)
        if bad is None and not _is_row(readers, line):
            bad = count
    return Looked(Digest(count, sha.hexdigest()), bad)


def _is_row(readers: Sequence[Coder], line: bytes) -> bool:
    try:
        for read, value in zip(readers, orjson.loads(line), strict=True):
            if value is not None:
                read(value)
    except (ValueError, TypeError):
        return False
    return True


def _insert(conn: Connection, table: Table, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    conn.execute(table.insert(), [dict(zip(names, row, strict=True)) for row in rows])


def _writer(column: Column[Any]) -> Coder:
    if column is TOKENS:
        return _tokens
    return _coder(column, _WRITE)


def _reader(conn: Connection, column: Column[Any]) -> Coder:
    if column is TOKENS and conn.dialect.name != PG:
        return " ".join
    return _coder(column, _READ)


def _coder(column: Column[Any], coders: dict[type, Coder]) -> Coder:
    found = (coder for kind, coder in coders.items() if isinstance(column.type, kind))
    return next(found, _same)


def _same(value: Any) -> Any:
    return value


def _tokens(value: Any) -> list[str]:
    return value.split(" ") if isinstance(value, str) else list(value)


_WRITE: dict[type, Coder] = {
    Instant: lambda value: value.astimezone(UTC).isoformat(timespec="microseconds"),
    Day: lambda value: value.isoformat(),
    LargeBinary: lambda value: base64.b64encode(bytes(value)).decode(),
}
_READ: dict[type, Coder] = {
    Instant: datetime.fromisoformat,
    Day: date.fromisoformat,
    LargeBinary: base64.b64decode,
}
