"""Trace: what became of an entry, or what it came of, over any number of documents and ledgers.

Edges, returns and the lines of documents are followed by one recursive query. A pool that keeps no layers cannot say which receipt an
issue took: there the path goes through the pool itself, to the receipts since it was last empty.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection

from builder.ledger.columns import entry_of, rows_at
from builder.ledger.costing import METHODS
from builder.ledger.definition import LANE, Key, LedgerModel
from builder.ledger.state import Entry
from builder.ledger.switch_reads import turns_of
from builder.ledger.trace_steps import By, Direction, Flow, Steps, pairs_of
from builder.metadata.package import Package
from builder.storage.tables.ledgers import balance, entry, journal

MOST = 20_000
"""Entries that one trace may name."""
MOST_POOL = 200_000
ROUNDS = 32


@dataclass(frozen=True, slots=True)
class Node:
    """An entry on the path, ``depth`` steps away. ``qty`` is its counted quantity; ``value`` what it is worth with everything that trued it
    up since (whole numbers at their measures' scales). ``undone``: it was reversed."""

    entry: Entry
    entity_id: int
    record_id: int
    posting: str
    qty: int
    value: int
    undone: bool = False
    depth: int = 0


@dataclass(frozen=True, slots=True)
class PoolNode:
    """A pool between two moments at which it was empty. Its id is below zero."""

    id: int
    ledger: str
    key: Key
    span: int


@dataclass(frozen=True)
class Trace:
    """``flows`` lead from entries and pools to entries and pools. ``truncated``: there is more than was followed."""

    starts: tuple[int, ...]
    nodes: Mapping[int, Node]
    pools: Mapping[int, PoolNode]
    flows: tuple[Flow, ...]
    truncated: bool = False


@dataclass(frozen=True)
class Spans:
    """A pool's entries in order: (entry id, quantity, span), and where each entry stands."""

    rows: list[tuple[int, int, int]]
    places: dict[int, int]


@dataclass
class _Walk:
    ids: set[int] = field(default_factory=set)
    nodes: dict[int, Node] = field(default_factory=dict)
    pools: dict[tuple[str, Key, int], PoolNode] = field(default_factory=dict)
    flows: dict[tuple[int, int], Flow] = field(default_factory=dict)
    reached: dict[int, int] = field(default_factory=dict)
    truncated: bool = False

    def flow(self, made: Flow) -> None:
        """Keep a flow; where two say the same, the one with a row behind it."""
        if made.how == "edge" or (made.from_, made.to) not in self.flows:
            self.flows[made.from_, made.to] = made


@dataclass
class Tracer:
    """Follows entries of one app's ledgers. ``by`` goods: an entry that names its batch is followed by the batch; by cost: along what its
    value was taken from."""

    conn: Connection
    models: Mapping[str, LedgerModel]
    package: Package
    ws: int
    by: By = "goods"

    def __post_init__(self) -> None:
        # A turnover ledger says what was earned, not where anything is.
        kept = {key: model for key, model in self.models.items() if not model.is_turnover}
        self._steps = Steps(kept, pairs_of(self.package), self.ws, self.by)
        self._by_id = {model.ledger_id: model for model in kept.values()}
        self._methods: dict[tuple[str, Key], str] = {}
        self._turns: dict[str, Mapping[Key, Sequence[tuple[int, str]]]] = {}
        self._spans: dict[tuple[str, Key], Spans] = {}

    def trace(
        self, starts: Collection[int], direction: Direction, *, depth: int | None = None, most: int = MOST
    ) -> Trace:
        """Everything that the entries ``starts`` lead to in one direction, at most ``depth`` steps away and ``most`` entries."""
        walk = _Walk()
        waiting = set(starts)
        for _ in range(ROUNDS):
            if not waiting or len(walk.ids) >= most:
                break
            ids, flows = self._steps.reach(self.conn, waiting, direction, most - len(walk.ids))
            fresh = ids - walk.ids
            walk.ids |= ids
            walk.nodes.update(self.nodes(fresh))
            for flow in flows:
                walk.flow(flow)
            waiting = self._through_pools(walk, fresh, direction) - walk.ids
        walk.truncated |= bool(waiting) or len(walk.ids) >= most
        return _cut(walk, tuple(starts), direction, depth)

    def nodes(self, ids: Iterable[int]) -> dict[int, Node]:
        """Entries with their documents and what trued them up."""
        wanted = [(id,) for id in ids]
        rows = [
            r for r in rows_at(self.conn, entry, self.ws, ["entry_id"], wanted) if r.ledger_id in self._by_id
        ]
        journals = {
            j.journal_id: j
            for j in rows_at(self.conn, journal, self.ws, ["journal_id"], {(r.journal_id,) for r in rows})
        }
        more, undone = self._about(wanted)
        found: dict[int, Node] = {}
        for row in rows:
            model, by = self._by_id[row.ledger_id], journals.get(row.journal_id)
            made = entry_of(model, row)
            value = worth(model, made) + more.get(made.id, 0)
            found[made.id] = Node(
                made,
                by.entity_id if by is not None else 0,
                by.record_id if by is not None else 0,
                by.posting_uid if by is not None else "",
                made.measures[model.counted],
                value,
                made.id in undone,
            )
        return found

    def _about(self, wanted: Iterable[tuple[int]]) -> tuple[dict[int, int], set[int]]:
        more: dict[int, int] = {}
        undone: set[int] = set()
        for row in rows_at(self.conn, entry, self.ws, ["concerns_entry"], wanted):
            model = self._by_id.get(row.ledger_id)
            if row.kind == "reversal":
                undone.add(row.concerns_entry)
            elif row.kind == "true_up" and model is not None:
                value = worth(model, entry_of(model, row))
                more[row.concerns_entry] = more.get(row.concerns_entry, 0) + value
        return more, undone

    def pool_of(self, node: Node) -> tuple[str, Key] | None:
        """The pool that an entry went into or came out of; None where edges say more than a pool could."""
        model = self.models[node.entry.ledger]
        positions = self._pool_positions(model, node.entry)
        if positions is None or model.is_turnover:
            return None
        return model.key, tuple(v if p in positions else -1 for p, v in enumerate(node.entry.key))

    def _pool_positions(self, model: LedgerModel, made: Entry) -> frozenset[int] | None:
        issue, cost, key = model.issue, model.cost, made.key
        if cost is not None and self._keeps_layers(model, made):
            by_cost = issue is None or not key[issue.pick] or issue.pick in cost.grain.positions
            if by_cost or self.by == "cost":
                return None
        positions = set(cost.grain.positions if cost is not None else model.lane.positions)
        if self.by == "goods" and issue is not None and key[issue.pick]:
            positions.add(issue.pick)
        return frozenset(positions)

    def _keeps_layers(self, model: LedgerModel, made: Entry) -> bool:
        """Whether the entry's pool kept layers when the entry was made: the lane's method may have been switched since."""
        lane = model.lane.of(made.key)
        if model.key not in self._turns:
            self._turns[model.key] = turns_of(self.conn, model, self.ws)
        turns = self._turns[model.key].get(lane, ())
        name = next((was for seq, was in turns if seq > made.seq), "")
        method = METHODS.find(name or self._method(model, lane))
        return method is not None and method.uses_layers

    def _method(self, model: LedgerModel, lane: Key) -> str:
        at = model.key, lane
        if at not in self._methods:
            names = [f"k{i + 1}" for i in range(len(lane))]
            lanes = balance.c.grain == LANE
            keys = [lane] if names else []
            rows = rows_at(self.conn, balance, self.ws, names, keys, lanes, ledger_id=model.ledger_id)
            declared = model.cost.method if model.cost is not None else ""
            self._methods[at] = rows[0].method if rows and rows[0].method else declared
        return self._methods[at]

    def _through_pools(self, walk: _Walk, fresh: Iterable[int], direction: Direction) -> set[int]:
        """Flows through pools from the entries that were reached last; the entries beyond."""
        beyond: set[int] = set()
        sign = 1 if direction == "forward" else -1
        for id in sorted(fresh):
            node = walk.nodes.get(id)
            pool = self.pool_of(node) if node is not None and node.qty * sign > 0 else None
            if pool is None:
                continue
            spans = self.spans(*pool)
            if id in spans.places and not (node is not None and node.undone):
                beyond |= _cross(walk, spans, pool, id, direction)
        return beyond

    def spans(self, ledger: str, key: Key) -> Spans:
        """The pool's entries in order with the span that each belongs to: a new one begins whenever nothing is left."""
        if (ledger, key) not in self._spans:
            self._spans[ledger, key] = self._read_spans(ledger, key)
        return self._spans[ledger, key]

    def _read_spans(self, ledger: str, key: Key) -> Spans:
        model = self.models[ledger]
        kept = [p for p, v in enumerate(key) if v != -1]
        names = [f"k{model.dimensions[p].number}" for p in kept]
        at = tuple(key[p] for p in kept)
        found = rows_at(self.conn, entry, self.ws, names, [at], ledger_id=model.ledger_id) if names else []
        found.sort(key=lambda r: (r.business_date, r.seq, r.entry_id))
        undone = {r.concerns_entry for r in found if r.kind == "reversal"}
        column = f"m{model.measures[model.counted].number}"
        left = span = 0
        rows: list[tuple[int, int, int]] = []
        for row in found[:MOST_POOL]:
            moved = row._mapping[column]
            if moved and row.kind != "reversal" and row.entry_id not in undone:
                rows.append((row.entry_id, moved, span))
            left += moved
            span += moved != 0 and left == 0
        return Spans(rows, {id: place for place, (id, _, _) in enumerate(rows)})


def worth(model: LedgerModel, made: Entry) -> int:
    """What the entry itself is worth."""
    if model.cost is not None:
        return made.measures[model.cost.value]
    kinds = {m.key: m.kind for m in model.ledger.measures}
    return next((v for m, v in zip(model.measures, made.measures, strict=True) if kinds[m.key] == "value"), 0)


def _cross(walk: _Walk, spans: Spans, pool: tuple[str, Key], id: int, direction: Direction) -> set[int]:
    """From one entry through the pool's span to what is on its other side. What another entry led to already is not gone through again."""
    place = spans.places[id]
    span = spans.rows[place][2]
    node = walk.pools.setdefault((*pool, span), PoolNode(-len(walk.pools) - 1, *pool, span))
    step, sign = (1, -1) if direction == "forward" else (-1, 1)
    walk.flow(Flow(id, node.id, "pool") if direction == "forward" else Flow(node.id, id, "pool"))
    beyond: set[int] = set()
    until = walk.reached.get(node.id)
    if until is not None and (place - until) * step >= 0:
        return beyond
    walk.reached[node.id] = place
    place += step
    while 0 <= place < len(spans.rows) and spans.rows[place][2] == span and place != until:
        other, moved, _ = spans.rows[place]
        if moved * sign > 0:
            beyond.add(other)
            walk.flow(
                Flow(node.id, other, "pool") if direction == "forward" else Flow(other, node.id, "pool")
            )
        place += step
    return beyond


def _cut(walk: _Walk, starts: tuple[int, ...], direction: Direction, depth: int | None) -> Trace:
    """The nodes with their distances (a pool is no step of its own), and without what is too far away."""
    beside: dict[int, list[int]] = {}
    for flow in walk.flows.values():
        here, there = (flow.from_, flow.to) if direction == "forward" else (flow.to, flow.from_)
        beside.setdefault(here, []).append(there)
    depths = dict.fromkeys(starts, 0)
    waiting = deque(depths)
    while waiting:
        here = waiting.popleft()
        for there in beside.get(here, ()):
            if there not in depths:
                depths[there] = depths[here] + (there > 0)
                (waiting.append if there > 0 else waiting.appendleft)(there)
    near = {id for id, far in depths.items() if depth is None or far <= depth}
    nodes = {id: replace(n, depth=depths[id]) for id, n in walk.nodes.items() if id in near}
    by_id: dict[int, Any] = {p.id: p for p in walk.pools.values() if p.id in near}
    known = {*nodes, *by_id}
    flows = tuple(f for f in walk.flows.values() if f.from_ in known and f.to in known)
    return Trace(starts, nodes, by_id, flows, walk.truncated or len(nodes) < len(walk.nodes))
