"""Random histories of everything a ledger takes, against a clerk who works with another algorithm.

Compared act by act: whether it is allowed; and at the end every line's value as far as the clerk is sure of it, every
balance, day, layer and edge. For items that the clerk is unsure of, the comparison is left to what always holds: quantities, days,
zero without value, layers that add up, and nothing lost between what came, what went and what was booked aside.
"""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
from sqlalchemy import Engine

from tests.ledger.clerk import Act, Clerk, tell
from tests.ledger.histories import (
    METHODS,
    Company,
    StoredLedgers,
    acts_of,
    adds_up,
    as_booked,
    choices_of,
    failing,
    goods,
    must_agree,
    play,
    step,
)
from tests.ledger.memory import MemoryLedgers
from tests.ledger.mutants import MUTANTS

EACH = 29
"""Histories per method in every run: 203 in all. The long run has 2,002."""


@pytest.mark.parametrize(("method", "by_place"), METHODS)
@pytest.mark.parametrize("seed", range(EACH))
def test_a_history_comes_out_as_the_clerk_writes_it(method: str, by_place: bool, seed: int) -> None:
    must_agree(method, by_place, seed)


FOUND = {
    "a short sale that is taken back leaves no goods": [
        Act("short", 2, qty=5),
        Act("reverse", 2, of=0),
    ],
    "freight that is taken back leaves its layer": [
        Act("receive", 2, qty=9, money=Fraction(90)),
        Act("late", 2, money=Fraction(60), of=0),
        Act("reverse", 2, of=1),
        Act("issue", 3, qty=4),
    ],
    "a late document that is taken back leaves the count as it was": [
        Act("receive", 1, qty=10, money=Fraction(10)),
        Act("count", 5, qty=7),
        Act("issue", 3, qty=2),
        Act("reverse", 6, of=2),
        Act("issue", 7, qty=7),
    ],
    "a count that is taken back takes its shifts with it": [
        Act("receive", 1, qty=10, money=Fraction(10)),
        Act("count", 5, qty=7),
        Act("issue", 3, qty=2),
        Act("reverse", 6, of=1),
        Act("issue", 7, qty=8),
    ],
    "goods that are given back go to who waits for goods": [
        Act("receive", 1, qty=6, money=Fraction(12)),
        Act("issue", 2, qty=4),
        Act("short", 3, qty=5),
        Act("amend", 4, qty=1, of=1),
        Act("receive", 5, qty=3, money=Fraction(30)),
    ],
    "goods that were moved within their pool can be sold": [
        Act("receive", 1, qty=8, money=Fraction(10)),
        Act("transfer", 2, qty=8),
        Act("issue", 3, place=22, qty=8),
    ],
}
"""Stories that random histories came upon once."""


@pytest.mark.parametrize("method", ["moving_average", "fifo"])
@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_found(engine: Engine, name: str, method: str) -> None:
    store, clerk = StoredLedgers(engine, goods(method, False)), Clerk(method)
    company, done = Company(store), list[Act]()
    for act in FOUND[name]:
        done.append(act)
        step(clerk, company, done)
    assert all(number in company.entries for number in range(len(done)))
    store.check()
    adds_up(store)


@pytest.mark.long
@pytest.mark.parametrize(("method", "by_place"), METHODS)
@pytest.mark.parametrize("tenth", range(10))
def test_many_more_histories_do(method: str, by_place: bool, tenth: int) -> None:
    first = EACH + tenth * EACH
    for seed in range(first, first + EACH - (tenth == 9) * 4):
        must_agree(method, by_place, seed)


@pytest.mark.parametrize("seed", range(10))
def test_a_history_comes_out_the_same_in_a_database(engine: Engine, seed: int) -> None:
    method, by_place = METHODS[seed % len(METHODS)]
    clerk = Clerk(method, by_place)
    play(StoredLedgers(engine, goods(method, by_place)), clerk, choices_of(seed), seed % 3 == 0)


@pytest.mark.parametrize("method", ["moving_average", "fifo", "batch"])
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_lost_where_late_costs_follow_their_units(method: str, seed: int) -> None:
    """The clerk does not follow late costs. What is checked is that all of each stays somewhere: in pools or aside."""
    store, clerk = MemoryLedgers(goods(method, True, "follow")), Clerk(method, True)
    company, done = Company(store), list[Act]()
    for choice in choices_of(1000 + seed):
        act = acts_of(clerk, len(done), choice, False)
        if act is None:
            continue
        done.append(act)
        number = len(done) - 1
        assert company.do(number, act) == clerk.do(number, act), tell(done)
        booked = [as_booked(e) for e in company.entries.get(number, ())]
        if act.op == "late" and number in company.entries:
            assert sum((v + aside for *_, v, aside in booked), Fraction(0)) == act.money, tell(done)
    store.check()
    adds_up(store)


def test_the_clerk_is_mostly_sure() -> None:
    """Otherwise the histories would compare little."""
    sure = 0
    for seed in range(EACH):
        clerk = Clerk("fifo", False)
        play(MemoryLedgers(goods("fifo", False)), clerk, choices_of(seed), seed % 3 == 0)
        sure += 2 - len(clerk.unsure)
    assert sure >= EACH


def test_a_failing_history_is_told_as_a_short_story(monkeypatch: pytest.MonkeyPatch) -> None:
    """With counts taken for differences, all it takes is something and a count of it."""
    MUTANTS["count_as_difference"](monkeypatch)
    story = next(filter(None, (failing("standard", False, seed) for seed in range(EACH))))
    acts = story.split("\n\n")[1].splitlines()
    assert len(acts) <= 3
    assert re.fullmatch(r" *\d+\. day \d+: count \d (pens|cups) at the (main|east) store", acts[-1])
