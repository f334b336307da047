"""Rerun: one pass through the pasts of some lanes in order, every entry at the value it would have had. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from fractions import Fraction
from heapq import heapify, heappop, heappush

from builder.ledger.costing.shape import Move, Outcome, Pool, share
from builder.ledger.definition import CostModel
from builder.ledger.early import Early
from builder.ledger.histories import LaneAt, Past, PoolAt, whole_of
from builder.ledger.state import Entry, Layer
from builder.ledger.valuing import without_returns


class Run(Early):
    """The pass at work."""

    def work(self) -> None:
        """Go through everything once."""
        self.prepare()
        day = date.min
        for at, past in self._ordered():
            if past.entry.business_date != day:
                day = past.entry.business_date
                self._forget_used()
            self._step(at, past)
        self._unsay()

    def _unsay(self) -> None:
        """What was said of an earlier issue by receipts that do not cover it any more."""
        for at, booked in self._books.items():
            known = self._lanes[at].known
            for id in booked.true_ups:
                if id in known and id not in self._entries and id not in self.values:
                    self.values[id] = booked.effective_outside(id)

    def _forget_used(self) -> None:
        """Layers that are used up are looked at no more from the next day on; whoever takes something back does so on its day."""
        for pool_at in self._touched:
            pool = self.pools[pool_at]
            if any(not x.qty for x in pool.layers):
                self.pools[pool_at] = replace(pool, layers=tuple(x for x in pool.layers if x.qty))
        self._touched.clear()

    def _moves(self, at: LaneAt) -> list[Past]:
        """What moves pools, in order: without pairs that took each other back, and without what a replay makes itself."""
        booked = self._books[at]
        found = [
            p
            for p in self._lanes[at].past
            if p.entry.id not in booked.gone
            and p.entry.id not in booked.roots
            and p.entry.id not in self._settled
            and self._concerns_cost(p)
        ]
        return sorted(found, key=self._order)

    def _order(self, past: Past) -> tuple[date, int, int]:
        """A shift has the place of its count."""
        entry = self._counts.get(past.entry.id, past.entry)
        return entry.business_date, entry.seq, past.entry.id

    def _concerns_cost(self, past: Past) -> bool:
        cost = self._cost(past.entry)
        return bool(
            past.entry.measures[cost.quantity] or past.entry.measures[cost.value] or past.told.follows
        )

    def _ordered(self) -> Iterator[tuple[LaneAt, Past]]:
        """Day by day, each lane in its own order; one that takes its value from another lane's entry waits for it."""
        by_day: dict[date, dict[LaneAt, deque[Past]]] = {}
        for at in self._lanes:
            for past in self._moves(at):
                by_day.setdefault(past.entry.business_date, {}).setdefault(at, deque()).append(past)
        for day in sorted(by_day):
            yield from self._of_day(by_day[day])

    def _of_day(self, queues: dict[LaneAt, deque[Past]]) -> Iterator[tuple[LaneAt, Past]]:
        waiting = {p.entry.id for q in queues.values() for p in q}
        heads = [(q[0].entry.id, at) for at, q in queues.items()]
        heapify(heads)
        blocked: list[tuple[int, LaneAt]] = []
        while heads or blocked:
            # A circle of entries that wait for each other is entered where it was entered first.
            is_circle = not heads
            if is_circle:
                heads, blocked = blocked, []
                heapify(heads)
            head = heappop(heads)
            queue = queues[head[1]]
            if not is_circle and self._sources(queue[0]) & waiting:
                blocked.append(head)
                continue
            past = queue.popleft()
            waiting.discard(past.entry.id)
            yield head[1], past
            for other in ([(queue[0].entry.id, head[1])] if queue else []) + blocked:
                heappush(heads, other)
            blocked = []

    def _sources(self, past: Past) -> set[int]:
        found = {i for f in past.told.follows for i in f.sources}
        return found | ({past.entry.concerns} if past.entry.concerns else set())

    def _step(self, at: LaneAt, past: Past) -> None:
        entry, cost = past.entry, self._cost(past.entry)
        qty = self._qty.get(entry.id, entry.measures[cost.quantity])
        if not qty and entry.measures[cost.quantity]:
            self.values[entry.id], self._residues[entry.id] = 0, 0
            return
        pool_at = entry.ledger, cost.grain.of(entry.key)
        pool = self.pools.get(pool_at, Pool(0, 0))
        if self._method(at).needs_standard and not qty:
            self._value_at_standard(past, pool_at, pool)
            return
        origin = self._known(at, entry.concerns) if entry.concerns else None
        amount = self._amount(at, past, origin)
        undone = self._taken_back(at, past)
        move = Move(
            entry_id=entry.id,
            day=entry.business_date,
            seq=entry.seq,
            key=entry.key,
            qty=qty,
            value=amount,
            origin=undone or (entry.concerns if entry.id not in self._counts else 0),
            origin_qty=origin.measures[cost.quantity] if origin is not None else 0,
            provisional=self._provisional(entry.ledger, pool_at[1]),
            standard=_unit(cost, entry),
            told_by=cost.told_by,
            place=self._place(at, entry, pool_at),
            undoes=tuple(self._taken.get(undone, ())),
        )
        if entry.id in self._qty and entry.measures[cost.quantity]:
            move = replace(move, value=self._of_group(at, past, pool, move))
        outcome = (self._method(at).undo if undone else self._decide(at, past))(pool, move)
        if undone:
            outcome = without_returns(outcome)
            self.revived.update(e.from_entry for e in move.undoes if e.qty)
        if self._method(at).needs_standard:
            self._tell_variance(past, outcome, amount)
        self._settle(at, entry, pool_at, outcome)

    def _place(self, at: LaneAt, entry: Entry, pool_at: PoolAt) -> tuple[date, int] | None:
        """Where in the queue units stand that came with a place of their own; what a count shifted has the count's."""
        kept, count = self._kept.get((at[0], entry.id)), self._counts.get(entry.id)
        if kept is not None and kept.kind == "receipt":
            return kept.day, kept.seq
        return (count.business_date, count.seq) if count is not None else None

    def _of_group(self, at: LaneAt, past: Past, pool: Pool, move: Move) -> int | None:
        """The part of what a count and its shifts come to together: found when the first of them moves. None where that is the only one. What
        each takes and lacks has a cost of its own; the last one has the rest."""
        group = self._counts.get(past.entry.id, past.entry).id
        if group not in self._together:
            ids = [group, *self._shifts.get(group, ())]
            qty = sum(self._qty.get(i, 0) for i in ids)
            if qty == move.qty:
                return None
            self._together[group] = qty, self._decide(at, past)(pool, replace(move, qty=qty)).value
        qty, value = self._together[group]
        if qty > 0 or move.qty == qty:
            part = share(value, move.qty, qty)
        else:
            part = self._decide(at, past)(pool, move).value
        self._together[group] = qty - move.qty, value - part
        return part

    def _value_at_standard(self, past: Past, pool_at: PoolAt, pool: Pool) -> None:
        """Value alone: a revaluation as it was booked; what follows others is variance, whatever it comes to."""
        entry, cost = past.entry, self._cost(past.entry)
        own = entry.measures[cost.value]
        self.values[entry.id], self._residues[entry.id] = own, 0
        self.pools[pool_at] = replace(pool, value=pool.value + own)
        more = sum(self._shift(entry, f) for f in past.told.follows if f.place == cost.value)
        if cost.variance is not None and past.told.follows:
            self._asides[entry.id, cost.variance] = entry.measures[cost.variance] + more
        self._varied[entry.id] = more

    def _tell_variance(self, past: Past, outcome: Outcome, amount: int | None) -> None:
        """What was paid beyond the standard, where other entries say what was paid: they may have come to something else."""
        entry, cost = past.entry, self._cost(past.entry)
        if amount is None or not entry.measures[cost.quantity] or entry.kind == "reversal":
            return
        is_given = past.told.is_given or bool(past.told.follows)
        booked = entry.measures[cost.variance] if cost.variance is not None and is_given else 0
        if cost.variance is not None:
            self._asides[entry.id, cost.variance] = amount + booked - outcome.value
        self._varied[entry.id] = amount - entry.measures[cost.value] if is_given else 0

    def _decide(self, at: LaneAt, past: Past) -> Callable[[Pool, Move], Outcome]:
        method = self._method(at)
        if past.entry.kind == "reversal":
            return method.undo
        if past.entry.measures[self._cost(past.entry).quantity]:
            return method.move
        return method.adjust

    def _settle(self, at: LaneAt, entry: Entry, pool_at: PoolAt, outcome: Outcome) -> None:
        self.pools[pool_at] = outcome.pool
        self._touched.add(pool_at)
        self.values[entry.id] = self.values.get(entry.id, 0) + outcome.value
        self._residues[entry.id] = outcome.residue
        self._rests[entry.id] = outcome.rest
        for true_up in outcome.true_ups:
            before = self.values.get(true_up.concerns)
            if before is None:
                before = self._books[at].effective_outside(true_up.concerns)
            self.values[true_up.concerns] = before + true_up.value
            days = self._covers.setdefault(true_up.concerns, {})
            days[entry.business_date] = days.get(entry.business_date, 0) + true_up.value
        for edge in outcome.edges:
            self._taken.setdefault(edge.to_entry, []).append(edge)
            sums = self._edges[at].setdefault((edge.from_entry, edge.to_entry), [0, 0])
            sums[0] += edge.qty
            sums[1] += edge.value

    def used_up(self, at: LaneAt) -> Iterator[Layer]:
        """Layers to which units came back and from which they went again: they are kept, so that it can be seen where those lay."""
        for id in self.revived:
            entry = self._known(at, id)
            if entry is not None and entry.ledger == at[0] and self._at(entry) == at:
                yield Layer(entry.business_date, entry.seq, id, "receipt", 0, 0, entry.key)

    def _amount(self, at: LaneAt, past: Past, origin: Entry | None) -> int | None:
        """The value that the entry states; None where costing finds it."""
        entry, cost = past.entry, self._cost(past.entry)
        own, qty = entry.measures[cost.value], entry.measures[cost.quantity]
        follow = next((f for f in past.told.follows if f.place == cost.value), None)
        if follow is not None:
            for id in () if follow.of_rest else follow.sources:
                if id in self.values:
                    self._taken_over[id] = self._foreseen.get(id, self.values[id])
            return own + self._shift(past.entry, follow) + self._extra.get(entry.id, 0)
        if entry.kind == "reversal" or not qty:
            return whole_of(cost, past)
        if past.told.is_given:
            return own + self._extra.get(entry.id, 0)
        if origin is not None and entry.kind == "normal" and cost.at_original:
            if origin.measures[cost.quantity] * qty < 0:
                return self._returned(at, entry, origin, cost)
            return share(self._value_of(at, origin), abs(qty), abs(origin.measures[cost.quantity]))
        return None

    def _returned(self, at: LaneAt, entry: Entry, origin: Entry, cost: CostModel) -> int:
        """The share of what the origin came to; its last unit takes the rest."""
        qty, whole = abs(entry.measures[cost.quantity]), abs(origin.measures[cost.quantity])
        value = self._value_of(at, origin)
        back_qty, back_value = self._back.get(origin.id, (0, 0))
        part = value - back_value if back_qty + qty == whole else share(value, qty, whole)
        self._back[origin.id] = back_qty + qty, back_value + part
        return -part


def _unit(cost: CostModel, entry: Entry) -> Fraction | None:
    """What a unit of the entry was worth when it was booked: by decree, where the method has one."""
    qty = entry.measures[cost.quantity]
    return Fraction(entry.measures[cost.value], qty) if qty else None
