"""Restoring: a backup is read into an empty database of either kind, or takes the place of what a database in use holds.

Both read the same way, within one transaction: what is read is compared with the manifest, and what was stored is read again and compared
too. Whatever happens in between, a database has what it had or all of the backup, never something else.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import ZipFile

from sqlalchemy import Connection, delete, func, select, update

from builder.storage.database import Database
from builder.storage.dumping import Digest, digest_of, load_lines
from builder.storage.errors import BackupError, RetryError
from builder.storage.inspecting import (
    BROKEN,
    CHUNK,
    LEFT_OUT,
    inspect_backup,
    read_manifest,
    sha256_of,
    table_of,
)
from builder.storage.members import add_free, make_tables
from builder.storage.sql.maintenance import ANALYZE
from builder.storage.sql.replacing import lock_out_writers, without_guards
from builder.storage.tables import metadata
from builder.storage.tables.apps import app, pool_member
from builder.storage.tables.machinery import job
from builder.storage.tables.people import database_key, session, writer_slot
from builder.storage.tables.pool import member_table

OWN = frozenset({pool_member.name, database_key.name})
"""Tables in which even a new database has rows; the backup's take their place."""
ENDED = datetime(2024, 1, 1, tzinfo=UTC)
TRIES = 5


def read_backup(database: Database, path: Path, files: Path) -> None:
    """Read a backup into an empty database; tables are made where there are none. Raises ``BackupError`` for a backup that is broken or of
    another release, and for a database that has something in it: then nothing was changed."""
    if not path.is_file():
        raise BackupError(f"{path.name} is not there")
    database.migrate()
    _check(database, path)
    with database.maintenance() as conn:
        _check_empty(conn)
        _load(conn, path, files)
    _settle(database)


def replace_by_backup(
    database: Database, path: Path, files: Path, keep: Callable[[], None], ended_jobs: tuple[str, ...] = ()
) -> None:
    """Put a backup in the place of what the database holds. Nobody writes from the moment at which ``keep`` is called, which makes a
    backup of the present state; readers see that state until all is done. Everybody is signed out, and every decision, whoever is about to
    commit it, is stale. Jobs of the kinds ``ended_jobs`` do not go on where the backup found them. Raises ``BackupError`` and changes
    nothing."""
    _check(database, path)
    for attempt in range(TRIES):
        try:
            with database.maintenance() as conn:
                # Those who write already may hold what is wanted here; they end, and nobody new begins.
                lock_out_writers(conn, [name for name in _names(conn) if name != writer_slot.name])
                keep()
                epochs = conn.execute(select(func.max(app.c.map_epoch), func.max(app.c.access_epoch))).one()
                with without_guards(conn):
                    _clear(conn)
                _load(conn, path, files)
                _move_epochs(conn, *(value or 0 for value in epochs))
                conn.execute(
                    update(job)
                    .where(job.c.kind.in_(ended_jobs), job.c.state.in_(("waiting", "running")))
                    .values(state="done", lease_until=None)
                )
            break
        except RetryError:
            if attempt == TRIES - 1:
                raise
    _settle(database)


def _check(database: Database, path: Path) -> None:
    found = inspect_backup(path, database.revision)
    if found.problems:
        raise BackupError(f"{path.name} is no whole backup of this release", found.problems)


def _settle(database: Database) -> None:
    database.forget()
    with database.maintenance() as conn:
        conn.execute(ANALYZE)


def _names(conn: Connection) -> list[str]:
    """Every table that there is, members ahead too."""
    members = conn.execute(select(pool_member.c.member).order_by(pool_member.c.member)).scalars()
    return [*sorted(map(str, metadata.tables)), *(str(member_table(number).name) for number in members)]


def _check_empty(conn: Connection) -> None:
    for name in _names(conn):
        table: Any = table_of(name)
        if name not in OWN | LEFT_OUT and conn.execute(select(table.c.ws).limit(1)).first():
            raise BackupError(f"the database is not empty: {name} has rows")


def _clear(conn: Connection) -> None:
    """Leave nothing of what was there but who makes which ids, and the list of members, which is read first."""
    kept = {writer_slot.name, pool_member.name}
    for name in _names(conn):
        if name not in kept:
            table: Any = table_of(name)
            conn.execute(delete(table))
    conn.execute(delete(session))


def _load(conn: Connection, path: Path, files: Path) -> None:
    # The key under which ids are shown comes along: what was bookmarked is still found.
    conn.execute(delete(database_key))
    try:
        with ZipFile(path) as found:
            manifest = read_manifest(found)
            tables = manifest["tables"]
            _read_pool(conn, found, tables)
            for name in tables:
                if name != pool_member.name:
                    _read_table(conn, found, name, tables)
            _read_slots(conn, manifest["writer_slots"])
            _read_files(found, manifest["files"], files)
    except BROKEN as error:
        raise BackupError(f"{path.name} is no whole backup: {error}") from error


def _read_pool(conn: Connection, found: ZipFile, tables: Mapping[str, Any]) -> None:
    """The members as they were, and those that this database has beyond them."""
    numbers = select(pool_member.c.member)
    here = set(conn.execute(numbers).scalars())
    conn.execute(delete(pool_member))
    _read_table(conn, found, str(pool_member.name), tables)
    there = set(conn.execute(numbers).scalars())
    make_tables(conn, sorted(there - here))
    add_free(conn, sorted(here - there))


def _read_table(conn: Connection, found: ZipFile, name: str, tables: Mapping[str, Any]) -> None:
    table = table_of(name)
    if table is None:
        raise BackupError(f"unknown table {name}")
    wanted = Digest(tables[name]["rows"], tables[name]["sha256"])
    with found.open(f"tables/{name}.jsonl") as lines:
        read = load_lines(conn, table, tables[name]["columns"], lines)
    if read != wanted or digest_of(conn, table) != wanted:
        raise BackupError(f"{name} is not what was backed up: {read.rows} rows of {wanted.rows}")


def _read_slots(conn: Connection, used: Mapping[str, int]) -> None:
    """No process makes an id again that the backup has: whoever takes a slot starts after what was used of it."""
    known = set(conn.execute(select(writer_slot.c.slot)).scalars())
    for slot, last_ms in ((int(name), ms) for name, ms in used.items()):
        own = writer_slot.c.slot == slot
        if slot in known:
            conn.execute(
                update(writer_slot).where(own, writer_slot.c.last_ms < last_ms).values(last_ms=last_ms)
            )
        else:
            ended = {"process": "", "lease_until": ENDED, "last_ms": last_ms}
            conn.execute(writer_slot.insert().values(slot=slot, **ended))


def _move_epochs(conn: Connection, map_epoch: int, access_epoch: int) -> None:
    """Beyond all that was and all that is restored: what any process keeps of an app, and what it decided, is of the past."""
    conn.execute(
        update(app).values(
            map_epoch=app.c.map_epoch + map_epoch + 1, access_epoch=app.c.access_epoch + access_epoch + 1
        )
    )


def _read_files(found: ZipFile, wanted: Mapping[str, str], files: Path) -> None:
    """Before the rows that name them are there for anybody. Files are named after their content: none is replaced by another."""
    for name, sha256 in wanted.items():
        path = files.joinpath(*PurePosixPath(name).parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        with found.open(f"files/{name}") as source, partial.open("wb") as out:
            shutil.copyfileobj(source, out, CHUNK)
        with partial.open("rb") as read:
            is_same = sha256_of(read) == sha256
        if not is_same:
            partial.unlink()
            raise BackupError(f"{name} is not the file that was backed up")
        if path.name != sha256 and path.is_file():
            # Its name is not its content: made up, or spoilt before it was backed up. What is there stays, also when the restore fails.
            partial.unlink()
            continue
        partial.replace(path)
