"""Moving average: exact to the last cent, and nothing left where nothing is."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from builder.commands import Override
from builder.metadata.ledger import Costing, Guard, Measure
from tests.ledger.goods import DAY, EAST, MAIN, PEN, Writer, stock, stock_definition
from tests.ledger.memory import MemoryLedgers


@pytest.fixture
def ledgers() -> MemoryLedgers:
    return MemoryLedgers(stock())


@pytest.fixture
def write() -> Writer:
    return Writer()


def values(ledgers: MemoryLedgers) -> list[Decimal]:
    place = ledgers.models["stock"].place("value")
    return [Decimal(e.measures[place]).scaleb(-2) for e in ledgers.entries["stock"]]


def test_an_issue_takes_its_share_and_the_last_unit_takes_the_rest(
    ledgers: MemoryLedgers, write: Writer
) -> None:
    ledgers.post(write.receipt(3, "10.00"))
    for _ in range(3):
        ledgers.post(write.issue(1))
    assert values(ledgers)[1:] == [Decimal("-3.33"), Decimal("-3.34"), Decimal("-3.33")]
    assert ledgers.balance("stock", "value") == 0


def test_no_unit_cost_is_ever_rounded_and_multiplied(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(30000, "10000.00"))
    ledgers.post(write.issue(29999))
    assert values(ledgers)[-1] == Decimal("-9999.67")


def test_a_half_cent_goes_up(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(8, "1.00"))
    ledgers.post(write.issue(1))
    assert values(ledgers)[-1] == Decimal("-0.13")


def test_one_pool_serves_all_places(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(10, "100.00", place=MAIN), write.receipt(10, "300.00", place=EAST))
    ledgers.post(write.issue(5, place=MAIN))
    assert values(ledgers)[-1] == Decimal("-100.00")


def test_a_pool_per_place_keeps_costs_apart(write: Writer) -> None:
    ledgers = MemoryLedgers(stock(cost_key=("item", "place")))
    ledgers.post(write.receipt(10, "100.00", place=MAIN), write.receipt(10, "300.00", place=EAST))
    ledgers.post(write.issue(5, place=MAIN))
    assert values(ledgers)[-1] == Decimal("-50.00")
    ledgers.check()


def test_lines_of_one_document_are_costed_in_their_order(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(1, "10.00"))
    ledgers.post(write.issue(1), write.receipt(1, "20.00"))
    assert values(ledgers)[1:] == [Decimal("-10.00"), Decimal("20.00")]


def test_a_receipt_without_a_value_comes_in_at_the_average(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(4, "10.00"))
    ledgers.post(write("stock", {"item": PEN, "place": MAIN}, on_hand=2))
    assert values(ledgers)[-1] == Decimal("5.00")


def test_value_alone_goes_to_what_is_there(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(4, "10.00"))
    ledgers.post(write("stock", {"item": PEN, "place": MAIN}, value="2.00"))
    assert ledgers.balance("stock", "value") == Decimal("12.00")


def test_a_late_cost_stays_only_with_units_that_are_still_there(
    ledgers: MemoryLedgers, write: Writer
) -> None:
    receipt = write.receipt(10, "50.00")
    ledgers.post(receipt)
    ledgers.post(write.issue(6))
    late = write(
        "stock",
        {"item": PEN, "place": MAIN},
        value="10.00",
        cost_of=receipt.line_id,
        results={"stays": "value", "expensed": "rest.value"},
    )
    plan = ledgers.post(late)
    assert plan.results["delivery", late.line_id] == {"stays": Decimal("4.00"), "expensed": Decimal("6.00")}
    assert ledgers.balance("stock", "value") == Decimal("24.00")


def test_a_reversal_books_the_original_cost_not_the_current_one(
    ledgers: MemoryLedgers, write: Writer
) -> None:
    ledgers.post(write.receipt(10, "100.00"))
    ledgers.post(write.issue(5))
    issued = ledgers.entries["stock"][-1]
    ledgers.post(write.receipt(10, "900.00"))
    plan = ledgers.post(write("stock", {}, reverses=issued.id))
    assert values(ledgers)[-1] == Decimal("50.00")
    assert plan.journals[0].reverses == issued.journal_id
    assert (plan.entries[0].kind, plan.entries[0].concerns) == ("reversal", issued.id)


def test_zero_means_zero_even_where_costs_were_given(write: Writer) -> None:
    loss = Measure("loss", "loss", "Loss", kind="value")
    costing = Costing("on_hand", "value", residue="loss")
    ledgers = MemoryLedgers(stock(measures=(*stock_definition().measures, loss), costing=costing))
    first = write.receipt(10, "100.00")
    ledgers.post(first)
    ledgers.post(write.receipt(10, "200.00"))
    ledgers.post(write.issue(10))
    ledgers.post(write.issue(10, cost_of=first.line_id))
    residue = ledgers.entries["stock"][-1]
    assert (residue.kind, ledgers.balance("stock", "loss")) == ("residue", Decimal("50.00"))
    assert ledgers.balance("stock", "value") == 0
    ledgers.check()


ALLOWED = (Guard("enough", "enough", "place", "on_hand", "short", policy="override", override="oversell"),)


def oversell(ledgers: MemoryLedgers, write: Writer, qty: int) -> None:
    plan = ledgers.post(write.issue(qty), overrides=[Override("enough", "customer waits")], may=["oversell"])
    assert not plan.problems


def test_a_short_issue_is_trued_up_by_the_next_receipt(write: Writer) -> None:
    ledgers = MemoryLedgers(stock(guards=ALLOWED))
    ledgers.post(write.receipt(3, "6.00"))
    oversell(ledgers, write, 5)
    assert ledgers.balance("stock", "value") == Decimal("-4.00")
    ledgers.post(write.receipt(10, "10.00"))
    true_up = ledgers.entries["stock"][-1]
    assert (true_up.kind, true_up.concerns) == ("true_up", ledgers.entries["stock"][1].id)
    assert ledgers.balance("stock", "value") == Decimal("8.00")
    ledgers.check()


def test_a_shortage_that_is_taken_back_waits_for_no_receipt(write: Writer) -> None:
    ledgers = MemoryLedgers(stock(guards=ALLOWED))
    ledgers.post(write.receipt(3, "6.00"))
    oversell(ledgers, write, 5)
    short = ledgers.entries["stock"][-1]
    ledgers.post(write("stock", {}, reverses=short.id))
    ledgers.post(write.receipt(10, "10.00"))
    assert [e.kind for e in ledgers.entries["stock"]] == ["normal", "normal", "reversal", "normal"]
    assert ledgers.balance("stock", "value") == Decimal("16.00")


def test_a_trued_up_issue_is_reversed_with_its_true_up(write: Writer) -> None:
    ledgers = MemoryLedgers(
        stock(guards=ALLOWED, costing=Costing("on_hand", "value", provisional="setting.unit"))
    )
    ledgers.settings["unit"] = Decimal(1)
    oversell(ledgers, write, 10)
    short = ledgers.entries["stock"][-1]
    ledgers.post(write.receipt(10, "20.00"))
    ledgers.post(write("stock", {}, reverses=short.id))
    assert (ledgers.balance("stock", "on_hand"), ledgers.balance("stock", "value")) == (10, Decimal("20.00"))


def test_a_lane_keeps_its_method(write: Writer) -> None:
    ledgers = MemoryLedgers(stock(costing=Costing("on_hand", "value", method="fifo")))
    ledgers.post(write.receipt(1, "10.00"), write.receipt(1, "20.00"))
    ledgers.models["stock"] = stock()
    ledgers.post(write.issue(1))
    assert values(ledgers)[-1] == Decimal("-10.00")


def test_an_unknown_method_is_refused(write: Writer) -> None:
    unheard_of: Any = "unheard_of"
    ledgers = MemoryLedgers(stock(costing=Costing("on_hand", "value", method=unheard_of)))
    assert [p.code for p in ledgers.post(write.receipt(1, "1.00")).problems] == ["COSTING_UNKNOWN"]


def test_the_day_of_an_entry_is_its_documents(ledgers: MemoryLedgers, write: Writer) -> None:
    ledgers.post(write.receipt(1, "1.00"))
    assert ledgers.entries["stock"][0].business_date == DAY
