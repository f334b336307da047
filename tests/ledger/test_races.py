"""Races: sixteen writers at once. Nothing is oversold, nobody waits for ever, and the balance is the sum of its entries."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from builder.changes import Intent
from builder.ledger import balance
from builder.ledger.verify import verify
from builder.metadata.ledger import Costing
from tests.ledger.conftest import Opener
from tests.ledger.goods import DAY, EAST, MAIN, Writer, credit, stock
from tests.ledger.store import PACKAGE, WS, LedgerStore

WRITERS = 16
DOCUMENTS = 4
ITEMS = list(range(101, 109))
Document = Callable[[random.Random, Writer], list[Intent]]


def all_at_once(store: LedgerStore, document: Document) -> int:
    """Every writer waits for the others, then posts its documents, their lines in any order. Says how many were accepted."""
    start = threading.Barrier(WRITERS)

    def work(number: int) -> int:
        chance, write = random.Random(number), Writer()
        write.number = 100_000 * (number + 1)
        documents = [document(chance, write) for _ in range(DOCUMENTS)]
        start.wait()
        accepted = 0
        for lines in documents:
            chance.shuffle(lines)
            accepted += not store.post(*lines).problems
        return accepted

    with ThreadPoolExecutor(WRITERS) as pool:
        return sum(pool.map(work, range(WRITERS)))


def on_hand(store: LedgerStore) -> dict[int, int]:
    with store.snapshot() as conn:
        found = balance.balances(conn, store.models["stock"], WS, group=("item",), with_zero=True)
    return {b.dimensions["item"]: int(b.measures["on_hand"]) for b in found}


def findings(store: LedgerStore) -> list[str]:
    with store.snapshot() as conn:
        return [f.code for f in verify(conn, store.models, store.maps, PACKAGE, WS)]


@pytest.mark.parametrize("method", ["moving_average", "fifo"])
def test_the_last_of_a_hot_item_are_sold_once(opened: Opener, method: str) -> None:
    costing = Costing("on_hand", "value", method=method)  # type: ignore[arg-type]
    store, write = opened(stock(costing=costing)), Writer()
    for value in ("10.00", "20.00", "31.00"):
        store.post(write.receipt(10, value, ITEMS[0]))
    accepted = all_at_once(store, lambda _, write: [write.issue(1, ITEMS[0])])
    assert accepted == 30
    assert on_hand(store) == {ITEMS[0]: 0}
    assert findings(store) == []


def test_many_items_in_any_order_of_lines(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    store.post(*(write.receipt(1000, "3333.33", item) for item in ITEMS))
    some = len(ITEMS) - 3
    accepted = all_at_once(
        store, lambda chance, write: [write.issue(1, i) for i in chance.sample(ITEMS, some)]
    )
    assert accepted == WRITERS * DOCUMENTS
    assert sum(on_hand(store).values()) == 1000 * len(ITEMS) - some * accepted
    assert findings(store) == []


def test_new_lanes_rows_and_days_appear_at_once(opened: Opener) -> None:
    """Nothing is there yet: everybody makes the same lanes, places and days for the first time."""
    store = opened(stock(), credit())

    def document(chance: random.Random, write: Writer) -> list[Intent]:
        places, days = (MAIN, EAST), (DAY.replace(day=n) for n in chance.sample(range(1, 10), len(ITEMS)))
        lines = [
            write.receipt(2, "5.00", i, chance.choice(places), day=d)
            for i, d in zip(ITEMS, days, strict=True)
        ]
        return [*lines, write("credit", {"customer": 1}, owed=1)]

    accepted = all_at_once(store, document)
    assert accepted == WRITERS * DOCUMENTS
    assert on_hand(store) == dict.fromkeys(ITEMS, 2 * accepted)
    assert findings(store) == []
