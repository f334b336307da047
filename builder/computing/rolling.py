"""Rolling up: what a thing is worth by what it is made of. Pure, in exact decimals.

value(node) = added(node) + Σ per × value(child); what is made of nothing has its price. This is the single-level extension worked through from the
bottom, as cost roll-ups of every standard costing do it (see Horngren, Cost Accounting).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, localcontext

from builder.computing.structure import Edge, children, levels

DIGITS = 50
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Rolled:
    """What one ``node`` is worth: ``material`` is what its children are worth, ``added`` what is added at its own level."""

    node: int
    value: Decimal
    material: Decimal
    added: Decimal
    level: int


def roll_up(
    edges: Sequence[Edge], prices: Mapping[int, Decimal], added: Mapping[int, Decimal], scale: int
) -> tuple[Rolled, ...]:
    """Every node that is made of something, the deepest first. Values are rounded once, at the end. A child without a price counts as
    nothing; who asks may look for it first. Raises ``CircleError``."""
    below, at = children(edges), levels(edges)
    values: dict[int, Decimal] = {}
    made: list[Rolled] = []
    unit = Decimal(1).scaleb(-scale)
    with localcontext() as exact:
        exact.prec = DIGITS
        for node in sorted(at, key=lambda n: (-at[n], n)):
            if node not in below:
                values[node] = prices.get(node, ZERO)
                continue
            material = sum((edge.per * values[edge.child] for edge in below[node]), ZERO)
            own = added.get(node, ZERO)
            values[node] = material + own
            value, of, by = (v.quantize(unit, ROUND_HALF_UP) for v in (values[node], material, own))
            made.append(Rolled(node, value, of, by, at[node]))
    return tuple(made)


def unpriced(edges: Sequence[Edge], prices: Mapping[int, Decimal]) -> tuple[int, ...]:
    """What lies at the bottom and has no price."""
    parents = {edge.parent for edge in edges}
    bottom = dict.fromkeys(edge.child for edge in edges if edge.child not in parents)
    return tuple(node for node in bottom if node not in prices)
