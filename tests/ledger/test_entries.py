"""Entries: in their order, with the balances after each, a page or a part at a time, within what the reader may see."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from builder.expressions.bounds import Bound
from builder.ledger.entries import EVERY, Among, RunningEntry, bounded_entries, entries, part_of_entries
from tests.ledger.goods import DAY, EAST, PEN
from tests.ledger.store import WS, LedgerStore
from tests.ledger.test_balance import LATER, NEXT, store

__all__ = ["store"]


def pages(store: LedgerStore, **more: Any) -> list[RunningEntry]:
    found: list[RunningEntry] = []
    after = None
    while True:
        with store.snapshot() as conn:
            page = entries(conn, store.models["stock"], WS, Among(**more), after=after, limit=2)
        found += page.items
        after = page.next
        if after is None:
            return found


def test_entries_run_in_order_of_day_and_sequence(store: LedgerStore) -> None:
    found = pages(store, where={"item": [PEN]})
    assert [
        (e.entry.business_date, int(e.measures["on_hand"]), int(e.running["on_hand"])) for e in found
    ] == [
        (DAY, 10, 10),
        (DAY, -2, 8),
        (NEXT, -3, 5),
        (LATER, 5, 10),
    ]
    assert {e.posting for e in found} == {"stock"}


def test_entries_of_a_span_start_from_what_was_before(store: LedgerStore) -> None:
    found = pages(store, where={"item": [PEN]}, days=(NEXT, NEXT))
    assert [(int(e.measures["on_hand"]), int(e.running["on_hand"])) for e in found] == [(-3, 5)]


def test_entries_run_within_their_readers_scope(store: LedgerStore) -> None:
    found = pages(store, scope={"place": [EAST]})
    assert [e.running["on_hand"] for e in found] == [4, 9]
    assert pages(store, days=(date(2030, 1, 1), None)) == []


def part(store: LedgerStore, among: Among = EVERY, **more: Any) -> tuple[list[tuple[int, int]], int]:
    """What entries brought or took, with the balance after each; and how many there are."""
    with store.snapshot() as conn:
        found, count = part_of_entries(conn, store.models["stock"], WS, among, **more)
    return [(int(e.measures["on_hand"]), int(e.running["on_hand"])) for e in found], count


@pytest.mark.parametrize(
    "days", [(None, None), (NEXT, None), (NEXT, NEXT), (None, DAY), (date(2030, 1, 1), None)]
)
@pytest.mark.parametrize("where", [None, {"item": [PEN]}])
def test_parts_put_together_are_the_pages(store: LedgerStore, days: Any, where: Any) -> None:
    whole = [
        (int(e.measures["on_hand"]), int(e.running["on_hand"])) for e in pages(store, days=days, where=where)
    ]
    among = Among(days=days, where=where)
    for size in (1, 2, 50):
        parts = [part(store, among, offset=at, limit=size) for at in range(0, 6, size)]
        assert [row for rows, _ in parts for row in rows] == whole
        assert {count for _, count in parts} == {len(whole)}


@pytest.mark.parametrize("op", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("number", ["-2", "-2.5", "0", "4", "4.5", "10", "9e30", "-9e30"])
def test_what_bounds_leave_out_counts_in_the_balances_after_it(
    store: LedgerStore, op: str, number: str
) -> None:
    bound = Bound("on_hand", op, Decimal(number))
    compare = {"==": Decimal.__eq__, "!=": Decimal.__ne__, "<": Decimal.__lt__, "<=": Decimal.__le__, ">": Decimal.__gt__, ">=": Decimal.__ge__}[op]  # fmt: skip
    whole = pages(store)
    kept = [e for e in whole if compare(e.measures["on_hand"], bound.number)]
    rows, count = part(store, bounds=(bound,))
    assert rows == [(int(e.measures["on_hand"]), int(e.running["on_hand"])) for e in kept]
    assert count == len(kept)
    with store.snapshot() as conn:
        found = bounded_entries(
            conn, store.models["stock"], WS, bounds=(bound, Bound("item.price", "<", Decimal(1)))
        )
        assert [e.entry.id for lot in found for e in lot] == [e.entry.id for e in kept]


def test_bounded_entries_come_lot_by_lot_within_a_scope(
    store: LedgerStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builder.ledger.entries.LOT", 2)
    with store.snapshot() as conn:
        lots = list(bounded_entries(conn, store.models["stock"], WS, bounds=()))
        east = list(
            bounded_entries(conn, store.models["stock"], WS, Among(scope={"place": [EAST]}), bounds=())
        )
    assert [len(lot) for lot in lots] == [2, 2, 1]
    assert [e.entry.id for lot in lots for e in lot] == [e.entry.id for e in pages(store)]
    assert [int(e.measures["on_hand"]) for lot in east for e in lot] == [4, 5]


def test_balances_keep_bounds_too(store: LedgerStore) -> None:
    from builder.ledger.balance import balances

    model = store.models["stock"]
    with store.snapshot() as conn:
        few = balances(conn, model, WS, group=("item",), bounds=(Bound("on_hand", "<", Decimal(5)),))
        assert [int(b.measures["on_hand"]) for b in few] == [4]
        every = balances(conn, model, WS, group=(), bounds=(Bound("on_hand", ">", Decimal(5)),))
        assert [int(b.measures["on_hand"]) for b in every] == [14]
