"""Balances of past days: the sum of what was entered until then, by whatever they are asked, kept days or not."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from itertools import combinations

import pytest

from builder.ledger import balance
from builder.ledger import entries as journaled
from builder.ledger.definition import LedgerModel
from builder.metadata.ledger import Grain
from tests.ledger.conftest import Opener
from tests.ledger.goods import CUP, DAY, EAST, MAIN, PEN, Writer, stock
from tests.ledger.store import WS, LedgerStore

NAMES = ("item", "place", "batch")
BATCHES = (0, 31, 32)
GRAINS = (
    Grain("place", "place", ("item", "place")),
    Grain("batch", "batch", ("item", "place", "batch"), daily=False),
)


def busy(opened: Opener, model: LedgerModel, days: int = 9) -> LedgerStore:
    """A past entered in any order of days."""
    store, write, chance = opened(model), Writer(), random.Random(7)
    store.post(
        *(write.receipt(900, 900, item, place, day=DAY) for item in (PEN, CUP) for place in (MAIN, EAST))
    )
    for _ in range(40):
        day = DAY + timedelta(chance.randint(1, days))
        item, place = chance.choice((PEN, CUP)), chance.choice((MAIN, EAST))
        batch = chance.choice(BATCHES) or None
        if chance.random() < 0.6:
            store.post(
                write.receipt(chance.randint(1, 9), chance.randint(0, 90), item, place, day=day, batch=batch)
            )
        else:
            store.post(write.issue(chance.randint(1, 5), item, place, day=day))
    return store


def summed(
    store: LedgerStore, group: tuple[str, ...], as_of: date
) -> dict[tuple[int, ...], tuple[object, ...]]:
    """The same from the entries alone."""
    model = store.models["stock"]
    with store.snapshot() as conn:
        items = journaled.entries(conn, model, WS, journaled.Among(days=(None, as_of)), limit=10_000).items
    found: dict[tuple[int, ...], list[object]] = {}
    for one in items:
        key = tuple(one.dimensions[name] for name in group)
        sums = found.setdefault(key, [0] * len(model.measures))
        for i, m in enumerate(model.measures):
            sums[i] += one.measures[m.key]  # type: ignore[operator]
    return {k: tuple(v) for k, v in found.items() if any(v)}


@pytest.mark.parametrize("keeps", [True, False])
def test_any_day_by_any_dimensions(opened: Opener, keeps: bool) -> None:
    grains = GRAINS if not keeps else tuple(replace(g, daily=True) for g in GRAINS)
    store = busy(opened, stock(grains=grains))
    model = store.models["stock"]
    for as_of in (DAY - timedelta(1), *(DAY + timedelta(n) for n in range(0, 11, 2))):
        for width in range(len(NAMES) + 1):
            for group in combinations(NAMES, width):
                with store.snapshot() as conn:
                    rows = balance.balances(conn, model, WS, group=group, as_of=as_of)
                found = {tuple(r.dimensions.values()): tuple(r.measures.values()) for r in rows}
                assert found == summed(store, group, as_of), (group, as_of)


def test_one_thing_among_many(opened: Opener) -> None:
    store = busy(opened, stock(grains=GRAINS))
    with store.snapshot() as conn:
        rows = balance.balances(
            conn, store.models["stock"], WS, group=("place",), where={"item": (PEN,)}, as_of=DAY
        )
    assert {r.dimensions["place"]: int(r.measures["on_hand"]) for r in rows} == {MAIN: 900, EAST: 900}
