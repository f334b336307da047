"""Personal: what the chain says of values that may have to be forgotten. Next to nothing: a digest that stays when they go.

The history row, which the chain covers, carries the digest of each personal value with a salt that lies beside the value. Without the
salt nobody can guess the value from the digest; with it, whatever is there can be held against it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Text, and_, cast, delete, func, or_, select

from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history, history_private

DIGEST = "digest"
FORGOTTEN = "forgotten"
"""The field of a history row that says: the personal values of this version and all before it were erased."""
SALT = "salt"
KEY = ("ws", "entity_id", "record_id", "version")
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Changed:
    """A personal value that is not what its command wrote. ``link`` is the command's row in the log; None where none is there."""

    record_id: int
    cmd: int
    link: Any = None


def new_salt() -> str:
    return secrets.token_hex(16)


def digest(value: Mapping[str, Any]) -> str:
    """The digest of a value with the salt in it."""
    text = orjson.dumps(
        [value.get(SALT), value.get("before"), value.get("after")], option=orjson.OPT_SORT_KEYS, default=str
    )
    return hashlib.sha256(text).hexdigest()


def changed(conn: Connection, ws: int) -> Iterator[Changed]:
    """Every personal value that was changed or put there since. Those that are gone are told by ``missing``."""
    own, kept = history_private.c, history.c
    named = ("record_id", "version", "field_no", "line_id", "value")
    query = (
        select(*(own[name] for name in named), kept.changes, kept.cmd)
        .outerjoin(history, and_(*(own[name] == kept[name] for name in KEY)))
        .where(own.ws == ws)
        .order_by(own.entity_id, own.record_id, own.version)
        .execution_options(yield_per=AT_ONCE)
    )
    for row in conn.execute(query):
        part = _part(row)
        if part is not None and (DIGEST not in part or part[DIGEST] == digest(row.value or {})):
            continue
        yield Changed(row.record_id, row.cmd or 0, _link(conn, ws, row.cmd or 0))


def erase(conn: Connection, ws: int, entity_id: int, record_id: int) -> None:
    """Forget every personal value, with its salt, that the record's versions had."""
    own = history_private.c
    mine = (own.ws == ws, own.entity_id == entity_id, own.record_id == record_id)
    conn.execute(delete(history_private).where(*mine))


def missing(conn: Connection, ws: int) -> Iterator[Changed]:
    """Every personal value that is gone though no version of its record says that it was erased."""
    own = history.c
    query = (
        select(own.entity_id, own.record_id, own.version, own.cmd, own.changes)
        .where(own.ws == ws, _speaks_of(DIGEST, FORGOTTEN))
        .order_by(own.entity_id, own.record_id, own.version.desc())
        .execution_options(yield_per=AT_ONCE)
    )
    for (entity_id, record_id), rows in groupby(
        conn.execute(query), lambda row: (row.entity_id, row.record_id)
    ):
        versions = list(takewhile(lambda row: not _is_erasure(row), rows))
        if not versions:
            continue
        there = _there(conn, ws, entity_id, record_id)
        for row in reversed(versions):
            gone = [
                p
                for p in row.changes
                if DIGEST in p and (row.version, p["private"], p.get("line", 0)) not in there
            ]
            if gone:
                yield Changed(record_id, row.cmd, _link(conn, ws, row.cmd))


def _speaks_of(*words: str) -> ColumnElement[bool]:
    """A first, coarse look at the text of changes, so that not every row is read."""
    return or_(*(cast(history.c.changes, Text).contains(f'"{word}"', autoescape=True) for word in words))


def _is_erasure(row: Any) -> bool:
    return any(part.get("field") == FORGOTTEN for part in row.changes)


def _there(conn: Connection, ws: int, entity_id: int, record_id: int) -> set[tuple[int, int, int]]:
    own = history_private.c
    mine = (own.ws == ws, own.entity_id == entity_id, own.record_id == record_id)
    query = select(own.version, own.field_no, own.line_id).where(*mine)
    return {(row.version, row.field_no, row.line_id) for row in conn.execute(query)}


def _link(conn: Connection, ws: int, cmd: int) -> Any:
    log = command_log.c
    return conn.execute(select(command_log).where(log.ws == ws, log.cmd == cmd)).first()


def _part(row: Any) -> Mapping[str, Any] | None:
    """What the history says of the value."""
    for part in row.changes or ():
        if part.get("private") == row.field_no and part.get("line", 0) == row.line_id:
            found: Mapping[str, Any] = part
            return found
    return None


def kept(conn: Connection, ws: int) -> int:
    """How many personal values there are."""
    return int(conn.execute(select(func.count()).where(history_private.c.ws == ws)).scalar_one())
