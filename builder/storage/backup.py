"""Backup: the whole database and its files in one zip, written while everything runs.

The zip holds a manifest with the number of rows and the hash of every table and file, ``tables/<name>.jsonl`` and ``files/…``.
``builder.storage.restoring`` reads it. Sessions stay behind: whoever was signed in signs in again.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson
from sqlalchemy import Connection, select

from builder import __version__
from builder.storage.database import Database
from builder.storage.dumping import Digest, columns_of, lines_of
from builder.storage.inspecting import FORMAT, LEFT_OUT, MANIFEST, sha256_of
from builder.storage.tables import metadata
from builder.storage.tables.apps import pool_member
from builder.storage.tables.people import writer_slot
from builder.storage.tables.pool import member_table


def write_backup(database: Database, path: Path, files: Path, now: datetime | None = None) -> None:
    """Write everything, as it was at one moment (``now``, unless the clock of the machine shall say), to ``path``. A file of that name is replaced only when the new one is whole."""
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
                "made_at": (now or datetime.now(UTC)).isoformat(timespec="seconds"),
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
                found[name] = sha256_of(source)
    return found
