"""Reading for a switch: the lanes that keep a method, what their pools hold, and the state that the plan of a switch needs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Connection, and_, select

from builder.changes import Intent
from builder.ledger import holdings, lanes
from builder.ledger.balance import balances
from builder.ledger.columns import COST_KEY, GRAIN_KEY, among, entry_of, in_lots, listed, measures_of, rows_at
from builder.ledger.costing.decreed import STANDARD
from builder.ledger.definition import LANE, CostModel, Key, LedgerModel
from builder.ledger.fields import dimension_fields
from builder.ledger.pieces import scaled
from builder.ledger.state import Entry, LedgerState, State
from builder.ledger.switching import POSTING, declared, full_key, turn_of
from builder.metadata.package import Package
from builder.storage.slots import SlotMap
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import balance, entry, journal, layer

Ids = Collection[int]
Models: TypeAlias = "Mapping[str, LedgerModel]"
Lots: TypeAlias = "dict[Key, dict[int, int]]"
"""Quantities by batch, of each pool."""


def methods_of(
    conn: Connection, model: LedgerModel, ws: int, limits: Mapping[str, Ids] | None = None
) -> dict[Key, str]:
    """The lanes that keep a method, in order, each with its method; limited to those ids of the lane's dimensions."""
    columns = [balance.c[n] for n in GRAIN_KEY[: len(model.lane.positions)]]
    statement = select(*columns, balance.c.method).where(
        balance.c.ws == ws, balance.c.ledger_id == model.ledger_id, balance.c.grain == LANE
    )
    for dimension, ids in (limits or {}).items():
        column = columns[model.lane.positions.index(model.position(dimension))]
        statement = statement.where(one_of(column, ids) if ids else column.is_(None))
    rows = conn.execute(statement.where(balance.c.method != "").order_by(*columns))
    return {tuple(row[:-1]): row.method for row in rows}


def differing(
    conn: Connection,
    models: Models,
    maps: SlotMap,
    package: Package,
    ws: int,
    ledger: str,
    known: Mapping[Key, str],
    settings: Mapping[str, Any],
) -> tuple[Key, ...]:
    """Of the lanes with their methods those for which the definition says another one now."""
    model = models[ledger]
    ids: dict[str, set[int]] = {}
    for place, position in enumerate(model.lane.positions):
        dimension = model.dimensions[position]
        if dimension.entity and dimension.key in model.fields:
            ids[dimension.key] = {lane[place] for lane in known if lane[place]}
    state = LedgerState(fields=dimension_fields(conn, maps, package, ws, model, ids))
    return tuple(k for k, method in known.items() if declared(models, ledger, state, settings, k) != method)


def switches(conn: Connection, model: LedgerModel, ws: int) -> tuple[Entry, ...]:
    """The entries of every switch of the ledger, in order of their sequence numbers."""
    joined = and_(entry.c.ws == journal.c.ws, entry.c.journal_id == journal.c.journal_id)
    statement = select(entry).join(journal, joined).where(*_switching(model, ws)).order_by(entry.c.seq)
    return tuple(entry_of(model, row) for row in conn.execute(statement))


def turns_of(conn: Connection, model: LedgerModel, ws: int) -> dict[Key, list[tuple[int, str]]]:
    """Where lanes were switched: by lane the sequence numbers, and the method until there."""
    found: dict[Key, list[tuple[int, str]]] = {}
    for made in switches(conn, model, ws):
        was, _ = turn_of(made.reason)
        found.setdefault(model.lane.of(made.key), []).append((made.seq, was))
    return found


def last_switch(conn: Connection, model: LedgerModel, ws: int) -> date | None:
    """The day from which the last switch of the ledger is in force."""
    found: date | None = conn.execute(
        select(journal.c.business_date)
        .where(*_switching(model, ws))
        .order_by(journal.c.business_date.desc())
        .limit(1)
    ).scalar()
    return found


def _switching(model: LedgerModel, ws: int) -> tuple[ColumnElement[bool], ...]:
    """Journals of switches. They belong to no document and are never reversed, which is how an index finds them."""
    here = journal.c
    own = (here.ws == ws, here.entity_id == 0, here.posting_uid == POSTING, here.reverses.is_(None))
    return (*own, here.ledger_id == model.ledger_id)


def posted_after(
    conn: Connection, model: LedgerModel, ws: int, keys: Iterable[Key], day: date | None
) -> frozenset[Key]:
    """Of those lanes the ones on which something else than a switch was posted after that day."""
    if day is None:
        return frozenset()
    columns = [entry.c[f"k{model.dimensions[p].number}"] for p in model.lane.positions]
    joined = and_(journal.c.ws == entry.c.ws, journal.c.journal_id == entry.c.journal_id)
    statement = (
        select(*columns)
        .join(journal, joined)
        .where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, entry.c.business_date > day)
        .where(journal.c.posting_uid != POSTING, among(conn.dialect.name, columns))
        .distinct()
    )
    found: set[Key] = set()
    for lot in in_lots(keys):
        found |= {tuple(row) for row in conn.execute(statement, listed(conn.dialect.name, lot))}
    return frozenset(found)


def pools_of(conn: Connection, model: LedgerModel, ws: int, keys: Iterable[Key]) -> tuple[Key, ...]:
    """The lanes' pools that hold something or wait for it; of a lane that holds nothing one pool, which says so."""
    cost = _cost(model)
    wanted, width = list(keys), len(cost.grain.positions)
    at = [cost.grain.positions.index(p) for p in model.lane.positions]
    of_grain = balance.c.grain == cost.grain.number
    rows = rows_at(conn, balance, ws, [GRAIN_KEY[i] for i in at], wanted, of_grain, ledger_id=model.ledger_id)
    is_open = (layer.c.qty_left != 0) & (layer.c.kind != STANDARD)
    left = rows_at(conn, layer, ws, [COST_KEY[i] for i in at], wanted, is_open, ledger_id=model.ledger_id)
    waiting = {tuple(r._mapping[n] for n in COST_KEY[:width]) for r in left}
    found: dict[Key, list[Key]] = {}
    idle: dict[Key, Key] = {}
    for row in rows:
        key = tuple(row._mapping[n] for n in GRAIN_KEY[:width])
        lane = tuple(key[i] for i in at)
        measures = measures_of(model, row._mapping)
        if measures[cost.quantity] or measures[cost.value] or key in waiting:
            found.setdefault(lane, []).append(key)
        idle[lane] = min(key, idle.get(lane, key))
    return tuple(sorted(key for lane, one in idle.items() for key in found.get(lane, [one])))


def lots_of(conn: Connection, model: LedgerModel, ws: int, keys: Iterable[Key]) -> Lots:
    """Quantities by what the method ``batch`` tells units apart by, of every pool of those lanes."""
    cost = _cost(model)
    if cost.told_by is None:
        return {}
    wanted = set(keys)
    names = [model.dimensions[p].key for p in cost.grain.positions]
    told = model.dimensions[cost.told_by].key
    places = enumerate(model.lane.positions)
    where = {model.dimensions[p].key: {lane[i] for lane in wanted} for i, p in places}
    measure = model.measures[cost.quantity]
    found: Lots = {}
    for row in balances(conn, model, ws, group=list(dict.fromkeys([*names, told])), where=where):
        key = tuple(row.dimensions[name] for name in names)
        if model.lane.of(full_key(model, cost, key)) in wanted:
            amount = scaled(row.measures[measure.key], measure.scale)
            found.setdefault(key, {})[row.dimensions[told]] = amount
    return found


def state_for(
    conn: Connection,
    models: Models,
    maps: SlotMap,
    package: Package,
    ws: int,
    ledger: str,
    *,
    pools: Iterable[Key],
    lots: Mapping[Key, Mapping[int, int]],
    closed: date | None,
) -> State:
    """What the plan of a switch reads of those pools."""
    model = models[ledger]
    cost = _cost(model)
    day = (closed or date.min) + timedelta(days=1)
    keys = dict.fromkeys(
        (ledger, full_key(model, cost, key, lot)) for key in pools for lot in (0, *lots.get(key, {}))
    )
    named = holdings.named(conn, models, ws, keys)
    wanted = [Intent(ledger, POSTING, "", 0, 0, 0, day, named[key], {}) for key in keys]
    return lanes.read(conn, models, maps, package, ws, wanted)


def _cost(model: LedgerModel) -> CostModel:
    assert model.cost is not None
    return model.cost
