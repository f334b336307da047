"""Netting: what must be started when, so that demands are met out of what is there and what comes. Pure.

Time-phased net requirements, level by level (Orlicky, Material Requirements Planning, 1975; the terms are those of the APICS dictionary):
net = gross + safety - at hand - arriving, never below zero; started = net / good share, at least the least lot, a whole multiple; the start lies
the lead time before the need, and is when the parts are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, Decimal, localcontext

from builder.computing.structure import Edge, children, levels_of_days

DIGITS = 50
ZERO, ONE = Decimal(0), Decimal(1)
ROUNDS = 50
"""How often needs are worked out where a way round holds on no day as a whole: each time round begins earlier, so a few are enough."""
Shift = Callable[[date, int], date]
"""The day so many working days after (or, negative, before) a day."""


@dataclass(frozen=True, slots=True)
class Want:
    """``quantity`` of ``node`` on ``day``; ``parent`` is what it is needed for, where that is planned too."""

    node: int
    day: date
    quantity: Decimal
    parent: int | None = None


@dataclass(frozen=True, slots=True)
class Have:
    """``quantity`` of ``node``, on ``day`` or (None) there already."""

    node: int
    day: date | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Lot:
    """How a node is got; see ``metadata.computation.Policy``."""

    safety: Decimal = ZERO
    lead: int = 0
    good: Decimal = ONE
    least: Decimal = ZERO
    multiple: Decimal = ZERO
    span: int = 0
    places: int = 0

    def started(self, net: Decimal) -> Decimal:
        """What must be started so that ``net`` comes out."""
        wanted = max(net / self.good, self.least)
        step = self.multiple if self.multiple > 0 else ONE.scaleb(-self.places)
        return (wanted / step).to_integral_value(ROUND_CEILING) * step


@dataclass(frozen=True, slots=True)
class Need:
    """Start ``quantity`` of ``node`` on ``start``, to have it on ``day``. ``gross`` is what is wanted on the days that it covers, ``parent`` the
    first thing it is for. ``late``: the start has passed."""

    node: int
    parent: int | None
    quantity: Decimal
    gross: Decimal
    day: date
    start: date
    level: int
    late: bool


def net(
    wants: Iterable[Want],
    haves: Iterable[Have],
    edges: Sequence[Edge],
    lots: Mapping[int, Lot],
    *,
    today: date,
    shift: Shift,
) -> tuple[Need, ...]:
    """Every need, by level, node and day. A want of the past is one of today. Raises ``CircleError``."""
    at, has_ways_round = levels_of_days(edges)
    below = children(edges)
    wanted: dict[int, list[Want]] = {}
    for want in wants:
        wanted.setdefault(want.node, []).append(want)
    had: dict[int, list[Have]] = {}
    for have in haves:
        had.setdefault(have.node, []).append(have)
    nodes = {*wanted, *had, *at, *(node for node, lot in lots.items() if lot.safety > 0)}
    ordered = sorted(nodes, key=lambda n: (at.get(n, 0), n))
    parts: dict[int, dict[int, list[Want]]] = {}
    found: dict[int, tuple[Need, ...]] = {}
    with localcontext() as exact:
        exact.prec = DIGITS
        for _ in range(ROUNDS if has_ways_round else 1):
            before = dict(found)
            for node in ordered:
                axis = _Axis(node, at.get(node, 0), lots.get(node, Lot()), today, shift)
                asked = [*wanted.get(node, ()), *(w for them in parts.get(node, {}).values() for w in them)]
                found[node] = tuple(axis.needs(asked, had.get(node, ())))
                _hand_down(found[node], below.get(node, ()), parts, today)
            if found == before:
                break
    return tuple(need for node in ordered for need in found[node])


def _hand_down(
    needs: Iterable[Need],
    edges: Iterable[Edge],
    parts: dict[int, dict[int, list[Want]]],
    today: date,
) -> None:
    """What the needs of one node ask of its children, in place of what they asked in the round before."""
    made = list(needs)
    for edge in edges:
        parts.setdefault(edge.child, {}).pop(edge.parent, None)
    for need in made:
        for edge in edges:
            if edge.holds_on(max(need.start, today)):
                part = Want(edge.child, need.start, need.quantity * edge.per, need.node)
                parts[edge.child].setdefault(need.node, []).append(part)


@dataclass(frozen=True)
class _Axis:
    """One node along its days."""

    node: int
    level: int
    lot: Lot
    today: date
    shift: Shift

    def needs(self, wants: Sequence[Want], haves: Sequence[Have]) -> Iterable[Need]:
        moves, first = self._moves(wants, haves)
        days = sorted(moves)
        left = ZERO
        for index, day in enumerate(days):
            left += moves[day][0]
            if left >= 0:
                continue
            within = days[index : self._until(days, index)]
            lowest, running = left, left
            for later in within[1:]:
                running += moves[later][0]
                lowest = min(lowest, running)
            quantity = self.lot.started(-lowest)
            left += quantity * self.lot.good
            gross = sum((moves[d][1] for d in within), ZERO)
            parent = next((first[d] for d in within if d in first), None)
            start = self.shift(day, -self.lot.lead)
            yield Need(self.node, parent, quantity, gross, day, start, self.level, start < self.today)

    def _moves(
        self, wants: Sequence[Want], haves: Sequence[Have]
    ) -> tuple[Mapping[date, tuple[Decimal, Decimal]], Mapping[date, int | None]]:
        """What comes and goes in all, and what is wanted, by day; and what each day's first want is for."""
        # A reserve that is short is filled as soon as an order can arrive: what comes sooner counts first.
        arrival = self.shift(self.today, self.lot.lead)
        moves: dict[date, tuple[Decimal, Decimal]] = {arrival: (-self.lot.safety, ZERO)}
        first: dict[date, int | None] = {}
        for have in haves:
            day = max(have.day or self.today, self.today)
            change, gross = moves.get(day, (ZERO, ZERO))
            moves[day] = (change + have.quantity, gross)
        for want in wants:
            day = max(want.day, self.today)
            change, gross = moves.get(day, (ZERO, ZERO))
            moves[day] = (change - want.quantity, gross + want.quantity)
            first.setdefault(day, want.parent)
        return moves, first

    def _until(self, days: Sequence[date], index: int) -> int:
        end = days[index] + timedelta(days=max(self.lot.span, 1))
        return next((i for i in range(index + 1, len(days)) if days[i] >= end), len(days))
