"""Instants as whole seconds since 1970, worked out by the database: reading a hundred thousand of them as dates would take seconds."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, cast, extract, func

from builder.storage.columns import PG


def epoch(conn: Connection, column: ColumnElement[Any]) -> ColumnElement[int]:
    """Seconds since 1970 of an instant; NULL of none."""
    if conn.dialect.name == PG:
        return cast(func.floor(extract("epoch", column)), BigInteger)
    return cast(func.strftime("%s", column), BigInteger)
