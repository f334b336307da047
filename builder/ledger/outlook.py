"""Outlook: what a figure comes to day by day, from what it is now and what is dated to come; and what of it is free. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the figure is from ``day`` on (None: now), and how much of it is ``free``: what can be taken then without anything dated
    later falling short."""

    day: date | None
    amount: Decimal
    free: Decimal


def outlook(now: Decimal, moves: Iterable[tuple[date, Decimal]]) -> tuple[Outlook, ...]:
    """The figure now and after each day on which something comes (above zero) or goes (below), in order of the days whatever the
    order of ``moves``. ``now`` is what can be disposed of: a guard's slack, for example, such as what is there less what is promised."""
    amounts: list[tuple[date | None, Decimal]] = [(None, now)]
    for day, group in groupby(sorted(moves, key=lambda move: move[0]), key=lambda move: move[0]):
        amounts.append((day, amounts[-1][1] + sum((amount for _, amount in group), Decimal(0))))
    free = amounts[-1][1]
    found: list[Outlook] = []
    for day, amount in reversed(amounts):
        free = min(free, amount)
        found.append(Outlook(day, amount, free))
    return tuple(reversed(found))
