"""Statements that are compiled once say and mean what SQLAlchemy says of them, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Column, MetaData, Table, bindparam, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from builder.errors import ReadOnlyError
from builder.storage import prepared
from builder.storage.columns import BYTES, DAY, INSTANT, JSON, big, integer
from builder.storage.database import Database
from builder.storage.errors import DuplicateError
from builder.storage.prepared import Prepared
from builder.storage.sql.arrays import ids_in

METADATA = MetaData()
SHELF = Table(
    "shelf_of_tests",
    METADATA,
    Column("ws", big("x").type, primary_key=True, autoincrement=False),
    Column("at", INSTANT),
    Column("day", DAY),
    Column("said", JSON),
    Column("raw", BYTES),
    integer("count", 7),
)
ADD = Prepared(insert(SHELF), columns=("ws", "at", "day", "said", "raw"))
ALL = Prepared(select(SHELF).where(ids_in(SHELF.c.ws, "ids")).order_by(SHELF.c.ws))
ROW: dict[str, Any] = {
    "at": datetime(2026, 3, 1, 8, 30, 0, 5, tzinfo=UTC),
    "day": date(2026, 3, 1),
    "said": {"名": [1, "2.50"]},
    "raw": b"\x00\xff",
}


@pytest.fixture
def shelf(database: Database) -> Database:
    with database.maintenance() as conn:
        METADATA.create_all(conn)
    return database


def test_values_come_back_as_they_were_written_and_as_sqlalchemy_reads_them(shelf: Database) -> None:
    with shelf.write() as conn:
        assert ADD.run_many(conn, [{"ws": 1, **ROW}, {"ws": 2, **dict.fromkeys(ROW)}]) == 2
    with shelf.snapshot() as conn:
        found = [tuple(row) for row in ALL.all(conn, {"ids": [1, 2, 3]})]
        assert found == [(1, *ROW.values(), 7), (2, None, None, None, None, 7)]
        assert found == [tuple(row) for row in conn.execute(select(SHELF).order_by(SHELF.c.ws))]


def test_a_statement_brings_the_values_that_it_says_itself(shelf: Database) -> None:
    raising = Prepared(
        update(SHELF)
        .where(SHELF.c.ws == bindparam("of"), SHELF.c.count == 7)
        .values(count=9, day=bindparam("new"))
    )
    with shelf.write() as conn:
        ADD.run(conn, {"ws": 1, **ROW})
        assert raising.run(conn, {"of": 1, "new": date(2026, 4, 1)}) == 1
        assert raising.run(conn, {"of": 1, "new": date(2026, 5, 1)}) == 0
        counting = Prepared(select(func.count(), func.max(SHELF.c.day)).where(SHELF.c.count == 9))
        assert tuple(counting.all(conn, {})[0]) == (1, date(2026, 4, 1))
        assert counting.first(conn, {}) is not None


def test_what_a_statement_gives_back_is_read_like_any_row(shelf: Database) -> None:
    giving = Prepared(insert(SHELF).returning(SHELF.c.at, SHELF.c.count), columns=("ws", *ROW))
    with shelf.write() as conn:
        found = giving.first(conn, {"ws": 5, **ROW})
    assert found is not None
    assert tuple(found) == (ROW["at"], 7)


def test_a_missing_parameter_is_told_before_anything_is_sent(shelf: Database) -> None:
    with pytest.raises(KeyError), shelf.write() as conn:
        ADD.run(conn, {"ws": 1})


def test_a_taken_key_is_a_duplicate_alone_and_among_many(shelf: Database) -> None:
    for rows in ([{"ws": 1, **ROW}], [{"ws": 2, **ROW}, {"ws": 1, **ROW}]):
        with shelf.write() as conn:
            conn.execute(text("DELETE FROM shelf_of_tests"))
            ADD.run(conn, {"ws": 1, **ROW})
        with pytest.raises(DuplicateError), shelf.write() as conn:
            ADD.run_many(conn, rows)
    with shelf.snapshot() as conn:
        assert len(ALL.all(conn, {"ids": [1, 2]})) == 1


def test_what_storage_has_no_word_for_keeps_the_drivers(shelf: Database) -> None:
    with shelf.maintenance() as conn:
        conn.execute(text("DROP TABLE shelf_of_tests"))
    with pytest.raises(DBAPIError), shelf.write() as conn:
        ADD.run(conn, {"ws": 1, **ROW})


def test_a_reader_may_not_write_below_sqlalchemy_either(shelf: Database) -> None:
    with pytest.raises((DBAPIError, ReadOnlyError)), shelf.snapshot() as conn:
        ADD.run(conn, {"ws": 1, **ROW})
    with shelf.snapshot() as conn:
        assert ALL.all(conn, {"ids": [1]}) == []


def test_whoever_counts_statements_hears_of_them(shelf: Database) -> None:
    seen: list[str] = []
    prepared.watchers.append(seen.append)
    try:
        with shelf.snapshot() as conn:
            ALL.all(conn, {"ids": [1]})
    finally:
        prepared.watchers.remove(seen.append)
    assert len([text for text in seen if "shelf_of_tests" in text]) == 1
