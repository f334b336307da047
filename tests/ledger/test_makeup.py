"""Makeup: the receipts that a cost pool is made of now; their parts add up to it."""

from __future__ import annotations

from datetime import timedelta

from builder.ledger.makeup import Makeup, makeup
from builder.ledger.trace import Tracer
from builder.metadata.ledger import Costing
from tests.ledger.conftest import Opener
from tests.ledger.goods import DAY, EAST, MAIN, PEN, Writer, stock
from tests.ledger.store import PACKAGE, WS, LedgerStore

NEXT = DAY + timedelta(days=1)


def of(store: LedgerStore) -> Makeup:
    model = store.models["stock"]
    with store.snapshot() as conn:
        found = makeup(conn, Tracer(conn, store.models, PACKAGE, WS, "cost"), model, WS, (PEN,))
    assert found is not None
    return found


def parts(found: Makeup) -> list[tuple[int, int, int]]:
    return [(p.whole, p.qty, p.value) for p in found.parts]


def test_an_average_keeps_a_part_of_every_receipt(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    store.post(write.receipt(10, "100.00"))
    store.post(write.receipt(10, "130.00", day=NEXT))
    store.post(write.issue(5, day=NEXT))
    found = of(store)
    assert not found.layered
    assert (found.qty, found.value) == (150_000, 172_50)
    assert parts(found) == [(100_000, 75_000, 75_00), (100_000, 75_000, 97_50)]


def test_what_was_there_before_the_pool_was_empty_has_no_part(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    store.post(write.receipt(10, "100.00"))
    store.post(write.issue(10, day=NEXT))
    store.post(write.receipt(4, "44.00", day=NEXT))
    assert parts(of(store)) == [(40_000, 40_000, 44_00)]


def test_a_move_within_the_pool_brings_nothing(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    store.post(write.receipt(10, "100.00"))
    store.post(write.issue(4, day=NEXT), write.receipt(4, "40.00", PEN, EAST, day=NEXT, posting="in"))
    assert parts(of(store)) == [(100_000, 100_000, 100_00)]


def test_parts_add_up_to_the_pool(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    for value in ("10.01", "9.99", "33.34"):
        store.post(write.receipt(3, value))
    store.post(write.issue(1, day=NEXT))
    store.post(write.issue("2.5", day=NEXT))
    found = of(store)
    assert sum(p.qty for p in found.parts) == found.qty
    assert sum(p.value for p in found.parts) == found.value


def test_layers_are_what_is_not_used_up(opened: Opener) -> None:
    store, write = opened(stock(costing=Costing("on_hand", "value", method="fifo"))), Writer()
    store.post(write.receipt(10, "100.00", PEN, MAIN))
    store.post(write.receipt(10, "130.00", PEN, MAIN, day=NEXT))
    store.post(write.issue(12, day=NEXT))
    found = of(store)
    assert found.layered
    assert parts(found) == [(100_000, 80_000, 104_00)]


def test_nothing_is_made_of_nothing(opened: Opener) -> None:
    store = opened(stock())
    with store.snapshot() as conn:
        tracer = Tracer(conn, store.models, PACKAGE, WS, "cost")
        assert makeup(conn, tracer, store.models["stock"], WS, (PEN,)) is None
