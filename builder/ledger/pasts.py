"""Pasts: histories read from the database: the entries of a lane, how each came to its value, and where its pools stood before."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, and_, select

from builder.ledger.balance import balances
from builder.ledger.columns import COST_KEY, entry_of, rows_at
from builder.ledger.costing import METHODS
from builder.ledger.costing.decreed import STANDARD
from builder.ledger.costing.shape import Pool
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.following import StoredPast
from builder.ledger.heirs import Heirs, descent
from builder.ledger.histories import Follower, Known, LaneHistory, Past
from builder.ledger.openings import adds_up, opening
from builder.ledger.pieces import scaled
from builder.ledger.siblings import shifts_with
from builder.ledger.state import Edge, Entry, Layer
from builder.ledger.switching import POSTING as SWITCH
from builder.ledger.telling import Posted, Teller
from builder.metadata.package import Package
from builder.storage.tables.ledgers import balance, edge, entry, journal, layer

Stated = Callable[[int, int, str, int], "Decimal | None"]
"""(entity id, record id, posting uid, line id) → the amount that the document states for the value."""
At = tuple[str, Key, date]


def nothing_stated(_entity: int, _record: int, _posting: str, _line: int) -> Decimal | None:
    return None


@dataclass
class StoredHistories:
    """Reads each lane once. ``kept`` collects which entries have a layer, by ledger and cost key."""

    conn: Connection
    models: Mapping[str, LedgerModel]
    package: Package
    ws: int
    stated: Stated = nothing_stated
    kept: dict[tuple[str, Key], frozenset[int]] = field(default_factory=dict)
    _lanes: dict[At, LaneHistory] = field(default_factory=dict)

    def lane(self, ledger: str, lane: Key, since: date) -> LaneHistory:
        at = ledger, lane, since
        if at not in self._lanes:
            self._lanes[at] = self._read(self.models[ledger], lane, since)
        return self._lanes[at]

    def _read(self, model: LedgerModel, lane: Key, since: date) -> LaneHistory:
        rows = self._entries(model, lane, since)
        # A switch is the first of its period: what is worked again begins with what it left.
        switches = [entry_of(model, row) for row in rows if row.posting_uid == SWITCH]
        rows = [row for row in rows if row.posting_uid != SWITCH]
        entries = {row.entry_id: entry_of(model, row) for row in rows}
        edges = self._edges(entries)
        layers = self._layers(
            model, lane, [*entries, *(i for e in edges for i in (e.from_entry, e.to_entry))]
        )
        for key, found in layers.items():
            self.kept[model.key, key] = frozenset(x.entry_id for x in found)
        layers = self._with_covered(model, layers, edges, entries)
        teller = self._teller(rows)
        past = tuple(Past(entries[r.entry_id], teller.told(r.entry_id)) for r in rows)
        outside = {e.concerns for e in entries.values() if e.concerns}
        outside |= {i for p in past for f in p.told.follows for i in f.sources}
        outside |= {x.entry_id for found in layers.values() for x in found}
        known = self._known(outside - set(entries), set(entries))
        known |= self._known(shifts_with(self.conn, self.ws, known) - set(entries), set(entries))
        method = self._method(model, lane)
        pools = self._opening(model, lane, since, layers, edges, entries, switches)
        costing = METHODS.find(method)
        is_unclear = costing is not None and costing.uses_layers and not all(map(adds_up, pools.values()))
        heirs = self._heirs(model, entries, known)
        return LaneHistory(since, method, pools, past, layers, edges, known, heirs, is_unclear)

    def _heirs(
        self, model: LedgerModel, entries: Mapping[int, Entry], known: Mapping[int, Known]
    ) -> dict[int, Heirs]:
        """Where the units of earlier receipts lie that late costs speak of, since a switch."""
        cost = model.cost
        if cost is None:
            return {}
        quantity = cost.quantity
        values = [
            e for e in entries.values() if e.kind in ("normal", "reversal") and not e.measures[quantity]
        ]
        about = {e.concerns: known[e.concerns].entry for e in values if e.concerns in known}
        begun = [e for e in about.values() if e.ledger == model.key and e.measures[quantity] > 0]
        if not begun:
            return {}
        went = descent(StoredPast(self.conn, self.models, self.ws), begun, lambda e: e.measures[quantity])
        return {id: went.heirs(id) for id in went.into}

    def _of_lane(self, model: LedgerModel, lane: Key) -> list[Any]:
        return [
            entry.c[f"k{model.dimensions[p].number}"] == v
            for p, v in zip(model.lane.positions, lane, strict=True)
        ]

    def _entries(self, model: LedgerModel, lane: Key, since: date) -> Sequence[Any]:
        statement = (
            _with_journal()
            .where(entry.c.ws == self.ws, entry.c.ledger_id == model.ledger_id, *self._of_lane(model, lane))
            .where(entry.c.business_date >= since)
            .order_by(entry.c.business_date, entry.c.seq, entry.c.entry_id)
        )
        return self.conn.execute(statement).all()

    def _edges(self, entries: Mapping[int, Entry]) -> tuple[Edge, ...]:
        ids = set(entries) | {e.concerns for e in entries.values() if e.kind == "reversal"}
        rows = rows_at(self.conn, edge, self.ws, ["to_entry"], [(i,) for i in ids])
        rows += rows_at(self.conn, edge, self.ws, ["from_entry"], [(i,) for i in entries])
        found = {(r.from_entry, r.to_entry): Edge(r.from_entry, r.to_entry, r.qty, r.value) for r in rows}
        return tuple(found.values())

    def _layers(self, model: LedgerModel, lane: Key, ids: Iterable[int]) -> dict[Key, tuple[Layer, ...]]:
        """Open layers of the lane's pools, and those of these entries."""
        cost = model.cost
        if cost is None:
            return {}
        places = [cost.grain.positions.index(p) for p in model.lane.positions]
        mine = [layer.c[COST_KEY[i]] == v for i, v in zip(places, lane, strict=True)]
        of_ledger = [layer.c.ws == self.ws, layer.c.ledger_id == model.ledger_id, layer.c.kind != STANDARD]
        rows = list(self.conn.execute(select(layer).where(*of_ledger, *mine, layer.c.qty_left != 0)))
        of_goods = and_(*of_ledger)
        rows += rows_at(self.conn, layer, self.ws, ["entry_id"], [(i,) for i in ids], of_goods, *mine)
        by_id = {row.entry_id: row for row in rows}
        keys = self._keys(model, by_id)
        found: dict[Key, list[Layer]] = {}
        for id, row in by_id.items():
            pool = tuple(row._mapping[name] for name in COST_KEY[: len(cost.grain.positions)])
            made = Layer(row.order_day, row.order_seq, id, row.kind, row.qty_left, row.value_left, keys[id])
            found.setdefault(pool, []).append(made)
        return {k: tuple(sorted(xs, key=lambda x: (x.day, x.seq))) for k, xs in found.items()}

    def _with_covered(
        self,
        model: LedgerModel,
        layers: Mapping[Key, tuple[Layer, ...]],
        edges: Iterable[Edge],
        later: Mapping[int, Entry],
    ) -> dict[Key, tuple[Layer, ...]]:
        """The layers with those that were opened and used up by the same replay: receipts that these entries took from, and what was short
        before and covered by them."""
        found, known = dict(layers), {x.entry_id for xs in layers.values() for x in xs}
        cost = model.cost
        ids = {i for e in edges for i in (e.from_entry, e.to_entry)} - set(later) - known
        for row in rows_at(self.conn, entry, self.ws, ["entry_id"], [(i,) for i in sorted(ids)]):
            if cost is None or row.ledger_id != model.ledger_id:
                continue
            made = entry_of(model, row)
            if made.measures[cost.quantity]:
                pool, is_short = cost.grain.of(made.key), made.measures[cost.quantity] < 0
                empty = Layer(made.business_date, made.seq, made.id, "receipt", 0, 0, made.key)
                found[pool] = (*found.get(pool, ()), replace(empty, kind="short") if is_short else empty)
        return found

    def _keys(self, model: LedgerModel, ids: Iterable[int]) -> dict[int, Key]:
        rows = rows_at(self.conn, entry, self.ws, ["entry_id"], [(i,) for i in ids])
        return {r.entry_id: entry_of(model, r).key for r in rows}

    def _method(self, model: LedgerModel, lane: Key) -> str:
        names = [f"k{i}" for i in range(1, len(lane) + 1)]
        at = [balance.c[n] == v for n, v in zip(names, lane, strict=True)]
        statement = select(balance.c.method).where(
            balance.c.ws == self.ws,
            balance.c.ledger_id == model.ledger_id,
            balance.c.grain == model.lane.number,
            *at,
        )
        found = self.conn.execute(statement).scalar()
        return found or (model.cost.method if model.cost is not None else "")

    def _opening(
        self,
        model: LedgerModel,
        lane: Key,
        since: date,
        layers: Mapping[Key, tuple[Layer, ...]],
        edges: Iterable[Edge],
        later: Mapping[int, Entry],
        switches: Iterable[Entry],
    ) -> dict[Key, Pool]:
        cost = model.cost
        if cost is None:
            return {}
        names = [model.dimensions[p].key for p in cost.grain.positions]
        where = {model.dimensions[p].key: (v,) for p, v in zip(model.lane.positions, lane, strict=True)}
        found = balances(self.conn, model, self.ws, group=names, where=where, as_of=since - timedelta(days=1))
        pools: dict[Key, Pool] = {}
        for row in found:
            key = tuple(row.dimensions[name] for name in names)
            quantity, value = model.measures[cost.quantity], model.measures[cost.value]
            qty = scaled(row.measures[quantity.key], quantity.scale)
            worth = scaled(row.measures[value.key], value.scale)
            worth += sum(e.measures[cost.value] for e in switches if cost.grain.of(e.key) == key)
            kept = self.kept.get((model.key, key), frozenset())
            pools[key] = opening(qty, worth, layers.get(key, ()), edges, later, since, cost, kept)
        return pools

    def _known(self, ids: Collection[int], mine: Collection[int]) -> dict[int, Known]:
        """Entries outside, each with what trued it up, and what of it came back by others than ``mine``."""
        by_ledger = {m.ledger_id: m for m in self.models.values() if m.cost is not None}
        rows = rows_at(self.conn, entry, self.ws, ["entry_id"], [(i,) for i in ids])
        found = {r.entry_id: entry_of(by_ledger[r.ledger_id], r) for r in rows if r.ledger_id in by_ledger}
        about = self._about(found)
        trued_up = {e.id for es in about.values() for e in es if e.kind == "true_up"}
        returns = {e.id: e for es in about.values() for e in es if e.kind == "normal" and e.id not in mine}
        said = self._about(trued_up | set(returns))
        undone = {id for id, es in said.items() if any(e.kind == "reversal" for e in es)}
        standing = trued_up - undone
        known: dict[int, Known] = {}
        for id, made in found.items():
            cost = self.models[made.ledger].cost
            assert cost is not None
            more = sum(e.measures[cost.value] for e in about.get(id, ()) if e.id in standing)
            back = [e for e in about.get(id, ()) if e.id in returns and e.id not in undone]
            back = [e for e in back if e.ledger == made.ledger and e.measures[cost.quantity]]
            worth = [e for b in back for e in (b, *said.get(b.id, ())) if e is b or e.kind == "true_up"]
            known[id] = Known(
                made,
                made.measures[cost.value] + more,
                sum(abs(e.measures[cost.quantity]) for e in back),
                -sum(e.measures[cost.value] for e in worth),
            )
        return known

    def _about(self, ids: Collection[int]) -> dict[int, list[Entry]]:
        by_ledger = {m.ledger_id: m for m in self.models.values()}
        found: dict[int, list[Entry]] = {}
        for row in rows_at(self.conn, entry, self.ws, ["concerns_entry"], [(i,) for i in ids]):
            if row.ledger_id in by_ledger:
                found.setdefault(row.concerns_entry, []).append(entry_of(by_ledger[row.ledger_id], row))
        return found

    def followers(self, ids: Collection[int]) -> tuple[Follower, ...]:
        rows = self._journalled("entry_id", ids)
        teller = self._teller(rows)
        returns = self._journalled("concerns_entry", ids)
        wanted = teller.following(set(ids))
        entries = {i: teller.posted[i].entry for i in wanted}
        for row in returns:
            if row.kind == "normal" and row.entry_id not in ids:
                entries[row.entry_id] = self._posted(row).entry
        if returns:
            teller = self._teller([*rows, *returns])
        about = self._about(entries)
        found = []
        for id, made in sorted(entries.items()):
            mine = [e for e in about.get(id, ()) if e.kind in ("true_up", "reversal")]
            since = tuple(sum(e.measures[i] for e in mine) for i in range(len(made.measures)))
            is_undone = any(e.kind == "reversal" for e in mine)
            found.append(Follower(Past(made, teller.told(id)), since, is_undone))
        return tuple(found)

    def _journalled(self, column: str, ids: Collection[int]) -> list[Any]:
        by_ledger = {m.ledger_id for m in self.models.values()}
        found = rows_at(self.conn, entry, self.ws, [column], [(i,) for i in ids])
        ids = [r.entry_id for r in found if r.ledger_id in by_ledger]
        return self._rows_with_journal(entry.c.entry_id, ids)

    def _rows_with_journal(self, column: Any, ids: Sequence[int]) -> list[Any]:
        found: list[Any] = []
        wanted = sorted(set(ids))
        for at in range(0, len(wanted), 500):
            statement = _with_journal().where(entry.c.ws == self.ws, column.in_(wanted[at : at + 500]))
            found += self.conn.execute(statement).all()
        return found

    def _teller(self, rows: Sequence[Any]) -> Teller:
        """How those entries came to their values; the other entries of documents whose postings depend on each other are read too."""
        teller = Teller(self.models, self.package, self.stated)
        teller.add(self._posted(row) for row in rows)
        documents = teller.documents_that_depend()
        journals = rows_at(self.conn, journal, self.ws, ["entity_id", "record_id"], documents)
        siblings = self._rows_with_journal(entry.c.journal_id, [j.journal_id for j in journals])
        by_ledger = {m.ledger_id for m in self.models.values()}
        teller.add(self._posted(row) for row in siblings if row.ledger_id in by_ledger)
        return teller

    def _posted(self, row: Any) -> Posted:
        model = next(m for m in self.models.values() if m.ledger_id == row.ledger_id)
        return Posted(entry_of(model, row), row.posting_uid, row.posting_rev, row.entity_id, row.record_id)


def _with_journal() -> Any:
    return select(
        journal.c.posting_uid, journal.c.posting_rev, journal.c.entity_id, journal.c.record_id, entry
    ).join(journal, and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id))
