"""Back-dating: a late posting is looked at on every later day; the first that it would break is named with its document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from builder.ledger import balance
from builder.ledger import entries as journaled
from builder.ledger.offender import Place, offender
from tests.ledger.conftest import Opener
from tests.ledger.goods import MAIN, PEN, Writer, stock
from tests.ledger.memory import MemoryLedgers
from tests.ledger.store import PACKAGE, WS

STEPS = st.lists(st.tuples(st.integers(1, 12), st.integers(-6, 6).filter(bool)), min_size=1, max_size=16)


def day(number: int) -> date:
    return date(2026, 3, number)


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_it_is_refused_exactly_where_a_later_day_would_go_below_zero(steps: list[Any]) -> None:
    ledgers, write, net = MemoryLedgers(stock()), Writer(), dict[int, int]()
    for number, qty in steps:
        days = sorted({*net, number})
        after = {d: sum(q for k, q in net.items() if k <= d) + (qty if d >= number else 0) for d in days}
        broken = [d for d in days if d >= number and after[d] < 0 and qty < 0]
        intent = write.receipt(qty, qty, day=day(number)) if qty > 0 else write.issue(-qty, day=day(number))
        plan = ledgers.post(intent)
        assert bool(plan.problems) == bool(broken)
        if broken:
            named = {p.params.get("day", day(number)) for p in plan.problems}
            assert min(named) == day(broken[0])
        else:
            net[number] = net.get(number, 0) + qty
    ledgers.check()


def test_the_document_that_would_be_left_without_cover_is_found(opened: Opener) -> None:
    store, write = opened(stock()), Writer()
    store.post(write.receipt(10, 10, day=day(1)))
    store.post(write.issue(2, day=day(5), record_id=71))
    store.post(write.issue(5, day=day(5), record_id=72))
    store.post(write.issue(2, day=day(5), record_id=73))
    store.post(write.receipt(50, 50, day=day(9)))
    model = store.models["stock"]
    [problem, *_] = store.post(write.issue(4, day=day(3))).problems
    assert problem.params["day"] == day(5)
    after = tuple(int(problem.params["after"][m.key] * 10**m.scale) for m in model.measures)
    place = Place("enough", (PEN, MAIN), day(5), after)
    with store.snapshot() as conn:
        found = offender(conn, model, store.maps, PACKAGE, WS, place, {})
    assert found == (7, 72)


def test_counts_stay_what_was_counted_whatever_comes_late(opened: Opener) -> None:
    """On both databases; the difference is split over its causes first."""
    store, write = opened(stock()), Writer()
    at = {"item": PEN, "place": MAIN}
    store.post(write.receipt(100, "200.00", day=day(1)))
    causes = [
        write("stock", at, on_hand=-qty, day=day(6), reason=why) for qty, why in ((4, "theft"), (3, "damage"))
    ]
    counted = write("stock", at, on_hand=92, count=True, day=day(6), reason="unknown")
    store.post(*causes, counted)
    store.post(write.issue(5, day=day(3)))
    store.post(write.receipt(7, "21.00", day=day(4)))
    store.post(write.issue(1, day=day(8)))
    assert held(store, day(5)) == 102
    assert held(store, day(6)) == 92
    assert held(store, day(8)) == 91
    reasons = by_reason(store)
    assert [int(reasons[why]) for why in ("theft", "damage")] == [-4, -3]
    assert sum(reasons.values(), Decimal(0)) == -10


def held(store: Any, as_of: date) -> int:
    with store.snapshot() as conn:
        [row] = balance.balances(conn, store.models["stock"], WS, group=(), as_of=as_of)
    return int(row.measures["on_hand"])


def by_reason(store: Any) -> dict[str, Decimal]:
    """What the count came to, with what late documents shifted."""
    found: dict[str, Decimal] = {}
    with store.snapshot() as conn:
        for one in journaled.entries(conn, store.models["stock"], WS, limit=100).items:
            if one.entry.business_date == day(6):
                reason = one.entry.reason or "shift"
                found[reason] = found.get(reason, Decimal(0)) + one.measures["on_hand"]
    return found
