"""Replacing: what keeps rows from being removed, put aside within the one transaction that puts others in their place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from sqlalchemy import Connection, text

from builder.storage.columns import PG

_SQLITE_TRIGGERS = text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' ORDER BY name")
_PG_TRIGGERS = text(
    "SELECT c.relname AS name, t.tgname AS sql FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
    "WHERE NOT t.tgisinternal AND c.relnamespace = current_schema()::regnamespace ORDER BY 1, 2"
)
_FORGET_SEARCH = text("INSERT INTO search_fts(search_fts) VALUES ('delete-all')")


def lock_out_writers(conn: Connection, names: Sequence[str]) -> None:
    """Wait for those who write, and let nobody else begin until the transaction ends; readers go on. On SQLite the transaction alone
    does that."""
    if conn.dialect.name == PG:
        conn.execute(text(f"LOCK TABLE {', '.join(map(_quoted, names))} IN EXCLUSIVE MODE"))


@contextmanager
def without_guards(conn: Connection) -> Iterator[None]:
    """Within the block rows of tables that only grow may be removed. The guards are back when the block ends; where the transaction
    fails, nothing ever happened to them."""
    if conn.dialect.name == PG:
        found = [(row.name, row.sql) for row in conn.execute(_PG_TRIGGERS)]
        for table, trigger in found:
            conn.execute(text(f"ALTER TABLE {_quoted(table)} DISABLE TRIGGER {_quoted(trigger)}"))
        yield
        for table, trigger in found:
            conn.execute(text(f"ALTER TABLE {_quoted(table)} ENABLE TRIGGER {_quoted(trigger)}"))
        return
    made = [(row.name, row.sql) for row in conn.execute(_SQLITE_TRIGGERS)]
    for name, _ in made:
        conn.execute(text(f"DROP TRIGGER {_quoted(name)}"))
    # The triggers that keep the index are aside too: it is emptied at once, as its table will be.
    conn.execute(_FORGET_SEARCH)
    yield
    for _, sql in made:
        conn.exec_driver_sql(sql)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
