"""Balances: any of the dimensions, now or at the end of any day, within what the reader may see."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from builder.ledger import balance
from builder.metadata.ledger import Grain
from tests.ledger.conftest import Opener
from tests.ledger.goods import CUP, DAY, EAST, MAIN, PEN, Writer, credit, stock, turnover
from tests.ledger.store import WS, LedgerStore

NEXT = DAY + timedelta(days=1)
LATER = DAY + timedelta(days=5)


@pytest.fixture
def store(opened: Opener) -> LedgerStore:
    """Two items at two places over three days; one back-dated."""
    made, write = opened(stock(), turnover(), credit()), Writer()
    made.post(write.receipt(10, "100.00"), write.receipt(4, "4.00", CUP, EAST))
    made.post(write.issue(3, day=NEXT))
    made.post(write.receipt(5, "50.00", PEN, EAST, day=LATER))
    made.post(write.issue(2, day=DAY))
    made.post(write("profit", {"item": PEN}, revenue=9), write("profit", {"item": CUP}, revenue=1, day=NEXT))
    return made


def read(
    store: LedgerStore, *group: str, ledger: str = "stock", **more: Any
) -> dict[tuple[int, ...], Decimal]:
    with store.snapshot() as conn:
        found = balance.balances(conn, store.models[ledger], WS, group=group, **more)
    first = store.models[ledger].measures[0].key
    return {tuple(b.dimensions[g] for g in group): b.measures[first] for b in found}


def test_grouped_by_any_dimension(store: LedgerStore) -> None:
    assert read(store, "item") == {(PEN,): 10, (CUP,): 4}
    assert read(store, "place", "item") == {(MAIN, PEN): 5, (EAST, PEN): 5, (EAST, CUP): 4}
    assert read(store) == {(): 14}


def test_limited_to_some_records(store: LedgerStore) -> None:
    assert read(store, "item", where={"place": [EAST]}) == {(PEN,): 5, (CUP,): 4}
    assert read(store, "item", where={"place": []}) == {}


def test_a_total_holds_only_what_its_reader_may_see(store: LedgerStore) -> None:
    assert read(store, scope={"place": [MAIN]}) == {(): 5}
    assert read(store, where={"place": [EAST]}, scope={"place": [MAIN]}) == {}


def test_as_of_any_day(store: LedgerStore) -> None:
    assert read(store, "item", as_of=DAY - timedelta(days=1)) == {}
    assert read(store, "item", as_of=DAY) == {(PEN,): 8, (CUP,): 4}
    assert read(store, "item", as_of=NEXT) == {(PEN,): 5, (CUP,): 4}
    assert read(store, "item", as_of=LATER + timedelta(days=300)) == {(PEN,): 10, (CUP,): 4}


def test_where_no_grain_has_the_dimensions_entries_are_summed(opened: Opener) -> None:
    grains = (
        Grain("place", "place", ("item", "place"), daily=False),
        Grain("batch", "batch", ("item", "place", "batch")),
    )
    store, write = opened(stock(grains=grains)), Writer()
    store.post(write.receipt(5, 5))
    store.post(write.issue(2, day=NEXT))
    assert read(store, "place", as_of=DAY) == {(MAIN,): 5}


def test_turnover_is_summed_over_days(store: LedgerStore) -> None:
    assert read(store, "item", ledger="profit") == {(PEN,): 9, (CUP,): 1}
    assert read(store, "item", ledger="profit", as_of=DAY) == {(PEN,): 9}


def test_a_ledger_of_now_can_still_say_what_was(store: LedgerStore) -> None:
    write = Writer()
    store.post(write("credit", {"customer": 7}, owed=10))
    store.post(write("credit", {"customer": 7}, owed=5, day=LATER))
    assert read(store, "customer", ledger="credit", as_of=NEXT) == {(7,): 10}


def test_one_balance_by_keys_in_declared_order(store: LedgerStore) -> None:
    model = store.models["stock"]
    with store.snapshot() as conn:
        assert balance.one(conn, model, WS, "on_hand", [PEN, MAIN]) == 5
        assert balance.one(conn, model, WS, "on_hand", [None, EAST]) == 9
        assert balance.one(conn, model, WS, "value", []) == Decimal("104.00")
        assert balance.one(conn, model, WS, "on_hand", [4711]) == 0
