"""Failures: what a driver reports becomes what storage says. One place knows the codes of both databases."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

import psycopg
from sqlalchemy import Connection
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError

from builder.errors import BusyError, MalformedError, ReadOnlyError
from builder.storage.errors import DuplicateError, RetryError

DRIVER_ERRORS = (sqlite3.Error, psycopg.Error)
WRITING = "writing"
"""The option of an engine whose connections may write."""
RETRY_STATES = {
    "40001": "SERIALIZATION",
    "40P01": "DEADLOCK",
    "55P03": "LOCK_TIMEOUT",
    "57014": "STATEMENT_TIMEOUT",
    "25P03": "IDLE_TIMEOUT",
    "53300": "TOO_MANY_CONNECTIONS",
}
DISK_STATES = frozenset({"53100", "58030"})
TEXT_STATES = frozenset({"22021", "22P05"})
"""Text that PostgreSQL cannot keep: a NUL, half a character. Field types refuse it; what is no field may still bring it."""
UNIQUE_STATE = "23505"
DISK_CODES = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY})
BUSY_CODES = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
UNIQUE_CODES = frozenset(
    {sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_ROWID}
)

_SQLITE_UNIQUE = re.compile(r"UNIQUE constraint failed: (\w+)\.\w+(?:, \w+\.\w+)*?(?:, \w+\.(u\d+))?$")
_ENTITY = re.compile(r"(?:^|_)entity_id(?:_m?\d+)?$")
"""Names of parameters that carry an entity: alone, in one of many rows, in a condition."""
_PG_UNIQUE = re.compile(r"\(ws, entity_id, (u\d+)\)=\(\d+, (\d+), ")


def translate(context: ExceptionContext, *, writing: bool) -> BaseException | None:
    """What to raise instead of a driver's error; None leaves it as it is. ``writing``: on a connection that may write."""
    original = context.original_exception
    if not isinstance(original, DRIVER_ERRORS):
        return None
    return _said(original, _parameters(context), is_disconnect=bool(context.is_disconnect), writing=writing)


def failed(
    conn: Connection,
    error: sqlite3.Error | psycopg.Error,
    text: str,
    rows: Iterable[Mapping[str, Any]],
) -> BaseException:
    """The same for an error that met us on the driver itself, below SQLAlchemy: what to raise. A lost connection is not used again."""
    own = conn.connection.dbapi_connection
    is_lost = conn.dialect.is_disconnect(error, own, None)  # type: ignore[arg-type]
    if is_lost:
        conn.invalidate(error)
    writing = bool(conn.get_execution_options().get(WRITING))
    found = _said(error, rows, is_disconnect=is_lost, writing=writing)
    if found is not None:
        return found
    return DBAPIError.instance(text, None, error, type(error), connection_invalidated=is_lost)


def _said(
    error: BaseException, rows: Iterable[Mapping[str, Any]], *, is_disconnect: bool, writing: bool
) -> BaseException | None:
    if isinstance(error, sqlite3.Error):
        return _of_sqlite(error, rows)
    if isinstance(error, psycopg.Error):
        return _of_postgres(error, is_disconnect=is_disconnect, writing=writing)
    return None


def _of_sqlite(error: sqlite3.Error, rows: Iterable[Mapping[str, Any]]) -> BaseException | None:
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    primary = code & 0xFF
    if code in UNIQUE_CODES:
        found = _SQLITE_UNIQUE.search(str(error))
        table, slot = found.groups() if found else ("", None)
        return DuplicateError(_entity_of(rows) if slot else None, slot, table)
    if primary in BUSY_CODES:
        return RetryError("BUSY")
    if primary in DISK_CODES:
        return ReadOnlyError()
    return None


def _of_postgres(error: psycopg.Error, *, is_disconnect: bool, writing: bool) -> BaseException | None:
    state = error.sqlstate
    if state == UNIQUE_STATE:
        found = _PG_UNIQUE.search(error.diag.message_detail or "")
        slot, entity = found.groups() if found else (None, None)
        return DuplicateError(int(entity) if entity else None, slot, error.diag.table_name or "")
    if state in DISK_STATES:
        return ReadOnlyError()
    if state in TEXT_STATES or (state is None and isinstance(error, psycopg.DataError)):
        return MalformedError()
    code = RETRY_STATES.get(state or "")
    if code is None and (is_disconnect or isinstance(error, psycopg.OperationalError)):
        code = "CONNECTION"
    if code is None:
        return None
    return RetryError(code) if writing else BusyError(retry_after=1)


def _parameters(context: ExceptionContext) -> Iterable[Mapping[str, Any]]:
    execution = context.execution_context
    return getattr(execution, "compiled_parameters", None) or ()


def _entity_of(rows: Iterable[Mapping[str, Any]]) -> int | None:
    """The entity that all rows of a statement are of: SQLite says which key is taken, not by whom."""
    found = {value for row in rows for name, value in row.items() if _ENTITY.search(name)}
    return int(found.pop()) if len(found) == 1 else None
