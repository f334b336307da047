"""Movements: what a period brought in and took out, beside what was there before and after it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from builder.ledger.balance import everywhere, totals
from builder.ledger.movements import Movement, added, added_by, movements
from builder.metadata.ledger import Grain
from tests.ledger.conftest import Opener
from tests.ledger.goods import CUP, DAY, EAST, MAIN, PEN, Writer, stock, turnover
from tests.ledger.store import WS, LedgerStore

NEXT, LATER = DAY + timedelta(days=1), DAY + timedelta(days=5)
GRAINS = (
    Grain("place", "place", ("item", "place"), daily=False),
    Grain("batch", "batch", ("item", "place", "batch")),
)


@pytest.fixture(params=["days", "entries"])
def store(opened: Opener, request: pytest.FixtureRequest) -> LedgerStore:
    """Two items at two places over six days; read from a grain's days, or from entries where no days are kept."""
    grains: dict[str, Any] = {} if request.param == "days" else {"grains": GRAINS[:1]}
    guards = {} if request.param == "days" else {"guards": ()}
    made, write = opened(stock(**grains, **guards), turnover()), Writer()
    made.post(write.receipt(10, "100.00"), write.receipt(4, "4.00", CUP, EAST))
    made.post(write.issue(3, day=NEXT))
    made.post(write.receipt(5, "50.00", PEN, EAST, day=LATER))
    made.post(write("profit", {"item": PEN}, revenue=9), write("profit", {"item": PEN}, revenue=-2, day=NEXT))
    return made


def read(store: LedgerStore, *group: str, ledger: str = "stock", **more: Any) -> tuple[Movement, ...]:
    with store.snapshot() as conn:
        return movements(conn, store.models[ledger], WS, group=group, **more)


def first(model: LedgerStore, found: Movement, ledger: str = "stock") -> tuple[int, int, int, int]:
    key = model.models[ledger].measures[0].key
    return tuple(int(side[key]) for side in (found.opening, found.ins, found.outs, found.closing))  # type: ignore[return-value]


def lines(store: LedgerStore, *group: str, ledger: str = "stock", **more: Any) -> dict[Any, Any]:
    found = read(store, *group, ledger=ledger, **more)
    return {tuple(m.dimensions[g] for g in group): first(store, m, ledger) for m in found}


def test_what_was_there_came_and_went(store: LedgerStore) -> None:
    assert lines(store, "item", days=(NEXT, None)) == {(PEN,): (10, 5, -3, 12), (CUP,): (4, 0, 0, 4)}
    assert lines(store, "item", "place", days=(DAY, NEXT)) == {
        (PEN, MAIN): (0, 10, -3, 7),
        (CUP, EAST): (0, 4, 0, 4),
    }


def test_without_a_first_day_everything_came_within(store: LedgerStore) -> None:
    assert lines(store, days=(None, None)) == {(): (0, 19, -3, 16)}


def test_only_what_was_asked_for_and_may_be_seen(store: LedgerStore) -> None:
    assert lines(store, "item", days=(None, LATER), where={"place": [EAST]}) == {
        (PEN,): (0, 5, 0, 5),
        (CUP,): (0, 4, 0, 4),
    }
    assert lines(store, days=(None, None), where={"place": [EAST]}, scope={"place": [MAIN]}) == {}


def test_a_period_before_everything_is_empty(store: LedgerStore) -> None:
    assert lines(store, "item", days=(None, date(2025, 1, 1))) == {}


def test_a_turnover_opens_with_nothing(store: LedgerStore) -> None:
    assert lines(store, "item", ledger="profit", days=(NEXT, None)) == {(PEN,): (0, 0, -2, -2)}


def test_what_some_days_added_to_one_measure(store: LedgerStore) -> None:
    with store.snapshot() as conn:
        stock_, profit = store.models["stock"], store.models["profit"]
        assert added(conn, stock_, WS, "on_hand", [PEN], (DAY, NEXT)) == 7
        assert added(conn, stock_, WS, "on_hand", [PEN, EAST], (DAY, NEXT)) == 0
        assert added(conn, stock_, WS, "on_hand", [None, None], (DAY, LATER)) == 16
        assert added(conn, profit, WS, "revenue", [PEN], (NEXT, LATER)) == -2


def test_all_places_at_once_say_what_each_says_alone(store: LedgerStore) -> None:
    with store.snapshot() as conn:
        model = store.models["stock"]
        together = added_by(conn, model, WS, "on_hand", ("item", "place"), (DAY, NEXT))
        assert together == {
            (item, place): added(conn, model, WS, "on_hand", [item, place], (DAY, NEXT))
            for item, place in ((PEN, MAIN), (CUP, EAST))
        }
        assert (PEN, EAST) not in together


def test_balances_everywhere_say_what_each_place_says_unless_there_are_too_many(store: LedgerStore) -> None:
    with store.snapshot() as conn:
        model = store.models["stock"]
        together = everywhere(conn, model, WS, ("item", "place"), 100)
        assert together is not None
        assert together[PEN, MAIN] == totals(conn, model, WS, [PEN, MAIN])
        assert together[PEN, EAST] == totals(conn, model, WS, [PEN, EAST])
        assert everywhere(conn, model, WS, ("item", "place"), 1) is None
