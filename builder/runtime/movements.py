"""Movements of a ledger for one actor: a period's opening, ins, outs and closing, limited to what it may see."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from builder.ledger import movements
from builder.runtime.context import Context
from builder.runtime.ledger_reading import Named, dimension_ids, grouping_of, ledger_of, names_of, scopes_of
from builder.runtime.rights import Filter

Days = tuple[date | None, date | None]


@dataclass(frozen=True)
class Flow:
    """One measure over a period: ``opening`` + ``ins`` − ``outs`` = ``closing``."""

    opening: Decimal
    ins: Decimal
    outs: Decimal

    @property
    def closing(self) -> Decimal:
        return self.opening + self.ins - self.outs


@dataclass(frozen=True)
class FlowRow:
    """One line: its dimensions, and the flow of each measure that the actor may see."""

    dimensions: Mapping[str, Named | None]
    flows: Mapping[str, Flow]


def read_movements(
    ctx: Context, key: str, *, group: Sequence[str], days: Days, where: Filter | None = None
) -> tuple[FlowRow, ...]:
    """Lines by the dimensions of ``group`` that held or moved anything in the period (both days count)."""
    ledger, model, measures = ledger_of(ctx, key, where)
    wanted = grouping_of(ctx, ledger, group)
    found = movements.movements(
        ctx.conn,
        model,
        ctx.ws,
        group=wanted,
        days=days,
        where=dimension_ids(ctx, ledger, where),
        scope=scopes_of(ctx, ledger),
    )
    names = names_of(ctx, ledger, model, wanted, [m.dimensions for m in found])
    return tuple(
        FlowRow(
            {d: names[d].get(m.dimensions[d]) for d in wanted},
            {k: Flow(m.opening[k], m.ins[k], -m.outs[k]) for k in measures},
        )
        for m in found
    )


def total(rows: Sequence[FlowRow], measure: str) -> Flow:
    """The sum of all lines."""
    nothing = Decimal(0)
    return Flow(
        sum((r.flows[measure].opening for r in rows), nothing),
        sum((r.flows[measure].ins for r in rows), nothing),
        sum((r.flows[measure].outs for r in rows), nothing),
    )
