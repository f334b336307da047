"""Races: sixteen writers at once. Nothing is oversold, nobody waits for ever, and the balance is the sum of its entries."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import text

from builder.changes import Intent
from builder.ledger import balance, lanes, period
from builder.ledger.verify import verify
from builder.metadata.ledger import Costing, Grain, Guard
from builder.storage.errors import DuplicateError, RetryError
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


def test_places_that_share_a_balance_of_their_item_do_not_tread_on_it(opened: Opener) -> None:
    """Each place has a cost pool of its own, and the item's balance is that of all places together."""
    grains = (Grain("all", "all", ("item",)), Grain("place", "place", ("item", "place")))
    guards = (Guard("enough", "enough", "place", "on_hand", "{shortage} short"),)
    store = opened(stock(grains=grains, guards=guards, cost_key=("item", "place")))

    def document(chance: random.Random, write: Writer) -> list[Intent]:
        return [write.receipt(1, "2.00", ITEMS[0], chance.choice([MAIN, EAST])) for _ in range(3)]

    assert all_at_once(store, document) == WRITERS * DOCUMENTS
    assert on_hand(store) == {ITEMS[0]: WRITERS * DOCUMENTS * 3}
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


def together(*acts: Callable[[], bool]) -> list[bool]:
    """All at once, as far as a barrier can make it so."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], bool]) -> bool:
        start.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def posts(store: LedgerStore, *lines: Intent, again: int = 3) -> Callable[[], bool]:
    """Posts a document, tried again where it met another; says whether it was taken."""

    def post() -> bool:
        for _ in range(again):
            try:
                return not store.post(*lines).problems
            except RetryError:
                continue
        return False

    return post


def test_fifty_clients_take_one_of_thirty(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    store.post(write.receipt(30, "100.00", ITEMS[0]))
    taken = together(*(posts(store, write.issue(1, ITEMS[0])) for _ in range(50)))
    assert taken.count(True) == 30
    assert on_hand(store) == {ITEMS[0]: 0}
    assert findings(store) == []


def test_documents_in_opposite_order_all_pass(opened: Opener) -> None:
    """(A, B) against (B, A), sixteen at once: none fails, some tried again."""
    store, write = opened(stock()), Writer()
    one, other = ITEMS[:2]
    store.post(write.receipt(100, "100.00", one), write.receipt(100, "100.00", other))
    documents = []
    for number in range(WRITERS):
        lines = [write.issue(1, item, record_id=2000 + number) for item in (one, other)]
        documents.append(posts(store, *(lines if number % 2 else reversed(lines))))
    assert all(together(*documents))
    assert on_hand(store) == {one: 100 - WRITERS, other: 100 - WRITERS}
    assert findings(store) == []


def test_one_document_posted_by_eight_is_posted_once(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    store.post(write.receipt(100, "100.00", ITEMS[0]))
    document = posts(store, write.issue(3, ITEMS[0], record_id=71))

    def once() -> bool:
        try:
            return document()
        except DuplicateError:
            return False

    assert together(*(once for _ in range(8))).count(True) == 1
    assert on_hand(store) == {ITEMS[0]: 97}
    assert findings(store) == []


def test_a_close_and_posts_never_pass_each_other(opened: Opener) -> None:
    """Commit holds the app's gate: shared to post, alone to close. What was posted into the closed day came before the close."""
    store, write = opened(stock()), Writer()
    store.post(write.receipt(100, "100.00", ITEMS[0], day=DAY - timedelta(days=9)))
    gate, posted = Gate(), list[bool]()

    def close() -> bool:
        with gate.alone(), store.write() as conn:
            period.close(conn, store.models["stock"], WS, DAY, next(store._cmds))
            posted.extend(taken)
        return True

    taken: list[bool] = []

    def post() -> bool:
        with gate.shared():
            was_taken = not store.post(write.issue(1, ITEMS[0], day=DAY)).problems
            if was_taken:
                taken.append(True)
        return was_taken

    accepted = together(close, *(post for _ in range(WRITERS)))[1:].count(True)
    assert accepted == len(posted)
    assert not posts(store, write.issue(1, ITEMS[0], day=DAY))()
    assert on_hand(store) == {ITEMS[0]: 100 - accepted}
    assert findings(store) == []


def test_a_late_issue_meets_a_current_one(opened: Opener) -> None:
    """Both want the last ones, one of them yesterday. One is taken, and no day ends below zero."""
    store, write = opened(stock()), Writer()
    store.post(*(write.receipt(5, "5.00", item, day=DAY - timedelta(days=3)) for item in ITEMS))
    for item in ITEMS:
        late = write.issue(4, item, day=DAY - timedelta(days=1))
        assert together(posts(store, late), posts(store, write.issue(4, item))).count(True) == 1
    assert on_hand(store) == dict.fromkeys(ITEMS, 1)
    assert findings(store) == []


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_two_items_never_wait_for_each_other(opened: Opener) -> None:
    """One transaction holds an item's lane open while another item is posted to the end; only the same item would have to wait."""
    store, write = opened(stock()), Writer()
    one, other = ITEMS[:2]
    for item in (one, other):
        store.post(write.receipt(5, "5.00", item))
    with store.write() as held:
        lanes.lock(held, store.models, WS, [write.issue(1, one)])
        assert posts(store, write.issue(1, other))()
        with store.snapshot() as conn:
            waiting = conn.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar()
            free = "SELECT k1 FROM balance WHERE grain = 0 FOR UPDATE SKIP LOCKED"
            assert waiting == 0
            assert conn.execute(text(free)).scalars().all() == [other]
    assert on_hand(store) == {one: 5, other: 4}


class Gate:
    """Shared by those who post, held alone by who closes: the lock that commit takes first."""

    def __init__(self) -> None:
        self._inside = 0
        self._free = threading.Condition()

    @contextmanager
    def shared(self) -> Iterator[None]:
        with self._free:
            self._inside += 1
        try:
            yield
        finally:
            with self._free:
                self._inside -= 1
                self._free.notify_all()

    @contextmanager
    def alone(self) -> Iterator[None]:
        with self._free:
            self._free.wait_for(lambda: self._inside == 0)
            yield
