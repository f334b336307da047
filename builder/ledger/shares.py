"""Shares: what of a pool's value falls to each of its rows, by quantity. Pure.

A pool keeps one cost for all of its places, so what comes into one at a price of its own and leaves another at the pool's says nothing of
what either holds: the values of an emptied place's entries need not come to nothing. A place is worth its quantity at the pool's cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from builder.ledger.balance import Balance
from builder.ledger.definition import CostModel, LedgerModel

ZERO = Decimal(0)


def shares(model: LedgerModel, cost: CostModel, rows: Sequence[Balance]) -> list[Decimal]:
    """The share of each row, at the scale of the value. ``rows`` are all that there are of each pool; their shares add up to its value, what
    rounding leaves being with the row of the largest quantity. A pool of no quantity leaves each row what its entries say."""
    counted, valued = model.measures[cost.quantity].key, model.measures[cost.value].key
    step = Decimal(1).scaleb(-model.measures[cost.value].scale)
    found = [row.measures[valued] for row in rows]
    for places in _pools(model, cost, rows):
        quantities = [rows[at].measures[counted] for at in places]
        whole, value = sum(quantities, ZERO), sum((found[at] for at in places), ZERO)
        if not whole:
            continue
        for at, quantity in zip(places, quantities, strict=True):
            found[at] = (value * quantity / whole).quantize(step, ROUND_HALF_UP)
        found[max(places, key=lambda at: abs(rows[at].measures[counted]))] += value - sum(
            (found[at] for at in places), ZERO
        )
    return found


def _pools(model: LedgerModel, cost: CostModel, rows: Sequence[Balance]) -> Iterable[list[int]]:
    """The rows' numbers, pool by pool."""
    names = [model.dimensions[position].key for position in cost.grain.positions]
    pools: dict[tuple[int, ...], list[int]] = {}
    for at, row in enumerate(rows):
        pools.setdefault(tuple(row.dimensions[name] for name in names), []).append(at)
    return pools.values()
