"""Untouched: the whole content of a database as one value, to be compared before and after what must not write."""

from __future__ import annotations

import hashlib

from sqlalchemy import MetaData, select

from builder.storage.database import Database

Contents = dict[str, tuple[int, str]]


def contents(database: Database, *, but: frozenset[str] = frozenset()) -> Contents:
    """Every table with its number of rows and a hash over all that they say; ``but`` names tables to leave out."""
    tables = MetaData()
    with database.snapshot() as conn:
        tables.reflect(bind=conn)
        found: Contents = {}
        for table in tables.sorted_tables:
            if table.name in but or table.name.startswith("search_fts"):
                continue
            rows = sorted(repr(tuple(row)) for row in conn.execute(select(table)))
            found[table.name] = (len(rows), hashlib.sha256("\n".join(rows).encode()).hexdigest())
    return found
