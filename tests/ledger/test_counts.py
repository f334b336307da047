"""Counts: what was seen is what is there, whatever turns up later."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tests.ledger.goods import MAIN, PEN, Writer, stock
from tests.ledger.memory import MemoryLedgers

AT = {"item": PEN, "place": MAIN}
MARCH_1, MARCH_5, MARCH_9 = date(2026, 3, 1), date(2026, 3, 5), date(2026, 3, 9)


@pytest.fixture
def ledgers() -> MemoryLedgers:
    return MemoryLedgers(stock())


@pytest.fixture
def write() -> Writer:
    return Writer()


def on(ledgers: MemoryLedgers, day: date) -> Decimal:
    days = ledgers.days["stock"][1, (PEN, MAIN)]
    latest = max(d for d in days if d <= day)
    return Decimal(days[latest].measures[0]).scaleb(-4)


def count(write: Writer, qty: Any, day: date = MARCH_5, **more: Any) -> Any:
    return write("stock", AT, on_hand=qty, count=True, day=day, **more)


def test_a_shortage_leaves_and_a_surplus_comes_at_the_average(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(100, "333.00", day=MARCH_1))
    short = ledgers.post(count(write, 93)).entries[0]
    over = ledgers.post(count(write, 95, MARCH_9)).entries[0]
    assert (short.kind, short.measures) == ("count", (-70000, 0, 0, -2331))
    assert (over.kind, over.measures) == ("count", (20000, 0, 0, 666))


def test_a_count_that_agrees_is_still_on_record(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(4, "4.00", day=MARCH_1))
    plan = ledgers.post(count(write, 4))
    assert [e.measures for e in plan.entries] == [(0, 0, 0, 0)]
    assert [(p.day, p.counted) for _, p in plan.count_points] == [(MARCH_5, 40000)]


def test_an_opening_count_brings_its_value(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(count(write, 100, value="2000.00"))
    assert ledgers.balance("stock", "value") == 2000


def test_a_count_of_an_earlier_day_compares_with_that_day(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00", day=MARCH_1))
    ledgers.post(write.issue(4, day=MARCH_9))
    entry = ledgers.post(count(write, 9)).entries[0]
    assert entry.measures[0] == -10000
    assert ledgers.balance("stock", "on_hand") == 5
    ledgers.check()


def test_a_document_that_turns_up_changes_the_difference_not_the_count(
    ledgers: MemoryLedgers, write: Writer
) -> None:
    ledgers.post(write.receipt(10, "10.00", day=MARCH_1))
    counted = ledgers.post(count(write, 7)).entries[0]
    plan = ledgers.post(write.issue(2, day=date(2026, 3, 3)))
    shift = plan.entries[1]
    assert (shift.kind, shift.business_date, shift.concerns) == ("count_shift", MARCH_5, counted.id)
    assert shift.measures == (20000, 0, 0, 200)
    assert on(ledgers, date(2026, 3, 4)) == 8
    assert on(ledgers, MARCH_5) == 7
    assert ledgers.balance("stock", "on_hand") == 7
    ledgers.check()


def test_the_axis_ends_at_the_count(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00", day=MARCH_1))
    ledgers.post(count(write, 1))
    assert not ledgers.post(write.issue(9, day=date(2026, 3, 3))).problems
    assert [p.params["day"] for p in ledgers.post(write.issue(2, day=date(2026, 3, 3))).problems][:1] == [
        date(2026, 3, 3)
    ]


def test_what_happens_after_the_count_moves_it_no_more(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00", day=MARCH_1))
    ledgers.post(count(write, 7))
    assert len(ledgers.post(write.issue(2, day=MARCH_5)).entries) == 1
    assert len(ledgers.post(write.issue(2, day=MARCH_9)).entries) == 1
    assert ledgers.balance("stock", "on_hand") == 3


def test_only_the_first_later_count_is_shifted(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00", day=MARCH_1))
    first = ledgers.post(count(write, 7)).entries[0]
    ledgers.post(count(write, 6, MARCH_9))
    plan = ledgers.post(write.issue(2, day=date(2026, 3, 3)))
    assert [(e.kind, e.concerns) for e in plan.entries] == [("normal", 0), ("count_shift", first.id)]


def test_a_count_that_was_cancelled_is_no_longer_seen(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00", day=MARCH_1))
    counted = ledgers.post(count(write, 7)).entries[0]
    ledgers.post(write("stock", {}, reverses=counted.id, day=MARCH_5))
    assert len(ledgers.post(write.issue(2, day=date(2026, 3, 3))).entries) == 1
    assert ledgers.balance("stock", "on_hand") == 8


def test_a_count_that_a_later_day_contradicts_is_refused(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "10.00", day=MARCH_1))
    ledgers.post(write.issue(2, day=MARCH_9))
    problem = ledgers.post(count(write, 1)).problems[0]
    assert (problem.code, problem.params["shortage"]) == ("GUARD", 1)
