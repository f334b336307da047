"""Breakdown: what a balance is made of, who still holds some of it, and what looks odd about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from builder.ledger import breakdown
from builder.ledger.breakdown import Rows
from builder.storage.tables import metadata
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import record_link
from tests.ledger.conftest import Opener
from tests.ledger.goods import DAY, EAST, MAIN, PEN, Writer, stock
from tests.ledger.store import WS, LedgerStore

NEXT = DAY + timedelta(days=1)
ORDER, DELIVERY, OTHER = 301, 302, 303
DELIVERIES, RECEIPTS = 7, 8
"""Numbers of the entities that post."""


@pytest.fixture
def store(opened: Opener) -> LedgerStore:
    """Ten pens came in; an order reserved four of them and its delivery took three; another order reserved two."""
    made, write = opened(stock()), Writer()
    metadata.create_all(made.engine, [command_log, record_link])
    place = {"item": PEN, "place": MAIN}
    made.post(write.receipt(10, "100.00", entity="receipt", record_id=300))
    made.post(write("stock", place, reserved=4, record_id=ORDER))
    made.post(
        write("stock", place, reserved=-3, record_id=DELIVERY), write.issue(3, day=NEXT, record_id=DELIVERY)
    )
    made.post(write("stock", place, reserved=2, record_id=OTHER))
    with made.write() as conn:
        link = {"ws": WS, "from_entity": DELIVERIES, "from_id": ORDER, "kind": "conversion"}
        conn.execute(record_link.insert(), link | {"to_entity": DELIVERIES, "to_id": DELIVERY, "cmd": 1})
    return made


@pytest.fixture
def rows(store: LedgerStore) -> Iterator[Rows]:
    with store.snapshot() as conn:
        yield Rows(conn, store.models["stock"], WS, {"item": [PEN]}, {})


def amounts(measures: Any, *keys: str) -> tuple[object, ...]:
    return tuple(measures[k] for k in keys)


def test_each_kind_of_document_says_what_it_moved(rows: Rows) -> None:
    found = {part.entity_id: part for part in breakdown.by_document_kind(rows, (None, None))}
    assert found[RECEIPTS].documents == 1
    assert amounts(found[RECEIPTS].ins, "on_hand", "value") == (10, 100)
    assert found[DELIVERIES].documents == 3
    assert amounts(found[DELIVERIES].outs, "on_hand", "reserved") == (-3, -3)


def test_a_period_leaves_the_others_out(rows: Rows) -> None:
    assert [part.entity_id for part in breakdown.by_document_kind(rows, (NEXT, NEXT))] == [DELIVERIES]


def test_an_order_holds_what_its_delivery_has_not_released(rows: Rows) -> None:
    held = breakdown.holders(rows, "reserved", 10)
    assert [(h.record_id, int(h.amount)) for h in held] == [(OTHER, 2), (ORDER, 1)]
    assert [h.record_id for h in breakdown.holders(rows, "reserved", 1)] == [OTHER]


def test_nothing_is_said_about_what_was_not_asked_for(store: LedgerStore) -> None:
    with store.snapshot() as conn:
        elsewhere = Rows(conn, store.models["stock"], WS, {"place": [EAST]}, {})
        hidden = Rows(conn, store.models["stock"], WS, {}, {"place": [EAST]})
        for rows in (elsewhere, hidden):
            assert breakdown.by_document_kind(rows, (None, None)) == ()
            assert breakdown.holders(rows, "reserved", 10) == ()


def test_the_last_count_is_named_with_the_difference_that_it_booked(store: LedgerStore) -> None:
    write = Writer()
    place = {"item": PEN, "place": MAIN}
    store.post(write("stock", place, on_hand=6, count=True, day=NEXT, record_id=410))
    store.post(write("stock", place, on_hand=8, count=True, day=NEXT + timedelta(days=1), record_id=411))
    with store.snapshot() as conn:
        found = breakdown.last_count(Rows(conn, store.models["stock"], WS, {"item": [PEN]}, {}))
    assert found is not None
    assert (found.day, found.record_id, int(found.difference)) == (NEXT + timedelta(days=1), 411, 2)


def test_where_nothing_was_counted_there_is_no_last_count(rows: Rows) -> None:
    assert breakdown.last_count(rows) is None


def test_two_documents_that_moved_the_same_on_a_day_are_suspected(store: LedgerStore) -> None:
    write = Writer()
    store.post(write.receipt(5, "50.00", entity="receipt", record_id=420))
    store.post(write.receipt(5, "50.00", entity="receipt", record_id=421))
    store.post(write.receipt(5, "50.00", entity="receipt", record_id=422, day=NEXT))
    with store.snapshot() as conn:
        rows = Rows(conn, store.models["stock"], WS, {"item": [PEN]}, {})
        groups = breakdown.twins(rows, (None, None), 10)
    assert [[twin.record_id for twin in group] for group in groups] == [[420, 421]]


def test_what_was_entered_long_after_its_day_is_named(store: LedgerStore) -> None:
    with store.write() as conn:
        late = datetime.combine(DAY, datetime.min.time(), UTC) + timedelta(days=3)
        for cmd in (1, 3):
            conn.execute(command_log.insert(), _logged(cmd, late))
    with store.snapshot() as conn:
        rows = Rows(conn, store.models["stock"], WS, {"item": [PEN]}, {})
        found = breakdown.entered_late(rows, (None, None), 3, 10)
        assert [one.record_id for one in found] == [300]
        assert breakdown.entered_late(rows, (None, None), 4, 10) == ()


def _logged(cmd: int, at: datetime) -> dict[str, Any]:
    texts = {"actor_kind": "user", "kind": "CreateRecord"}
    numbers = {"ws": WS, "cmd": cmd, "actor_id": 1, "chain_no": 0, "chain_seq": cmd}
    return {**texts, **numbers, "at": at, "content_hash": b"", "prev_hash": b"", "hash": b""}
