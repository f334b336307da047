"""Ran: what a pass through the past came to, and the questions to it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from builder.ledger.booked import Booked
from builder.ledger.costing import METHODS
from builder.ledger.costing.shape import Method, Pool
from builder.ledger.definition import CostModel, LedgerModel
from builder.ledger.histories import (
    Known,
    LaneAt,
    LaneHistory,
    Past,
    PoolAt,
    Provisional,
    is_late_cost,
    whole_of,
)
from builder.ledger.netting import netted
from builder.ledger.parts import rescaled, taken_over
from builder.ledger.state import Edge, Entry, Follow, Layer


class Ran:
    """``values`` are what entries come to, true-ups included, by id; ``pools`` as the pass leaves them. ``foreseen`` is what an earlier
    pass found entries to come to in the end, later than others took it over. To the layers of ``revived`` units came back."""

    def __init__(
        self,
        models: Mapping[str, LedgerModel],
        lanes: Mapping[LaneAt, LaneHistory],
        provisional: Provisional,
        foreseen: Mapping[int, int] | None = None,
    ) -> None:
        self._models, self._lanes, self._provisional = models, lanes, provisional
        self._foreseen, self._taken_over = foreseen or {}, dict[int, int]()
        self.values: dict[int, int] = {}
        self.pools: dict[PoolAt, Pool] = {}
        self.revived: set[int] = set()
        self._books = {at: Booked(models[at[0]], history) for at, history in lanes.items()}
        self._entries: dict[int, Entry] = {}
        self._pasts: dict[int, Past] = {}
        self._asides: dict[tuple[int, int], int] = {}
        self._left_off: set[int] = set()
        self._varied: dict[int, int] = {}
        self._residues: dict[int, int] = {}
        self._rests: dict[int, int] = {}
        self._edges: dict[LaneAt, dict[tuple[int, int], list[int]]] = {at: {} for at in lanes}
        self._extra: dict[int, int] = {}
        self._folded: dict[int, int] = {}
        self._back: dict[int, tuple[int, int]] = {}
        self._taken: dict[int, list[Edge]] = {}
        self._touched: set[PoolAt] = set()
        self._kept: dict[tuple[str, int], Layer] = {}
        self._outside: dict[int, Known] = {}
        self._settled: set[int] = set()
        self._covers: dict[int, dict[date, int]] = {}
        self._qty: dict[int, int] = {}
        self._counts: dict[int, Entry] = {}
        self._together: dict[int, tuple[int, int]] = {}
        self._shifts: dict[int, list[int]] = {}
        self._shifted_before: dict[int, list[int]] = {}
        for at, history in lanes.items():
            self._net(at, history)
        for (ledger, _), history in lanes.items():
            self.pools.update({(ledger, key): pool for key, pool in history.opening.items()})
            self._entries.update({p.entry.id: p.entry for p in history.past})
            self._pasts.update({p.entry.id: p for p in history.past})
            self._outside.update(history.known)
            self._back.update({i: (k.back_qty, k.back_value) for i, k in history.known.items() if k.back_qty})
            for id, known in history.known.items():
                if known.entry.kind == "count_shift" and id not in self._entries:
                    self._shifted_before.setdefault(known.entry.concerns, []).append(id)
            for layers in history.layers.values():
                self._kept.update({(ledger, x.entry_id): x for x in layers})

    def _net(self, at: LaneAt, history: LaneHistory) -> None:
        """Counts and their shifts, as far as they stand and do not cancel each other."""
        standing = [p for p in history.past if p.entry.id not in self._books[at].gone]
        method = METHODS.find(history.method)
        tells = method is not None and method.tells_apart
        left, counts = netted(standing, self._cost_of(at[0]), tells_apart=tells)
        self._qty.update(left)
        self._counts.update(counts)
        for shift, count in counts.items():
            self._shifts.setdefault(count.id, []).append(shift)

    def _shift(self, entry: Entry, follow: Follow) -> int:
        """How far what the entry follows is from what it followed when it was booked, in the entry's own digits."""
        changes = [self._change(i, follow) for i in follow.sources]
        digits = self._models[entry.ledger].measures[follow.place].scale
        return taken_over(follow, entry.id, [rescaled(amount, scale, digits) for amount, scale in changes])

    def _change(self, id: int, follow: Follow) -> tuple[int, int]:
        entry = self._entries.get(id)
        if entry is None or self._models[entry.ledger].cost is None:
            known = self._outside.get(id)
            if known is None or self._models[known.entry.ledger].cost is None:
                return 0, 0
            cost = self._cost(known.entry)
            scale = self._models[known.entry.ledger].measures[cost.value].scale
            amount = self.values.get(id, known.effective) - known.entry.measures[cost.value]
            shifts = self._shifted_before.get(id, ())
            return amount + sum(self.values.get(s, self._outside[s].effective) for s in shifts), scale
        cost = self._cost(entry)
        model, booked = self._models[entry.ledger], self._books[self._at(entry)]
        scale = model.measures[cost.value].scale
        is_open = id in self.values or id in self._shifts or id in self._foreseen
        if id in booked.gone or not is_open:
            return 0, scale
        if follow.of_rest:
            return self._rest_moved(id), scale
        own = entry.measures[cost.value]
        amount = self._foreseen.get(id, self.values.get(id, own)) - own
        amount += sum(self.values.get(shift, 0) for shift in self._shifts.get(id, ()))
        if cost.residue is None:
            amount += self._residues.get(id, 0) - booked.residues.get(id, 0)
        return amount, scale

    def outrun(self) -> dict[int, int]:
        """What entries came to only after others had taken their values over: shortages that were covered later."""
        late = (id for id, used in self._taken_over.items() if self.values.get(id, used) != used)
        return {id: self.values[id] for id in late}

    def _rest_moved(self, id: int) -> int:
        """How far what found no unit is from what it was when it was booked."""
        entry, past = self._entries[id], self._pasts[id]
        cost = self._cost(entry)
        if id in self._varied:
            return self._varied[id]
        if id not in self._rests:
            return 0
        if cost.residue is not None:
            return self._rests[id] - entry.measures[cost.residue]
        return self._rests[id] - (whole_of(cost, past) - entry.measures[cost.value])

    def shifts(self, past: Past, since: tuple[int, ...], *, is_undone: bool) -> dict[int, int]:
        """What is missing, place by place, of an entry without a pool: ``since`` was booked about it already."""
        if is_undone:
            whole = [a + b for a, b in zip(past.entry.measures, since, strict=True)]
            return {f.place: -whole[f.place] for f in past.told.follows if whole[f.place]}
        wanted: dict[int, int] = {}
        for follow in past.told.follows:
            wanted[follow.place] = wanted.get(follow.place, 0) + self._shift(past.entry, follow)
        return {place: amount - since[place] for place, amount in wanted.items() if amount != since[place]}

    def moved(self) -> set[int]:
        """Entries that came to something else than is booked, or to something else than when they were booked first."""
        found: set[int] = set()
        for booked in self._books.values():
            found |= booked.gone | set(booked.true_ups)
        for id, value in self.values.items():
            entry = self._entries.get(id)
            own = entry.measures[self._cost(entry).value] if entry is not None else None
            if value != own or self._residues.get(id) or id in self._folded:
                found.add(id)
        for at in self._lanes:
            found |= {entry.id for entry, amount, _ in self.differences(at) if amount}
        # Who follows a count follows its shifts as well.
        shifted = {c for c, ids in self._shifted_before.items() if any(i in self.values for i in ids)}
        return found | {count.id for count in self._counts.values()} | shifted

    def differences(self, at: LaneAt) -> Iterator[tuple[Entry, int, bool]]:
        """(entry, amount, whether it is a residue) for what differs from the books of this lane."""
        booked = self._books[at]
        for past in self._lanes[at].past:
            entry = past.entry
            if entry.id in booked.gone and entry.id not in self._left_off:
                yield entry, -booked.left_of(entry), False
                yield entry, -booked.residues.get(entry.id, 0), True
            if entry.id not in self.values:
                if entry.id in booked.roots:
                    yield entry, -booked.residues.get(entry.id, 0), True
                continue
            yield entry, self.values[entry.id] - booked.effective(entry), False
            yield entry, self._residues.get(entry.id, 0) - booked.residues.get(entry.id, 0), True
        for id in booked.outside:
            if id in self.values and id in self._lanes[at].known and id not in self._entries:
                entry = self._lanes[at].known[id].entry
                yield entry, self.values[id] - self._lanes[at].known[id].effective, False

    def dated(self, at: LaneAt) -> Iterator[tuple[Entry, date, int, bool]]:
        """(entry, day, amount, whether it is a residue): the differences, each on the day it belongs to. What made up for a shortage belongs to
        the day of what covered it: until then nobody knew."""
        booked = self._books[at]
        for entry, amount, is_residue in self.differences(at):
            left = amount
            for day, part in sorted(self._later(booked, entry).items()) if not is_residue else ():
                left -= part
                if part:
                    yield entry, day, part, False
            if left:
                yield entry, entry.business_date, left, is_residue

    def _later(self, booked: Booked, entry: Entry) -> dict[date, int]:
        covers = self._covers.get(entry.id, {}) if entry.id not in booked.gone else {}
        said = booked.days.get(entry.id, {})
        days = {day for day in (*covers, *said) if day > entry.business_date}
        return {day: covers.get(day, 0) - said.get(day, 0) for day in days}

    def asides(self, at: LaneAt) -> Iterator[tuple[Entry, int, int]]:
        """(entry, place, amount) for what differs at other places: what found no unit, and variances."""
        booked, cost = self._books[at], self._cost_of(at[0])
        for past in self._lanes[at].past:
            entry = past.entry
            if entry.id in self._rests and cost.residue is not None and is_late_cost(cost, past):
                self._asides[entry.id, cost.residue] = self._rests[entry.id]
            for place in {cost.residue, cost.variance} - {None}:
                assert place is not None
                wanted = self._asides.get((entry.id, place))
                if entry.id in booked.gone and entry.id not in self._left_off:
                    wanted = entry.measures[place]
                if wanted is not None and wanted != booked.aside(entry, place):
                    yield entry, place, wanted - booked.aside(entry, place)

    def moved_now(self, at: LaneAt) -> Iterator[Entry]:
        """Late costs that are with their receipts now and were not before."""
        booked = self._books[at]
        for past in self._lanes[at].past:
            if past.entry.id in self._folded and not booked.is_moved(past.entry):
                yield past.entry

    def reason(self, id: int) -> str:
        """Why the entry is trued up: a late cost moved to its receipt, or the order of dates."""
        return "late_cost" if id in self._folded or self._extra.get(id) else "replay"

    def edge_changes(self, at: LaneAt) -> Iterator[Edge]:
        """Edges out of layers between entries of this lane, as they would be, less what is kept. What was taken back took nothing."""
        cost = self._cost_of(at[0])
        mine = {p.entry.id for p in self._lanes[at].past}
        mine |= {x.entry_id for layers in self._lanes[at].layers.values() for x in layers}
        made = {pair: (q, v) for pair, (q, v) in self._edges[at].items()}
        made.update(self._taken_back_whole(at))
        kept: dict[tuple[int, int], tuple[int, int]] = {}
        for edge in self._lanes[at].edges:
            source = self._known(at, edge.from_entry)
            is_layered = source is not None and source.measures[cost.quantity] > 0
            if edge.from_entry not in mine or not (is_layered or (edge.from_entry, edge.to_entry) in made):
                continue
            kept[edge.from_entry, edge.to_entry] = edge.qty, edge.value
        for pair in sorted({*kept, *made}):
            (q, v), (was_q, was_v) = made.get(pair, (0, 0)), kept.get(pair, (0, 0))
            if (q, v) != (was_q, was_v):
                yield Edge(*pair, q - was_q, v - was_v)

    def _taken_back(self, at: LaneAt, past: Past) -> int:
        """The issue of the same pool that a receipt makes undone: all of what left is there again, at another place."""
        cost, entry = self._cost(past.entry), past.entry
        follow = next((f for f in past.told.follows if f.place == cost.value and not f.of_rest), None)
        if follow is None or len(follow.sources) != 1 or self._method(at).needs_standard:
            return 0
        source = self._entries.get(follow.sources[0])
        if source is None or source.ledger != entry.ledger or follow.sign > 0:
            return 0
        moved = entry.measures[cost.quantity]
        if moved <= 0 or source.measures[cost.quantity] != -moved:
            return 0
        is_same = cost.told_by is None or source.key[cost.told_by] == entry.key[cost.told_by]
        return source.id if is_same and cost.grain.of(source.key) == cost.grain.of(entry.key) else 0

    def _method(self, at: LaneAt) -> Method:
        return METHODS.get(self._lanes[at].method)

    def _taken_back_whole(self, at: LaneAt) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
        """A receipt that was taken back went into what took it back, all of it."""
        cost, gone = self._cost_of(at[0]), self._books[at].gone
        method = METHODS.find(self._lanes[at].method)
        for past in self._lanes[at].past if method is not None and method.uses_layers else ():
            undoing, origin = past.entry, self._entries.get(past.entry.concerns)
            if undoing.kind != "reversal" or undoing.id not in gone or origin is None:
                continue
            if origin.measures[cost.quantity] > 0:
                whole = origin.measures[cost.quantity], origin.measures[cost.value]
                # What had only moved within its pool brought nothing that could go: what left then is what goes.
                yield (self._taken_back(at, self._pasts[origin.id]) or origin.id, undoing.id), whole

    def _known(self, at: LaneAt, id: int) -> Entry | None:
        known = self._lanes[at].known.get(id)
        return self._entries.get(id) or (known.entry if known is not None else None)

    def _value_of(self, at: LaneAt, entry: Entry) -> int:
        if entry.id in self.values:
            return self.values[entry.id]
        known = self._lanes[at].known.get(entry.id)
        return known.effective if known is not None else entry.measures[self._cost(entry).value]

    def _at(self, entry: Entry) -> LaneAt:
        return entry.ledger, self._models[entry.ledger].lane.of(entry.key)

    def _cost(self, entry: Entry) -> CostModel:
        return self._cost_of(entry.ledger)

    def _cost_of(self, ledger: str) -> CostModel:
        cost = self._models[ledger].cost
        assert cost is not None
        return cost
