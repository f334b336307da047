"""Handler of a method switch: pools of a ledger are costed by another method from the day after its last close on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.changes import Write
from builder.commands import SwitchMethod
from builder.errors import InvalidError, Problem, RefusedError
from builder.ledger.costing import METHODS
from builder.ledger.definition import CostModel, Key, LedgerModel
from builder.ledger.outcome import Plan
from builder.runtime import closing, switching
from builder.runtime.context import Context
from builder.runtime.ledger_reading import Named, names_of
from builder.runtime.ledger_telling import as_json
from builder.runtime.switching import PoolRow, Wanted

SHOWN = 200
"""Pools that the answer names; its totals are over all of them."""
MOST_DIGITS = 12


def switch_method(ctx: Context, command: SwitchMethod) -> Mapping[str, Any]:
    """Which pools go over from which day on, with their quantities and their values before and after."""
    closing.require_closer(ctx, command.ledger)
    model, cost = switching.costed(ctx, command.ledger)
    if METHODS.find(command.to) is None:
        raise InvalidError(problems=[Problem("COSTING_UNKNOWN", "/to", {"method": command.to})])
    unit = _unit(command.unit)
    known = switching.chosen(ctx, model, command.filter)
    lanes = tuple(key for key, method in known.items() if method != command.to)
    _countable(model, lanes)
    wanted = Wanted(command.ledger, command.to, lanes, unit)
    looked = switching.look(ctx.conn, ctx.app, ctx.ws, wanted, ctx.reader.settings)
    titles = Titles(ctx, model, cost, [row.key for row in looked.rows])
    if looked.plan.problems:
        problems = [titles.of(problem) for problem in looked.plan.problems]
        raise RefusedError("SWITCH_REFUSED", problems=problems)
    day = _day(looked.plan).isoformat()
    body = {
        "wanted": wanted,
        "rows": looked.rows,
        "made_of": switching.composed(ctx, command.ledger, looked.rows),
        "key": switching.key_of(ctx, command.ledger),
        "turn": switching.kept(wanted, day, looked.rows, command.reason.strip()),
    }
    ctx.pending.writes.append(Write(switching.WHAT, body))
    return {**_told(looked.rows, titles), "ledger": command.ledger, "to": command.to, "from_day": day}


def _unit(value: Any) -> Decimal | None:
    if value is None or value == "":
        return None
    try:
        unit = Decimal(str(value))
    except InvalidOperation:
        unit = Decimal("NaN")
    exponent = unit.as_tuple().exponent
    if not unit.is_finite() or unit < 0 or not isinstance(exponent, int) or -exponent > MOST_DIGITS:
        raise InvalidError(problems=[Problem("SWITCH_UNIT", "/unit")])
    return unit


def _countable(model: LedgerModel, lanes: Sequence[Key]) -> None:
    if not lanes:
        raise RefusedError(
            "SWITCH_REFUSED", problems=[Problem("SWITCH_NOTHING", "", {"ledger": model.ledger.label})]
        )
    if len(lanes) > switching.MOST_LANES:
        params = {"most": switching.MOST_LANES, "count": len(lanes)}
        raise RefusedError("SWITCH_REFUSED", problems=[Problem("SWITCH_MANY", "/filter", params)])


def _day(plan: Plan) -> date:
    return plan.journals[0].business_date


class Titles:
    """What people call pools: the titles of the records that their keys name."""

    def __init__(self, ctx: Context, model: LedgerModel, cost: CostModel, keys: Sequence[Key]) -> None:
        self._ctx, self._model = ctx, model
        self._names = [model.dimensions[p].key for p in cost.grain.positions]
        rows = [dict(zip(self._names, key, strict=True)) for key in keys]
        self._known = names_of(ctx, model.ledger, model, self._names, rows)

    def named(self, key: Key) -> dict[str, Named | None]:
        return {d: self._known[d].get(id) for d, id in zip(self._names, key, strict=True)}

    def as_json(self, key: Key) -> dict[str, Any]:
        return as_json(self._ctx, self.named(key))

    def of(self, problem: Problem) -> Problem:
        """The problem with the name of its pool; ids as the outside knows them."""
        ids = problem.params.get("dimensions")
        if not isinstance(ids, Mapping):
            return replace(problem, params={**problem.params, "ledger": self._model.ledger.label})
        named = self.named(tuple(ids[name] for name in self._names))
        name = " · ".join(n.title for n in named.values() if n is not None)
        params = {**problem.params, "name": name, "dimensions": as_json(self._ctx, named)}
        return replace(problem, params=params)


def _told(rows: Sequence[PoolRow], titles: Titles) -> dict[str, Any]:
    before, after = (sum((getattr(r, side) for r in rows), Decimal(0)) for side in ("before", "after"))
    return {
        "pools": [_row(row, titles) for row in rows[:SHOWN]],
        "count": len(rows),
        "value_before": format(before, "f"),
        "value_after": format(after, "f"),
        "difference": format(after - before, "f"),
    }


def _row(row: PoolRow, titles: Titles) -> dict[str, Any]:
    return {
        "dimensions": titles.as_json(row.key),
        "from": row.was,
        "quantity": format(row.quantity, "f"),
        "value_before": format(row.before, "f"),
        "value_after": format(row.after, "f"),
        "difference": format(row.after - row.before, "f"),
    }
