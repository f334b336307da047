"""Opening: how commands come to an engine on a database that is ready for it."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from builder.cli.speaking import UnreadyError
from builder.clock import Clock, SystemClock
from builder.config import Settings
from builder.runtime.engine import Engine
from builder.storage import account_writes
from builder.storage.database import Database
from builder.storage.migrations import known_revisions

WORKSPACE = 1


def open_engine(settings: Settings, clock: Clock | None = None) -> Engine:
    """The engine alone: most commands need no web, and start quicker without it."""
    Path(settings.var).mkdir(parents=True, exist_ok=True)
    return Engine(settings, Database.open(settings), clock or SystemClock())


@contextmanager
def opened(settings: Settings, clock: Clock | None = None, *, migrate: bool = False) -> Iterator[Engine]:
    """An engine that is closed afterwards. ``UnreadyError`` where the tables are not of this release; with ``migrate`` they become it, and a
    new database gets its workspace."""
    engine = open_engine(settings, clock)
    try:
        if migrate:
            engine.database.migrate()
            add_workspace(engine)
        else:
            check_schema(engine)
        yield engine
    finally:
        engine.database.close()


def add_workspace(engine: Engine) -> None:
    """The one workspace of this database, if it is not there yet."""
    settings = engine.settings
    with engine.database.write() as conn:
        account_writes.add_workspace(
            conn, WORKSPACE, key="main", name="", timezone=settings.timezone, locale=settings.locale
        )


def check_schema(engine: Engine) -> None:
    """Refuse tables of another release before anything reads them."""
    found, wanted = engine.database.revision, max(known_revisions())
    if found is None:
        raise UnreadyError("the database is empty: run `builder init` (or `builder demo`) first")
    if found != wanted:
        raise UnreadyError(
            f"the database is at revision {found}, this release needs {wanted}: run `builder migrate`"
        )


def asked_password(name: str) -> str:
    """A password from ``BUILDER_PASSWORD``, else asked twice on the terminal. ``ValueError`` where the two differ."""
    given = os.environ.get("BUILDER_PASSWORD")
    if given:
        return given
    if not sys.stdin.isatty():
        raise ValueError("no password: set BUILDER_PASSWORD or use a terminal")
    first = getpass.getpass(f"Password of {name}: ")
    if getpass.getpass("Again: ") != first:
        raise ValueError("the passwords differ")
    return first
