"""Early: what a pass knows before it begins: late costs that belong to receipts within it, and what was said of entries before it. Pure.

What was booked on or before the day through which a ledger is closed stays. A late cost for a receipt of that time counts from the first
day that is worked, on the units that were there then, once; what went on of it to earlier issues stays as it was booked.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from builder.ledger.costing import METHODS
from builder.ledger.costing.shape import Move, Pool
from builder.ledger.definition import CostModel
from builder.ledger.histories import LaneAt, Past, is_late_cost, whole_of
from builder.ledger.ran import Ran
from builder.ledger.state import Entry


class Early(Ran):
    """A pass that is being prepared."""

    def prepare(self) -> None:
        """Lay late costs on their receipts, or on what the pools hold at first."""
        for at in self._lanes:
            self._fold(at)
        for at in self._lanes:
            self._begin(at)

    def _fold(self, at: LaneAt) -> None:
        """A late cost belongs to its receipt from the receipt's day on, where that day is replayed too."""
        booked, cost = self._books[at], self._cost_of(at[0])
        for past in self._late_costs(at):
            entry, origin = past.entry, self._entries.get(past.entry.concerns)
            if entry.id in booked.gone:
                continue
            if origin is None and booked.is_moved(entry):
                # Its receipt's day was closed since; what it brought stays there.
                self._set_folded(entry, entry.concerns)
            if origin is None or self._is_gone(origin) or origin.measures[cost.quantity] <= 0:
                continue
            if entry.ledger == origin.ledger and cost.grain.of(entry.key) == cost.grain.of(origin.key):
                self._set_folded(entry, origin.id)
                self._extra[origin.id] = self._extra.get(origin.id, 0) + whole_of(cost, past)

    def _set_folded(self, entry: Entry, origin: int) -> None:
        self._folded[entry.id] = origin
        self.values[entry.id], self._rests[entry.id] = 0, 0
        self._settled.add(entry.id)

    def _late_costs(self, at: LaneAt) -> Iterator[Past]:
        cost, method = self._cost_of(at[0]), METHODS.find(self._lanes[at].method)
        if method is not None and method.needs_standard:
            return
        roots = self._books[at].roots
        yield from (p for p in self._lanes[at].past if p.entry.id not in roots and is_late_cost(cost, p))

    def _is_gone(self, entry: Entry) -> bool:
        return entry.id in self._books[self._at(entry)].gone

    def _begin(self, at: LaneAt) -> None:
        booked, cost = self._books[at], self._cost_of(at[0])
        left = dict(booked.given)
        for past in self._late_costs(at):
            entry = past.entry
            if entry.concerns in self._entries or entry.id in self._folded:
                continue
            if entry.id not in booked.gone:
                self._lay(at, cost, past, left)
            elif booked.is_moved(entry):
                self._take_off(at, cost, past)
        for entry in left.values():
            self._keep(cost, entry)

    def _lay(self, at: LaneAt, cost: CostModel, past: Past, given: dict[int, Entry]) -> None:
        """A late cost whose receipt came before: on what is there of it at first. What went on to issues of that time has left again."""
        entry = past.entry
        pool = cost.grain.of(entry.key)
        on = [
            e
            for e in given.values()
            if e.journal_id == entry.journal_id
            and cost.grain.of(e.key) == pool
            and e.measures[cost.value] * entry.measures[cost.value] < 0
        ]
        passed = -sum(e.measures[cost.value] for e in on)
        if not self._adjust(at, cost, entry, whole_of(cost, past) - passed, passed):
            return
        for one in on:
            given.pop(one.id)
            self.values[one.id] = one.measures[cost.value]
            self._settled.add(one.id)

    def _take_off(self, at: LaneAt, cost: CostModel, past: Past) -> None:
        """A late cost that was moved to its receipt before that was closed, and is taken back now: it leaves what is there of it."""
        reversal = next(
            p.entry
            for p in self._lanes[at].past
            if p.entry.kind == "reversal" and p.entry.concerns == past.entry.id
        )
        about, whole = replace(reversal, concerns=past.entry.concerns), whole_of(cost, past)
        if not self._adjust(at, cost, about, -whole, 0):
            self.values[reversal.id], self._rests[reversal.id] = 0, -whole
            self._residues[reversal.id] = 0
        place = cost.residue if cost.residue is not None else cost.variance
        if place is not None:
            self._asides[reversal.id, place] = self._rests[reversal.id]
        self._left_off |= {past.entry.id, reversal.id}

    def _adjust(self, at: LaneAt, cost: CostModel, entry: Entry, amount: int, passed: int) -> bool:
        """Put the amount on the pool as it is at first; False where it has to wait for its day."""
        pool_at = entry.ledger, cost.grain.of(entry.key)
        pool, origin = self.pools.get(pool_at, Pool(0, 0)), self._known(at, entry.concerns)
        if pool.qty <= 0 or origin is None:
            return False
        move = Move(
            entry_id=entry.id,
            day=self._lanes[at].since,
            seq=0,
            key=entry.key,
            qty=0,
            value=amount,
            origin=origin.id,
            origin_qty=origin.measures[cost.quantity],
            told_by=cost.told_by,
            heirs=self._lanes[at].heirs.get(origin.id, ()),
        )
        outcome = METHODS.get(self._lanes[at].method).adjust(pool, move)
        own = abs(entry.measures[cost.value]) if entry.kind != "reversal" else 0
        if cost.residue is None and abs(outcome.value + passed) < own:
            return False
        self.pools[pool_at] = outcome.pool
        self.values[entry.id] = outcome.value + passed
        self._rests[entry.id], self._residues[entry.id] = outcome.rest, 0
        self._settled.add(entry.id)
        return True

    def _keep(self, cost: CostModel, entry: Entry) -> None:
        """What was said of an earlier entry stays as it was said."""
        pool_at = entry.ledger, cost.grain.of(entry.key)
        pool = self.pools.get(pool_at, Pool(0, 0))
        if pool.qty <= 0:
            return
        method = METHODS.get(self._lanes[self._at(entry)].method)
        since, value = self._lanes[self._at(entry)].since, entry.measures[cost.value]
        move = Move(entry.id, since, 0, entry.key, 0, value, told_by=cost.told_by)
        self.pools[pool_at] = method.revalue(pool, move).pool
        self.values[entry.id] = value
        self._settled.add(entry.id)
