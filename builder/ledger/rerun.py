"""Rerun: one pass through the pasts of some lanes in order, every entry at the value it would have had. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import date

from builder.ledger.booked import Booked
from builder.ledger.costing import METHODS
from builder.ledger.costing.shape import Method, Move, Outcome, Pool, divide, share
from builder.ledger.definition import CostModel, LedgerModel
from builder.ledger.histories import Follow, LaneAt, LaneHistory, Past, PoolAt, Provisional
from builder.ledger.state import Edge, Entry


class Run:
    """``values`` are what entries come to, true-ups included, by id; ``pools`` as the pass leaves them."""

    def __init__(
        self, models: Mapping[str, LedgerModel], lanes: Mapping[LaneAt, LaneHistory], provisional: Provisional
    ) -> None:
        self._models, self._lanes, self._provisional = models, lanes, provisional
        self.values: dict[int, int] = {}
        self.pools: dict[PoolAt, Pool] = {}
        self._books = {at: Booked(models[at[0]], history) for at, history in lanes.items()}
        self._entries: dict[int, Entry] = {}
        self._residues: dict[int, int] = {}
        self._rests: dict[int, int] = {}
        self._edges: dict[LaneAt, dict[tuple[int, int], list[int]]] = {at: {} for at in lanes}
        self._extra: dict[int, int] = {}
        self._folded: dict[int, int] = {}
        self._back: dict[int, tuple[int, int]] = {}
        for (ledger, _), history in lanes.items():
            self.pools.update({(ledger, key): pool for key, pool in history.opening.items()})
            self._entries.update({p.entry.id: p.entry for p in history.past})

    def work(self) -> None:
        """Go through everything once."""
        self._fold()
        for at, past in self._ordered():
            self._step(at, past)

    # ---- order

    def _moves(self, at: LaneAt) -> list[Past]:
        """What moves pools, in order: without pairs that took each other back, and without what a replay makes itself."""
        booked = self._books[at]
        found = [
            p
            for p in self._lanes[at].past
            if p.entry.id not in booked.gone and p.entry.id not in booked.roots and self._concerns_cost(p)
        ]
        return sorted(found, key=lambda p: (p.entry.business_date, p.entry.seq, p.entry.id))

    def _concerns_cost(self, past: Past) -> bool:
        cost = self._cost(past.entry)
        return bool(
            past.entry.measures[cost.quantity] or past.entry.measures[cost.value] or past.told.follows
        )

    def _ordered(self) -> Iterator[tuple[LaneAt, Past]]:
        """Day by day, each lane in its own order; one that takes its value from another lane's entry waits for it."""
        queues = {at: deque(self._moves(at)) for at in self._lanes}
        days = sorted({p.entry.business_date for q in queues.values() for p in q})
        for day in days:
            waiting = {p.entry.id for q in queues.values() for p in _of_day(q, day)}
            while waiting:
                heads = [(at, q[0]) for at, q in queues.items() if q and q[0].entry.business_date == day]
                ready = [h for h in heads if not self._sources(h[1]) & waiting] or heads
                at, past = min(ready, key=lambda h: h[1].entry.id)
                queues[at].popleft()
                waiting.discard(past.entry.id)
                yield at, past

    def _sources(self, past: Past) -> set[int]:
        found = {i for f in past.told.follows for i in f.sources}
        return found | ({past.entry.concerns} if past.entry.concerns else set())

    def _fold(self) -> None:
        """A late cost belongs to its receipt from the receipt's day on, where that day is replayed too."""
        for at, history in self._lanes.items():
            booked = self._books[at]
            cost = self._cost_of(at[0])
            for past in history.past:
                entry = past.entry
                origin = self._entries.get(entry.concerns)
                if entry.id in booked.gone or entry.id in booked.roots or not _is_late_cost(cost, past):
                    continue
                if origin is None or origin.id in booked.gone or origin.measures[cost.quantity] <= 0:
                    continue
                if entry.ledger == origin.ledger and cost.grain.of(entry.key) == cost.grain.of(origin.key):
                    self._folded[entry.id] = origin.id
                    self._extra[origin.id] = self._extra.get(origin.id, 0) + _whole(cost, past)

    # ---- one entry

    def _step(self, at: LaneAt, past: Past) -> None:
        entry, cost = past.entry, self._cost(past.entry)
        if self._method(at).needs_standard:
            self.values[entry.id] = self._books[at].effective(entry)
            self._residues[entry.id] = self._books[at].residues.get(entry.id, 0)
            return
        if entry.id in self._folded:
            self.values[entry.id], self._rests[entry.id] = 0, 0
            return
        pool_at = entry.ledger, cost.grain.of(entry.key)
        pool = self.pools.get(pool_at, Pool(0, 0))
        qty = entry.measures[cost.quantity]
        origin = self._known(at, entry.concerns) if entry.concerns else None
        amount = self._amount(at, past, origin)
        move = Move(
            entry_id=entry.id,
            day=entry.business_date,
            seq=entry.seq,
            key=entry.key,
            qty=qty,
            value=amount,
            origin=entry.concerns,
            origin_qty=origin.measures[cost.quantity] if origin is not None else 0,
            provisional=self._provisional(entry.ledger, pool_at[1]),
            told_by=cost.told_by,
            place=self._place(at, entry, pool_at),
            gives_back=self._gives_back(at, past),
        )
        outcome = self._decide(at, past)(pool, move)
        self._settle(at, entry, pool_at, outcome)

    def _place(self, at: LaneAt, entry: Entry, pool_at: PoolAt) -> tuple[date, int] | None:
        """Where in the queue units stand that came with a place of their own."""
        kept = next((x for x in self._lanes[at].layers.get(pool_at[1], ()) if x.entry_id == entry.id), None)
        return (kept.day, kept.seq) if kept is not None and kept.kind == "receipt" else None

    def _gives_back(self, at: LaneAt, past: Past) -> tuple[Edge, ...]:
        """What an issue took from the layers of the same pool, for the receipt that puts all of it back."""
        cost, entry = self._cost(past.entry), past.entry
        follow = next((f for f in past.told.follows if f.place == cost.value and not f.of_rest), None)
        if follow is None or len(follow.sources) != 1 or entry.measures[cost.quantity] <= 0:
            return ()
        source = self._entries.get(follow.sources[0])
        if source is None or source.ledger != entry.ledger:
            return ()
        if cost.grain.of(source.key) != cost.grain.of(entry.key):
            return ()
        made = [Edge(*pair, q, v) for pair, (q, v) in self._edges[at].items() if pair[1] == source.id]
        return tuple(made) if sum(e.qty for e in made) == entry.measures[cost.quantity] else ()

    def _decide(self, at: LaneAt, past: Past) -> Callable[[Pool, Move], Outcome]:
        method = self._method(at)
        if past.entry.kind == "reversal":
            return method.undo
        return method.move if past.entry.measures[self._cost(past.entry).quantity] else method.adjust

    def _method(self, at: LaneAt) -> Method:
        return METHODS.get(self._lanes[at].method)

    def _settle(self, at: LaneAt, entry: Entry, pool_at: PoolAt, outcome: Outcome) -> None:
        self.pools[pool_at] = outcome.pool
        self.values[entry.id] = self.values.get(entry.id, 0) + outcome.value
        self._residues[entry.id] = outcome.residue
        self._rests[entry.id] = outcome.rest
        for true_up in outcome.true_ups:
            before = self.values.get(true_up.concerns)
            if before is None:
                before = self._books[at].effective_outside(true_up.concerns)
            self.values[true_up.concerns] = before + true_up.value
        for edge in outcome.edges:
            sums = self._edges[at].setdefault((edge.from_entry, edge.to_entry), [0, 0])
            sums[0] += edge.qty
            sums[1] += edge.value

    def _amount(self, at: LaneAt, past: Past, origin: Entry | None) -> int | None:
        """The value that the entry states; None where costing finds it."""
        entry, cost = past.entry, self._cost(past.entry)
        own, qty = entry.measures[cost.value], entry.measures[cost.quantity]
        follow = next((f for f in past.told.follows if f.place == cost.value), None)
        if follow is not None:
            return own + self._shift(past.entry, follow) + self._extra.get(entry.id, 0)
        if entry.kind == "reversal" or not qty:
            return _whole(cost, past)
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

    def _known(self, at: LaneAt, id: int) -> Entry | None:
        known = self._lanes[at].known.get(id)
        return self._entries.get(id) or (known.entry if known is not None else None)

    def _value_of(self, at: LaneAt, entry: Entry) -> int:
        if entry.id in self.values:
            return self.values[entry.id]
        known = self._lanes[at].known.get(entry.id)
        return known.effective if known is not None else entry.measures[self._cost(entry).value]

    # ---- what follows others

    def _shift(self, entry: Entry, follow: Follow) -> int:
        """How far what the entry follows is from what it followed when it was booked, in the entry's own digits."""
        changes = [self._change(i, follow) for i in follow.sources]
        digits = self._models[entry.ledger].measures[follow.place].scale
        scaled = [_rescaled(amount, scale, digits) for amount, scale in changes]
        places = [i for i, _ in follow.shared]
        if len(scaled) == len(places) and entry.id in places:
            return follow.sign * scaled[places.index(entry.id)]
        return follow.sign * _part(sum(scaled), follow.shared, entry.id)

    def _change(self, id: int, follow: Follow) -> tuple[int, int]:
        entry = self._entries.get(id)
        if entry is None or self._models[entry.ledger].cost is None:
            known = next((h.known[id] for h in self._lanes.values() if id in h.known), None)
            if known is None or self._models[known.entry.ledger].cost is None:
                return 0, 0
            cost = self._cost(known.entry)
            scale = self._models[known.entry.ledger].measures[cost.value].scale
            return known.effective - known.entry.measures[cost.value], scale
        cost = self._cost(entry)
        model, booked = self._models[entry.ledger], self._books[self._at(entry)]
        scale = model.measures[cost.value].scale
        if id in booked.gone or id not in self.values:
            return 0, scale
        if follow.of_rest:
            rest = entry.measures[cost.residue] if cost.residue is not None else 0
            return self._rests.get(id, 0) - rest, scale
        amount = self.values[id] - entry.measures[cost.value]
        if cost.residue is None:
            amount += self._residues.get(id, 0) - booked.residues.get(id, 0)
        return amount, scale

    def shifts(self, past: Past, since: tuple[int, ...], *, is_undone: bool) -> dict[int, int]:
        """What is missing, place by place, of an entry without a pool: ``since`` was booked about it already."""
        if is_undone:
            whole = [a + b for a, b in zip(past.entry.measures, since, strict=True)]
            return {f.place: -whole[f.place] for f in past.told.follows if whole[f.place]}
        wanted: dict[int, int] = {}
        for follow in past.told.follows:
            wanted[follow.place] = wanted.get(follow.place, 0) + self._shift(past.entry, follow)
        return {place: amount - since[place] for place, amount in wanted.items() if amount != since[place]}

    # ---- what came out

    def moved(self) -> set[int]:
        """Entries that came to something else than is booked, or to something else than when they were booked first."""
        found: set[int] = set()
        for booked in self._books.values():
            found |= booked.gone
        for id, value in self.values.items():
            entry = self._entries.get(id)
            own = entry.measures[self._cost(entry).value] if entry is not None else None
            if value != own or self._residues.get(id) or id in self._folded:
                found.add(id)
        for at in self._lanes:
            found |= {entry.id for entry, amount, _ in self.differences(at) if amount}
        return found

    def differences(self, at: LaneAt) -> Iterator[tuple[Entry, int, bool]]:
        """(entry, amount, whether it is a residue) for what differs from the books of this lane."""
        booked = self._books[at]
        for past in self._lanes[at].past:
            entry = past.entry
            if entry.id in booked.gone:
                yield entry, -booked.left_of(entry), False
                yield entry, -booked.residues.get(entry.id, 0), True
            if entry.id not in self.values:
                continue
            yield entry, self.values[entry.id] - booked.effective(entry), False
            yield entry, self._residues.get(entry.id, 0) - booked.residues.get(entry.id, 0), True
        for id in booked.outside:
            if id in self.values and id in self._lanes[at].known and id not in self._entries:
                entry = self._lanes[at].known[id].entry
                yield entry, self.values[id] - self._lanes[at].known[id].effective, False

    def reason(self, id: int) -> str:
        """Why the entry is trued up: a late cost moved to its receipt, or the order of dates."""
        return "late_cost" if id in self._folded or self._extra.get(id) else "replay"

    def edge_changes(self, at: LaneAt) -> Iterator[Edge]:
        """Edges to issues between entries of this lane, as they would be, less what is kept."""
        cost = self._cost_of(at[0])
        mine = {e.id for e in self._entries.values() if self._at(e) == at}
        mine |= {x.entry_id for layers in self._lanes[at].layers.values() for x in layers}
        kept: dict[tuple[int, int], tuple[int, int]] = {}
        for edge in self._lanes[at].edges:
            to = self._known(at, edge.to_entry)
            if edge.from_entry not in mine or to is None or edge.to_entry in self._books[at].gone:
                continue
            if to.measures[cost.quantity] < 0:
                kept[edge.from_entry, edge.to_entry] = edge.qty, edge.value
        made = {pair: (q, v) for pair, (q, v) in self._edges[at].items()}
        for pair in sorted({*kept, *made}):
            (q, v), (was_q, was_v) = made.get(pair, (0, 0)), kept.get(pair, (0, 0))
            if (q, v) != (was_q, was_v):
                yield Edge(*pair, q - was_q, v - was_v)

    def _at(self, entry: Entry) -> LaneAt:
        return entry.ledger, self._models[entry.ledger].lane.of(entry.key)

    def _cost(self, entry: Entry) -> CostModel:
        return self._cost_of(entry.ledger)

    def _cost_of(self, ledger: str) -> CostModel:
        cost = self._models[ledger].cost
        assert cost is not None
        return cost


def _is_late_cost(cost: CostModel, past: Past) -> bool:
    return (
        past.entry.kind == "normal" and not past.entry.measures[cost.quantity] and bool(past.entry.concerns)
    )


def _whole(cost: CostModel, past: Past) -> int:
    """All of a value: of a late cost also what found no unit."""
    if past.told.amount is not None:
        return past.told.amount
    rest = past.entry.measures[cost.residue] if cost.residue is not None and _is_late_cost(cost, past) else 0
    return past.entry.measures[cost.value] + rest


def _of_day(queue: deque[Past], day: date) -> Iterator[Past]:
    for past in queue:
        if past.entry.business_date != day:
            return
        yield past


def _rescaled(amount: int, scale: int, digits: int) -> int:
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
