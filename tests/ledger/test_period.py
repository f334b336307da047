"""Closing a period: first everything in the way is named, then nothing more is posted in it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from builder.commands import Override
from builder.errors import RefusedError
from builder.ledger import period
from builder.metadata.ledger import Guard
from tests.ledger.conftest import Opener
from tests.ledger.goods import DAY, EAST, Writer, stock
from tests.ledger.store import WS, LedgerStore

GUARD = Guard("enough", "enough", "place", "on_hand", "short", policy="override", override="oversell")


@pytest.fixture
def write() -> Writer:
    return Writer()


def close(store: LedgerStore, through: Any = DAY) -> None:
    with store.write() as conn:
        period.close(conn, store.models["stock"], WS, through, 1)


def in_the_way(store: LedgerStore) -> list[str]:
    with store.snapshot() as conn:
        return [p.code for p in period.checklist(conn, store.models["stock"], WS, DAY)]


def test_a_closed_period_takes_no_posting_until_it_is_reopened(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    store.post(write.receipt(1, 1))
    close(store, DAY.isoformat())
    assert [p.code for p in store.post(write.receipt(1, 1)).problems] == ["PERIOD_CLOSED"]
    assert not store.post(write.receipt(1, 1, day=DAY + timedelta(days=1))).problems
    with store.write() as conn:
        period.reopen(conn, store.models["stock"], WS, None, 2)
    assert not store.post(write.receipt(1, 1)).problems


def test_a_period_is_closed_forwards_and_reopened_backwards(opened: Opener) -> None:
    store = opened(stock())
    close(store)
    with pytest.raises(RefusedError, match="PERIOD_ORDER"):
        close(store, DAY - timedelta(days=1))
    with pytest.raises(RefusedError, match="PERIOD_ORDER"), store.write() as conn:
        period.reopen(conn, store.models["stock"], WS, DAY, 2)


def test_an_open_shortage_is_in_the_way(opened: Opener, write: Writer) -> None:
    store = opened(stock(guards=(GUARD,)))
    store.post(write.receipt(1, 1))
    store.post(write.issue(2), overrides=[Override("enough", "late")], may=["oversell"])
    assert in_the_way(store) == ["PERIOD_SHORT"]
    with pytest.raises(RefusedError, match="PERIOD_BLOCKED"):
        close(store)
    store.post(write.receipt(5, 5))
    assert in_the_way(store) == []


def test_an_issue_at_no_cost_is_in_the_way_until_it_is_undone(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    store.post(write.receipt(5, 0))
    issued = store.post(write.issue(2)).entries[0]
    assert in_the_way(store) == ["PERIOD_NO_COST"]
    store.post(write("stock", {}, reverses=issued.id))
    assert in_the_way(store) == []


def test_what_happens_later_is_not_in_the_way(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    store.post(write.receipt(5, 0, place=EAST))
    store.post(write.issue(2, place=EAST, day=DAY + timedelta(days=1)))
    assert in_the_way(store) == []
