"""Reading: the state of one ledger for some intents, in a fixed number of statements whatever their number of lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from sqlalchemy import Connection, and_, bindparam, or_, select

from builder.changes import Intent
from builder.ledger.columns import (
    COST_KEY,
    GRAIN_KEY,
    entry_of,
    in_lots,
    listed,
    measures_of,
    padded,
    row_key,
    rows_at,
)
from builder.ledger.columns import among as among_keys
from builder.ledger.dated import At, dated_after
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.fields import dimension_fields
from builder.ledger.needs import Needs
from builder.ledger.state import Edge, Entry, Layer, LedgerState, Row
from builder.metadata.package import Package
from builder.storage.prepared import Prepared
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import ids_in
from builder.storage.tables.ledgers import balance, edge, entry, layer, period


class Reading:
    """One consistent look, ledger by ledger."""

    def __init__(self, conn: Connection, maps: SlotMap, package: Package, ws: int, needs: Needs) -> None:
        self._conn, self._maps, self._package, self._ws, self._needs = conn, maps, package, ws, needs

    def ledger(self, model: LedgerModel, intents: Sequence[Intent]) -> LedgerState:
        """What planning the intents may need of this ledger."""
        origins = self._origins(model, {i.cost_of for i in intents if i.cost_of is not None})
        undone = {i: e for i, e in self._needs.reversible.items() if e.ledger == model.key}
        about = [e.id for entries in origins.values() for e in entries] + list(undone)
        concerning = self._concerning(model, about)
        keys = set(self._needs.keys.get(model.key, ()))
        shifts = [e.id for rows in concerning.values() for e in rows if e.kind == "count_shift"]
        sent = [*(about if model.cost is not None and model.cost.returns_to_place else undone), *shifts]
        edges = self._edges(sent)
        picks, candidates = self._candidates(model, keys)
        picks |= _picked(model, [e for entries in origins.values() for e in entries])
        keys |= _with_picks(model, keys, picks)
        layers = self._layers(model, keys, {e.from_entry for rows in edges.values() for e in rows})
        keys |= {x.key for rows in layers.values() for x in rows if x.kind == "short"}
        rows = {**candidates, **self._rows(model, keys)}
        days, counts = dated_after(self._conn, self._ws, model, keys, rows, intents)
        ids = _ids(model, [*keys, *_full_keys(model, candidates)])
        return LedgerState(
            rows=rows,
            closed_through=self._closed_through(model),
            days=days,
            layers=layers,
            edges=edges,
            counts=counts,
            origins=origins,
            concerning=concerning,
            reversible=undone,
            receipts=self._receipts(model, undone),
            fields=dimension_fields(self._conn, self._maps, self._package, self._ws, model, ids),
            value_ids=self._needs.value_ids.get(model.key, {}),
        )

    def _origins(self, model: LedgerModel, lines: Iterable[int]) -> dict[int, tuple[Entry, ...]]:
        found: dict[int, list[Entry]] = {}
        lines = tuple(lines)
        if not lines:
            return {}
        of_ledger = entry.c.ledger_id == model.ledger_id
        for row in rows_at(self._conn, entry, self._ws, ["line_id"], [(x,) for x in lines], of_ledger):
            found.setdefault(row.line_id, []).append(entry_of(model, row))
        return {line: tuple(sorted(entries, key=lambda e: e.id)) for line, entries in found.items()}

    def _concerning(self, model: LedgerModel, ids: Iterable[int]) -> dict[int, tuple[Entry, ...]]:
        """Entries that concern those, and the ones that concern these: a return may have been reversed."""
        found: dict[int, list[Entry]] = {}
        waiting = set(ids)
        for _ in range(2):
            rows = rows_at(self._conn, entry, self._ws, ["concerns_entry"], [(x,) for x in waiting])
            waiting = set()
            for row in rows:
                if row.ledger_id == model.ledger_id:
                    found.setdefault(row.concerns_entry, []).append(entry_of(model, row))
                    waiting.add(row.entry_id)
        return {i: tuple(sorted(entries, key=lambda e: e.id)) for i, entries in found.items()}

    def _layers(
        self, model: LedgerModel, keys: Iterable[Key], taken: set[int]
    ) -> dict[Key, tuple[Layer, ...]]:
        """Open layers and shortages of the touched cost pools, and used-up ones that get something back (by their entries, ``taken``),
        each with the key of its entry."""
        cost = model.cost
        if cost is None:
            return {}
        pools = {padded(cost.grain.of(k), COST_KEY): cost.grain.of(k) for k in keys}
        found: dict[Key, list[Layer]] = {}
        dialect, numbers = self._conn.dialect.name, tuple(d.number for d in model.dimensions)
        statement = _open_layers(dialect, numbers, with_taken=bool(taken))
        bound: dict[str, Any] = {"of_ws": self._ws, "of_ledger": model.ledger_id}
        if taken:
            bound["taken"] = sorted(taken)
        for lot in in_lots(pools):
            for row in statement.named(self._conn, {**bound, **listed(dialect, lot)}):
                key = tuple(getattr(row, f"e{i}") for i in range(len(model.dimensions)))
                pool = pools[tuple(getattr(row, name) for name in COST_KEY)]
                made = Layer(
                    row.order_day, row.order_seq, row.entry_id, row.kind, row.qty_left, row.value_left, key
                )
                found.setdefault(pool, []).append(made)
        return {pool: tuple(layers) for pool, layers in found.items()}

    def _edges(self, undone: Iterable[int]) -> dict[int, tuple[Edge, ...]]:
        found: dict[int, list[Edge]] = {}
        for row in rows_at(self._conn, edge, self._ws, ["to_entry"], [(i,) for i in undone]):
            found.setdefault(row.to_entry, []).append(Edge(row.from_entry, row.to_entry, row.qty, row.value))
        return {i: tuple(edges) for i, edges in found.items()}

    def _receipts(self, model: LedgerModel, undone: Mapping[int, Entry]) -> dict[int, Entry]:
        """What late costs that are taken back belong to, in a ledger that moved them there."""
        cost = model.cost
        if cost is None or model.ledger.order != "replay":
            return {}
        ids = {(e.concerns,) for e in undone.values() if e.concerns and not e.measures[cost.quantity]}
        rows = (
            rows_at(self._conn, entry, self._ws, ["entry_id"], ids, ledger_id=model.ledger_id) if ids else ()
        )
        return {row.entry_id: entry_of(model, row) for row in rows}

    def _candidates(self, model: LedgerModel, keys: Iterable[Key]) -> tuple[set[int], dict[At, Row]]:
        """Rows that an issue without a pick may take from, and their picks."""
        issue = model.issue
        if issue is None:
            return set(), {}
        place = issue.grain.positions.index(issue.pick)
        at = {issue.grain.of(k) for k in keys if not k[issue.pick]}
        prefixes = {k[:place] + k[place + 1 :] for k in at}
        names = [f"k{i + 1}" for i in range(len(issue.grain.positions)) if i != place]
        counted = balance.c[f"m{model.measures[model.counted].number}"]
        rows = rows_at(
            self._conn,
            balance,
            self._ws,
            names,
            prefixes,
            balance.c.ledger_id == model.ledger_id,
            balance.c.grain == issue.grain.number,
            counted != 0,
        )
        found = {(issue.grain.number, row_key(r, len(issue.grain.positions))): _row(model, r) for r in rows}
        return {key[place] for _, key in found if key[place]}, found

    def _rows(self, model: LedgerModel, keys: Iterable[Key]) -> dict[At, Row]:
        if model.is_turnover:
            return {}
        widths = {g.number: len(g.positions) for g in model.grains}
        wanted = {(g.number, *padded(g.of(k))) for g in model.grains for k in keys}
        rows = rows_at(
            self._conn,
            balance,
            self._ws,
            ["grain", *GRAIN_KEY],
            wanted,
            ledger_id=model.ledger_id,
        )
        return {(r.grain, row_key(r, widths[r.grain])): _row(model, r) for r in rows}

    def _closed_through(self, model: LedgerModel) -> date | None:
        bound = {"of_ws": self._ws, "of_ledger": model.ledger_id}
        found = _CLOSED.first(self._conn, bound)
        return found[0] if found is not None else None


_CLOSED = Prepared(
    select(period.c.closed_through).where(
        period.c.ws == bindparam("of_ws"), period.c.ledger_id == bindparam("of_ledger")
    )
)


@cache
def _open_layers(dialect: str, numbers: tuple[int, ...], *, with_taken: bool) -> Prepared:
    """Layers of the listed pools that are open (or whose entries are ``taken``), each with the key of its entry by those numbers."""
    is_open = layer.c.qty_left != 0
    keys = (entry.c[f"k{number}"].label(f"e{i}") for i, number in enumerate(numbers))
    return Prepared(
        select(layer, *keys)
        .join(entry, and_(entry.c.ws == layer.c.ws, entry.c.entry_id == layer.c.entry_id))
        .where(layer.c.ws == bindparam("of_ws"), layer.c.ledger_id == bindparam("of_ledger"))
        .where(or_(is_open, ids_in(layer.c.entry_id, "taken")) if with_taken else is_open)
        .where(among_keys(dialect, [layer.c[name] for name in COST_KEY]))
        .order_by(layer.c.order_day, layer.c.order_seq, layer.c.entry_id)
    )


def _row(model: LedgerModel, found: Any) -> Row:
    return Row(
        measures_of(model, found._mapping),
        found.ver,
        found.last_day,
        found.seq,
        found.method,
        found.last_count_day,
        found.recost_from,
    )


def _picked(model: LedgerModel, entries: Iterable[Entry]) -> set[int]:
    issue = model.issue
    return {e.key[issue.pick] for e in entries if e.key[issue.pick]} if issue is not None else set()


def _with_picks(model: LedgerModel, keys: Iterable[Key], picks: Iterable[int]) -> set[Key]:
    """Keys whose pick is open, with each pick that they may get."""
    issue = model.issue
    if issue is None:
        return set()
    at = issue.pick
    return {(*k[:at], p, *k[at + 1 :]) for k in keys if not k[at] for p in picks}


def _full_keys(model: LedgerModel, rows: Iterable[At]) -> list[Key]:
    """Keys of issue-grain rows as entries' keys, with 0 for what the grain does not have."""
    issue = model.issue
    if issue is None:
        return []
    found = []
    for _, key in rows:
        full = [0] * len(model.dimensions)
        for position, value in zip(issue.grain.positions, key, strict=True):
            full[position] = value
        found.append(tuple(full))
    return found


def _ids(model: LedgerModel, keys: Iterable[Key]) -> dict[str, set[int]]:
    """Ids of the dimension records whose fields are read."""
    found: dict[str, set[int]] = {
        d.key: set() for d in model.dimensions if d.key in model.fields and d.entity
    }
    for key in keys:
        for dimension, value in zip(model.dimensions, key, strict=True):
            if value and dimension.key in found:
                found[dimension.key].add(value)
    return found
