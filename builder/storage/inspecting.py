"""Inspecting: what a backup holds and whether it is whole, found out without a database to put it into.

Everything that can be wrong with a file is found here and said together, before anything is changed.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any
from zipfile import ZipFile

import orjson
from sqlalchemy import Table

from builder.archives import DAMAGED
from builder.errors import Problem
from builder.storage.dumping import columns_of, look_at_lines
from builder.storage.tables import metadata
from builder.storage.tables.apps import app
from builder.storage.tables.people import account
from builder.storage.tables.pool import member_name, member_table

FORMAT = 1
MANIFEST = "manifest.json"
LONGEST_MANIFEST = 64 << 20
CHUNK = 1 << 20
MEMBER = "rec_"
LEFT_OUT = frozenset({"session", "writer_slot"})
"""Tables that stay with the database: who is signed in, and which process makes which ids."""
BROKEN: tuple[type[Exception], ...] = (
    *(error for error in DAMAGED if error is not RuntimeError),
    NotImplementedError,
    KeyError,
    TypeError,
    AttributeError,
)
"""What reading a file that is no backup, or was damaged, comes to. A plain ``RuntimeError`` is a fault of ours."""


@dataclass(frozen=True)
class AppInside:
    """An app in a backup: its label as the designer wrote it, and which version was live."""

    label: Any
    version: int


@dataclass(frozen=True)
class Inspection:
    """What a backup holds. ``problems`` is empty where it is whole and of this release's tables."""

    size: int
    made_at: str = ""
    release: str = ""
    revision: str = ""
    apps: tuple[AppInside, ...] = ()
    people: int = 0
    records: int = 0
    rows: int = 0
    files: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass
class _Found:
    problems: list[Problem] = field(default_factory=list)

    def add(self, code: str, path: str = "", **params: Any) -> None:
        self.problems.append(Problem(code, path, params))


def inspect_backup(path: Path, revision: str | None) -> Inspection:
    """Look at every line and file of a backup that should fit tables of ``revision``."""
    try:
        size = path.stat().st_size
        with ZipFile(path) as found:
            return _inspect(found, path, size, revision)
    except BROKEN:
        size = path.stat().st_size if path.is_file() else 0
        return Inspection(size, problems=(Problem("BACKUP_UNREADABLE", "", {"name": path.name}),))


def read_manifest(found: ZipFile) -> Mapping[str, Any]:
    """What the backup says of itself. One of ``BROKEN`` where it says nothing."""
    if found.getinfo(MANIFEST).file_size > LONGEST_MANIFEST:
        raise ValueError(MANIFEST)
    manifest: Mapping[str, Any] = orjson.loads(found.read(MANIFEST))
    return manifest


def table_of(name: str) -> Table | None:
    """The table of that name; None where this release has none."""
    known = metadata.tables.get(name)
    if known is not None:
        return known
    number = name.removeprefix(MEMBER)
    is_member = number.isascii() and number.isdigit() and len(number) < 6 and member_name(int(number)) == name
    return member_table(int(number)) if is_member else None


def is_inside(name: str) -> bool:
    """Whether a file of that name lies within the folder of files."""
    parts = PurePosixPath(name).parts
    return bool(parts) and ".." not in parts and not name.startswith(("/", "\\")) and ":" not in name


def sha256_of(source: IO[bytes]) -> str:
    sha = hashlib.sha256()
    while chunk := source.read(CHUNK):
        sha.update(chunk)
    return sha.hexdigest()


def _inspect(found: ZipFile, path: Path, size: int, revision: str | None) -> Inspection:
    manifest = read_manifest(found)
    said = _Found()
    tables, files = dict(manifest["tables"]), dict(manifest["files"])
    if manifest["format"] != FORMAT:
        said.add("BACKUP_FORMAT", MANIFEST, found=str(manifest["format"]), wanted=str(FORMAT))
    if manifest["revision"] != revision:
        said.add("BACKUP_REVISION", MANIFEST, found=str(manifest["revision"]), wanted=str(revision))
    _check_room(found, path, said)
    if not said.problems:
        _check_slots(manifest["writer_slots"], said)
        _check_tables(found, tables, said)
        _check_files(found, files, said)
    counts = {name: int(of["rows"]) for name, of in tables.items()}
    return Inspection(
        size=size,
        made_at=str(manifest["made_at"]),
        release=str(manifest["release"]),
        revision=str(manifest["revision"]),
        apps=tuple(_apps(found, tables)) if not said.problems else (),
        people=counts.get(str(account.name), 0),
        records=sum(count for name, count in counts.items() if name.startswith(MEMBER)),
        rows=sum(counts.values()),
        files=len(files),
        problems=tuple(said.problems),
    )


def _check_room(found: ZipFile, path: Path, said: _Found) -> None:
    """A small file may hold a very large one."""
    wanted = sum(info.file_size for info in found.infolist())
    if wanted > shutil.disk_usage(path.parent).free:
        said.add("BACKUP_NO_ROOM", "", megabytes=wanted >> 20)


def _check_slots(slots: Mapping[str, Any], said: _Found) -> None:
    if not all(name.isdigit() and isinstance(last, int) for name, last in slots.items()):
        said.add("BACKUP_MANIFEST", f"{MANIFEST}#/writer_slots")


def _check_tables(found: ZipFile, tables: Mapping[str, Any], said: _Found) -> None:
    for name in sorted({str(one) for one in metadata.tables} - LEFT_OUT - set(tables)):
        said.add("BACKUP_TABLE_MISSING", f"tables/{name}.jsonl")
    for name, of in sorted(tables.items()):
        place, table = f"tables/{name}.jsonl", table_of(name)
        if table is None:
            said.add("BACKUP_TABLE_UNKNOWN", place)
            continue
        unknown = sorted({*of["columns"]} - {column.name for column in columns_of(table)})
        if unknown:
            said.add("BACKUP_COLUMN_UNKNOWN", place, columns=", ".join(map(str, unknown)))
            continue
        try:
            with found.open(place) as lines:
                looked = look_at_lines(table, of["columns"], lines)
        except KeyError:
            said.add("BACKUP_TABLE_MISSING", place)
        except BROKEN:
            said.add("BACKUP_CHANGED", place)
        else:
            if (looked.digest.rows, looked.digest.sha256) != (of["rows"], of["sha256"]):
                said.add("BACKUP_CHANGED", place)
            elif looked.bad_line is not None:
                said.add("BACKUP_ROW", f"{place}:{looked.bad_line}", line=looked.bad_line)


def _check_files(found: ZipFile, files: Mapping[str, Any], said: _Found) -> None:
    for name, sha256 in sorted(files.items()):
        place = f"files/{name}"
        if not is_inside(name):
            said.add("BACKUP_FILE_NAME", place)
            continue
        try:
            with found.open(place) as source:
                is_same = sha256_of(source) == sha256
        except KeyError:
            said.add("BACKUP_FILE_MISSING", place)
        except BROKEN:
            said.add("BACKUP_CHANGED", place)
        else:
            if not is_same:
                said.add("BACKUP_CHANGED", place)


def _apps(found: ZipFile, tables: Mapping[str, Any]) -> Iterator[AppInside]:
    for row in _rows(found, tables, str(app.name)):
        if row["live_version"]:
            yield AppInside(row["label"], int(row["live_version"]))


def _rows(found: ZipFile, tables: Mapping[str, Any], name: str) -> Iterable[Mapping[str, Any]]:
    with found.open(f"tables/{name}.jsonl") as lines:
        for line in lines:
            yield dict(zip(tables[name]["columns"], orjson.loads(line), strict=True))
