"""Restoring in place: a backup takes the place of what a database in use holds, whole or not at all, and others wait for it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from builder.errors import BusyError
from builder.storage import apps, counters, restoring
from builder.storage.backup import write_backup
from builder.storage.chains import broken_links
from builder.storage.database import Database
from builder.storage.errors import BackupError
from builder.storage.inspecting import inspect_backup
from builder.storage.restoring import replace_by_backup
from builder.storage.standstill import Standstill
from builder.storage.tables.apps import app
from builder.storage.tables.ledgers import entry
from builder.storage.tables.machinery import job
from builder.storage.tables.people import account, session
from builder.storage.tables.pool import member_table
from builder.storage.tables.records import search
from tests.storage.samples import NOW
from tests.storage.test_backup import BROKEN, _changed, everything, filled  # noqa: F401 - a fixture

EPOCHS = ("app",)


def without_epochs(database: Database) -> dict[str, Any]:
    return {name: digest for name, digest in everything(database).items() if name not in EPOCHS}


def change(database: Database) -> None:
    """Something in every kind of table, also where rows are only ever added."""
    with database.write() as conn:
        keys = {"ws": 1, "journal_id": 2, "ledger_id": 1, "line_id": 1, "part": 0, "kind": "normal", "seq": 2}
        conn.execute(insert(entry).values(entry_id=10, business_date=NOW.date(), m1=5, **keys))
        conn.execute(delete(member_table(0)))
        conn.execute(update(account).values(name="Somebody else"))
        counters.raise_to(conn, 1, "s", "", 99)
        conn.execute(delete(search))
        conn.execute(insert(session).values(
            ws=1, token_hash="t", user_id=5, csrf="c", created_at=NOW, seen_at=NOW, expires_at=NOW
        ))  # fmt: skip


def found_by_search(database: Database) -> list[int]:
    asked = (
        "SELECT record_id FROM search WHERE tokens @> ARRAY['1z大米']"
        if database.dialect == "postgresql"
        else "SELECT record_id FROM search WHERE row_no IN (SELECT rowid FROM search_fts WHERE search_fts MATCH '\"1z大米\"')"
    )
    with database.snapshot() as conn:
        return list(conn.execute(text(asked)).scalars())


def assert_guarded(database: Database) -> None:
    """Rows that are only ever added are still nobody's to remove."""
    with pytest.raises(DBAPIError, match="append-only"), database.write() as conn:
        conn.execute(delete(entry))


def test_what_a_backup_holds_is_said_before(filled: Database, tmp_path: Path) -> None:  # noqa: F811
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    seen = inspect_backup(tmp_path / "all.zip", filled.revision)
    assert seen.problems == ()
    assert [one.version for one in seen.apps] == [1]
    assert (seen.people, seen.records, seen.files) == (1, 3, 1)
    assert seen.size == (tmp_path / "all.zip").stat().st_size


def test_the_backup_takes_the_place_of_everything(filled: Database, tmp_path: Path) -> None:  # noqa: F811
    before, path = without_epochs(filled), tmp_path / "all.zip"
    write_backup(filled, path, tmp_path / "files")
    with filled.snapshot() as conn:
        row = apps.app_by_key(conn, 1, "shop")
    assert row is not None
    change(filled)
    changed = without_epochs(filled)
    (tmp_path / "files" / "ab" / "abcd").unlink()
    kept: list[dict[str, Any]] = []
    ids = {filled.new_id() for _ in range(100)}
    replace_by_backup(filled, path, tmp_path / "files", lambda: kept.append(without_epochs(filled)))
    assert kept == [changed]
    assert without_epochs(filled) == before
    assert (tmp_path / "files" / "ab" / "abcd").read_bytes() == b"\x00picture"
    assert found_by_search(filled) == [3]
    assert filled.new_id() > max(ids)
    with filled.snapshot() as conn:
        assert conn.execute(select(session)).all() == []
        assert list(broken_links(conn, 1)) == []
        after = apps.app_by_key(conn, 1, "shop")
    # What any process keeps of the app is of the past, though its version is the same.
    assert after is not None
    assert after.live_version == row.live_version
    assert after.map_epoch > row.map_epoch
    assert after.access_epoch > row.access_epoch
    assert_guarded(filled)


def test_a_restore_is_undone_by_the_backup_made_before_it(filled: Database, tmp_path: Path) -> None:  # noqa: F811
    write_backup(filled, tmp_path / "old.zip", tmp_path / "files")
    change(filled)
    present, files = without_epochs(filled), tmp_path / "files"
    replace_by_backup(
        filled, tmp_path / "old.zip", files, lambda: write_backup(filled, tmp_path / "kept.zip", files)
    )
    assert without_epochs(filled) != present
    replace_by_backup(filled, tmp_path / "kept.zip", files, lambda: None)
    assert without_epochs(filled) == present


def test_no_content_is_replaced_by_what_does_not_bear_its_name(filled: Database, tmp_path: Path) -> None:  # noqa: F811
    path, present = tmp_path / "all.zip", tmp_path / "files" / "ab" / "abcd"
    write_backup(filled, path, tmp_path / "files")
    present.write_bytes(b"the real one")
    replace_by_backup(filled, path, tmp_path / "files", lambda: None)
    assert present.read_bytes() == b"the real one"
    assert not list(present.parent.glob("*.partial"))


@pytest.mark.parametrize("at", ["_clear", "_read_table", "_read_slots", "_read_files", "_move_epochs"])
def test_whatever_breaks_leaves_what_was(
    at: str,
    filled: Database,  # noqa: F811
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    change(filled)
    before = everything(filled)

    def broken(*_: Any) -> None:
        raise RuntimeError(at)

    monkeypatch.setattr(restoring, at, broken)
    with pytest.raises(RuntimeError, match=at):
        replace_by_backup(filled, tmp_path / "all.zip", tmp_path / "files", lambda: None)
    assert everything(filled) == before
    assert_guarded(filled)


@pytest.mark.parametrize("what", sorted(BROKEN))
def test_an_altered_backup_is_refused_before_anything_changes(
    what: str, tmp_path: Path, migrated_file: Path
) -> None:
    path = tmp_path / "test.db"
    path.write_bytes(migrated_file.read_bytes())
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "abcd").write_bytes(b"picture")
    database = Database.open(f"sqlite:///{path}")
    write_backup(database, tmp_path / "all.zip", tmp_path / "files")
    change(database)
    before = everything(database)
    broken = _changed(tmp_path / "all.zip", BROKEN[what])
    if what in {"a changed row", "a missing row"}:
        # Those have nothing to change in an empty database: the backup is whole, and says so.
        assert inspect_backup(broken, database.revision).problems == ()
    else:
        with pytest.raises(BackupError) as caught:
            replace_by_backup(database, broken, tmp_path / "files", lambda: pytest.fail("too early"))
        assert all(one.code.startswith("BACKUP_") for one in caught.value.problems)
        assert caught.value.problems
        assert everything(database) == before
    database.close()


def test_all_that_is_wrong_is_said_with_its_place(filled: Database, tmp_path: Path) -> None:  # noqa: F811
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")

    def worse(name: str, body: bytes) -> bytes | None:
        if name == "tables/account.jsonl":
            return body.replace(b"anna", b"anne")
        if name == "files/ab/abcd":
            return b"other"
        return None if name == "tables/entry.jsonl" else body

    seen = inspect_backup(_changed(tmp_path / "all.zip", worse), filled.revision)
    assert {(one.code, one.path) for one in seen.problems} == {
        ("BACKUP_CHANGED", "tables/account.jsonl"),
        ("BACKUP_CHANGED", "files/ab/abcd"),
        ("BACKUP_TABLE_MISSING", "tables/entry.jsonl"),
    }


def test_a_line_that_is_no_row_is_found_though_its_hash_is_right(filled: Database, tmp_path: Path) -> None:  # noqa: F811
    import hashlib
    import json

    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    with ZipFile(tmp_path / "all.zip") as made:
        manifest, lines = json.loads(made.read("manifest.json")), made.read("tables/command_log.jsonl")
    first, rest = lines.split(b"\n", 1)
    values = json.loads(first)
    values[manifest["tables"]["command_log"]["columns"].index("at")] = "yesterday"
    altered = json.dumps(values).encode() + b"\n" + rest
    manifest["tables"]["command_log"]["sha256"] = hashlib.sha256(altered).hexdigest()
    sent = {"manifest.json": json.dumps(manifest).encode(), "tables/command_log.jsonl": altered}
    broken = _changed(tmp_path / "all.zip", lambda name, body: sent.get(name, body))
    (problem,) = inspect_backup(broken, filled.revision).problems
    assert (problem.code, problem.path) == ("BACKUP_ROW", "tables/command_log.jsonl:1")


def test_jobs_that_made_a_backup_do_not_go_on_where_it_found_them(filled: Database, tmp_path: Path) -> None:  # noqa: F811
    rows = [
        {"ws": 1, "job_id": 1, "kind": "backup", "args": {}, "state": "running", "created_at": NOW},
        {"ws": 1, "job_id": 2, "kind": "import", "args": {}, "state": "running", "created_at": NOW},
    ]
    with filled.write() as conn:
        conn.execute(insert(job), rows)
    write_backup(filled, tmp_path / "all.zip", tmp_path / "files")
    replace_by_backup(filled, tmp_path / "all.zip", tmp_path / "files", lambda: None, ("backup",))
    with filled.snapshot() as conn:
        states = conn.execute(select(job.c.kind, job.c.state).order_by(job.c.job_id)).all()
    assert [tuple(row) for row in states] == [("backup", "done"), ("import", "running")]


def test_nobody_writes_while_somebody_holds_everybody_up(filled: Database, url: str, tmp_path: Path) -> None:  # noqa: F811
    filled.standstill = Standstill(tmp_path)
    hold = Standstill(tmp_path).take()
    with pytest.raises(BusyError, match="RESTORING"), filled.write():
        pass
    with pytest.raises(BusyError, match="RESTORING"):
        Standstill(tmp_path).take()
    with filled.snapshot() as conn:
        assert conn.execute(select(app.c.key)).scalars().all() == ["shop"]
    hold.release()
    with filled.write() as conn:
        counters.raise_to(conn, 1, "s", "", 50)


def test_a_standstill_that_was_left_behind_holds_nobody_up(tmp_path: Path) -> None:
    seconds = [1_000_000.0]
    standstill = Standstill(tmp_path, lambda: seconds[0])
    (tmp_path / "standstill").write_text("")
    os.utime(tmp_path / "standstill", (seconds[0], seconds[0]))
    assert standstill.is_on()
    seconds[0] += 31
    assert not standstill.is_on()
    standstill.take().release()
    assert not (tmp_path / "standstill").exists()


def test_an_era_begins_when_the_data_are_replaced(tmp_path: Path) -> None:
    standstill = Standstill(tmp_path)
    assert standstill.era == 0
    standstill.begin_era()
    assert standstill.era != 0
