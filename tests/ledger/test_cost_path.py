"""Cost path: a unit cost as a tree whose shares add up to it, through layers, averages, production and late costs."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.ledger.cost_path import CostPath, Share, cost_path, largest_remainder
from builder.ledger.trace import Tracer
from tests.ledger.conftest import Opener
from tests.ledger.goods import CUP, EAST, MAIN, Writer, stock
from tests.ledger.store import WS, LedgerStore
from tests.ledger.test_trace import FIFO, only, transfer_package


def path_of(store: LedgerStore, *entries: int) -> CostPath:
    with store.snapshot() as conn:
        found = cost_path(Tracer(conn, store.models, transfer_package(), WS, "cost"), entries)
    for share in every(found.root):
        assert not share.children or sum(c.unit for c in share.children) == share.unit
    return found


def every(share: Share) -> Iterator[Share]:
    yield share
    for child in share.children:
        yield from every(child)


def leaves(found: CostPath) -> dict[int, Decimal]:
    shares: dict[int, int] = {}
    for share in every(found.root):
        if not share.children:
            shares[share.entry] = shares.get(share.entry, 0) + share.unit
    return {entry: Decimal(unit).scaleb(-found.scale) for entry, unit in shares.items()}


def test_layers_give_their_shares(opened: Opener) -> None:
    store, write = opened(stock(costing=FIFO)), Writer()
    first, second = only(store.post(write.receipt(4, 40))), only(store.post(write.receipt(6, 66)))
    sold = only(store.post(write.issue(7)))
    found = path_of(store, sold)
    assert found.unit_cost == Decimal("10.428571")
    assert leaves(found) == {first: Decimal("5.714285"), second: Decimal("4.714286")}


def test_an_average_is_made_of_what_was_still_in_the_pool(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    old = only(store.post(write.receipt(10, 100)))
    store.post(write.issue(5))
    new = only(store.post(write.receipt(5, 100)))
    found = path_of(store, only(store.post(write.issue(2))))
    assert found.unit_cost == Decimal("15.000000")
    assert leaves(found) == {old: Decimal("5.000000"), new: Decimal("10.000000")}


def test_a_product_costs_its_parts_and_what_was_added(opened: Opener) -> None:
    store, write = opened(stock(costing=FIFO)), Writer()
    part = only(store.post(write.receipt(3, 30)))
    late = write("stock", {"item": 11, "place": MAIN}, value=3)
    more = only(store.post(write("stock", {"item": 11, "place": MAIN}, value=3, cost_of=_line(store, part))))
    out = write.issue(3, posting="out")
    product = write(
        "stock", {"item": CUP, "place": EAST}, on_hand=2, value=50, posting="made", depends_on="out"
    )
    store.post(out, product)
    assert late.measures
    sold = only(store.post(write.issue(1, CUP, place=EAST)))
    found = path_of(store, sold)
    assert found.unit_cost == Decimal("25.000000")
    added = sorted(leaves(found).values())
    assert added == [Decimal("1.500000"), Decimal("8.500000"), Decimal("15.000000")]
    assert leaves(found)[more] == Decimal("1.500000")


def _line(store: LedgerStore, entry: int) -> int:
    with store.snapshot() as conn:
        return Tracer(conn, store.models, transfer_package(), WS).nodes([entry])[entry].entry.line_id


def test_what_moved_nothing_has_no_unit_cost(opened: Opener) -> None:
    with pytest.raises(ValueError, match="nothing"):
        path_of(opened(stock()), 77)


@given(st.integers(0, 10**12), st.lists(st.integers(0, 10**9), min_size=1, max_size=9))
def test_shares_add_up(amount: int, weights: list[int]) -> None:
    shares = largest_remainder(amount, [Decimal(w) for w in weights])
    assert sum(shares) == amount
    total = sum(weights)
    assert all(abs(s * total - amount * w) < total for s, w in zip(shares, weights, strict=True) if total)
