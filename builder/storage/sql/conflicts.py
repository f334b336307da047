"""Inserts that say what happens where the key is taken, in the dialect of the connection."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

from builder.storage.columns import PG


def insert_or(conn: Connection, table: Table) -> Any:
    """An insert with ``on_conflict_do_nothing``, ``on_conflict_do_update`` and ``excluded``."""
    return postgresql.insert(table) if conn.dialect.name == PG else sqlite.insert(table)
