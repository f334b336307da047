"""Random histories of ledgers that replay, with documents that come late, counts, freight, returns, corrections and closed days.

After every act the books hold all that was paid; until a day is closed, every act has come to what a clerk writes who is told the
acts that stand in the order of their days.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.pool import StaticPool

from tests.ledger.clerk import Act
from tests.ledger.replays import opened, play, tried
from tests.warm import warm_engine

METHODS = [("moving_average", False), ("moving_average", True), ("fifo", False), ("fifo", True), ("batch", False),
           ("batch", True), ("standard", False)]  # fmt: skip
SEEDS = 29
"""Histories per method in every run: 203 in all. The long run has ten times as many."""
HUNDRED = Fraction(100)


def in_memory() -> Engine:
    engine = warm_engine("sqlite://", poolclass=StaticPool)

    @event.listens_for(engine, "connect")
    def _open(connection: object, _record: object) -> None:
        connection.isolation_level = None  # type: ignore[attr-defined]

    @event.listens_for(engine, "begin")
    def _begin(conn: object) -> None:
        conn.exec_driver_sql("BEGIN")  # type: ignore[attr-defined]

    return engine


@pytest.mark.parametrize(("method", "by_place"), METHODS)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_a_history_comes_to_what_the_order_of_dates_comes_to(method: str, by_place: bool, seed: int) -> None:
    engine = in_memory()
    play(opened(engine, method, by_place), seed)
    engine.dispose()


@pytest.mark.long
@pytest.mark.parametrize(("method", "by_place"), METHODS)
@pytest.mark.parametrize("seed", range(SEEDS, 10 * SEEDS))
def test_many_more_do(method: str, by_place: bool, seed: int) -> None:
    engine = in_memory()
    play(opened(engine, method, by_place), seed, 40)
    engine.dispose()


@pytest.mark.parametrize("seed", range(4))
def test_a_history_comes_to_the_same_in_a_database(engine: Engine, seed: int) -> None:
    play(opened(engine, *METHODS[seed]), 1000 + seed)


FOUND = {
    "a receipt before a count is taken back": [
        Act("receive", 15, qty=7),
        Act("receive", 15, qty=7, money=Fraction(10)),
        Act("count", 20, qty=2),
        Act("reverse", 21, of=0),
    ],
    "an issue comes late for a count after goods were moved": [
        Act("receive", 1, place=22, qty=9, money=Fraction("31.10")),
        Act("transfer", 7, place=22, qty=3),
        Act("count", 7, place=22, qty=8),
        Act("issue", 4, place=22, qty=8),
    ],
    "a move is taken back before freight comes": [
        Act("receive", 2, qty=9, money=Fraction("38.39")),
        Act("receive", 3, qty=8, money=Fraction("48.92")),
        Act("transfer", 13, qty=6),
        Act("reverse", 17, of=2),
        Act("late", 4, of=1, money=Fraction("3.25")),
    ],
    "freight is older than its receipt, and all is sold": [
        Act("receive", 2, qty=4, money=Fraction("62.38")),
        Act("issue", 6, qty=4),
        Act("late", 1, of=0, money=Fraction("58.59")),
        Act("issue", 7, qty=1),
    ],
    "an issue at nothing is trued up into profit": [
        Act("receive", 2, qty=5),
        Act("issue", 6, qty=5),
        Act("receive", 1, qty=5, money=Fraction(50)),
        Act("late", 8, of=0, money=Fraction(10)),
    ],
    "what was short is covered in order": [
        Act("short", 2, qty=1),
        Act("receive", 10, qty=3, money=Fraction("57.93")),
        Act("late", 14, of=1, money=Fraction(21)),
    ],
    "what covered a shortage is taken back": [
        Act("count", 9, place=22, qty=4),
        Act("short", 12, place=22, qty=7),
        Act("count", 13, qty=1),
        Act("receive", 15, qty=2, money=Fraction("31.69")),
        Act("reverse", 16, of=3),
        Act("receive", 17, qty=8, money=Fraction("81.48")),
    ],
    "freight moves to a receipt that is then closed and comes once": [
        Act("receive", 2, qty=10, money=HUNDRED),
        Act("issue", 3, qty=10),
        Act("late", 8, of=0, money=Fraction(10)),
        Act("close", 4),
        Act("receive", 6, qty=10, money=HUNDRED),
        Act("issue", 5, qty=0),
        Act("issue", 7, qty=1),
        Act("receive", 6, qty=1, money=Fraction(3)),
    ],
    "freight for a closed receipt counts once": [
        Act("receive", 2, qty=10, money=HUNDRED),
        Act("issue", 3, qty=4),
        Act("close", 4),
        Act("late", 9, of=0, money=Fraction(10)),
        Act("issue", 6, qty=6),
        Act("receive", 5, qty=1, money=Fraction(3)),
    ],
    "freight for a closed receipt is taken back": [
        Act("receive", 2, qty=10, money=HUNDRED),
        Act("late", 8, of=0, money=Fraction(10)),
        Act("issue", 3, qty=4),
        Act("close", 4),
        Act("reverse", 9, of=1),
        Act("issue", 6, qty=6),
    ],
    "an issue of a corrected receipt is taken back": [
        Act("receive", 3, qty=9, money=Fraction("36.46")),
        Act("issue", 4, qty=3),
        Act("issue", 5, qty=6),
        Act("amend", 6, of=0, qty=9),
        Act("reverse", 7, of=1),
    ],
    "the last unit comes back at what its issue came to": [
        Act("receive", 6, place=22, qty=6, money=Fraction("88.76")),
        Act("receive", 2, qty=7, money=Fraction("47.77")),
        Act("issue", 9, qty=6),
        Act("return", 10, of=2, qty=5),
        Act("amend", 12, of=0, qty=8),
        Act("return", 14, of=2, qty=1),
    ],
    "what a count would have found stands in the queue where it was counted": [
        Act("receive", 1, qty=1),
        Act("count", 4, qty=1),
        Act("receive", 4, qty=1),
        Act("count", 4, qty=1),
        Act("issue", 1, qty=1),
    ],
    "what a count would have found is costed as a whole": [
        Act("receive", 1, qty=6, money=Fraction("14.61")),
        Act("count", 4, qty=10),
        Act("issue", 6, qty=8),
        Act("issue", 2, qty=1),
    ],
    "what covered a shortage is corrected twice": [
        Act("short", 1, qty=1),
        Act("receive", 2, place=22, qty=1),
        Act("amend", 3, of=1, qty=1),
        Act("amend", 4, of=2, qty=1),
    ],
    "what a count lacked is as dear as it was": [
        Act("short", 1, place=22, qty=2),
        Act("receive", 1, qty=3),
        Act("count", 1, qty=1),
        Act("count", 1, place=22, qty=1),
        Act("late", 1, of=1, money=Fraction(1)),
    ],
    "the last that comes back brings the rest, whenever the others came": [
        Act("receive", 2, qty=2, money=Fraction("31.43")),
        Act("count", 1, place=22, qty=7),
        Act("issue", 2, place=22, qty=4),
        Act("late", 1, of=0, money=Fraction("33.55")),
        Act("return", 2, place=22, of=2, qty=3),
        Act("return", 4, of=2, place=22, qty=1),
        Act("receive", 3, qty=1),
    ],
    "a count whose shift took from its receipt is taken back": [
        Act("count", 2, qty=1),
        Act("receive", 1, qty=2, money=Fraction(10)),
        Act("reverse", 3, of=0),
    ],
    "what a count would have found is all taken from it": [
        Act("receive", 1, qty=6, money=Fraction("14.61")),
        Act("count", 4, qty=10),
        Act("issue", 6, qty=10),
        Act("issue", 2, qty=1),
        Act("issue", 3, qty=2),
    ],
    "what a count lacked for a late receipt is covered later": [
        Act("short", 1, qty=2),
        Act("count", 2, place=22, qty=1),
        Act("receive", 1, place=22, qty=2),
        Act("receive", 3, qty=1),
    ],
    "an issue that receipts covered before it is taken back": [
        Act("receive", 1, qty=1),
        Act("short", 2, qty=2),
        Act("receive", 1, qty=1),
        Act("reverse", 1, of=1),
    ],
    "what a count and its shift lack is as dear as its parts": [
        Act("receive", 1, qty=3),
        Act("count", 2, qty=1),
        Act("short", 1, place=22, qty=3),
        Act("receive", 1, qty=1),
    ],
    "what a count and its shift lacked is covered by a late receipt": [
        Act("receive", 1, qty=2),
        Act("short", 1, place=22, qty=2),
        Act("count", 2, qty=1),
        Act("receive", 2, qty=1),
        Act("receive", 1, qty=1),
    ],
    "goods that cost nothing move to another place": [
        Act("receive", 1, qty=1),
        Act("transfer", 1, qty=1),
    ],
    "goods that cost nothing moved before a shortage was taken back": [
        Act("short", 1, qty=1),
        Act("count", 1, qty=1),
        Act("issue", 1, qty=1),
        Act("receive", 1, qty=1),
        Act("transfer", 1, qty=1),
        Act("reverse", 1, of=0),
    ],
    "a move of what a count had found before a shortage is taken back": [
        Act("short", 1, place=22, qty=1),
        Act("count", 1, qty=1),
        Act("issue", 2, qty=1),
        Act("receive", 1, qty=1),
        Act("transfer", 1, qty=1),
        Act("reverse", 1, of=0),
    ],
    "what was counted later moves on before it": [
        Act("receive", 1, qty=1),
        Act("receive", 1, qty=1),
        Act("count", 3, qty=1),
        Act("receive", 1, qty=1),
        Act("amend", 1, qty=2, of=3),
        Act("transfer", 2, qty=4),
    ],
}
"""Stories that random histories came upon once."""


@pytest.mark.parametrize("method", ["moving_average", "fifo", "batch"])
def test_what_moved_on_before_it_was_there_costs_what_covered_it(method: str) -> None:
    acts = [
        Act("count", 1, batch=32, qty=2),
        Act("transfer", 15, batch=32, qty=1),
        Act("receive", 15, batch=32, qty=1, money=Fraction(5)),
        Act("issue", 1, batch=32, qty=2),
    ]
    engine = in_memory()
    played = opened(engine, method, True)
    assert tried(played, acts) is None
    entries = [e for e in played.store.entries["stock"] if e.key[1] == 22]
    assert sum(e.measures[1] for e in entries) == 500
    engine.dispose()


@pytest.mark.parametrize("method", ["moving_average", "fifo", "batch", "standard"])
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_found(name: str, method: str) -> None:
    engine = in_memory()
    assert tried(opened(engine, method, False), FOUND[name]) is None
    engine.dispose()
