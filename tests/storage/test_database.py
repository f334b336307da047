"""Database: readers see one state, writers commit all or nothing, and drivers' errors never come out."""

from __future__ import annotations

import runpy
import shutil
import sqlite3
import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import bindparam, func, insert, select, update

from builder.config import Settings
from builder.errors import BusyError, MalformedError, ReadOnlyError
from builder.storage import failures, opening
from builder.storage.database import Database, gate
from builder.storage.errors import DuplicateError, RetryError, SchemaError, StorageError, UnknownOutcomeError
from builder.storage.migrating import grow_pool
from builder.storage.tables import metadata
from builder.storage.tables.apps import pool_member
from builder.storage.tables.ledgers import entry
from builder.storage.tables.people import org_unit
from builder.storage.tables.pool import AHEAD, member_table
from builder.storage.tables.records import comment, counter
from tests.storage.samples import NOW, record_row

COMMENT = {"entity_id": 1, "record_id": 1, "author_id": 1, "body": "x", "at": NOW}


def unit(number: int, key: str) -> dict[str, Any]:
    return {"ws": 1, "org_unit_id": number, "key": key, "name": key}


def writing(database: Database, *steps: Callable[[Any], Any]) -> None:
    """One transaction of those steps."""
    with database.write() as conn:
        for step in steps:
            step(conn)


def adding(number: int, key: str) -> Callable[[Any], Any]:
    return lambda conn: conn.execute(insert(org_unit), unit(number, key))


def failing(_conn: Any) -> None:
    raise ZeroDivisionError


def units(database: Database) -> list[int]:
    with database.snapshot() as conn:
        return list(conn.execute(select(org_unit.c.org_unit_id).order_by(org_unit.c.org_unit_id)).scalars())


def test_what_a_block_wrote_is_there_when_it_ended_well(database: Database) -> None:
    with database.write() as conn:
        conn.execute(insert(org_unit), unit(1, "a"))
    assert units(database) == [1]


def test_nothing_is_left_of_a_block_that_failed(database: Database) -> None:
    with pytest.raises(ZeroDivisionError):
        writing(database, adding(1, "a"), failing)
    assert units(database) == []
    with database.write() as conn:
        conn.execute(insert(org_unit), unit(2, "b"))
    assert units(database) == [2]


def test_a_snapshot_sees_one_state_however_long_it_is_open(database: Database) -> None:
    count = select(func.count()).select_from(org_unit)
    with database.snapshot() as conn:
        before = conn.execute(count).scalar()
        with database.write() as writer:
            writer.execute(insert(org_unit), unit(1, "a"))
        assert conn.execute(count).scalar() == before == 0
    assert units(database) == [1]


def test_a_snapshot_does_not_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"(?i)read.?only"), database.snapshot() as conn:
        conn.execute(insert(org_unit), unit(1, "a"))
    assert units(database) == []


def test_a_writer_sees_what_others_committed_after_its_first_statement(database: Database, url: str) -> None:
    """What lanes rely on: a statement after the lock sees what the lock let through. SQLite writers are alone anyway."""
    if database.dialect == "sqlite":
        pytest.skip("one writer at a time")
    with database.write() as conn:
        assert conn.execute(select(func.count()).select_from(org_unit)).scalar() == 0
        with database.write() as other:
            other.execute(insert(org_unit), unit(1, "a"))
        assert conn.execute(select(func.count()).select_from(org_unit)).scalar() == 1


def test_a_taken_key_is_a_duplicate_that_names_its_table(database: Database) -> None:
    with pytest.raises(DuplicateError) as caught:
        writing(database, adding(1, "a"), adding(2, "a"))
    assert (caught.value.entity_id, caught.value.slot, caught.value.table) == (None, None, "org_unit")


def test_a_taken_unique_slot_names_its_entity_and_slot(database: Database) -> None:
    table = member_table(0)
    with database.write() as conn:
        conn.execute(insert(table), [record_row(1, 7, u1="x"), record_row(2, 8, u1="x")])
    with pytest.raises(DuplicateError) as caught, database.write() as conn:
        conn.execute(insert(table), [record_row(3, 7, u1="y"), record_row(4, 7, u1="x")])
    assert (caught.value.entity_id, caught.value.slot, caught.value.table) == (7, "u1", "rec_000")


def test_a_unique_slot_that_a_change_takes_is_named_too(database: Database) -> None:
    table = member_table(0)
    with database.write() as conn:
        conn.execute(insert(table), [record_row(1, 7, u1="x"), record_row(2, 7, u1="y")])
    change = (
        update(table).where(table.c.entity_id == 7, table.c.id == bindparam("of")).values(u1=bindparam("new"))
    )
    with pytest.raises(DuplicateError) as caught, database.write() as conn:
        conn.execute(change, [{"of": 2, "new": "x"}])
    assert (caught.value.entity_id, caught.value.slot) == (7, "u1")


def test_text_that_a_database_does_not_keep_is_malformed(url: str) -> None:
    database = Database(url)
    if database.dialect == "postgresql":
        with pytest.raises(MalformedError), database.write() as conn:
            conn.execute(insert(org_unit), {**unit(1, "a"), "name": "a\x00b"})
        with pytest.raises(MalformedError), database.write() as conn:
            conn.execute(insert(comment), {"ws": 1, "comment_id": 1, "mentions": ["\x00"], **COMMENT})
    assert units(database) == []
    database.close()


def test_a_dead_end_between_two_writers_asks_for_another_try(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("one writer at a time")
    with database.write() as conn:
        conn.execute(insert(org_unit), [unit(1, "a"), unit(2, "b")])
    meet = threading.Barrier(2)
    failed: list[StorageError] = []

    def run(first: int, second: int) -> None:
        try:
            with database.write() as conn:
                conn.execute(update(org_unit).where(org_unit.c.org_unit_id == first).values(name="x"))
                meet.wait()
                conn.execute(update(org_unit).where(org_unit.c.org_unit_id == second).values(name="y"))
        except StorageError as error:
            failed.append(error)

    threads = [threading.Thread(target=run, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [(type(error), error.code) for error in failed] == [(RetryError, "DEADLOCK")]


def test_another_process_that_writes_asks_for_another_try(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "data.db"
    shutil.copy(migrated_file, path)
    database = Database.open(f"sqlite:///{path}")
    database.new_id()
    with database.writers.connect() as conn:
        conn.exec_driver_sql("PRAGMA busy_timeout=1")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RetryError, match="BUSY"), database.write():
        pytest.fail("the other holds the lock")
    other.execute("ROLLBACK")
    other.close()
    with database.write() as conn:
        conn.execute(insert(org_unit), unit(1, "a"))
    assert units(database) == [1]
    database.close()


def test_a_lost_connection_asks_for_another_try_and_the_next_one_works(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no connection to lose")
    with pytest.raises(RetryError, match="CONNECTION"):
        writing(database, ending(database), adding(1, "a"))
    with database.write() as conn:
        conn.execute(insert(org_unit), unit(2, "b"))
    assert units(database) == [2]


def test_a_connection_lost_around_commit_is_an_unknown_outcome(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no connection to lose")
    with pytest.raises(UnknownOutcomeError):
        writing(database, adding(1, "a"), ending(database))
    assert units(database) == []


def test_a_reader_whose_server_is_gone_is_told_to_come_back(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no connection to lose")
    with database.snapshot() as conn:
        ending(database)(conn)
        with pytest.raises(BusyError):
            conn.execute(select(func.count()).select_from(org_unit))
    assert units(database) == []


def ending(database: Database) -> Callable[[Any], Any]:
    """A step that ends the server process behind its own connection."""

    def end(conn: Any) -> None:
        pid = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar()
        with database.maintenance() as other:
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pid}, 2000)")

    return end


def fill(conn: Any) -> None:
    """Leave no page free."""
    pages = conn.exec_driver_sql("PRAGMA page_count").scalar()
    conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")


def test_a_full_disk_stops_writing_but_not_reading(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "data.db"
    shutil.copy(migrated_file, path)
    database = Database.open(f"sqlite:///{path}")
    database.new_id()
    with pytest.raises(ReadOnlyError):
        writing(database, fill, *(adding(number, f"{number:0>200}") for number in range(10_000)))
    assert not database.is_writable
    assert units(database) == []
    with database.write() as conn:
        conn.execute(insert(org_unit), unit(1, "a"))
    assert database.is_writable
    assert units(database) == [1]
    database.close()


def test_more_askers_than_connections_are_told_to_come_back(url: str) -> None:
    database = Database(url, connections=1)
    for engine in (database.readers, database.writers):
        engine.pool._timeout = 0  # type: ignore[attr-defined]  # Nobody waits in a test.
    with database.snapshot(), database.snapshot():
        for reading in (database.snapshot, database.glance):
            with pytest.raises(BusyError), reading():
                pass
    if database.dialect == "postgresql":
        with database.write(), database.write(), pytest.raises(RetryError), database.write():
            pass
    database.close()


def test_every_commit_waits_for_the_disk(url: str) -> None:
    assert runpy.run_path(str(opening.__file__))["DURABLE"], "unless it is said otherwise"
    database = Database(url, durable=True)
    with database.write() as conn:
        if database.dialect == "sqlite":
            assert conn.exec_driver_sql("PRAGMA synchronous").scalar() == 2
            assert conn.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        else:
            assert conn.exec_driver_sql("SHOW synchronous_commit").scalar() == "on"
            assert conn.exec_driver_sql("SHOW transaction_isolation").scalar() == "read committed"
    database.close()


@pytest.mark.postgres
def test_a_writer_that_waits_or_stands_still_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said = runpy.run_path(str(opening.__file__))["WRITER_OPTIONS"]
    monkeypatch.setattr(opening, "WRITER_OPTIONS", said)
    database = Database.open(url)
    if database.dialect == "postgresql":
        with database.write() as conn:
            assert conn.exec_driver_sql("SHOW lock_timeout").scalar() == "3s"
            assert conn.exec_driver_sql("SHOW statement_timeout").scalar() == "10s"
            assert conn.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "10s"
    database.close()


def test_a_database_that_is_thrown_away_waits_for_no_disk(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'away.db'}", durable=False)
    with database.writers.connect() as conn:
        assert conn.exec_driver_sql("PRAGMA synchronous").scalar() == 0
    database.close()


def test_entries_are_never_changed_or_removed(database: Database) -> None:
    row = {
        "ws": 1, "entry_id": 1, "journal_id": 1, "ledger_id": 1, "line_id": 1, "part": 0, "kind": "normal", "seq": 1,
        "business_date": date(2026, 1, 1),
    }  # fmt: skip
    with database.write() as conn:
        conn.execute(insert(entry), row)
    for statement in (update(entry).values(m1=5), entry.delete()):
        with pytest.raises(Exception, match="append-only"), database.write() as conn:
            conn.execute(statement)
    with database.snapshot() as conn:
        assert conn.execute(select(entry.c.m1)).scalar() == 0


def test_a_thread_that_writes_does_not_open_another_transaction(database: Database) -> None:
    if database.dialect != "sqlite":
        pytest.skip("several writers")
    with database.write(), pytest.raises(RuntimeError, match="writing already"), database.write():
        pass


def test_the_gate_is_shared_by_commands_and_held_alone_by_publishing(database: Database) -> None:
    if database.dialect == "sqlite":
        with database.write() as conn:
            gate(conn, 5, exclusive=True)
        return
    with database.write() as one, database.write() as two:
        gate(one, 5)
        gate(two, 5)
        with database.write() as other:
            gate(other, 6, exclusive=True)
        free = select(func.pg_try_advisory_xact_lock(5))
        with database.write() as publisher:
            assert publisher.execute(free).scalar() is False
    with database.write() as publisher:
        assert publisher.execute(free).scalar() is True


def test_migrating_twice_changes_nothing_and_several_may_at_once(empty_url: str) -> None:
    one, two = Database.open(empty_url), Database.open(empty_url)
    assert one.revision is None
    threads = [threading.Thread(target=database.migrate) for database in (one, two)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.revision == "0006"
    shown = one.show(1)
    two.migrate()
    assert two.show(1) == shown
    one.close()
    two.close()


def test_the_pool_grows_ahead_of_need(database: Database) -> None:
    with database.snapshot() as conn:
        before = conn.execute(select(func.count()).select_from(pool_member)).scalar_one()
    with database.write() as conn:
        conn.execute(update(pool_member).values(kind="own"))
    made = grow_pool(database)
    assert made == AHEAD[database.dialect]
    assert grow_pool(database) == 0
    with database.write() as conn:
        conn.execute(insert(member_table(before)), record_row(1, 1))


def test_a_database_of_a_newer_release_is_refused(url: str) -> None:
    database = Database.open(url)
    with database.write() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    database.close()
    with pytest.raises(SchemaError, match="9999"):
        Database.open(url)


def test_settings_open_the_database_that_they_name(url: str) -> None:
    database = Database.open(Settings(database=url))
    assert database.revision == "0006"
    database.close()


@pytest.mark.parametrize("text", ["sqlite://", "sqlite:///:memory:", "mysql://a@b/c"])
def test_other_databases_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="database"):
        Database(text)


def test_every_key_starts_with_the_workspace() -> None:
    without = {"writer_slot", "database_key", "pool_member", "search"}
    for table in metadata.tables.values():
        if table.name not in without:
            assert next(column.name for column in table.primary_key) == "ws", table.name


def test_codes_that_mean_something_else_are_left_to_their_owner() -> None:
    context: Any = type("Context", (), {"original_exception": ValueError("x")})()
    assert failures.translate(context, writing=True) is None


def test_counting_waits_in_one_row(database: Database) -> None:
    with database.write() as conn:
        conn.execute(insert(counter).values(ws=1, series_uid="s", scope="", value=3))
    with database.snapshot() as conn:
        assert conn.execute(select(counter.c.value)).scalar() == 3
