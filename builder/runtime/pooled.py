"""Pooled: what a ledger's places are worth at the cost of their pools, summed by the dimensions asked for, within what the actor may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from builder.errors import InvalidError, Problem
from builder.ledger import balance as balances
from builder.ledger.balance import Balance
from builder.ledger.definition import CostModel, LedgerModel
from builder.ledger.shares import shares
from builder.runtime.context import Context
from builder.runtime.ledger_reading import Ids, dimension_ids, ledger_of, scopes_of
from builder.runtime.permissions import Filter

POOLED = "pooled."
"""Before the value measure of a ledger's balances: what falls to the row of its pool, by quantity."""


def read_pooled(
    ctx: Context, key: str, *, group: Sequence[str], where: Filter | None, as_of: date | None
) -> Mapping[tuple[int, ...], Decimal]:
    """The shares by the ids of ``group``. A pool is shared out over all of its rows, whoever asks for whatever part of them: two that look
    at one place see the same."""
    ledger, model, _ = ledger_of(ctx, key)
    cost = model.cost
    if cost is None:
        raise InvalidError(problems=[Problem("FIELD_UNKNOWN", "/columns", {"name": POOLED, "nearest": ""})])
    asked, scope = dimension_ids(ctx, ledger, where), scopes_of(ctx, ledger)
    pool = {model.dimensions[position].key for position in cost.grain.positions}
    rows = balances.balances(
        ctx.conn,
        model,
        ctx.ws,
        group=_finest(model, cost, {*group, *asked, *scope}),
        where={name: ids for name, ids in asked.items() if name in pool},
        as_of=as_of,
    )
    found: dict[tuple[int, ...], Decimal] = {}
    for row, share in zip(rows, shares(model, cost, rows), strict=True):
        if _is_within(row, asked) and _is_within(row, scope):
            at = tuple(row.dimensions[name] for name in group)
            found[at] = found.get(at, Decimal(0)) + share
    return found


def _finest(model: LedgerModel, cost: CostModel, names: set[str]) -> tuple[str, ...]:
    """The dimensions of the smallest rows that are kept, if they have all of these; else just these and the pool's. What rounding leaves
    then lies at the same rows whatever is asked."""
    wanted = {*(model.position(name) for name in names), *cost.grain.positions}
    kept = [grain.positions for grain in model.grains if wanted <= set(grain.positions)]
    positions = max(kept, key=len) if kept else tuple(sorted(wanted))
    return tuple(model.dimensions[position].key for position in positions)


def _is_within(row: Balance, limits: Mapping[str, Ids]) -> bool:
    return all(row.dimensions[name] in ids for name, ids in limits.items())
