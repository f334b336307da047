"""The past of ledgers in memory, as a replay asks for it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from builder.changes import Intent
from builder.ledger.costing.shape import Pool
from builder.ledger.definition import Key
from builder.ledger.histories import Follower, Known, LaneHistory, Past, Told
from builder.ledger.replay import Replayed, replay
from builder.ledger.state import Edge, Entry, Follow
from builder.ledger.true_ups import booked
from tests.ledger.memory import MemoryLedgers


@dataclass(frozen=True)
class MemoryHistories:
    """Reads everything from the entries alone; pools are empty before the day asked for unless entries say otherwise."""

    store: MemoryLedgers
    intents: Mapping[int, Intent]
    """Intents by the entries that they became."""

    def lane(self, ledger: str, lane: Key, since: date) -> LaneHistory:
        model = self.store.models[ledger]
        cost = model.cost
        assert cost is not None
        mine = [e for e in self.store.entries[ledger] if model.lane.of(e.key) == lane]
        opening: dict[Key, Pool] = {}
        for entry in mine:
            if entry.business_date < since:
                pool = opening.get(cost.grain.of(entry.key), Pool(0, 0))
                opening[cost.grain.of(entry.key)] = Pool(
                    pool.qty + entry.measures[cost.quantity], pool.value + entry.measures[cost.value]
                )
        past = tuple(Past(e, self.told(e)) for e in mine if e.business_date >= since)
        layers = {
            key: tuple(x for _, x in sorted(pool.items()))
            for key, pool in self.store.layers[ledger].items()
            if cost.grain.of(next(iter(pool.values())).key) == key and self._in(model, pool, lane)
        }
        ids = {e.id for e in mine}
        sums: dict[tuple[int, int], Edge] = {}
        for edge in self.store.edges[ledger]:
            pair = edge.from_entry, edge.to_entry
            if pair[0] in ids and pair[1] in ids:
                was = sums.get(pair, Edge(*pair, 0, 0))
                sums[pair] = Edge(*pair, was.qty + edge.qty, was.value + edge.value)
        edges = tuple(sums.values())
        method = self.store.rows[ledger][model.lane.number, lane].method
        known = {e.id: Known(e, self._effective(e)) for e in mine if e.business_date < since}
        return LaneHistory(since, method, opening, past, layers, edges, known)

    def _in(self, model, pool, lane) -> bool:  # type: ignore[no-untyped-def]
        return all(model.lane.of(x.key) == lane for x in pool.values())

    def _effective(self, entry: Entry) -> int:
        cost = self.store.models[entry.ledger].cost
        assert cost is not None
        about = [
            e for e in self.store.entries[entry.ledger] if e.kind == "true_up" and e.concerns == entry.id
        ]
        return entry.measures[cost.value] + sum(e.measures[cost.value] for e in about)

    def told(self, entry: Entry) -> Told:
        """What the entry's intent said of its value."""
        intent = self.intents.get(entry.id)
        model = self.store.models[entry.ledger]
        if intent is None or entry.kind not in ("normal", "count"):
            return Told()
        value = model.measures[model.cost.value].key if model.cost is not None else ""
        amount = None
        if value in intent.measures:
            amount = int(intent.measures[value].scaleb(model.measures[model.place(value)].scale))
        follows = []
        for name, source in intent.dependent.items():
            of = source.removeprefix("-").removeprefix("rest.")
            sources = self._of_posting(intent, intent.depends_on or "")
            model_of = self.store.models[sources[0].ledger] if sources else model
            if model_of.cost is None or model_of.measures[model_of.cost.value].key != of:
                continue
            shared = tuple(
                (e.id, e.measures[model.counted]) for e in self._of_posting(intent, intent.posting)
            )
            sign = -1 if source.startswith("-") else 1
            follows.append(
                Follow(model.place(name), tuple(e.id for e in sources), sign, "rest." in source, shared)
            )
        return Told(value in intent.measures, amount, tuple(follows))

    def _of_posting(self, intent: Intent, posting: str) -> list[Entry]:
        found = []
        for entries in self.store.entries.values():
            for entry in entries:
                other = self.intents.get(entry.id)
                if other is None or entry.kind != "normal":
                    continue
                name = other.record_id, other.posting, other.posting_rev
                if name == (intent.record_id, posting, intent.posting_rev):
                    found.append(entry)
        return [e for e in found if e.line_id == intent.line_id] or found

    def followers(self, ids: Collection[int]) -> tuple[Follower, ...]:
        found = []
        for ledger, entries in self.store.entries.items():
            for entry in entries:
                told = self.told(entry)
                if any(set(f.sources) & set(ids) for f in told.follows) or (
                    entry.concerns in ids and entry.kind == "normal"
                ):
                    about = [
                        e for e in entries if e.concerns == entry.id and e.kind in ("true_up", "reversal")
                    ]
                    width = len(self.store.models[ledger].measures)
                    since = tuple(sum(e.measures[i] for e in about) for i in range(width))
                    undone = any(e.kind == "reversal" for e in about)
                    found.append(Follower(Past(entry, told), since, undone))
        return tuple(found)


def replay_all(histories: MemoryHistories, ledger: str) -> Replayed:
    """Everything of a ledger worked again from its first day, and booked."""
    store = histories.store
    model = store.models[ledger]
    seeds: dict[tuple[str, Key], date] = {}
    for entry in store.entries[ledger]:
        at = ledger, model.lane.of(entry.key)
        seeds[at] = min(seeds.get(at, entry.business_date), entry.business_date)
    done = replay(store.models, histories, seeds, closed=store.closed)
    kept = {
        (name, key): frozenset(x.entry_id for x in pool.values())
        for name, pools in store.layers.items()
        for key, pool in pools.items()
    }
    plan = booked(
        store.models, store.state(), done, record_id=store.new_id(), new_id=store.new_id, layers=kept
    )
    store.apply(plan)
    return done
