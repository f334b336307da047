"""Ledgers in memory: what storage does with a plan, in dictionaries. The tests' stand-in for a database."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import count
from typing import Any

from builder.changes import Intent
from builder.commands import Override
from builder.ledger import trails
from builder.ledger.costing import METHODS
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.outcome import DailyChange, Plan
from builder.ledger.plan import plan
from builder.ledger.state import CountPoint, Day, Edge, Entry, Layer, LedgerState, Row, State
from builder.ledger.switching import Switch, switched
from builder.record import Value


class MemoryPast:
    """What a late cost may ask of the past."""

    def __init__(self, store: MemoryLedgers) -> None:
        self.store = store

    def _all(self) -> Iterator[Entry]:
        return (e for entries in self.store.entries.values() for e in entries)

    def entries(self, ids: Collection[int]) -> dict[int, Entry]:
        return {e.id: e for e in self._all() if e.id in ids}

    def edges(self, ids: Collection[int]) -> list[Edge]:
        sums: dict[tuple[int, int], Edge] = {}
        for edges in self.store.edges.values():
            for edge in edges:
                if edge.from_entry in ids:
                    pair = edge.from_entry, edge.to_entry
                    was = sums.get(pair, Edge(*pair, 0, 0))
                    sums[pair] = Edge(*pair, was.qty + edge.qty, was.value + edge.value)
        return [e for _, e in sorted(sums.items()) if e.qty or e.value]

    def concerning(self, ids: Collection[int]) -> list[Entry]:
        return [e for e in self._all() if e.concerns in ids]

    def left(self, ids: Collection[int]) -> dict[int, int]:
        layers = [x for pools in self.store.layers.values() for xs in pools.values() for x in xs.values()]
        return {x.entry_id: x.qty for x in layers if x.kind == "receipt" and x.entry_id in ids}

    def pool(self, ledger: str, key: Key, after: int) -> list[Entry]:
        cost = self.store.models[ledger].cost
        assert cost is not None
        mine = [e for e in self.store.entries[ledger] if cost.grain.of(e.key) == key and e.seq > after]
        return sorted(mine, key=lambda e: e.seq)

    def holds(self, ledger: str, key: Key) -> tuple[int, int]:
        cost = self.store.models[ledger].cost
        assert cost is not None
        row = self.store.rows[ledger].get((cost.grain.number, key))
        return (row.measures[cost.quantity], row.measures[cost.value]) if row is not None else (0, 0)

    def is_layered(self, ledger: str, key: Key) -> bool:
        model = self.store.models[ledger]
        row = self.store.rows[ledger].get((model.lane.number, model.lane.of(key)))
        return row is not None and METHODS.get(row.method).uses_layers


class MemoryLedgers:
    """Loads a state, plans, applies; keeps everything."""

    def __init__(self, *models: LedgerModel, today: date = date(2026, 12, 31)) -> None:
        self.models = {m.key: m for m in models}
        self.today = today
        self.settings: dict[str, Any] = {}
        self.rows: dict[str, dict[tuple[int, Key], Row]] = {k: {} for k in self.models}
        self.days: dict[str, dict[tuple[int, Key], dict[date, Day]]] = {k: {} for k in self.models}
        self.flows: dict[tuple[str, int, Key, date], tuple[tuple[int, ...], tuple[int, ...]]] = {}
        self.layers: dict[str, dict[Key, dict[tuple[date, int, int], Layer]]] = {k: {} for k in self.models}
        self.edges: dict[str, list[Edge]] = {k: [] for k in self.models}
        self.counts: dict[str, dict[tuple[int, Key], list[CountPoint]]] = {k: {} for k in self.models}
        self.entries: dict[str, list[Entry]] = {k: [] for k in self.models}
        self.fields: dict[tuple[str, int], Mapping[str, Value]] = {}
        self.closed: dict[str, date] = {}
        self.journals: list[Any] = []
        self._ids = count(1)

    def new_id(self) -> int:
        return next(self._ids)

    def state(self) -> State:
        return State({key: self._state(key) for key in self.models})

    def _state(self, key: str) -> LedgerState:
        entries = self.entries[key]
        by_line: dict[int, list[Entry]] = {}
        concerning: dict[int, list[Entry]] = {}
        for entry in entries:
            by_line.setdefault(entry.line_id, []).append(entry)
            if entry.concerns:
                concerning.setdefault(entry.concerns, []).append(entry)
        gone = {e.concerns for e in entries if e.kind == "reversal"}
        return LedgerState(
            rows=dict(self.rows[key]),
            closed_through=self.closed.get(key),
            days={at: tuple(sorted(d.values(), key=lambda x: x.day)) for at, d in self.days[key].items()},
            layers={k: tuple(v for _, v in sorted(ls.items())) for k, ls in self.layers[key].items()},
            edges={
                e.to_entry: tuple(x for x in self.edges[key] if x.to_entry == e.to_entry)
                for e in self.edges[key]
            },
            counts={
                at: tuple(c for c in cs if c.entry_id not in gone) for at, cs in self.counts[key].items()
            },
            origins={line: tuple(es) for line, es in by_line.items()},
            concerning={i: tuple(es) for i, es in concerning.items()},
            reversible={e.id: e for e in entries},
            fields=self.fields,
        )

    def followed(self, intents: Sequence[Intent]) -> State:
        """The state with the trails of late costs."""
        state, begun, pools = self.state(), list[Entry](), list[tuple[str, Key]]()
        for intent in trails.late_ones(self.models, intents):
            model = self.models[intent.ledger]
            if intent.cost_of is not None:
                begun += trails.receipts(state.ledgers[model.key].origins.get(intent.cost_of, ()), model)
            elif model.cost is not None:
                ids = tuple(int(str(intent.dimensions.get(d.key) or 0)) for d in model.dimensions)
                pools.append((model.key, model.cost.grain.of(ids)))
        found = trails.follow(self.models, MemoryPast(self), begun, pools)
        return replace(state, trails=found.entries, emptied=found.pools)

    def plan(
        self, intents: Sequence[Intent], overrides: Sequence[Override] = (), *, may: Sequence[str] = ()
    ) -> Plan:
        return plan(
            self.models,
            self.followed(intents),
            intents,
            settings=self.settings,
            today=self.today,
            overrides=overrides,
            may_override=lambda permission: permission in may,
            new_id=self.new_id,
        )

    def post(self, *intents: Intent, overrides: Sequence[Override] = (), may: Sequence[str] = ()) -> Plan:
        """Plan and, unless refused, apply."""
        made = self.plan(intents, overrides, may=may)
        if not made.is_refused:
            self.apply(made)
        return made

    def switch(self, asked: Switch) -> Plan:
        """Switch a costing method, unless refused."""
        made = switched(
            self.models,
            self.state(),
            asked,
            record_id=self.new_id(),
            settings=self.settings,
            new_id=self.new_id,
        )
        if not made.is_refused:
            self.apply(made)
        return made

    def apply(self, made: Plan) -> None:
        self.journals += made.journals
        for entry in made.entries:
            self.entries[entry.ledger].append(entry)
        for change in made.balances:
            stored = self.rows[change.ledger].get((change.grain, change.key))
            assert change.seen == (stored.ver if stored else None) or (stored is None and change.seen == 0)
            self.rows[change.ledger][change.grain, change.key] = change.row
        for day in made.daily:
            self._apply_day(day)
        for layer in made.layers:
            at = layer.layer.day, layer.layer.seq, layer.layer.entry_id
            pool = self.layers[layer.ledger].setdefault(layer.key, {})
            assert (at in pool) != layer.is_new or pool[at].qty == 0
            pool[at] = layer.layer
        for ledger, edge in made.edges:
            self.edges[ledger].append(edge)
        for ledger, point in made.count_points:
            self.counts[ledger].setdefault((point.grain, point.key), []).append(point)

    def _apply_day(self, change: DailyChange) -> None:
        days = self.days[change.ledger].setdefault((change.grain, change.key), {})
        at = change.ledger, change.grain, change.key, change.day
        ins, outs = self.flows.get(at, ((0,) * len(change.ins), (0,) * len(change.outs)))
        self.flows[at] = (
            tuple(a + b for a, b in zip(ins, change.ins, strict=True)),
            tuple(a + b for a, b in zip(outs, change.outs, strict=True)),
        )
        if self.models[change.ledger].is_turnover:
            return
        days[change.day] = Day(change.day, change.closing)
        if change.shifts:
            net = [a + b for a, b in zip(change.ins, change.outs, strict=True)]
            for day in [d for d in days if d > change.day]:
                days[day] = replace(
                    days[day], measures=tuple(a + b for a, b in zip(days[day].measures, net, strict=True))
                )

    def balance(self, ledger: str, measure: str, **where: int) -> Any:
        """The sum of entries that match, exact."""
        model = self.models[ledger]
        place = model.place(measure)
        total = sum(
            e.measures[place]
            for e in self.entries[ledger]
            if all(e.key[model.position(d)] == v for d, v in where.items())
        )
        return model.measures[place].exact(total)

    def check(self) -> None:
        """Every row, day and pool equals what the entries alone say; zero means zero."""
        for key, model in self.models.items():
            entries = self.entries[key]
            for grain in model.grains:
                sums: dict[Key, list[int]] = {}
                for entry in entries:
                    row = sums.setdefault(grain.of(entry.key), [0] * len(model.measures))
                    for i, m in enumerate(entry.measures):
                        row[i] += m
                for at, row in sums.items():
                    if not model.is_turnover:
                        assert self.rows[key][grain.number, at].measures == tuple(row), (key, grain, at)
                    if model.keeps_days and not model.is_turnover:
                        for day in self.days[key].get((grain.number, at), {}).values():
                            until = [
                                e for e in entries if grain.of(e.key) == at and e.business_date <= day.day
                            ]
                            assert day.measures == tuple(
                                map(sum, zip(*(e.measures for e in until), strict=True))
                            )
            cost = model.cost
            if cost is not None:
                for (number, _), stored in self.rows[key].items():
                    if number == cost.grain.number and stored.measures[cost.quantity] == 0:
                        assert stored.measures[cost.value] == 0
