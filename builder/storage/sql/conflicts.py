"""Inserts that say what happens where the key is taken, in the dialect of the connection."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from builder.storage.columns import PG


def insert_or(conn: Connection, table: Table) -> Any:
    """An insert with ``on_conflict_do_nothing``, ``on_conflict_do_update`` and ``excluded``."""
    return insert_for(conn.dialect.name, table)


def insert_for(dialect: str, table: Table) -> Any:
    """The same, for the name of a dialect."""
    return postgresql.insert(table) if dialect == PG else sqlite.insert(table)


def prepared(build: Callable[[str], Any]) -> Callable[[Connection], Any]:
    """A statement that is built once per dialect: building one costs more than running it. ``build`` takes the dialect's name."""
    built = cache(build)

    @wraps(build)
    def of(conn: Connection) -> Any:
        return built(conn.dialect.name)

    return of
