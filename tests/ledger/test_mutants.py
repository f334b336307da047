"""Whether these tests would notice: every seeded mistake is caught by the histories or meetings that are for it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from builder.errors import BusyError
from builder.ledger import journal, lanes
from builder.ledger.plan import plan
from builder.storage.errors import DuplicateError, RetryError
from tests.ledger.clerk import Clerk
from tests.ledger.goods import CUP, MAIN, PEN, Writer, batched, stock
from tests.ledger.histories import DisagreementError, choices_of, goods, play
from tests.ledger.memory import MemoryLedgers
from tests.ledger.mutants import MUTANTS
from tests.ledger.store import PACKAGE, WS, LedgerStore, postgres_engine
from tests.postgres import server

SEEDS = 12
EARLY, LATE = 41, 42

MEMORY = {
    "rounded_unit_cost": "moving_average",
    "no_residue_rule": "moving_average",
    "return_at_current_cost": "fifo",
    "count_as_difference": "standard",
    "only_today_is_guarded": "fifo",
    "last_in_first_out": "fifo",
    "shortages_are_not_trued_up": "moving_average",
    "counts_are_not_shifted": "moving_average",
    "half_to_even": "moving_average",
    "worsening_is_allowed_where_it_is_broken": "standard",
    "days_do_not_move_on": "moving_average",
}
"""Noticed by random histories of that costing method."""


def history_notices(method: str) -> bool:
    """Whether some history comes out otherwise than the clerk writes it."""
    for seed in range(SEEDS):
        try:
            play(MemoryLedgers(goods(method, False)), Clerk(method), choices_of(seed), seed % 3 == 0)
        except DisagreementError:
            return True
    return False


def hold_notices() -> bool:
    """Whether an issue leaves the batch that expires first alone while it is on hold."""
    store, write = MemoryLedgers(batched()), Writer()
    store.fields["item", PEN] = {"has_batches": True}
    for batch, expires in ((EARLY, date(2026, 4, 1)), (LATE, date(2026, 5, 1))):
        store.fields["batch", batch] = {"expires_on": expires}
        store.post(write.receipt(5, "5.00", batch=batch))
    store.post(write("stock", {"item": PEN, "place": MAIN, "batch": EARLY}, held=5))
    taken = store.post(write.issue(2))
    return [e.key[2] for e in taken.entries] == [LATE]


@pytest.mark.parametrize("method", sorted(set(MEMORY.values())))
def test_without_a_mistake_histories_agree(method: str) -> None:
    assert not history_notices(method)


@pytest.mark.parametrize("name", MEMORY)
def test_a_history_notices(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[name](monkeypatch)
    assert history_notices(MEMORY[name])


def test_an_issue_notices_that_holds_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    assert hold_notices()
    MUTANTS["first_expired_ignores_holds"](monkeypatch)
    assert not hold_notices()


# ---- meetings of two writers


def filled(engine: Engine) -> LedgerStore:
    store, write = LedgerStore(engine, stock()), Writer()
    for item in (PEN, CUP):
        store.post(write.receipt(10, "10.00", item))
    return store


def late_writer_notices(engine: Engine) -> bool:
    """Whether a plan made from what was read before another writer came is turned away."""
    store, write = filled(engine), Writer()
    mine = [write.issue(8, PEN, record_id=71)]
    with store.write() as conn:
        needs = lanes.lock(conn, store.models, WS, mine)
        before = lanes.read(conn, store.models, store.maps, PACKAGE, WS, mine, needs)
    made = plan(store.models, before, mine, settings={}, today=store.today, new_id=store.new_id)
    store.post(write.issue(8, PEN))
    try:
        with store.write() as conn:
            journal.write(conn, store.models, store.maps, made, cmd=99, ws=WS, actor_id=5)
    except RetryError:
        return True
    return False


def repeat_notices(engine: Engine) -> bool:
    """Whether a document that is posted again is turned away."""
    store = filled(engine)
    document = Writer().issue(1, PEN, record_id=71)
    store.post(document)
    try:
        store.post(document)
    except DuplicateError:
        return True
    return False


def lock_notices(engine: Engine) -> bool:
    """Whether nobody else can have a lane that is locked."""
    store, write = filled(engine), Writer()
    with store.write() as mine:
        lanes.lock(mine, store.models, WS, [write.issue(1, PEN)])
        try:
            with store.write() as other:
                other.execute(
                    text("SELECT 1 FROM balance WHERE grain = 0 AND k1 = :k FOR UPDATE NOWAIT"), {"k": PEN}
                )
        except OperationalError:
            return True
    return False


def crossing_fails(engine: Engine) -> bool:
    """Whether two documents with the same items in opposite order fail."""
    store, write = filled(engine), Writer()
    orders = [(PEN, CUP), (CUP, PEN)]
    documents = [[write.issue(1, item, record_id=71 + n) for item in o] for n, o in enumerate(orders)]
    start = threading.Barrier(2)

    def post(number: int) -> bool:
        start.wait()
        try:
            return bool(store.post(*documents[number]).problems)
        except BusyError:
            return True

    with ThreadPoolExecutor(2) as pool:
        return any(pool.map(post, range(2)))


@pytest.fixture
def database() -> Iterator[Callable[[], Engine]]:
    """Makes empty databases of the kind whose writers truly meet."""
    made: list[tuple[Engine, str]] = []

    def empty() -> Engine:
        url = server().empty()
        made.append((postgres_engine(url), url))
        return made[-1][0]

    yield empty
    for engine, url in made:
        engine.dispose()
        server().drop(url)


MEETINGS: dict[str, tuple[Callable[[Engine], bool], bool]] = {
    "check_then_update": (late_writer_notices, False),
    "key_ignored": (repeat_notices, False),
    "lock_ignored": (lock_notices, False),
    "unsorted_keys": (crossing_fails, True),
}
"""What notices, and what it says where a mistake is made."""


@pytest.mark.postgres
@pytest.mark.parametrize("name", MEETINGS)
def test_a_meeting_notices(
    name: str, database: Callable[[], Engine], monkeypatch: pytest.MonkeyPatch
) -> None:
    meeting, mistaken = MEETINGS[name]
    assert meeting(database()) is not mistaken
    MUTANTS[name](monkeypatch)
    assert meeting(database()) is mistaken


def test_no_mutant_is_left_out() -> None:
    assert {*MEMORY, *MEETINGS, "first_expired_ignores_holds"} == set(MUTANTS)
