"""Holdings: what ledgers hold of some records, row by full row; and whether what came to a record has been used since."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import TypeAlias

from sqlalchemy import Connection, and_, func, or_, select

from builder.ledger.balance import balances
from builder.ledger.columns import entry_of
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.scalars import texts_of
from builder.ledger.state import Entry
from builder.record import Value
from builder.storage.sql.arrays import one_of
from builder.storage.tables.ledgers import entry

Held: TypeAlias = "dict[tuple[str, Key], Mapping[str, Decimal]]"
"""(ledger, key in the order of its dimensions) → measures."""


def held(
    conn: Connection, models: Mapping[str, LedgerModel], ws: int, entity: str, ids: Collection[int]
) -> Held:
    """Every row that is not zero and that names one of the records. Turnover tells what was; it holds nothing."""
    found: Held = {}
    for model in models.values():
        if model.is_turnover:
            continue
        group = [d.key for d in model.dimensions]
        for dimension in [d.key for d in model.dimensions if d.entity == entity]:
            for row in balances(conn, model, ws, group=group, where={dimension: tuple(ids)}):
                found[model.key, tuple(row.dimensions[name] for name in group)] = row.measures
    return found


def held_of(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    ws: int,
    records: Iterable[tuple[str, Collection[int]]],
) -> Held:
    """The rows of ``held`` for records of several entities."""
    return {at: row for entity, ids in records for at, row in held(conn, models, ws, entity, ids).items()}


def named(
    conn: Connection, models: Mapping[str, LedgerModel], ws: int, keys: Iterable[tuple[str, Key]]
) -> dict[tuple[str, Key], dict[str, Value]]:
    """The keys as intents say them: ids of records, texts of scalars, nothing for none."""
    keys = list(keys)
    texts: dict[tuple[str, str], Mapping[int, str]] = {}
    for name in {ledger for ledger, _ in keys}:
        for place, dimension in enumerate(models[name].dimensions):
            if dimension.type != "reference":
                ids = [key[place] for ledger, key in keys if ledger == name and key[place]]
                texts[name, dimension.key] = texts_of(conn, models[name], ws, dimension.key, ids)
    return {
        (ledger, key): {
            d.key: _value(texts.get((ledger, d.key)), id)
            for d, id in zip(models[ledger].dimensions, key, strict=True)
        }
        for ledger, key in keys
    }


def _value(texts: Mapping[int, str] | None, id: int) -> Value:
    if not id:
        return None
    return id if texts is None else texts[id]


def used_since(
    conn: Connection, models: Mapping[str, LedgerModel], ws: int, arrived: Collection[Entry]
) -> frozenset[Entry]:
    """Of the entries that arrived those of which something has left since: of their cost pool, else of their own row. What came later
    and was taken back took nothing of them."""
    found: set[Entry] = set()
    for name in {e.ledger for e in arrived}:
        model = models[name]
        mine = [e for e in arrived if e.ledger == name]
        own = {e.id for e in mine}
        for later, undone in _later(conn, model, ws, mine):
            if later.id not in own:
                found |= {e for e in mine if undone <= e.seq and _takes(model, later, e)}
    return frozenset(found)


def _later(
    conn: Connection, model: LedgerModel, ws: int, arrived: Collection[Entry]
) -> list[tuple[Entry, int]]:
    """Entries on the same lanes, after the first that arrived, each with the place in order of the one that it undoes (0: none)."""
    places = model.lane.positions
    same = [
        one_of(entry.c[f"k{model.dimensions[p].number}"], tuple({e.key[p] for e in arrived})) for p in places
    ]
    out = or_(*(entry.c[f"m{m.number}"] < 0 for m in model.measures))
    about = entry.alias()
    undoes = and_(
        entry.c.kind == "reversal", about.c.ws == entry.c.ws, about.c.entry_id == entry.c.concerns_entry
    )
    statement = (
        select(entry, func.coalesce(about.c.seq, 0).label("undone"))
        .outerjoin(about, undoes)
        .where(entry.c.ws == ws, entry.c.ledger_id == model.ledger_id, entry.c.seq > _first(arrived))
        .where(out, *same)
    )
    return [(entry_of(model, row), row.undone) for row in conn.execute(statement)]


def _first(arrived: Collection[Entry]) -> int:
    return min(e.seq for e in arrived)


def _takes(model: LedgerModel, later: Entry, arrived: Entry) -> bool:
    """Whether the later entry took something of what arrived."""
    if later.seq <= arrived.seq or model.lane.of(later.key) != model.lane.of(arrived.key):
        return False
    cost = model.cost
    if cost is not None and arrived.measures[cost.quantity] > 0 and later.measures[cost.quantity] < 0:
        return cost.grain.of(later.key) == cost.grain.of(arrived.key)
    less = any(a > 0 > b for a, b in zip(arrived.measures, later.measures, strict=True))
    return less and later.key == arrived.key
