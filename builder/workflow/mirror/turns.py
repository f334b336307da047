"""Turns: how long people take at each node of approvals, and with whom something waits now."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from builder.workflow.mirror.mining import mean, rank


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody was asked at a node ``opened`` and answered ``decided`` (seconds; None: not yet, or no longer asked)."""

    node: tuple[str, str]
    person: int
    opened: int
    decided: int | None
    waits: bool


@dataclass(frozen=True, slots=True)
class Asked:
    """A node: how often people were asked, how long they took, and how many wait for an answer now, by person (the most first)."""

    node: tuple[str, str]
    turns: int
    median: int | None
    p90: int | None
    open: int
    oldest: int
    people: tuple[tuple[int, int], ...]
    mean: int | None = None
    p95: int | None = None
    long: int = 0
    """How many of those who wait have waited longer than was asked about."""


def mine_turns(turns: Iterable[Turn], now: int, long: int | None = None) -> tuple[Asked, ...]:
    """The nodes, the slowest first; ``long``: after how many seconds somebody has waited long."""
    took: dict[tuple[str, str], list[int]] = defaultdict(list)
    ages: dict[tuple[str, str], list[int]] = defaultdict(list)
    people: dict[tuple[str, str], Counter[int]] = defaultdict(Counter)
    count: Counter[tuple[str, str]] = Counter()
    for turn in turns:
        count[turn.node] += 1
        if turn.waits:
            ages[turn.node].append(max(now - turn.opened, 0))
            people[turn.node][turn.person] += 1
        elif turn.decided is not None:
            took[turn.node].append(max(turn.decided - turn.opened, 0))
    found = (
        Asked(
            node,
            turns,
            rank(sorted(took[node]), 50),
            rank(sorted(took[node]), 90),
            len(ages[node]),
            max(ages[node], default=0),
            tuple(people[node].most_common()),
            mean(took[node]),
            rank(sorted(took[node]), 95),
            sum(long is not None and age > long for age in ages[node]),
        )
        for node, turns in count.items()
    )
    return tuple(sorted(found, key=lambda a: (-(a.p90 or 0), a.node)))
