"""Structure: what is made of what, and how deep each thing lies. Pure.

The level of a node is the longest way down to it (the *low-level code* of Orlicky, Material Requirements Planning, 1975): when levels are worked
through in order, everything that a node is needed for is known before the node itself is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Edge:
    """One ``parent`` takes ``per`` of the ``child``, from the day ``since`` to the day ``until`` where they are said."""

    parent: int
    child: int
    per: Decimal
    since: date | None = None
    until: date | None = None

    def holds_on(self, day: date) -> bool:
        """Whether something started on that day is made so."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)


class CircleError(Exception):
    """Something is made of itself. ``nodes`` are the way round, the first one again at the end."""

    def __init__(self, nodes: Sequence[int]) -> None:
        super().__init__("A structure contains itself.")
        self.nodes = tuple(nodes)


def children(edges: Iterable[Edge]) -> Mapping[int, Sequence[Edge]]:
    """The edges below each parent, in their order."""
    found: dict[int, list[Edge]] = {}
    for edge in edges:
        found.setdefault(edge.parent, []).append(edge)
    return found


def levels(edges: Sequence[Edge]) -> Mapping[int, int]:
    """Every node of the structure with its level; 0 is what nothing is made of. Raises ``CircleError``."""
    below = children(edges)
    waiting: dict[int, int] = {}
    for edge in edges:
        waiting[edge.child] = waiting.get(edge.child, 0) + 1
        waiting.setdefault(edge.parent, 0)
    found = {node: 0 for node, count in waiting.items() if count == 0}
    queue = deque(found)
    done = 0
    while queue:
        node = queue.popleft()
        done += 1
        for edge in below.get(node, ()):
            found[edge.child] = max(found.get(edge.child, 0), found[node] + 1)
            waiting[edge.child] -= 1
            if waiting[edge.child] == 0:
                queue.append(edge.child)
    if done < len(waiting):
        raise CircleError(_circle(below, {node for node, count in waiting.items() if count > 0}))
    return found


def levels_of_days(edges: Sequence[Edge]) -> tuple[Mapping[int, int], bool]:
    """Every node with its level, the deepest that it has on any day, and whether some way round is there that holds on no day as a whole: in
    June the one is made of the other, from July on the other way about. Raises ``CircleError`` where something is made of itself on one day."""
    try:
        return levels(edges), False
    except CircleError:
        found: dict[int, int] = {}
        for day in _first_days(edges):
            for node, level in levels([edge for edge in edges if edge.holds_on(day)]).items():
                found[node] = max(found.get(node, 0), level)
        return found, True


def _first_days(edges: Iterable[Edge]) -> list[date]:
    """A day of each stretch on which the same edges hold: whatever holds together does so where the last of it begins."""
    return sorted({edge.since or date.min for edge in edges})


def _circle(below: Mapping[int, Sequence[Edge]], left: set[int]) -> list[int]:
    """One way round among the nodes that are ``left``. Some of them only lie below a circle: from there the way ends, and is not tried again."""
    dead: set[int] = set()
    for start in sorted(left):
        way = [start] if start not in dead else []
        while way:
            after = next((e.child for e in below.get(way[-1], ()) if e.child in left - dead), None)
            if after is None:
                dead.add(way.pop())
            elif after in way:
                return [*way[way.index(after) :], after]
            else:
                way.append(after)
    return []
