"""Booked: what the books of a lane say about its entries beside the entries themselves. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from builder.ledger.definition import LedgerModel
from builder.ledger.histories import LaneHistory
from builder.ledger.state import Entry


class Booked:
    """``gone`` are entries that were taken back with what took them back, ``roots`` the entries that true-ups and residues (and
    what took those back) speak of, ``true_ups`` and ``residues`` their sums by that. ``covered`` are issues that
    receipts of this history had to make up for, ``given`` what was said of entries before it and stays. ``days`` are true-ups by what they
    speak of and by day."""

    def __init__(self, model: LedgerModel, history: LaneHistory) -> None:
        cost = model.cost
        assert cost is not None
        self._place, self._history = cost.value, history
        entries = {p.entry.id: p.entry for p in history.past}
        self.covered = {e.to_entry for e in history.edges if e.from_entry in entries}
        undone = {e.concerns for e in entries.values() if e.kind == "reversal"}
        self.roots: dict[int, int] = {}
        for entry in entries.values():
            root = entry
            while root.kind == "reversal" and root.concerns in entries:
                root = entries[root.concerns]
            if root.kind in ("true_up", "residue") and root.concerns:
                self.roots[entry.id] = root.concerns
        self.given: dict[int, Entry] = {}
        for id in [i for i, root in self.roots.items() if self._is_given(entries, entries[i], root, undone)]:
            self.given[id] = entries[id]
            del self.roots[id]
        pairs = {e.id for e in entries.values() if e.kind == "reversal" and e.concerns in entries}
        self.gone = {i for i in {*(undone & set(entries)), *pairs} if i not in self.roots}
        self._reversals = {
            e.concerns: e.measures[cost.value] for e in entries.values() if e.kind == "reversal"
        }
        self._moved = {root for id, root in self.roots.items() if entries[id].reason == "late_cost"}
        self._asides: dict[tuple[int, int], int] = {}
        self.days: dict[int, dict[date, int]] = {}
        self.true_ups: dict[int, int] = {}
        self.residues: dict[int, int] = {}
        for id, concerned in self.roots.items():
            kind = _first_kind(entries, id)
            sums = self.true_ups if kind == "true_up" else self.residues
            sums[concerned] = sums.get(concerned, 0) + entries[id].measures[self._place]
            if kind == "true_up":
                self._add_asides(concerned, entries[id])
                days = self.days.setdefault(concerned, {})
                day = entries[id].business_date
                days[day] = days.get(day, 0) + entries[id].measures[self._place]
        self.outside = {i for i in self.true_ups if i not in entries} | set(history.known)

    def _add_asides(self, concerned: int, entry: Entry) -> None:
        for place, amount in enumerate(entry.measures):
            if place != self._place and amount:
                name = concerned, place
                self._asides[name] = self._asides.get(name, 0) + amount

    def aside(self, entry: Entry, place: int) -> int:
        """What lies at another place of the entry, with what was booked about it since."""
        return entry.measures[place] + self._asides.get((entry.id, place), 0)

    def _is_given(self, entries: Mapping[int, Entry], entry: Entry, root: int, undone: set[int]) -> bool:
        """Whether the entry says of one before this history what no pass can find again."""
        return (
            entry.kind == "true_up"
            and entry.id not in undone
            and root not in entries
            and root not in self.covered
        )

    def effective(self, entry: Entry) -> int:
        return entry.measures[self._place] + self.true_ups.get(entry.id, 0)

    def is_moved(self, entry: Entry) -> bool:
        """Whether a replay moved the late cost to its receipt."""
        return entry.id in self._moved and not self.effective(entry)

    def left_of(self, entry: Entry) -> int:
        """What is left in the books of an entry that was taken back; of its reversal only what was said of it since."""
        if entry.kind == "reversal":
            return self.true_ups.get(entry.id, 0)
        return self.effective(entry) + self._reversals.get(entry.id, 0)

    def effective_outside(self, id: int) -> int:
        """What an earlier entry came to without the true-ups that this history made."""
        known = self._history.known.get(id)
        return (known.effective if known is not None else 0) - self.true_ups.get(id, 0)


def _first_kind(entries: Mapping[int, Entry], id: int) -> str:
    entry = entries[id]
    while entry.kind == "reversal":
        entry = entries[entry.concerns]
    return entry.kind
