"""Picks: which batch an issue takes when nobody says."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.ledger.goods import CUP, DAY, EAST, MAIN, TEA, Writer, batched, stock
from tests.ledger.memory import MemoryLedgers

OLD, NEW, LAST, EXPIRED = 31, 32, 33, 34


def with_batches(order: str = "fefo", **changes: Any) -> tuple[MemoryLedgers, Writer]:
    """Tea in four batches of 10; NEW expires before OLD."""
    ledgers, write = MemoryLedgers(batched(order, **changes)), Writer()
    ledgers.fields["item", TEA] = {"has_batches": True}
    expiry = {NEW: 30, OLD: 60, LAST: 90, EXPIRED: -1}
    for batch, days in expiry.items():
        ledgers.fields["batch", batch] = {"expires_on": DAY + timedelta(days=days)}
    for batch in (OLD, NEW, LAST, EXPIRED):
        assert not ledgers.post(write.receipt(10, 10, TEA, batch=batch)).problems
    return ledgers, write


def picked(ledgers: MemoryLedgers, qty: Any, write: Writer, **more: Any) -> list[tuple[int, int]]:
    plan = ledgers.post(write.issue(qty, TEA, **more))
    assert not plan.problems
    return [(e.key[2], e.measures[0] // -10000) for e in plan.entries]


def test_first_expired_goes_first_and_a_line_may_take_several() -> None:
    ledgers, write = with_batches()
    assert picked(ledgers, 15, write) == [(NEW, 10), (OLD, 5)]
    ledgers.check()


def test_last_in_goes_first_where_declared() -> None:
    ledgers, write = with_batches("lifo")
    assert picked(ledgers, 15, write) == [(LAST, 10), (OLD, 5)]


def test_without_an_order_field_the_older_record_goes_first() -> None:
    ledgers, write = with_batches("fifo")
    for batch in (OLD, NEW, LAST):
        ledgers.fields["batch", batch] = {"expires_on": None}
    assert picked(ledgers, 15, write) == [(OLD, 10), (NEW, 5)]


def test_records_without_the_order_field_go_last() -> None:
    for order in ("fefo", "lifo"):
        ledgers, write = with_batches(order)
        ledgers.fields["batch", OLD] = {"expires_on": None}
        assert picked(ledgers, 25, write)[-1] == (OLD, 5)


def test_an_expired_batch_is_never_taken() -> None:
    ledgers, write = with_batches()
    plan = ledgers.post(write.issue(31, TEA))
    assert plan.is_refused
    assert picked(ledgers, 30, write)[-1] == (LAST, 10)
    assert ledgers.balance("stock", "on_hand", batch=EXPIRED) == 10


def test_a_batch_may_go_out_on_its_last_day() -> None:
    ledgers, write = with_batches()
    ledgers.fields["batch", NEW] = {"expires_on": DAY}
    assert picked(ledgers, 1, write) == [(NEW, 1)]


def test_held_goods_are_never_taken() -> None:
    ledgers, write = with_batches()
    ledgers.post(write("stock", {"item": TEA, "place": MAIN, "batch": NEW}, held=8))
    assert picked(ledgers, 5, write) == [(NEW, 2), (OLD, 3)]


def test_what_may_be_taken_is_told_by_fields_of_the_dimensions_too() -> None:
    order = batched().ledger.issue_order
    assert order is not None
    rule = replace(order, available="on_hand - held - batch.kept - item.spare")
    ledgers, write = MemoryLedgers(stock(issue_order=rule, guards=())), Writer()
    ledgers.fields["item", TEA] = {"has_batches": True, "spare": Decimal(1)}
    for batch, kept in ((NEW, 7), (OLD, 0)):
        ledgers.fields["batch", batch] = {"expires_on": DAY + timedelta(days=batch), "kept": Decimal(kept)}
        ledgers.post(write.receipt(10, 10, TEA, batch=batch))
    assert picked(ledgers, 11, write) == [(OLD, 9), (NEW, 2)]
    assert [p.code for p in ledgers.post(write.issue(1, TEA)).problems] == ["PICK_SHORT"]


def test_what_cannot_be_picked_is_refused_although_the_place_has_enough() -> None:
    ledgers, write = with_batches(guards=())
    problem = ledgers.post(write.issue(33, TEA)).problems[0]
    assert (problem.code, problem.params["shortage"], problem.params["available"]) == ("PICK_SHORT", 3, 30)


def test_a_shortage_is_told_once() -> None:
    ledgers, write = with_batches()
    codes = [p.code for p in ledgers.post(write.issue(100, TEA)).problems]
    assert "PICK_SHORT" not in codes


def test_two_lines_of_one_document_do_not_take_the_same_goods() -> None:
    ledgers, write = with_batches()
    plan = ledgers.post(write.issue(8, TEA), write.issue(8, TEA))
    assert [(e.key[2], e.measures[0] // -10000) for e in plan.entries] == [(NEW, 8), (NEW, 2), (OLD, 6)]


def test_goods_without_batches_pick_nothing() -> None:
    ledgers, write = with_batches()
    ledgers.post(write.receipt(1, 1, CUP))
    plan = ledgers.post(write.issue(1, CUP))
    assert [e.key for e in plan.entries] == [(CUP, MAIN, 0)]


def test_a_batch_that_is_named_is_taken() -> None:
    ledgers, write = with_batches()
    assert picked(ledgers, 3, write, batch=LAST) == [(LAST, 3)]


def test_goods_with_batches_do_not_come_in_without_one() -> None:
    ledgers, write = with_batches()
    assert [p.code for p in ledgers.post(write.receipt(1, 1, TEA)).problems] == ["PICK_REQUIRED"]


def test_a_manual_order_asks() -> None:
    ledgers, write = with_batches("manual")
    assert [p.code for p in ledgers.post(write.issue(1, TEA)).problems] == ["PICK_REQUIRED"]


def test_the_chosen_batch_comes_back_into_the_line() -> None:
    ledgers, write = with_batches()
    issue = write.issue(3, TEA, results={"batch": "batch", "cost": "value"})
    assert ledgers.post(issue).results["delivery", issue.line_id] == {"batch": NEW, "cost": Decimal("3.00")}


def test_a_transfer_takes_the_picked_batches_along() -> None:
    ledgers, write = with_batches()
    line: dict[str, Any] = {"line_id": 9}
    into = write(
        "stock",
        {"item": TEA, "place": EAST},
        posting="into",
        depends_on="stock",
        dependent={"on_hand": "-on_hand", "value": "-value"},
        **line,
    )
    assert not ledgers.post(write.issue(15, TEA, **line), into).problems
    assert ledgers.balance("stock", "on_hand", place=EAST, batch=NEW) == 10
    assert ledgers.balance("stock", "on_hand", place=EAST, batch=OLD) == 5
    assert ledgers.balance("stock", "value") == 40
    ledgers.check()


@pytest.mark.parametrize("day", [date(2026, 3, 1)])
def test_only_rows_of_the_same_place_are_candidates(day: date) -> None:
    ledgers, write = with_batches()
    ledgers.post(write.receipt(50, 50, TEA, EAST, batch=NEW))
    assert picked(ledgers, 15, write) == [(NEW, 10), (OLD, 5)]
