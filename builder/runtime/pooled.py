"""Pooled: what a ledger's places are worth at the cost of their pools, summed by the dimensions asked for, within what the actor may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from builder.errors import InvalidError, Problem
from builder.ledger.pooled import POOLED, is_within, pooled_balances
from builder.runtime.context import Context
from builder.runtime.ledger_reading import dimension_ids, ledger_of, scopes_of
from builder.runtime.rights import Filter


def read_pooled(
    ctx: Context, key: str, *, group: Sequence[str], where: Filter | None, as_of: date | None
) -> Mapping[tuple[int, ...], Decimal]:
    """The shares by the ids of ``group``. Two that look at one place see the same."""
    ledger, model, _ = ledger_of(ctx, key, where)
    if model.cost is None:
        raise InvalidError(problems=[Problem("FIELD_UNKNOWN", "/columns", {"name": POOLED, "nearest": ""})])
    asked, scope = dimension_ids(ctx, ledger, where), scopes_of(ctx, ledger)
    names = {*group, *asked, *scope}
    found: dict[tuple[int, ...], Decimal] = {}
    for row, share in pooled_balances(ctx.conn, model, ctx.ws, names, where=asked, as_of=as_of):
        if is_within(row, asked) and is_within(row, scope):
            at = tuple(row.dimensions[name] for name in group)
            found[at] = found.get(at, Decimal(0)) + share
    return found
