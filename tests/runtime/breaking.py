"""Breaking: places in the write transaction where a test lets something happen, and ways in which a database fails for real."""

from __future__ import annotations

import select
import socket
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import psycopg
from sqlalchemy import Connection, text

from builder.ledger import journal, lanes
from builder.runtime.engine import Engine
from builder.storage import commands, counters, history, opening, records
from builder.storage.database import Database
from tests.runtime.world import World

Step = Callable[[Connection], None]

# The package gives its function the name of this module.
_COMMIT = sys.modules["builder.runtime.commit.commit"]
STEPS: Mapping[str, tuple[Any, str]] = {
    "gate": (_COMMIT, "gate"),
    "claim": (commands, "claim"),
    "records": (records, "lock"),
    "lanes": (lanes, "lock"),
    "read": (lanes, "read"),
    "numbers": (counters, "take"),
    "write": (records, "write"),
    "history": (history, "append"),
    "journal": (journal, "write"),
    "answer": (commands, "answered"),
    "log": (commands, "log"),
}
"""The steps of the write transaction in their order; each takes the connection first."""
BEFORE_COMMIT = (*STEPS, "commit")


@contextmanager
def after(step: str, do: Step, *, times: int | None = None) -> Iterator[list[str]]:
    """Let ``do`` happen right after a step, or right before COMMIT, the first ``times`` times. What is given back grows each time."""
    seen: list[str] = []

    def happen(conn: Connection) -> None:
        if times is None or len(seen) < times:
            seen.append(step)
            do(conn)

    if step == "commit":
        commit = Database._commit

        def committing(self: Database, conn: Connection) -> None:
            committed = conn.commit

            def last() -> None:
                happen(conn)
                committed()

            with patch.object(conn, "commit", last):
                commit(self, conn)

        with patch.object(Database, "_commit", committing):
            yield seen
        return
    module, name = STEPS[step]
    original = getattr(module, name)

    def stepped(conn: Connection, *args: Any, **options: Any) -> Any:
        found = original(conn, *args, **options)
        happen(conn)
        return found

    with patch.object(module, name, stepped):
        yield seen


@contextmanager
def impatient(world: World, **options: str) -> Iterator[World]:
    """The same database for somebody whose patience for locks is short."""
    short = {"lock_timeout": "50ms", "deadlock_timeout": "20ms", **options}
    with (
        patch.dict(opening.WRITER_OPTIONS, short),
        patch.object(opening, "BUSY_SECONDS", 0.05),
    ):
        other = world.other_process()
        try:
            yield other
        finally:
            other.engine.database.close()


@contextmanager
def rival(world: World, **options: str) -> Iterator[Any]:
    """A transaction of somebody else, who holds what it locks until the block ends. On SQLite that is everything."""
    database = world.engine.database
    if database.dialect == "sqlite":
        own = sqlite3.connect(
            str(database.url.database), isolation_level=None, timeout=0, check_same_thread=False
        )
        try:
            own.execute("BEGIN IMMEDIATE")
            yield own
            own.execute("ROLLBACK")
        finally:
            own.close()
        return
    settings = " ".join(f"-c {name}={value}" for name, value in options.items())
    with psycopg.connect(plain_url(world), options=settings) as conn:
        yield conn
        conn.rollback()


def plain_url(world: World) -> str:
    """The URL as the driver itself understands it."""
    return world.engine.database.url.set(drivername="postgresql").render_as_string(hide_password=False)


def failing_with(sqlstate: str) -> Step:
    """The server refuses a statement with that code."""

    def fail(conn: Connection) -> None:
        # The code is one of the test's own.
        conn.execute(text(f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{sqlstate}'; END $$"))

    return fail


def losing_connection(world: World) -> Step:
    """The server drops the connection."""

    def drop(conn: Connection) -> None:
        pid = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with psycopg.connect(plain_url(world), autocommit=True) as other:
            other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    return drop


class Cut:
    """Says when a wire is cut: ``before`` the server gets a COMMIT, ``after`` it has answered one, ``at once`` when it got one, each
    once; ``always``, or ``never``."""

    def __init__(self) -> None:
        self.when = "never"
        self.count = 0

    def __call__(self, when: str) -> None:
        self.when = when

    def takes(self, *when: str) -> bool:
        if self.when == "always" or self.when not in when:
            return self.when == "always"
        self.when, self.count = "never", self.count + 1
        return True


@contextmanager
def wire(world: World) -> Iterator[tuple[World, Cut]]:
    """The same database through a wire that can be cut."""
    cut, sockets, threads = Cut(), list[socket.socket](), list[threading.Thread]()
    url = world.engine.database.url
    assert url.port is not None
    ear = socket.create_server(("127.0.0.1", 0))

    def listen() -> None:
        while True:
            try:
                near, _ = ear.accept()
            except OSError:
                return
            far = socket.create_connection(("127.0.0.1", int(url.port or 0)))
            sockets.extend((near, far))
            threads.append(threading.Thread(target=_carry, args=(near, far, cut), daemon=True))
            threads[-1].start()

    listening = threading.Thread(target=listen, daemon=True)
    listening.start()
    settings = replace(
        world.engine.settings,
        database=url.set(port=ear.getsockname()[1]).render_as_string(hide_password=False),
    )
    other = replace(world, engine=Engine(settings, Database.open(settings.database), world.engine.clock))
    try:
        yield other, cut
    finally:
        cut("never")
        other.engine.database.close()
        ear.shutdown(socket.SHUT_RDWR)
        ear.close()
        for each in sockets:
            each.close()
        for thread in (listening, *threads):
            thread.join(5)


def _carry(near: socket.socket, far: socket.socket, cut: Cut) -> None:
    """Carry everything between a client and its server until one of them ends, or the wire is cut."""
    committing = False
    with near, far:
        while True:
            try:
                ready, _, _ = select.select([near, far], [], [], 0.2)
                for side in ready:
                    said = side.recv(65536)
                    if not said or cut.takes():
                        return
                    if side is near and b"COMMIT\0" in said:
                        committing = True
                        if cut.takes("before"):
                            return
                    if side is far and committing:
                        if cut.takes("after"):
                            return
                        committing = False
                    (far if side is near else near).sendall(said)
                    if side is near and committing and cut.takes("at once"):
                        return
            except (OSError, ValueError):
                return


def standing_still(world: World) -> Step:
    """The process does nothing for so long that the server gives it up, as if it had been stopped."""

    def wait(conn: Connection) -> None:
        pid = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
        deadline = time.monotonic() + 60
        with psycopg.connect(plain_url(world), autocommit=True) as other:
            alive = "SELECT 1 FROM pg_stat_activity WHERE pid = %s"
            while other.execute(alive, [pid]).fetchone():
                assert time.monotonic() < deadline

    return wait


def full_disk(conn: Connection) -> None:
    """No page is to be had any more."""
    if conn.dialect.name == "sqlite":
        pages = conn.execute(text("PRAGMA page_count")).scalar_one()
        conn.execute(text(f"PRAGMA max_page_count = {pages}")).close()
        conn.execute(text("CREATE TABLE big AS SELECT zeroblob(1000000) AS bytes"))
    else:
        failing_with("53100")(conn)


def failing_disk(conn: Connection) -> None:
    """A read or write that the operating system gives back."""
    if conn.dialect.name != "sqlite":
        failing_with("58030")(conn)
        return
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
    driver = conn.connection.driver_connection
    with patch.object(conn.dialect, "do_execute", side_effect=error):
        assert driver is not None
        conn.execute(text("SELECT 1"))
