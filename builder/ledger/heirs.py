"""Heirs: under which entries a receipt's units lie since their pool was switched to another costing method. Pure.

A switch ends the layers of its pool and begins its own; edges lead to it from what the pool was made of. What comes late for such a
receipt is with its part of the switch's layer, and goes with its part of whatever was issued from that.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol, TypeAlias

from builder.ledger.state import Edge, Entry

Issues: TypeAlias = "list[tuple[Entry, int]]"
Heirs: TypeAlias = "tuple[tuple[int, Fraction], ...]"
"""(entry, part): how much of each unit in that entry's layer is another entry's."""
ONE = Fraction(1)


class Shelves(Protocol):
    """Where entries, edges and layers are read, many at once."""

    def entries(self, ids: Collection[int]) -> Mapping[int, Entry]: ...
    def edges(self, ids: Collection[int]) -> Sequence[Edge]:
        """Edges that begin at those entries."""

    def concerning(self, ids: Collection[int]) -> Sequence[Entry]: ...
    def left(self, ids: Collection[int]) -> Mapping[int, int]:
        """The quantities still in the receipt layers of those entries; nothing for those that never had one."""


@dataclass
class Descent:
    """Of receipts, and of the switches that they went into: the ``issues`` that took from their layers, the switches they went ``into``
    with the quantities, and what is ``left`` in their layers."""

    issues: dict[int, Issues] = field(default_factory=dict)
    into: dict[int, Issues] = field(default_factory=dict)
    left: dict[int, int] = field(default_factory=dict)

    def heirs(self, id: int, part: Fraction = ONE) -> Heirs:
        """Every switch whose layer holds units of the entry."""
        found: list[tuple[int, Fraction]] = []
        for switch, qty in self.into.get(id, ()):
            of_it = part * qty / self._began_with(switch.id)
            found += [(switch.id, of_it), *self.heirs(switch.id, of_it)]
        return tuple(found)

    def gone(self, id: int) -> list[tuple[Entry, Fraction]]:
        """What was issued of the entry's units, before and after switches."""
        found = [(issue, Fraction(qty)) for issue, qty in self.issues.get(id, ())]
        for switch, part in self.heirs(id):
            found += [(issue, part * qty) for issue, qty in self.issues.get(switch, ())]
        return found

    def unknown(self, id: int, whole: int) -> int:
        """How many of the entry's units went before a switch without anybody knowing with which issue."""
        return max(whole - self._known(id) - self.left.get(id, 0), 0)

    def _began_with(self, switch: int) -> int:
        return self.left[switch] + self._known(switch)

    def _known(self, id: int) -> int:
        return sum(q for _, q in self.issues.get(id, [])) + sum(q for _, q in self.into.get(id, []))


def descent(shelves: Shelves, entries: Collection[Entry], quantity: Callable[[Entry], int]) -> Descent:
    """What became of the units of those entries. A switch to a method without layers holds none: what it left behind nobody can tell
    apart, and the next switch says again what its pool is made of."""
    found = Descent()
    waiting = {e.id: e for e in entries}
    while waiting:
        edges = [e for e in shelves.edges(sorted(waiting)) if e.qty > 0]
        to = shelves.entries({e.to_entry for e in edges})
        switches = {e.id: e for e in to.values() if e.kind == "reclass" and not quantity(e)}
        found.left.update(shelves.left(switches) if switches else {})
        found.issues.update({id: [] for id in waiting})
        for edge in edges:
            source, other = waiting[edge.from_entry], to.get(edge.to_entry)
            if other is None or other.ledger != source.ledger:
                continue
            if quantity(other) < 0:
                found.issues[source.id].append((other, edge.qty))
            elif other.id in switches and other.id in found.left:
                found.into.setdefault(source.id, []).append((other, edge.qty))
        waiting = {id: e for id, e in switches.items() if id in found.left and id not in found.issues}
    if found.into:
        found.left = {**shelves.left(found.into), **found.left}
    found.issues = {id: standing(shelves, issues) for id, issues in found.issues.items()}
    return found


def standing(shelves: Shelves, issues: Sequence[tuple[Entry, int]]) -> Issues:
    """Without what was taken back, and without what takes back."""
    about = shelves.concerning([i.id for i, _ in issues])
    gone = {e.concerns for e in about if e.kind == "reversal"}
    return [(i, q) for i, q in issues if i.id not in gone and i.kind in ("normal", "count")]
