"""Backup: the whole database and its files in one zip, written while everything runs, read into an empty database of either kind.

The zip holds a manifest with the number of rows and the hash of every table and file, ``tables/<name>.jsonl`` and ``files/…``. What is
read is compared with the manifest, and what was stored is read again and compared too: a backup is restored whole or not at all.
Sessions stay behind: whoever was signed in signs in again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

import orjson
from sqlalchemy import Connection, delete, func, select, update

from builder import __version__
from builder.storage.database import Database
from builder.storage.dumping import BackupError, Digest, columns_of, digest_of, lines_of, load_lines
from builder.storage.members import add_free, make_tables
from builder.storage.sql.maintenance import ANALYZE
from builder.storage.tables import metadata
from builder.storage.tables.apps import pool_member
from builder.storage.tables.people import database_key, session, writer_slot
from builder.storage.tables.pool import member_name, member_table

FORMAT = 1
MANIFEST = "manifest.json"
LEFT_OUT = frozenset({session.name, writer_slot.name})
OWN = frozenset({pool_member.name, database_key.name})
"""Tables in which even a new database has rows; the backup's take their place."""
ENDED = datetime(2024, 1, 1, tzinfo=UTC)
CHUNK = 1 << 20


def write_backup(database: Database, path: Path, files: Path) -> None:
    """Write everything, as it was at one moment, to ``path``. A file of that name is replaced only when the new one is whole."""
    partial = path.with_name(f"{path.name}.partial")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.close(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600))
        with ZipFile(partial, "w", ZIP_DEFLATED, compresslevel=3) as made:
            with database.snapshot() as conn:
                tables = _write_tables(conn, made)
                slots = {str(row.slot): row.last_ms for row in conn.execute(select(writer_slot))}
            # Files are stored before the rows that name them, and never change: all that the snapshot names are there.
            manifest = {
                "format": FORMAT,
                "release": __version__,
                "revision": database.revision,
                "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
                "tables": tables,
                "writer_slots": slots,
                "files": _write_files(made, files),
            }
            made.writestr(MANIFEST, orjson.dumps(manifest, option=orjson.OPT_INDENT_2))
        with partial.open("rb+") as written:
            os.fsync(written.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _tables(conn: Connection) -> Iterator[Any]:
    """Every table that is kept: the fixed ones, then the members in use."""
    for name in sorted(metadata.tables):
        if name not in LEFT_OUT:
            yield metadata.tables[name]
    used = select(pool_member.c.member).where(pool_member.c.kind != "free").order_by(pool_member.c.member)
    for member in conn.execute(used).scalars().all():
        yield member_table(member)


def _write_tables(conn: Connection, made: ZipFile) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for table in _tables(conn):
        count, sha = 0, hashlib.sha256()
        with made.open(f"tables/{table.name}.jsonl", "w", force_zip64=True) as out:
            for line in lines_of(conn, table):
                count += 1
                sha.update(line)
                out.write(line)
        names = [str(column.name) for column in columns_of(table)]
        found[str(table.name)] = {**asdict(Digest(count, sha.hexdigest())), "columns": names}
    return found


def _write_files(made: ZipFile, files: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(files.rglob("*")) if files.is_dir() else ():
        if path.is_file():
            name = path.relative_to(files).as_posix()
            made.write(path, f"files/{name}", ZIP_STORED)
            with path.open("rb") as source:
                found[name] = _sha256(source)
    return found


def _sha256(source: IO[bytes]) -> str:
    sha = hashlib.sha256()
    while chunk := source.read(CHUNK):
        sha.update(chunk)
    return sha.hexdigest()


def read_backup(database: Database, path: Path, files: Path) -> None:
    """Read a backup into an empty database; tables are made where there are none. Raises ``BackupError`` for a backup that is broken or of
    another release, and for a database that has something in it: then nothing was changed."""
    try:
        with ZipFile(path) as found:
            manifest = _manifest(found)
            database.migrate()
            if manifest["revision"] != database.revision:
                raise BackupError(
                    f"the backup is of revision {manifest['revision']}, this release of {database.revision}"
                )
            with database.maintenance() as conn:
                _check_empty(conn)
                _read_pool(conn, found, manifest["tables"])
                for name in manifest["tables"]:
                    if name != pool_member.name:
                        _read_table(conn, found, name, manifest["tables"])
                _read_slots(conn, manifest["writer_slots"])
                _read_files(found, manifest["files"], files)
    except (BadZipFile, FileNotFoundError, KeyError, ValueError) as error:
        raise BackupError(f"{path.name} is no whole backup: {error}") from error
    database.forget_key()
    with database.maintenance() as conn:
        conn.execute(ANALYZE)


def _manifest(found: ZipFile) -> Mapping[str, Any]:
    manifest: Mapping[str, Any] = orjson.loads(found.read(MANIFEST))
    if manifest["format"] != FORMAT:
        raise BackupError(f"format {manifest['format']} is not known to this release")
    return manifest


def _check_empty(conn: Connection) -> None:
    for table in _tables(conn):
        if table.name not in OWN and conn.execute(select(func.count()).select_from(table)).scalar_one():
            raise BackupError(f"the database is not empty: {table.name} has rows")
    # The key under which ids are shown comes along: what was bookmarked is still found.
    conn.execute(delete(database_key))


def _read_pool(conn: Connection, found: ZipFile, tables: Mapping[str, Any]) -> None:
    """The members as they were, and those that this database has beyond them."""
    numbers = select(pool_member.c.member)
    here = set(conn.execute(numbers).scalars())
    conn.execute(delete(pool_member))
    _read_table(conn, found, pool_member.name, tables)
    there = set(conn.execute(numbers).scalars())
    make_tables(conn, sorted(there - here))
    add_free(conn, sorted(here - there))


def _read_table(conn: Connection, found: ZipFile, name: str, tables: Mapping[str, Any]) -> None:
    known = metadata.tables.get(name)
    table = known if known is not None else _member(name)
    wanted = Digest(tables[name]["rows"], tables[name]["sha256"])
    with found.open(f"tables/{name}.jsonl") as lines:
        read = load_lines(conn, table, tables[name]["columns"], lines)
    if read != wanted or digest_of(conn, table) != wanted:
        raise BackupError(f"{name} is not what was backed up: {read.rows} rows of {wanted.rows}")


def _member(name: str) -> Any:
    number = name.removeprefix("rec_")
    if not number.isdigit() or member_name(int(number)) != name:
        raise BackupError(f"unknown table {name}")
    return member_table(int(number))


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


def _read_files(found: ZipFile, wanted: Mapping[str, str], files: Path) -> None:
    for name, sha256 in wanted.items():
        parts = PurePosixPath(name).parts
        if not parts or ".." in parts or name.startswith(("/", "\\")) or ":" in name:
            raise BackupError(f"no file of ours is called {name}")
        path = files.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_name(f"{path.name}.partial")
        with found.open(f"files/{name}") as source, partial.open("wb") as out:
            shutil.copyfileobj(source, out, CHUNK)
        with partial.open("rb") as read:
            is_same = _sha256(read) == sha256
        if not is_same:
            partial.unlink()
            raise BackupError(f"{name} is not the file that was backed up")
        partial.replace(path)
