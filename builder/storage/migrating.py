"""Migrating: the tables of this version of the engine, whatever version made the database."""

from __future__ import annotations

import secrets
from contextlib import AbstractContextManager
from importlib.resources import files
from typing import TYPE_CHECKING, Protocol

from sqlalchemy import Connection, func, select

from builder.storage.columns import PG
from builder.storage.members import make_members, missing_members
from builder.storage.tables.people import database_key

if TYPE_CHECKING:
    from alembic.config import Config

LOCK = 0x7A67_0002
KEY_BYTES = 32


class Maintained(Protocol):
    """The part of a database that migrating needs."""

    def maintenance(self) -> AbstractContextManager[Connection]: ...


def migrate(database: Maintained, key_name: str) -> None:
    """Run what is missing, give a new database its key, make members ahead: one transaction each."""
    # Slow to import, and a server that looks after its pool never needs it.
    from alembic import command  # noqa: PLC0415

    with database.maintenance() as conn:
        _lock(conn)
        config = _config()
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
        _ensure_key(conn, key_name)
    grow_pool(database)


def grow_pool(database: Maintained) -> int:
    """Make free members until there are enough ahead; says how many. For ``migrate`` and a job, never for a request: each member is a
    transaction of its own, so that people who write wait for one alone."""
    made = 0
    while _make_one(database):
        made += 1
    return made


def _make_one(database: Maintained) -> bool:
    with database.maintenance() as conn:
        _lock(conn)
        is_missing = missing_members(conn) > 0
        if is_missing:
            make_members(conn, 1)
    return is_missing


def _config() -> Config:
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(files("builder.storage") / "migrations").replace("%", "%%"))
    return config


def _lock(conn: Connection) -> None:
    if conn.dialect.name == PG:
        conn.execute(select(func.pg_advisory_xact_lock(LOCK)))


def _ensure_key(conn: Connection, name: str) -> None:
    if conn.execute(select(func.count()).where(database_key.c.name == name)).scalar_one() == 0:
        conn.execute(database_key.insert().values(name=name, value=secrets.token_bytes(KEY_BYTES)))
