"""Trails: where the units of a receipt went and what was made of them, so that a late cost can follow. Pure.

Where layers are kept, edges say who took from a receipt. In an average pool nobody knows; there the issues after the receipt share
it by their quantities, until as much has gone as was there; what left a pool without any of its worth (a normal loss) bears none. Returns come back to the pool; an issue whose value went on to another
pool (a transfer, work in progress, what was produced) leads there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import lcm
from typing import Protocol, TypeAlias

from builder.changes import Intent
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.heirs import Descent, Issues, descent, standing
from builder.ledger.state import Edge, Entry, Trail, Way

PoolAt: TypeAlias = "tuple[str, Key]"


class Past(Protocol):
    """Where entries and edges are read, many at once."""

    def entries(self, ids: Collection[int]) -> Mapping[int, Entry]: ...
    def edges(self, ids: Collection[int]) -> Sequence[Edge]:
        """Edges that begin at those entries."""

    def concerning(self, ids: Collection[int]) -> Sequence[Entry]: ...
    def left(self, ids: Collection[int]) -> Mapping[int, int]:
        """The quantities still in the receipt layers of those entries; nothing for those that never had one."""

    def pool(self, ledger: str, key: Key, after: int) -> Sequence[Entry]:
        """Entries of a cost pool after that sequence number, in order."""

    def holds(self, ledger: str, key: Key) -> tuple[int, int]:
        """The quantity and the value in a cost pool now."""

    def is_layered(self, ledger: str, key: Key) -> bool:
        """Whether the lane of that entry's key keeps layers."""


@dataclass(frozen=True, slots=True)
class Trails:
    """Trails by the entry, and of pools that are empty, by pool: where their last units went."""

    entries: Mapping[int, Trail] = field(default_factory=dict)
    pools: Mapping[PoolAt, Trail] = field(default_factory=dict)

    @property
    def is_followed(self) -> bool:
        """True where anything is followed at all."""
        return bool(self.entries or self.pools)

    def issues(self) -> Iterable[Entry]:
        """Every issue along which a late cost may go on."""
        for trail in (*self.entries.values(), *self.pools.values()):
            yield from (way.issue for way in trail.ways)

    def keys(self) -> Iterable[tuple[str, Key]]:
        """(ledger, key) of every entry that a late cost may reach."""
        for trail in (*self.entries.values(), *self.pools.values()):
            for way in trail.ways:
                yield way.issue.ledger, way.issue.key
                for entry, _ in (*way.back, *way.to):
                    yield entry.ledger, entry.key


def is_late(model: LedgerModel, intent: Intent) -> bool:
    """Whether the intent brings value without quantity to a pool."""
    cost = model.cost
    if cost is None or intent.reverses is not None or intent.count:
        return False
    names = {*(k for k, v in intent.measures.items() if v), *intent.dependent}
    return model.measures[cost.quantity].key not in names and model.measures[cost.value].key in names


def late_ones(models: Mapping[str, LedgerModel], intents: Iterable[Intent]) -> list[Intent]:
    """The intents that bring late costs."""
    return [i for i in intents if is_late(models[i.ledger], i)]


def receipts(entries: Iterable[Entry], model: LedgerModel) -> list[Entry]:
    """What a line brought in."""
    return [e for e in entries if e.kind in ("normal", "count") and e.measures[model.counted] > 0]


def follow(
    models: Mapping[str, LedgerModel], past: Past, begun: Iterable[Entry], pools: Iterable[PoolAt]
) -> Trails:
    """Trails of those receipts and pools, and of everything they lead to."""
    walk = _Walk(models, past)
    by_pool = {at: walk.emptied(*at) for at in pools if past.holds(*at)[0] == 0}
    found: dict[int, Trail] = {}
    waiting = [*begun, *(t for trail in by_pool.values() for t in _targets(trail))]
    while waiting:
        new = {e.id: e for e in waiting if e.id not in found}
        made = walk.trails(list(new.values()))
        found.update(made)
        waiting = [t for trail in made.values() for t in _targets(trail)]
    return Trails(found, by_pool)


def _targets(trail: Trail) -> list[Entry]:
    return [e for way in trail.ways for e, _ in (*way.back, *way.to)]


class _Walk:
    def __init__(self, models: Mapping[str, LedgerModel], past: Past) -> None:
        self._models, self._past = models, past

    def trails(self, entries: Sequence[Entry]) -> dict[int, Trail]:
        layered = [e for e in entries if self._past.is_layered(e.ledger, e.key) and self._qty(e)]
        went = descent(self._past, layered, self._qty) if layered else Descent()
        taken = {e.id: went.issues[e.id] for e in layered if e.id not in went.into}
        whole = {e.id: abs(self._qty(e)) for e in layered}
        for entry in entries:
            if entry.id not in whole:
                taken[entry.id], whole[entry.id] = self._by_order(entry)
        ways = self._ways({i.id: i for issues in taken.values() for i, _ in issues})
        stayed = self._stayed(ways)
        found = {
            id: _trail(whole[id], [x for x in issues if x[0].id not in stayed], ways)
            for id, issues in taken.items()
        }
        return found | {e.id: self._switched(e, went) for e in layered if e.id in went.into}

    def _stayed(self, ways: Mapping[int, Way]) -> set[int]:
        return {i for i, way in ways.items() if any(self._is_same_pool(way.issue, t) for t, _ in way.to)}

    def _is_same_pool(self, one: Entry, other: Entry) -> bool:
        cost = self._models[one.ledger].cost
        return (
            cost is not None
            and one.ledger == other.ledger
            and cost.grain.of(one.key) == cost.grain.of(other.key)
        )

    def emptied(self, ledger: str, key: Key) -> Trail:
        """Where an empty pool's last units went: its issues since it was empty before."""
        issues: list[tuple[Entry, int]] = []
        left = 0
        entries = self._past.pool(ledger, key, 0)
        free = self._free(entries, 0)
        for entry in entries:
            qty = self._qty(entry)
            if left == 0 and qty > 0:
                issues = []
            left += qty
            if qty < 0 and entry.id not in free:
                issues.append((entry, -qty))
        issues = standing(self._past, issues)
        return _trail(sum(q for _, q in issues), issues, self._ways({i.id: i for i, _ in issues}))

    def _qty(self, entry: Entry) -> int:
        cost = self._models[entry.ledger].cost
        return entry.measures[cost.quantity] if cost is not None else 0

    def _switched(self, entry: Entry, went: Descent) -> Trail:
        """The trail of a receipt from before its pool was switched: by its parts of what the switch's layers gave. What went before, under a
        method without layers, is shared by the issues between the two."""
        whole = abs(self._qty(entry))
        issues = went.gone(entry.id)
        unknown = went.unknown(entry.id, whole)
        if unknown:
            between = self._until(entry, min(s.seq for s, _ in went.into[entry.id]))
            taken = sum(q for _, q in between)
            issues += [(issue, Fraction(unknown * qty, taken)) for issue, qty in between]
        scale = lcm(*(q.denominator for _, q in issues))
        told = [(issue, int(qty * scale)) for issue, qty in issues]
        ways = self._ways({i.id: i for i, _ in told})
        stayed = self._stayed(ways)
        trail = _trail(whole * scale, [x for x in told if x[0].id not in stayed], ways)
        return replace(trail, heirs=went.heirs(entry.id))

    def _until(self, entry: Entry, seq: int) -> Issues:
        """The issues of the entry's pool after it and before that sequence number."""
        cost = self._models[entry.ledger].cost
        if cost is None:
            return []
        later = self._past.pool(entry.ledger, cost.grain.of(entry.key), entry.seq)
        return standing(self._past, [(e, -self._qty(e)) for e in later if self._qty(e) < 0 and e.seq < seq])

    def _by_order(self, entry: Entry) -> tuple[list[tuple[Entry, int]], int]:
        """The issues after the entry, until as much has gone as was there; and how much that was."""
        cost = self._models[entry.ledger].cost
        if cost is None:
            return [], 0
        key = cost.grain.of(entry.key)
        later = self._past.pool(entry.ledger, key, entry.seq)
        quantity, value = self._past.holds(entry.ledger, key)
        there = max(quantity - sum(self._qty(e) for e in later), 0)
        free = self._free(later, value - sum(e.measures[cost.value] for e in later))
        left, found, lost = there, list[tuple[Entry, int]](), 0
        for issue, qty in standing(self._past, [(e, -self._qty(e)) for e in later if self._qty(e) < 0]):
            taken = min(left, qty)
            left -= taken
            if issue.id in free:
                lost += taken
            elif taken:
                found.append((issue, taken))
        return found, abs(self._qty(entry)) or there - lost

    def _free(self, entries: Iterable[Entry], worth: int) -> set[int]:
        """Issues that left the pool without any of its worth, of which it had some: what remains bears all of it."""
        found: set[int] = set()
        for entry in entries:
            cost = self._models[entry.ledger].cost
            value = entry.measures[cost.value] if cost is not None else 0
            if self._qty(entry) < 0 and not value and worth > 0:
                found.add(entry.id)
            worth += value
        return found

    def _ways(self, issues: Mapping[int, Entry]) -> dict[int, Way]:
        """What the issues lead to; those that lead nowhere are left out, unless what took their cost over is corrected."""
        edges = [e for e in self._past.edges(list(issues)) if e.value] if issues else []
        targets = self._past.entries({e.to_entry for e in edges})
        back = [e for e in self._past.concerning(list(issues)) if self._is_back(issues[e.concerns], e)]
        gone = {
            e.concerns
            for e in self._past.concerning([*targets, *(b.id for b in back)])
            if e.kind == "reversal"
        }
        found: dict[int, Way] = {}
        for id, issue in issues.items():
            to = tuple(
                (targets[e.to_entry], e.value)
                for e in edges
                if e.from_entry == id and e.to_entry in targets and e.to_entry not in gone
            )
            came = tuple((b, self._qty(b)) for b in back if b.concerns == id and b.id not in gone)
            onward = tuple((t, v) for t, v in to if self._takes(t) and self._same_digits(issue, t))
            if onward or came or self._corrects(issue):
                found[id] = Way(issue, 0, abs(self._qty(issue)), came, onward)
        return found

    def _corrects(self, issue: Entry) -> bool:
        cost = self._models[issue.ledger].cost
        return cost is not None and cost.corrects

    def _is_back(self, issue: Entry, other: Entry) -> bool:
        return other.kind == "normal" and other.ledger == issue.ledger and self._qty(other) > 0

    def _takes(self, entry: Entry) -> bool:
        """Whether the entry brought value into a pool."""
        cost = self._models[entry.ledger].cost if entry.ledger in self._models else None
        return cost is not None and entry.measures[cost.quantity] >= 0 and entry.kind == "normal"

    def _same_digits(self, one: Entry, other: Entry) -> bool:
        scales = []
        for entry in (one, other):
            model = self._models[entry.ledger]
            scales.append(model.measures[model.cost.value].scale if model.cost is not None else -1)
        return scales[0] == scales[1]


def _trail(whole: int, issues: Sequence[tuple[Entry, int]], ways: Mapping[int, Way]) -> Trail:
    on = tuple(replace(ways[i.id], qty=qty) for i, qty in issues if i.id in ways)
    return Trail(whole, sum(q for _, q in issues), on)
