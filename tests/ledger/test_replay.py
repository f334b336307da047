"""Replay: whatever the order in which documents are entered, costs come out as if each had come on its day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.ledger.costing.shape import Pool
from builder.ledger.openings import opening
from builder.ledger.replay import replay
from builder.ledger.state import Edge, Entry, Layer
from builder.metadata.ledger import Costing
from tests.ledger.goods import MAIN, PEN, Writer, stock
from tests.ledger.memory import MemoryLedgers
from tests.ledger.pasts import MemoryHistories, replay_all

KEY = (PEN, MAIN, 0)


def ledgers(method: str) -> MemoryLedgers:
    return MemoryLedgers(stock(order="replay", costing=Costing("on_hand", "value", method=method)))  # type: ignore[arg-type]


def remember(histories: dict[int, Any], store: MemoryLedgers, intent: Any) -> bool:
    made = store.post(intent)
    for entry in made.entries:
        if entry.kind == "normal":
            histories[entry.id] = intent
    return not made.problems


def effective(store: MemoryLedgers) -> dict[int, int]:
    """What each line came to, true-ups included."""
    found: dict[int, int] = {}
    for entry in store.entries["stock"]:
        found[entry.line_id] = found.get(entry.line_id, 0) + entry.measures[3]
    return found


DOCUMENTS = st.lists(
    st.tuples(st.integers(1, 28), st.booleans(), st.integers(1, 9), st.integers(0, 2000)),
    min_size=1,
    max_size=14,
    unique_by=lambda d: d[0],
)


@settings(max_examples=60, deadline=None)
@given(DOCUMENTS, st.randoms(use_true_random=False), st.sampled_from(["moving_average", "fifo"]))
def test_any_order_of_entry_comes_to_what_the_order_of_dates_comes_to(
    documents: list[Any], chance: Any, method: str
) -> None:
    write = Writer()
    first = write.receipt(500, "5000.00", day=date(2026, 2, 28), line_id=1)
    intents = [first]
    for number, (day, is_receipt, qty, value) in enumerate(documents, 2):
        more: dict[str, Any] = {"day": date(2026, 3, day), "line_id": number}
        cents = Decimal(value).scaleb(-2)
        intents.append(write.receipt(qty, cents, **more) if is_receipt else write.issue(qty, **more))
    in_order, late = ledgers(method), ledgers(method)
    for intent in sorted(intents, key=lambda i: i.business_date):
        in_order.post(intent)
    rest = intents[1:]
    chance.shuffle(rest)
    known: dict[int, Any] = {}
    for intent in [first, *rest]:
        assert remember(known, late, intent)
    replay_all(MemoryHistories(late, known), "stock")
    assert effective(late) == effective(in_order)
    late.check()
    before = len(late.entries["stock"])
    replay_all(MemoryHistories(late, known), "stock")
    assert len(late.entries["stock"]) == before


@pytest.mark.parametrize("method", ["moving_average", "fifo"])
def test_nothing_on_or_before_the_closed_day_is_touched(method: str) -> None:
    store, write, known = ledgers(method), Writer(), dict[int, Any]()
    for intent in (
        write.receipt(10, "100.00", day=date(2026, 2, 10)),
        write.issue(4, day=date(2026, 2, 20)),
        write.receipt(10, "300.00", day=date(2026, 3, 9)),
        write.issue(10, day=date(2026, 3, 20)),
        write.receipt(10, "20.00", day=date(2026, 3, 5)),
    ):
        remember(known, store, intent)
    store.closed["stock"] = date(2026, 2, 28)
    done = replay(
        store.models,
        MemoryHistories(store, known),
        {("stock", (PEN,)): date(2026, 2, 1)},
        closed=store.closed,
    )
    assert done.lanes == {("stock", (PEN,)): date(2026, 3, 1)}
    assert all(c.day > date(2026, 2, 28) for c in done.corrections)


def test_a_lane_waits_from_the_first_day_that_came_late() -> None:
    store, write = ledgers("fifo"), Writer()
    store.post(write.receipt(10, "100.00", day=date(2026, 3, 9)))
    lane = store.rows["stock"][0, (PEN,)]
    assert lane.recost_from is None
    store.post(write.receipt(1, "1.00", day=date(2026, 3, 5)))
    store.post(write.receipt(1, "1.00", day=date(2026, 3, 7)))
    assert store.rows["stock"][0, (PEN,)].recost_from == date(2026, 3, 5)


def test_append_waits_for_nothing() -> None:
    store, write = MemoryLedgers(stock()), Writer()
    store.post(write.receipt(10, "100.00", day=date(2026, 3, 9)))
    store.post(write.receipt(1, "1.00", day=date(2026, 3, 5)))
    assert store.rows["stock"][0, (PEN,)].recost_from is None


def test_the_layers_before_a_day_are_those_of_now_with_what_went_since_put_back() -> None:
    start, day = date(2026, 3, 1), date(2026, 3, 5)
    old = Layer(start, 1, 1, "receipt", 0, 0, KEY)
    young = Layer(start, 2, 2, "receipt", 3, 30, KEY)
    issue = Entry(9, 9, "stock", 9, 0, "normal", KEY, day, 3, (-7, 0, 0, -55))
    taken = [Edge(1, 9, 5, 35), Edge(2, 9, 2, 20)]
    found = opening(10, 85, [old, young], taken, {9: issue}, day)
    assert found == Pool(
        10, 85, (Layer(start, 1, 1, "receipt", 5, 35, KEY), Layer(start, 2, 2, "receipt", 5, 50, KEY))
    )


def test_late_costs_since_then_are_not_in_the_layers_before() -> None:
    start, day = date(2026, 3, 1), date(2026, 3, 5)
    with_freight = Layer(start, 1, 1, "receipt", 10, 120, KEY)
    assert opening(10, 100, [with_freight], [], {}, day).layers[0].value == 100
