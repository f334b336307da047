"""Personal: what the chain says of values that may have to be forgotten. Next to nothing: a digest that stays when they go.

The history row, which the chain covers, carries the digest of each personal value with a salt that lies beside the value. Without the
salt nobody can guess the value from the digest; with it, whatever is there can be held against it.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, and_, func, select

from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import history, history_private

DIGEST = "digest"
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
    """Every personal value that was changed or put there since; what was forgotten is no difference."""
    own, kept, log = history_private.c, history.c, command_log.c
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
        link = conn.execute(select(command_log).where(log.ws == ws, log.cmd == (row.cmd or 0))).first()
        yield Changed(row.record_id, row.cmd or 0, link)


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
