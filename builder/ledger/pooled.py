"""Pooled: the rows of a ledger's balances with what falls to each of them at the cost of its pool."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy import Connection

from builder.ledger.balance import Balance, Ids, balances
from builder.ledger.definition import CostModel, LedgerModel
from builder.ledger.shares import shares

POOLED = "pooled."
"""Before the value measure of a ledger's balances: what falls to the row of its pool, by quantity."""
Worth = tuple[tuple[Balance, Decimal], ...]


def pooled_balances(
    conn: Connection,
    model: LedgerModel,
    ws: int,
    names: Collection[str],
    *,
    where: Mapping[str, Ids] | None = None,
    as_of: date | None = None,
) -> Worth:
    """The smallest rows that have the dimensions in ``names``, each with its share. A pool is shared out over all of its rows, so that of
    ``where`` only what limits whole pools is read; the rest is for the caller to leave out. Nothing where no cost is kept."""
    cost = model.cost
    if cost is None:
        return ()
    pool = pool_of(model, cost)
    limits = {name: ids for name, ids in (where or {}).items() if name in pool}
    group = _finest(model, cost, set(names))
    rows = balances(conn, model, ws, group=group, where=limits, as_of=as_of)
    return tuple(zip(rows, shares(model, cost, rows), strict=True))


def pool_of(model: LedgerModel, cost: CostModel) -> frozenset[str]:
    """The dimensions that cost is kept by."""
    return frozenset(model.dimensions[position].key for position in cost.grain.positions)


def is_within(row: Balance, limits: Mapping[str, Ids]) -> bool:
    return all(row.dimensions[name] in ids for name, ids in limits.items())


def _finest(model: LedgerModel, cost: CostModel, names: set[str]) -> tuple[str, ...]:
    """The dimensions of the smallest rows that are kept, if they have all of these; else just these and the pool's. What rounding leaves
    then lies at the same rows whatever is asked."""
    wanted = {*(model.position(name) for name in names), *cost.grain.positions}
    kept = [grain.positions for grain in model.grains if wanted <= set(grain.positions)]
    positions = max(kept, key=len) if kept else tuple(sorted(wanted))
    return tuple(model.dimensions[position].key for position in positions)
