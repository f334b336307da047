"""Writing: new rows of a table, and rows that are named by their key. What an update is given is bound as ``b_<column>``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Table, bindparam, update

from builder.storage.prepared import Prepared


def insert_rows(conn: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write these rows; nothing is asked where there are none."""
    if rows:
        _inserting(table).run_many(conn, rows)


@cache
def _inserting(table: Table) -> Prepared:
    return Prepared(table.insert())


def update_of(table: Table, key: Sequence[str], *columns: str) -> Any:
    """The statement that writes ``columns`` of the row with this key."""
    same = [table.c[name] == bindparam(f"b_{name}") for name in key]
    return update(table).where(*same).values({name: bindparam(f"b_{name}") for name in columns})
