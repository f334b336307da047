"""Random histories against an independent model that knows nothing of pools, scales or plans."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.goods import CUP, DAY, EAST, MAIN, PEN, Writer, stock
from tests.ledger.memory import MemoryLedgers

CENT = Decimal("0.01")


def cents(value: Fraction) -> Fraction:
    """Rounded to the cent, a half away from zero, through decimals of ample precision."""
    exact = Decimal(value.numerator * 10**6) / Decimal(value.denominator) / Decimal(10**6)
    nearest = exact.quantize(CENT, ROUND_HALF_UP)
    doubled = abs(value) * 200
    if doubled.denominator == 1 and doubled.numerator % 2:
        whole = Fraction(doubled.numerator + 1, 200)
        return whole if value > 0 else -whole
    return Fraction(nearest)


@dataclass
class Model:
    """What a careful clerk writes: per item the goods and the money, per place the goods."""

    goods: dict[int, Fraction] = field(default_factory=dict)
    money: dict[int, Fraction] = field(default_factory=dict)
    places: dict[tuple[int, int], Fraction] = field(default_factory=dict)
    moved: list[Fraction] = field(default_factory=list)

    def receive(self, item: int, place: int, qty: Fraction, value: Fraction) -> bool:
        return self._move(item, place, qty, value)

    def issue(self, item: int, place: int, qty: Fraction) -> bool:
        if self.places.get((item, place), Fraction(0)) < qty:
            return False
        have, worth = self.goods[item], self.money[item]
        return self._move(item, place, -qty, -worth if qty == have else -cents(worth * qty / have))

    def _move(self, item: int, place: int, qty: Fraction, value: Fraction) -> bool:
        self.goods[item] = self.goods.get(item, Fraction(0)) + qty
        self.money[item] = self.money.get(item, Fraction(0)) + value
        self.places[item, place] = self.places.get((item, place), Fraction(0)) + qty
        self.moved.append(value)
        return True


ITEMS, PLACES = st.sampled_from([PEN, CUP]), st.sampled_from([MAIN, EAST])
QUANTITIES = st.integers(1, 50000).map(lambda n: Decimal(n).scaleb(-4)) | st.integers(1, 20).map(Decimal)
VALUES = st.integers(0, 10**6).map(lambda n: Decimal(n).scaleb(-2))
STEPS = st.lists(
    st.tuples(st.just("receive"), ITEMS, PLACES, QUANTITIES, VALUES)
    | st.tuples(st.just("issue"), ITEMS, PLACES, QUANTITIES, VALUES)
    | st.tuples(st.just("all"), ITEMS, PLACES, QUANTITIES, VALUES),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_any_history_comes_out_as_the_clerk_writes_it(steps: list[tuple[Any, ...]]) -> None:
    ledgers, write, model = MemoryLedgers(stock()), Writer(), Model()
    for kind, item, place, qty, value in steps:
        if kind == "all":
            qty = ledgers.balance("stock", "on_hand", item=item, place=place)
            if not qty:
                continue
        if kind == "receive":
            allowed = model.receive(item, place, Fraction(qty), Fraction(value))
            plan = ledgers.post(write.receipt(qty, value, item, place))
        else:
            allowed = model.issue(item, place, Fraction(qty))
            plan = ledgers.post(write.issue(qty, item, place))
        assert (not plan.problems) == allowed
    values = [Fraction(Decimal(e.measures[3]).scaleb(-2)) for e in ledgers.entries["stock"]]
    assert values == model.moved
    for item, worth in model.money.items():
        assert Fraction(ledgers.balance("stock", "value", item=item)) == worth
    ledgers.check()


DAYS = st.integers(0, 6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), DAYS, st.integers(1, 9)), max_size=15))
def test_whatever_the_order_of_entry_no_day_ends_below_zero(steps: list[tuple[bool, int, int]]) -> None:
    """Back-dated receipts and issues: what is accepted keeps every day's closing right and non-negative."""
    ledgers, write = MemoryLedgers(stock()), Writer()
    accepted: list[tuple[int, int]] = []
    for is_receipt, offset, qty in steps:
        day = DAY.replace(day=10 + offset)
        signed = qty if is_receipt else -qty
        moves = [*accepted, (offset, signed)]
        fits = all(sum(q for d, q in moves if d <= until) >= 0 for until in range(offset, 7))
        intent = write.receipt(qty, qty, day=day) if is_receipt else write.issue(qty, day=day)
        plan = ledgers.post(intent)
        assert (not plan.problems) == fits
        if fits:
            accepted.append((offset, signed))
    ledgers.check()
