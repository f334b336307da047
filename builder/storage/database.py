"""Database: the one way to a connection. Readers see one consistent state; writers commit everything or nothing."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cached_property

from sqlalchemy import Connection, Engine, bindparam, column, func, inspect, select, table
from sqlalchemy.exc import DBAPIError, TimeoutError

from builder.config import Settings
from builder.errors import BusyError, ReadOnlyError
from builder.storage import fencing, leases
from builder.storage.columns import BIG, PG
from builder.storage.errors import RetryError, SchemaError, UnknownOutcomeError
from builder.storage.ids import IdMaker, Lease, Opaque
from builder.storage.migrations import TABLE as REVISION_TABLE
from builder.storage.migrations import known_revisions
from builder.storage.opening import SQLITE, WRITER_OPTIONS, glancing, open_engine, parse_url
from builder.storage.prepared import Prepared
from builder.storage.standstill import Standstill
from builder.storage.tables.people import database_key
from builder.storage.turns import turns_of

IDS_KEY = "ids"
SUMS = 0x7A67
"""The first half of the advisory locks of entities; those of apps are one number and never meet them."""
CONNECTIONS = 24


def system_ms() -> int:
    return time.time_ns() // 1_000_000


class Database:
    """An open database. Safe to share between threads; a process opens it once, and a forked one opens its own."""

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        now_ms: Callable[[], int] = system_ms,
        durable: bool | None = None,
    ) -> None:
        self.url = parse_url(url)
        self.dialect = self.url.get_backend_name()
        self.readers = open_engine(self.url, writing=False, connections=connections, durable=durable)
        self._glances = glancing(self.readers)
        self.writers = open_engine(self.url, writing=True, connections=connections, durable=durable)
        self.is_writable = True
        self._now_ms = now_ms
        self._process = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._ids = IdMaker(now_ms, self._lease)
        self._turns = turns_of(str(self.url.database)) if self.dialect == SQLITE else None
        self.standstill: Standstill | None = None

    @classmethod
    def open(
        cls,
        source: str | Settings,
        *,
        now_ms: Callable[[], int] = system_ms,
        durable: bool | None = None,
    ) -> Database:
        """The database of a URL or of the process's settings; a new one is ready after ``migrate``. Raises ``SchemaError`` for one that a
        newer release has changed. One that is thrown away need not be ``durable``: then nobody waits for a disk of SQLite's."""
        if isinstance(source, Settings):
            threads = max(8, source.threads)
            made = cls(source.database, connections=threads, now_ms=now_ms, durable=durable)
        else:
            made = cls(source, now_ms=now_ms, durable=durable)
        try:
            made.check_revision()
        except BaseException:
            made.close()
            raise
        return made

    @property
    def revision(self) -> str | None:
        """The revision of the tables; None where there are none yet."""
        with self.snapshot() as conn:
            if not inspect(conn).has_table(REVISION_TABLE):
                return None
            return conn.execute(select(column("version_num")).select_from(table(REVISION_TABLE))).scalar()

    def check_revision(self) -> None:
        """Raise ``SchemaError`` where a newer release has changed the tables."""
        revision = self.revision
        if revision is not None and revision not in known_revisions():
            raise SchemaError(revision)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """A read-only connection on which every query sees the same state."""
        with _readable(self.readers) as conn:
            # Closing ends it; ending it before would have the pool do so once more.
            conn.begin()
            yield conn

    def glance(self) -> AbstractContextManager[Connection]:
        """A read-only connection for one query: it is a consistent state by itself and needs no transaction around it."""
        return _readable(self._glances)

    @contextmanager
    def write(self, *, job: bool = False) -> Iterator[Connection]:
        """A transaction that commits when the block ends well and otherwise leaves nothing. On SQLite it is the only one: people come
        before jobs. Raises ``RetryError`` where locks were not to be had, ``DuplicateError``, ``UnknownOutcomeError``,
        ``ReadOnlyError`` where the disk says no, ``BusyError`` while a backup takes the place of the data, and ``FencedError`` where
        work under a lease has lost it."""
        if self.standstill is not None:
            self.standstill.check()
        self._ids.prepare(leases.LEASE_MS // 2)
        with self._transaction(job=job) as conn:
            yield conn
            fencing.check(conn)

    def single(self) -> AbstractContextManager[Connection]:
        """``write`` for a statement or two that stand alone: a session that was seen, an empty lane."""
        return self.write()

    @contextmanager
    def maintenance(self) -> Iterator[Connection]:
        """``write`` without limits of time: for migrations, backfills and restoring."""
        with self._transaction(job=True) as conn:
            if self.dialect == PG:
                for name in WRITER_OPTIONS:
                    conn.execute(select(func.set_config(name, "0", True)))
            yield conn

    @contextmanager
    def _transaction(self, *, job: bool = False) -> Iterator[Connection]:
        with self._turns.turn(job=job) if self._turns is not None else nullcontext(), self._writer() as conn:
            conn.begin()
            try:
                yield conn
            except BaseException as error:
                self._give_up(conn, error)
                raise
            self._commit(conn)

    def _writer(self) -> Connection:
        try:
            return self.writers.connect()
        except TimeoutError as error:
            raise RetryError("NO_CONNECTION") from error

    def _give_up(self, conn: Connection, error: BaseException) -> None:
        """Roll back; a connection that met a failing disk or a lost server is not used again."""
        if isinstance(error, ReadOnlyError):
            self.is_writable = False
            conn.invalidate()
            return
        if conn.invalidated:
            return
        try:
            conn.rollback()
        except (DBAPIError, RetryError, ReadOnlyError):
            conn.invalidate()

    def _commit(self, conn: Connection) -> None:
        try:
            conn.commit()
        except RetryError as error:
            conn.invalidate()
            if error.code == "CONNECTION":
                raise UnknownOutcomeError("COMMIT") from error
            raise
        except BaseException as error:
            self._give_up(conn, error)
            raise
        self.is_writable = True

    def new_id(self) -> int:
        """An id that no other process, now or ever, makes."""
        return self._ids()

    def _lease(self, ms: int) -> Lease:
        held = self._ids.held
        with self._transaction() as conn:
            return leases.take(conn, self._process, ms, held[0] if held else None)

    @cached_property
    def _opaque(self) -> Opaque:
        with self.snapshot() as conn:
            key = conn.execute(
                select(database_key.c.value).where(database_key.c.name == IDS_KEY)
            ).scalar_one()
        return Opaque(bytes(key))

    def show(self, id: int) -> str:
        """The id as everybody outside sees it."""
        return self._opaque.show(id)

    def read_id(self, text: str) -> int | None:
        """The id that is shown as ``text``; None where it is none of this database."""
        return self._opaque.read(text)

    def forget(self) -> None:
        """Read the key of ids again, and take another writer slot: a restored backup brings its own key, and ids of its own."""
        self.__dict__.pop("_opaque", None)
        self._ids = IdMaker(self._now_ms, self._lease)

    def renew_readers(self) -> None:
        """Let readers that come from now on use new connections; those that read now finish on theirs."""
        self.readers.dispose()
        self.writers.dispose()

    def migrate(self) -> None:
        """Bring the tables to this version of the engine and make pool members ahead. Several processes may do so at once."""
        # Alembic is slow to import and only needed here.
        from builder.storage.migrating import migrate  # noqa: PLC0415

        self.check_revision()
        migrate(self, IDS_KEY)

    def close(self) -> None:
        """Give the writer slot back and close every connection."""
        held = self._ids.held
        try:
            if held is not None:
                with self._transaction() as conn:
                    leases.give_back(conn, self._process, held[0].slot, held[1], self._now_ms())
        except (RetryError, ReadOnlyError, DBAPIError):
            pass  # The lease ends by itself; closing must not fail.
        finally:
            self.readers.dispose()
            self.writers.dispose()


def _readable(engine: Engine) -> Connection:
    try:
        return engine.connect()
    except TimeoutError as error:
        raise BusyError(retry_after=1) from error


_APP = bindparam("app", type_=BIG)
_GATE_SHARED = Prepared(select(func.pg_advisory_xact_lock_shared(_APP)))
_GATE_ALONE = Prepared(select(func.pg_advisory_xact_lock(_APP)))


def gate(conn: Connection, app_id: int, *, exclusive: bool = False) -> None:
    """The app's gate, held until the transaction ends: commands share it, publishing and closing a period have it alone. On SQLite the
    transaction itself is the gate."""
    if conn.dialect.name == PG:
        (_GATE_ALONE if exclusive else _GATE_SHARED).all(conn, {"app": app_id})


def together(conn: Connection, entities: Iterable[int]) -> None:
    """Let only one transaction at a time write records of these entities (by number) whose rules count or add them up. On SQLite there
    is but one anyway."""
    if conn.dialect.name == PG:
        for entity_id in sorted(entities):
            conn.execute(select(func.pg_advisory_xact_lock(SUMS, entity_id)))
