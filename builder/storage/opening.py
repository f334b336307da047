"""Opening: one engine for reading, one for writing, each with connections that are set up for it once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext

from builder.storage.columns import dumps
from builder.storage.failures import WRITING, translate
from builder.storage.prepared import Prepared
from builder.storage.sql.beginning import BEGIN, BEGIN_WRITING

SQLITE = "sqlite"
GLANCE = "glance"
BUSY_SECONDS = 3
WRITER_OPTIONS = {
    "lock_timeout": "3s",
    "statement_timeout": "10s",
    "idle_in_transaction_session_timeout": "10s",
}
READER_OPTIONS = {"default_transaction_read_only": "on"}
COMMON_OPTIONS = {"timezone": "UTC"}
DURABLE = True
"""Whether a commit to a SQLite file outlives a loss of power, unless it is said when the database is opened."""

_BEGIN_READING, _BEGIN_WRITING = Prepared(BEGIN), Prepared(BEGIN_WRITING)


def parse_url(url: str) -> URL:
    """The URL with the driver that the engine uses. A folder that a SQLite file needs is made. ``ValueError`` for any other database."""
    made = make_url(url)
    kind = made.get_backend_name()
    if kind == SQLITE:
        if not made.database or made.database == ":memory:":
            raise ValueError("a SQLite database is a file: sqlite:///path")
        path = Path(made.database).expanduser().resolve()
        path.parent.mkdir(parents=True, exist_ok=True)
        # What it will hold is nobody's business but its owner's.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        return made.set(drivername=SQLITE, database=str(path), query={})
    if kind in {"postgresql", "postgres"}:
        return made.set(drivername="postgresql+psycopg")
    raise ValueError(f"a database is sqlite:///path or postgresql://…, not {kind}")


def open_engine(url: URL, *, writing: bool, connections: int, durable: bool | None = None) -> Engine:
    """An engine whose connections only read a consistent snapshot, or write."""
    if url.get_backend_name() == SQLITE:
        is_durable = DURABLE if durable is None else durable
        engine = _sqlite(url, writing=writing, connections=connections, durable=is_durable)
    else:
        engine = _postgres(url, writing=writing, connections=connections)
    engine.update_execution_options(**{WRITING: writing})

    @event.listens_for(engine, "handle_error", retval=True)
    def _say(context: ExceptionContext) -> BaseException | None:
        return translate(context, writing=writing)

    return engine


def glancing(readers: Engine) -> Engine:
    """The same engine and pool for queries that stand alone: nothing is begun, so that nothing need be ended."""
    if readers.dialect.name == SQLITE:
        return readers.execution_options(**{GLANCE: True})
    return readers.execution_options(isolation_level="AUTOCOMMIT")


def _postgres(url: URL, *, writing: bool, connections: int) -> Engine:
    # Said once per connection rather than with SET LOCAL once per transaction: it saves a round trip while nothing is locked yet.
    options = COMMON_OPTIONS | (WRITER_OPTIONS if writing else READER_OPTIONS)
    return create_engine(
        url,
        isolation_level="READ COMMITTED" if writing else "REPEATABLE READ",
        connect_args={"options": " ".join(f"-c {name}={value}" for name, value in options.items())},
        pool_size=connections,
        max_overflow=connections,
        pool_timeout=BUSY_SECONDS,
        json_serializer=dumps,
        json_deserializer=orjson.loads,
    )


def _sqlite(url: URL, *, writing: bool, connections: int, durable: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False, "cached_statements": 512},
        pool_size=2 if writing else connections,
        max_overflow=connections,
        pool_timeout=BUSY_SECONDS,
    )

    @event.listens_for(engine, "connect")
    def _set_up(connection: Any, _record: Any) -> None:
        # BEGIN is ours to say: the driver's own would be deferred, and upgrading a reader to a writer fails when others wrote.
        connection.isolation_level = None
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL" if durable else "synchronous=OFF",
            "foreign_keys=ON",
            "cache_size=-16384",
            "mmap_size=268435456",
        ):
            connection.execute(f"PRAGMA {pragma}").close()
        if not writing:
            connection.execute("PRAGMA query_only=ON").close()

    @event.listens_for(engine, "begin")
    def _begin(conn: Any) -> None:
        if not conn.get_execution_options().get(GLANCE):
            (_BEGIN_WRITING if writing else _BEGIN_READING).run(conn, {})

    return engine
