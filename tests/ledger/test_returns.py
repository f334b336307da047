"""Returns keep their cost, and nothing comes back that did not go."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from builder.ledger.outcome import Plan
from builder.metadata.ledger import Costing, Measure
from tests.ledger.goods import EAST, MAIN, PEN, Writer, stock
from tests.ledger.memory import MemoryLedgers


@pytest.fixture
def ledgers() -> MemoryLedgers:
    return MemoryLedgers(stock())


@pytest.fixture
def write() -> Writer:
    return Writer()


def back(ledgers: MemoryLedgers, write: Writer, qty: Any, of: int, place: int = MAIN, **more: Any) -> Plan:
    return ledgers.post(write("stock", {"item": PEN, "place": place}, on_hand=qty, cost_of=of, **more))


def value(plan: Plan) -> Decimal:
    return Decimal(sum(e.measures[3] for e in plan.entries)).scaleb(-2)


def test_a_return_comes_back_at_the_cost_at_which_it_left(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "100.00"))
    issue = write.issue(4)
    ledgers.post(issue)
    ledgers.post(write.receipt(10, "900.00"))
    assert value(back(ledgers, write, 2, issue.line_id)) == Decimal("20.00")


def test_partial_returns_add_up_to_the_whole_cost(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(3, "10.00"))
    issue = write.issue(3)
    ledgers.post(issue)
    assert [value(back(ledgers, write, 1, issue.line_id)) for _ in range(3)] == [
        Decimal("3.33"),
        Decimal("3.33"),
        Decimal("3.34"),
    ]


def test_many_small_returns_never_give_back_more_than_left(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "0.06"))
    issue = write.issue(10)
    ledgers.post(issue)
    parts = [value(back(ledgers, write, 1, issue.line_id)) for _ in range(10)]
    assert sum(parts) == Decimal("0.06")
    assert min(parts) >= 0


def test_more_than_went_cannot_come_back(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "100.00"))
    issue = write.issue(4)
    ledgers.post(issue)
    back(ledgers, write, 3, issue.line_id)
    problem = back(ledgers, write, 2, issue.line_id).problems[0]
    assert (problem.code, problem.params["left"], problem.params["shortage"]) == ("OVER_RETURN", 1, 1)


def test_a_return_that_was_reversed_may_come_back_again(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "100.00"))
    issue = write.issue(4)
    ledgers.post(issue)
    returned = back(ledgers, write, 4, issue.line_id).entries[0]
    ledgers.post(write("stock", {}, reverses=returned.id))
    assert not back(ledgers, write, 4, issue.line_id).problems


def test_goods_come_back_to_another_place_at_their_own_cost(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "100.00"))
    issue = write.issue(4)
    ledgers.post(issue)
    assert value(back(ledgers, write, 4, issue.line_id, EAST)) == Decimal("40.00")
    assert ledgers.balance("stock", "on_hand", place=EAST) == 4


def test_a_return_to_the_supplier_leaves_at_the_cost_at_which_it_came(
    ledgers: MemoryLedgers, write: Writer
) -> None:
    first = write.receipt(10, "100.00")
    ledgers.post(first)
    ledgers.post(write.receipt(10, "300.00"))
    assert value(back(ledgers, write, -2, first.line_id)) == Decimal("-20.00")


def test_or_at_the_current_cost_where_that_is_the_policy(write: Writer) -> None:
    ledgers = MemoryLedgers(stock(costing=Costing("on_hand", "value", returns="current")))
    first = write.receipt(10, "100.00")
    ledgers.post(first)
    ledgers.post(write.receipt(10, "300.00"))
    assert value(back(ledgers, write, -2, first.line_id)) == Decimal("-40.00")


def test_a_value_that_was_agreed_is_taken(ledgers: MemoryLedgers, write: Writer) -> None:
    first = write.receipt(10, "100.00")
    ledgers.post(first)
    assert value(back(ledgers, write, -2, first.line_id, value="-19.00")) == Decimal("-19.00")


def test_what_never_moved_has_no_cost_to_return_at(ledgers: MemoryLedgers, write: Writer) -> None:
    assert [p.code for p in back(ledgers, write, 1, 4711).problems] == ["ORIGIN_MISSING"]


def test_an_issue_that_was_reversed_has_nothing_to_return(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "100.00"))
    issue = write.issue(4)
    gone = ledgers.post(issue).entries[0]
    ledgers.post(write("stock", {}, reverses=gone.id))
    assert [p.code for p in back(ledgers, write, 1, issue.line_id).problems] == ["ORIGIN_MISSING"]


@pytest.mark.parametrize("method", ["moving_average", "fifo"])
def test_what_late_costs_belong_to_is_not_taken_back_where_they_would_be_lost(method: str) -> None:
    """Without a place for what finds no unit the freight comes back first; with one it lies there."""
    costing = Costing("on_hand", "value", method=method)  # type: ignore[arg-type]
    store, write = MemoryLedgers(stock(costing=costing)), Writer()
    came = write.receipt(10, 100)
    [bought] = store.post(came).entries
    freight = write("stock", {"item": PEN, "place": MAIN}, value=10, cost_of=came.line_id, posting="freight")
    [late] = store.post(freight).entries
    undo = write("stock", {}, reverses=bought.id, posting="stock")
    assert [p.code for p in store.post(undo).problems] == ["LATE_COST_STANDS"]
    assert store.balance("stock", "value") == 110
    store.post(write("stock", {}, reverses=late.id, posting="freight"))
    assert store.post(undo).problems == ()
    assert store.balance("stock", "value") == 0


def test_what_late_costs_leave_behind_goes_to_the_variance() -> None:
    measures = (
        Measure("on_hand", "on_hand", "On hand", scale=4),
        Measure("value", "value", "Value", scale=2, kind="value"),
        Measure("variance", "variance", "Variance", scale=2, kind="value"),
    )
    costing = Costing("on_hand", "value", variance="variance")
    store, write = MemoryLedgers(stock(measures=measures, guards=(), costing=costing)), Writer()
    came = write.receipt(10, 100)
    [bought] = store.post(came).entries
    store.post(write("stock", {"item": PEN, "place": MAIN}, value=10, cost_of=came.line_id, posting="late"))
    store.post(write("stock", {}, reverses=bought.id, posting="stock"))
    assert [store.balance("stock", m) for m in ("value", "variance")] == [0, 10]
