"""Database: one engine, a reading connection without a transaction and a writing one with."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url

from benchmarks.baseline.tables import metadata

POOL = 32
_counter = itertools.count()


def new_id() -> int:
    """A 63-bit id that rises with time; made here, so that lines and entries need no round trip."""
    return (time.time_ns() // 1_000_000) << 20 | (next(_counter) & 0xFFFFF)


def now() -> int:
    """Microseconds since 1970, UTC."""
    return time.time_ns() // 1000


class Database:
    """Engine and transactions. Commits are durable: ``synchronous=FULL`` on SQLite, the server's default on PostgreSQL."""

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._reader = self.engine.execution_options(
            **({"reads": True} if self.is_sqlite else {"isolation_level": "AUTOCOMMIT"})
        )
        self._write_lock = threading.Lock()

    def create(self) -> None:
        metadata.create_all(self.engine)

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection on which every statement stands alone."""
        with self._reader.connect() as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction; on SQLite the only one that writes, so that it never waits for a busy file."""
        if not self.is_sqlite:
            with self.engine.begin() as conn:
                yield conn
            return
        with self._write_lock, self.engine.begin() as conn:
            yield conn

    def insert_ignoring(self, conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
        """Whether the row went in; False where its key exists. On PostgreSQL this waits for a twin in flight."""
        return conn.execute(_ignoring(table, self.is_sqlite), dict(row)).first() is not None

    def upsert(
        self,
        conn: Connection,
        table: Table,
        rows: Sequence[Mapping[str, Any]],
        adding: frozenset[str] = frozenset(),
    ) -> None:
        """Writes rows by primary key, all in one call; ``adding`` names the columns that are added to what is there."""
        conn.execute(_upserting(table, adding, self.is_sqlite), [dict(r) for r in rows])

    def count_up(self, conn: Connection, table: Table, key: Mapping[str, Any], column: str) -> int:
        """One more than the column held, or 1, in one statement."""
        return int(conn.execute(_counting(table, column, self.is_sqlite), {**key, column: 1}).scalar_one())


# Statements are built once: building one costs SQLAlchemy more than running it costs the database.


def _insert(table: Table, is_sqlite: bool) -> Any:
    return sqlite.insert(table) if is_sqlite else postgresql.insert(table)


@cache
def _ignoring(table: Table, is_sqlite: bool) -> Any:
    keys = list(table.primary_key.columns)
    # RETURNING, because no row count of an insert is to be had from every driver.
    return _insert(table, is_sqlite).on_conflict_do_nothing(index_elements=keys).returning(*keys)


@cache
def _upserting(table: Table, adding: frozenset[str], is_sqlite: bool) -> Any:
    insert = _insert(table, is_sqlite)
    sets = {
        column.name: table.c[column.name] + insert.excluded[column.name]
        if column.name in adding
        else insert.excluded[column.name]
        for column in table.columns
        if not column.primary_key
    }
    return insert.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=sets)


@cache
def _counting(table: Table, column: str, is_sqlite: bool) -> Any:
    statement = _insert(table, is_sqlite).on_conflict_do_update(
        index_elements=list(table.primary_key.columns), set_={column: table.c[column] + 1}
    )
    return statement.returning(table.c[column])


def _engine(url: str) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        return create_engine(
            parsed.set(drivername="postgresql+psycopg"),
            pool_size=POOL,
            max_overflow=0,
            connect_args={"prepare_threshold": 2},
        )
    engine = create_engine(parsed, pool_size=POOL, max_overflow=0)

    @event.listens_for(engine, "connect")
    def on_connect(raw: Any, _: Any) -> None:
        # The driver's own transactions would start at the first write, too late for BEGIN IMMEDIATE.
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def on_begin(conn: Connection) -> None:
        if not conn.get_execution_options().get("reads"):
            conn.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
