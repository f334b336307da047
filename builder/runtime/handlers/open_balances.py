"""Open balances: a record that a ledger still counts something of is not archived: what is counted would hang on nothing."""

from __future__ import annotations

from collections.abc import Iterator

from builder.errors import Problem
from builder.ledger.balance import Balance
from builder.metadata.entity import Entity
from builder.metadata.ledger import Ledger
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.sights import common


def open_balances(ctx: Context, entity: Entity, record: Record) -> list[Problem]:
    """One problem for each ledger on which balances of the record are not zero; the amount as far as the actor may see it."""
    found = []
    for ledger, dimension in _counting(ctx, entity):
        standing = ctx.reader.standing(ledger.key, _finest(ledger, dimension), dimension, record.id)
        if standing:
            found.append(Problem("BALANCE_OPEN", "", _told(ctx, entity, ledger, standing)))
    return found


def _counting(ctx: Context, entity: Entity) -> Iterator[tuple[Ledger, str]]:
    for ledger in ctx.app.package.ledgers:
        if ledger.kind == "balance":
            yield from ((ledger, d.key) for d in ledger.dimensions if d.entity == entity.key)


def _finest(ledger: Ledger, dimension: str) -> tuple[str, ...]:
    """The dimensions by which balances are asked: what is here must not hide what is missing there."""
    grains = [grain.dimensions for grain in ledger.grains if dimension in grain.dimensions]
    longest: tuple[str, ...] = max(grains, key=lambda names: len(names), default=(dimension,))
    return longest


def _told(ctx: Context, entity: Entity, ledger: Ledger, standing: tuple[Balance, ...]) -> dict[str, object]:
    seen = common(ctx.kernel, ledger)
    amounts = [
        (measure.label, balance.measures[measure.key])
        for balance in standing
        for measure in ledger.measures
        if measure.key in seen and balance.measures[measure.key]
    ]
    measure, amount = amounts[0] if amounts else ("", "")
    return {"entity": entity.label, "ledger": ledger.label, "measure": measure, "amount": amount}
