"""Booked: what the books of a lane say about its entries beside the entries themselves. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from builder.ledger.definition import LedgerModel
from builder.ledger.histories import LaneHistory
from builder.ledger.state import Entry


class Booked:
    """``gone`` are entries that were taken back with what took them back, ``roots`` the entries that true-ups and residues (and
    what took those back) speak of, ``true_ups`` and ``residues`` their sums by that."""

    def __init__(self, model: LedgerModel, history: LaneHistory) -> None:
        cost = model.cost
        assert cost is not None
        self._place, self._history = cost.value, history
        entries = {p.entry.id: p.entry for p in history.past}
        undone = {e.concerns for e in entries.values() if e.kind == "reversal"}
        self.roots: dict[int, int] = {}
        for entry in entries.values():
            root = entry
            while root.kind == "reversal" and root.concerns in entries:
                root = entries[root.concerns]
            if root.kind in ("true_up", "residue") and root.concerns:
                self.roots[entry.id] = root.concerns
        pairs = {e.id for e in entries.values() if e.kind == "reversal" and e.concerns in entries}
        self.gone = {i for i in {*(undone & set(entries)), *pairs} if i not in self.roots}
        self._reversals = {
            e.concerns: e.measures[cost.value] for e in entries.values() if e.kind == "reversal"
        }
        self._moved = {root for id, root in self.roots.items() if entries[id].reason == "late_cost"}
        self.true_ups: dict[int, int] = {}
        self.residues: dict[int, int] = {}
        for id, concerned in self.roots.items():
            kind = _first_kind(entries, id)
            sums = self.true_ups if kind == "true_up" else self.residues
            sums[concerned] = sums.get(concerned, 0) + entries[id].measures[self._place]
        self.outside = {i for i in self.true_ups if i not in entries} | set(history.known)

    def effective(self, entry: Entry) -> int:
        return entry.measures[self._place] + self.true_ups.get(entry.id, 0)

    def is_moved(self, entry: Entry) -> bool:
        """Whether a replay moved the late cost to its receipt."""
        return entry.id in self._moved and not self.effective(entry)

    def left_of(self, entry: Entry) -> int:
        """What is left in the books of an entry that was taken back; its reversal itself leaves nothing."""
        return 0 if entry.kind == "reversal" else self.effective(entry) + self._reversals.get(entry.id, 0)

    def effective_outside(self, id: int) -> int:
        """What an earlier entry came to without the true-ups that this history made."""
        known = self._history.known.get(id)
        return (known.effective if known is not None else 0) - self.true_ups.get(id, 0)


def _first_kind(entries: Mapping[int, Entry], id: int) -> str:
    entry = entries[id]
    while entry.kind == "reversal":
        entry = entries[entry.concerns]
    return entry.kind
