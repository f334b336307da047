"""Roll-ups: what others compute for the same structures, to the cent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal, localcontext
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.computing.rolling import roll_up, unpriced
from builder.computing.structure import Edge

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("bom_costs.json").read_text("utf-8"))[
    "cases"
]


def _work(bill: Mapping[str, Any]) -> Decimal:
    """The operations of one: set-up and cycle over efficiency, in minutes, at a rate for the hour, over the batch."""
    batch = Decimal(bill.get("qty", "1"))
    with localcontext() as exact:
        exact.prec = 50
        minutes = (
            (Decimal(o["setup"]) + Decimal(o["cycle"]) * 100 / Decimal(o["efficiency"])) * Decimal(o["rate"])
            for o in bill.get("ops", ())
        )
        return sum(minutes, Decimal(0)) / 60 / batch


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_bill_costs_what_its_peers_say(case: Mapping[str, Any]) -> None:
    given = case["input"]
    exploded = given.get("explode", [given["item"]])
    number = {name: i for i, name in enumerate(sorted({*given["prices"], *given["boms"]}))}
    bills = {name: bill for name, bill in given["boms"].items() if name in exploded}
    edges = [
        Edge(number[name], number[line["item"]], Decimal(line["qty"]) / Decimal(bill.get("qty", "1")))
        for name, bill in bills.items()
        for line in bill["lines"]
    ]
    prices = {number[name]: Decimal(price) for name, price in given["prices"].items()}
    added = {number[name]: _work(bill) for name, bill in bills.items()}
    found = {one.node: one.value for one in roll_up(edges, prices, added, 2)}
    assert found[number[given["item"]]] == Decimal(case["expected"]["unit_cost"])


def test_a_hinge_of_the_handbook() -> None:
    """3.20 of material, 0.60 of labour, 0.40 of overhead and 0.80 for plating make 5.00."""
    (hinge,) = roll_up([Edge(1, 2, Decimal("1.6"))], {2: Decimal("2.00")}, {1: Decimal("1.80")}, 2)
    assert (hinge.value, hinge.material, hinge.added) == (Decimal("5.00"), Decimal("3.20"), Decimal("1.80"))


def test_losses_raise_what_is_used() -> None:
    """82 net with a loss of 18 % are 100 gross."""
    (cake,) = roll_up([Edge(1, 2, Decimal(82) / (1 - Decimal("0.18")))], {2: Decimal(1)}, {}, 2)
    assert cake.value == Decimal("100.00")


def test_what_has_no_price_is_named() -> None:
    edges = [Edge(1, 2, Decimal(1)), Edge(2, 3, Decimal(1)), Edge(2, 4, Decimal(1))]
    assert unpriced(edges, {3: Decimal(1)}) == (4,)


EDGES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(1, 4), st.integers(1, 400)), min_size=1, max_size=15
)


@given(EDGES, st.lists(st.integers(0, 10_000), min_size=11, max_size=11))
def test_a_roll_up_is_the_sum_over_all_ways_down(rows: list[tuple[int, int, int]], cents: list[int]) -> None:
    """Another algorithm: every way from the thing to its bottom, multiplied out in fractions."""
    edges = [Edge(parent, parent + step, Decimal(per) / 100) for parent, step, per in rows]
    prices = {node: Decimal(c) / 100 for node, c in enumerate(cents)}
    parents = {e.parent for e in edges}

    def worth(node: int) -> Fraction:
        if node not in parents:
            return Fraction(prices[node])
        return sum((Fraction(e.per) * worth(e.child) for e in edges if e.parent == node), Fraction(0))

    for one in roll_up(edges, prices, {}, 8):
        assert abs(Fraction(one.value) - worth(one.node)) <= Fraction(1, 2 * 10**8)
