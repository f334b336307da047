"""How a table is declared: its key first, rows kept by key on SQLite where they are small and found by key alone."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Index, MetaData, PrimaryKeyConstraint, Table
from sqlalchemy.schema import SchemaItem

metadata = MetaData()


def table(name: str, key: str, *items: SchemaItem, clustered: bool = False, **options: Any) -> Table:
    """A table whose primary key are the space-separated columns of ``key``."""
    if clustered:
        options["sqlite_with_rowid"] = False
    return Table(name, metadata, *items, PrimaryKeyConstraint(*key.split(), name=f"{name}_pkey"), **options)


def index(table: Table, columns: str, where: Any = None, *, unique: bool = False) -> Index:
    """An index over space-separated columns, partial where ``where`` is given, named after both."""
    found: list[Column[Any]] = [table.c[name] for name in columns.split()]
    options = {} if where is None else {"sqlite_where": where, "postgresql_where": where}
    suffix = "key" if unique else "idx"
    return Index(f"{table.name}_{'_'.join(columns.split()[1:])}_{suffix}", *found, unique=unique, **options)
