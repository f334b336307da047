"""Commands: answered once, counted without holes, logged as links that show every change."""

from __future__ import annotations

import threading
from typing import Any

from sqlalchemy import select, update

from builder.changes import NumberRequest
from builder.commands import Actor
from builder.storage import commands, counters
from builder.storage.chains import broken_links, heads
from builder.storage.database import Database
from builder.storage.tables.machinery import chain, command_log
from tests.storage.samples import NOW

ACTOR = Actor(1, 5, login="a")


def request(series: str, id: int, scope: str = "") -> NumberRequest:
    return NumberRequest("order", id, "number", series, scope, "{n}", 4)


def test_a_key_is_claimed_once_and_its_answer_given_again(database: Database) -> None:
    with database.write() as conn:
        assert commands.claim(conn, 1, 5, "Create", "k", "hash", NOW)
        assert not commands.claim(conn, 1, 5, "Create", "k", "hash", NOW)
        assert commands.claim(conn, 1, 6, "Create", "k", "hash", NOW)
        assert commands.stored_answer(conn, 1, 5, "Create", "k") is None
        commands.answered(conn, 1, 5, "Create", "k", 77, b'{"id":"x"}')
    with database.snapshot() as conn:
        found = commands.stored_answer(conn, 1, 5, "Create", "k")
        assert commands.stored_answer(conn, 1, 5, "Other", "k") is None
    assert found == commands.StoredAnswer("hash", b'{"id":"x"}', 77)


def test_a_twin_in_flight_is_waited_for(database: Database) -> None:
    """The second waits until the first has ended, and then either meets its answer or goes on itself."""
    started = threading.Event()
    results: list[bool] = []

    def second() -> None:
        started.wait()
        with database.write() as conn:
            results.append(commands.claim(conn, 1, 5, "Create", "k", "hash", NOW))

    thread = threading.Thread(target=second)
    thread.start()
    with database.write() as conn:
        assert commands.claim(conn, 1, 5, "Create", "k", "hash", NOW)
        started.set()
        commands.answered(conn, 1, 5, "Create", "k", 77, b"{}")
    thread.join()
    assert results == [False]


def test_old_keys_are_forgotten(database: Database) -> None:
    with database.write() as conn:
        commands.claim(conn, 1, 5, "Create", "k", "hash", NOW)
        assert commands.forget_before(conn, 1, NOW) == 0
        assert commands.forget_before(conn, 1, NOW.replace(year=2027)) == 1


def test_numbers_follow_each_other_within_series_and_scope(database: Database) -> None:
    with database.write() as conn:
        first = counters.take(
            conn, 1, [request("s", 1), request("t", 2), request("s", 3), request("s", 4, "2026")]
        )
        assert {r.record_id: n for r, n in first.items()} == {1: 1, 3: 2, 2: 1, 4: 1}
        second = counters.take(conn, 1, [request("s", 5)])
        assert list(second.values()) == [3]


def test_a_transaction_that_fails_gives_its_numbers_back(database: Database) -> None:
    try:
        with database.write() as conn:
            counters.take(conn, 1, [request("s", 1)])
            raise ZeroDivisionError
    except ZeroDivisionError:
        pass
    with database.write() as conn:
        assert list(counters.take(conn, 1, [request("s", 2)]).values()) == [1]


def test_numbers_that_were_brought_along_are_not_given_again(database: Database) -> None:
    with database.write() as conn:
        counters.raise_to(conn, 1, "s", "", 41)
        counters.raise_to(conn, 1, "s", "", 7)
        assert list(counters.take(conn, 1, [request("s", 1)]).values()) == [42]


def test_many_writers_number_without_holes_and_chain_without_gaps(database: Database) -> None:
    given: list[int] = []

    def run() -> None:
        for _ in range(12):
            with database.write() as conn:
                given.extend(counters.take(conn, 1, [request("s", database.new_id())]).values())
                commands.log(conn, 1, cmd=database.new_id(), at=NOW, actor=ACTOR, kind="Create")

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(given) == list(range(1, 73))
    with database.snapshot() as conn:
        assert list(broken_links(conn, 1)) == []
        assert sum(seq for seq, _ in heads(conn, 1).values()) == 72


def _log(database: Database, count: int) -> None:
    with database.write() as conn:
        for number in range(count):
            commands.log(
                conn,
                1,
                cmd=number << 22,
                at=NOW,
                actor=ACTOR,
                kind="Create",
                record_id=9,
                content=[["order", number]],
            )


def _lift(conn: Any, database: Database) -> None:
    """What somebody with the database in hand would do first."""
    if database.dialect == "sqlite":
        conn.exec_driver_sql("DROP TRIGGER command_log_no_update")
        conn.exec_driver_sql("DROP TRIGGER command_log_no_delete")
    else:
        conn.exec_driver_sql("ALTER TABLE command_log DISABLE TRIGGER ALL")


def test_a_whole_chain_verifies(database: Database) -> None:
    _log(database, 40)
    with database.snapshot() as conn:
        assert list(broken_links(conn, 1)) == []
        assert len(heads(conn, 1)) == commands.CHAINS


def test_a_changed_row_is_found(database: Database) -> None:
    _log(database, 40)
    with database.write() as conn:
        _lift(conn, database)
        conn.execute(update(command_log).where(command_log.c.cmd == 17 << 22).values(actor_id=6))
    with database.snapshot() as conn:
        assert [(b.code, b.cmd) for b in broken_links(conn, 1)] == [("LINK_CHANGED", 17 << 22)]


def test_a_removed_row_is_found(database: Database) -> None:
    _log(database, 40)
    with database.write() as conn:
        _lift(conn, database)
        conn.execute(command_log.delete().where(command_log.c.cmd == 1 << 22))
    with database.snapshot() as conn:
        assert {b.code for b in broken_links(conn, 1)} == {"LINK_MISSING"}


def test_a_removed_end_is_found(database: Database) -> None:
    _log(database, 16)
    with database.write() as conn:
        _lift(conn, database)
        conn.execute(command_log.delete().where(command_log.c.cmd == 3 << 22))
    with database.snapshot() as conn:
        assert [(b.code, b.chain_no) for b in broken_links(conn, 1)] == [("HEAD_DIFFERS", 3)]


def test_a_link_says_who_and_what(database: Database) -> None:
    _log(database, 1)
    with database.snapshot() as conn:
        row = conn.execute(select(command_log)).one()
        head = conn.execute(select(chain.c.head).where(chain.c.chain_no == row.chain_no)).scalar_one()
    assert (row.actor_id, row.kind, row.record_id, row.chain_seq) == (5, "Create", 9, 1)
    assert bytes(row.content_hash) == commands.content_hash([["order", 0]])
    assert bytes(head) == bytes(row.hash)
