"""Values and checks on what happened: what a draft's formulas would make of a record and what its checks would refuse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.record import Record
from builder.rules.actions.telling import told_problems
from builder.rules.conditions import plain
from builder.rules.formulas import compute
from builder.rules.validation import validate
from builder.runtime.context import Context
from builder.runtime.trying.looking import Batch, Kind, Look, at_moment
from builder.runtime.trying.past import Moment


@dataclass
class ValuesProbe:
    """Values and checks: what the draft's formulas would make of a record and what its checks would refuse, against the live version's."""

    ctx: Context
    live: Context
    key: str
    entity: str
    about: str = "values"

    def prepare(self, batch: Batch) -> None:
        """Nothing: lookups are read as they are met."""

    def look(self, record: Record, moment: Moment) -> Iterable[Look]:
        then, now = self._of(self.live, moment), self._of(self.ctx, moment)
        if then == now:
            yield Look(True, True)
            return
        refused_then, refused_now = bool(then[1]), bool(now[1])
        kind: Kind = "otherwise"
        if refused_then != refused_now:
            kind = "fewer" if refused_now else "more"
        shown = [_different(then[0], now[0]), _different(now[0], then[0])]
        yield Look(not refused_then, not refused_now, kind, [shown[0], then[1]], [shown[1], now[1]])

    def _of(self, ctx: Context, moment: Moment) -> tuple[dict[str, Any], list[Any]]:
        facts = replace(ctx.facts, env=at_moment(ctx, moment))
        try:
            record, wrong = compute(facts, moment.after)
            problems = (*wrong, *validate(facts, record, moment.before))
        except (ExpressionError, LookupError):
            return {}, told_problems([Problem("TRY_NEEDS_PUBLISH")])
        return plain(dict(record.values)), told_problems(problems)


def _different(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one.items() if other.get(key) != value}
