"""Following: the trails of late costs read from the tables, step by step, a few statements each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from builder.changes import Intent
from builder.ledger.columns import entry_of, key_values, measures_of, rows_at
from builder.ledger.costing import METHODS
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.state import Edge, Entry
from builder.ledger.trails import PoolAt, Trails, follow, late_ones, receipts
from builder.storage.tables.ledgers import balance, edge, entry, layer


def followed(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    ws: int,
    intents: Sequence[Intent],
    keys: Mapping[int, Key],
) -> tuple[Trails, tuple[Entry, ...]]:
    """Where the units went that the intents' late costs belong to, and the receipts that they begin with. ``keys`` are the intents'
    keys, by their place."""
    late = {id(i) for i in late_ones(models, intents)}
    if not late:
        return Trails(), ()
    begun: list[Entry] = []
    pools: list[PoolAt] = []
    for place, intent in enumerate(intents):
        model = models[intent.ledger]
        if id(intent) not in late or model.cost is None:
            continue
        if intent.cost_of is not None:
            rows = rows_at(conn, entry, ws, ["line_id"], [(intent.cost_of,)], ledger_id=model.ledger_id)
            begun += receipts((entry_of(model, r) for r in rows), model)
        else:
            pools.append((model.key, model.cost.grain.of(keys[place])))
    return follow(models, StoredPast(conn, models, ws), begun, dict.fromkeys(pools)), tuple(begun)


def with_more(
    conn: Connection, models: Mapping[str, LedgerModel], ws: int, trails: Trails, begun: Iterable[Entry]
) -> Trails:
    """The trails with those of further entries that brought value to pools."""
    costed = [e for e in begun if models[e.ledger].cost is not None and e.id not in trails.entries]
    if not costed:
        return trails
    more = follow(models, StoredPast(conn, models, ws), costed, ())
    return Trails({**more.entries, **trails.entries}, trails.pools)


class StoredPast:
    """Entries, edges and pools as the tables have them."""

    def __init__(self, conn: Connection, models: Mapping[str, LedgerModel], ws: int) -> None:
        self._conn, self._models, self._ws = conn, models, ws
        self._by_id = {m.ledger_id: m for m in models.values()}

    def entries(self, ids: Collection[int]) -> Mapping[int, Entry]:
        return {e.id: e for e in self._at("entry_id", ids)}

    def concerning(self, ids: Collection[int]) -> Sequence[Entry]:
        return self._at("concerns_entry", ids)

    def edges(self, ids: Collection[int]) -> Sequence[Edge]:
        rows = rows_at(self._conn, edge, self._ws, ["from_entry"], [(i,) for i in ids])
        found = [Edge(r.from_entry, r.to_entry, r.qty, r.value) for r in rows]
        return sorted(found, key=lambda e: (e.from_entry, e.to_entry))

    def left(self, ids: Collection[int]) -> Mapping[int, int]:
        rows = rows_at(self._conn, layer, self._ws, ["entry_id"], [(i,) for i in ids])
        return {r.entry_id: r.qty_left for r in rows if r.kind == "receipt"}

    def pool(self, ledger: str, key: Key, after: int) -> Sequence[Entry]:
        model = self._models[ledger]
        assert model.cost is not None
        places = zip(model.cost.grain.positions, key, strict=True)
        same = [entry.c[f"k{model.dimensions[p].number}"] == v for p, v in places]
        statement = select(entry).where(
            entry.c.ws == self._ws, entry.c.ledger_id == model.ledger_id, entry.c.seq > after, *same
        )
        return [entry_of(model, r) for r in self._conn.execute(statement.order_by(entry.c.seq))]

    def holds(self, ledger: str, key: Key) -> tuple[int, int]:
        model = self._models[ledger]
        assert model.cost is not None
        row = self._row(model, model.cost.grain.number, key)
        measures = measures_of(model, row._mapping) if row is not None else (0,) * len(model.measures)
        return measures[model.cost.quantity], measures[model.cost.value]

    def is_layered(self, ledger: str, key: Key) -> bool:
        model = self._models[ledger]
        row = self._row(model, model.lane.number, model.lane.of(key))
        method = METHODS.find(row.method) if row is not None else None
        return method is not None and method.uses_layers

    def _at(self, column: str, ids: Iterable[int]) -> list[Entry]:
        rows = rows_at(self._conn, entry, self._ws, [column], [(i,) for i in ids])
        found = [entry_of(self._by_id[r.ledger_id], r) for r in rows if r.ledger_id in self._by_id]
        return sorted(found, key=lambda e: e.id)

    def _row(self, model: LedgerModel, grain: int, key: Key) -> Any:
        same = [balance.c[n] == v for n, v in key_values(key).items()]
        statement = select(balance).where(
            balance.c.ws == self._ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == grain, *same
        )
        return self._conn.execute(statement).first()
