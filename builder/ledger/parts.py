"""Parts: a late cost that its pool cannot keep, split over where the units went, to the last cent. Pure."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from builder.ledger.costing.shape import divide, share
from builder.ledger.state import Entry, Follow, Trail, Way


@dataclass(frozen=True, slots=True)
class Part:
    """What leaves with an issue: by the entries at which it arrives, and what corrects whoever took over the cost of what is gone."""

    issue: Entry
    to: tuple[tuple[Entry, int], ...]
    gone: int = 0

    @property
    def whole(self) -> int:
        return self.gone + sum(amount for _, amount in self.to)


def split(rest: int, trail: Trail | None, takers: Container[int] = ()) -> tuple[int, tuple[Part, ...]]:
    """How much of the rest goes on, and its parts. Of what was issued to nowhere else nothing goes on, except for ``takers``: issues whose
    cost somebody took over."""
    if trail is None or not rest or not trail.gone:
        return 0, ()
    parts: list[Part] = []
    until = 0
    for way in trail.ways:
        after = until + way.qty
        amount = share(rest, after, trail.gone) - share(rest, until, trail.gone)
        until = after
        to = _along(amount, way)
        gone = amount - sum(a for _, a in to) if not way.to and way.issue.id in takers else 0
        if to or gone:
            parts.append(Part(way.issue, to, gone))
    return sum(part.whole for part in parts), tuple(parts)


def _along(amount: int, way: Way) -> tuple[tuple[Entry, int], ...]:
    """What came back takes its share, what was made of the others the rest."""
    came = min(sum(q for _, q in way.back), way.whole)
    back = share(amount, came, way.whole) if came else 0
    found = [*_shared(back, way.back), *(_shared(amount - back, way.to))]
    return tuple((entry, part) for entry, part in found if part)


def _shared(amount: int, weights: Sequence[tuple[Entry, int]]) -> list[tuple[Entry, int]]:
    whole, until = sum(abs(w) for _, w in weights), 0
    found: list[tuple[Entry, int]] = []
    for entry, weight in weights if whole else ():
        after = until + abs(weight)
        found.append((entry, share(amount, after, whole) - share(amount, until, whole)))
        until = after
    return found


def taken_over(follow: Follow, id: int, amounts: Sequence[int]) -> int:
    """What the entry has of the amounts of the sources that it follows: its own, where each has one, else its part of all."""
    places = [i for i, _ in follow.shared]
    if len(amounts) == len(places) and id in places:
        return follow.sign * amounts[places.index(id)]
    return follow.sign * _part(sum(amounts), follow.shared, id)


def rescaled(amount: int, scale: int, digits: int) -> int:
    """The amount of ``scale`` in ``digits``, HALF_UP."""
    return amount * 10 ** (digits - scale) if digits >= scale else divide(amount, 10 ** (scale - digits))


def _part(total: int, shared: tuple[tuple[int, int], ...], id: int) -> int:
    """The entry's part of a total, by weight; the parts add up."""
    weights = [abs(w) for _, w in shared]
    whole, until = sum(weights), 0
    for (other, _), weight in zip(shared, weights, strict=True):
        if other == id:
            after = until + weight
            return share(total, after, whole) - (share(total, until, whole) if until else 0) if whole else 0
        until += weight
    return 0
