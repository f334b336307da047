"""Report reading: reports read once each for a computation, and what its expressions say of their rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from builder.errors import InvalidError, Problem
from builder.expressions import ExpressionError
from builder.metadata.computation import Computation
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.report_rows import MOST
from builder.runtime.reports import ReportResult, report_of, run_report
from builder.runtime.representation import title_of

Row = Mapping[str, Value]
ZERO = Decimal(0)


@dataclass
class Reading:
    """Reports read once each, and the computation's expressions over their rows."""

    ctx: Context
    computation: Computation
    sent: Mapping[str, Any]

    def __post_init__(self) -> None:
        self._results: dict[str, ReportResult] = {}
        self.left: dict[str, Decimal] = {}

    def leave(self, node: int, amount: Decimal) -> None:
        """Say of something that it is left out, and how much of it."""
        (name,) = self._names(list(self._results), [node])
        self.left[name] = self.left.get(name, ZERO) + amount

    def result(self, key: str) -> ReportResult:
        if key not in self._results:
            report = report_of(self.ctx, key)
            own = {p.key: self.sent[p.key] for p in report.parameters if p.key in self.sent}
            found = run_report(self.ctx, report, own, limit=MOST)
            if found.is_cut:
                raise InvalidError("REPORT_TOO_LARGE", most=MOST)
            self._results[key] = found
        return self._results[key]

    def value(self, property: str, row: Row, default: Value = None) -> Any:
        """What the computation's expression there says of the row; ``default`` where it says nothing."""
        expression = self.ctx.expression(self.computation.uid, property)
        if expression is None:
            return default
        found = evaluate(self.ctx, expression, row)
        return default if found is None else found

    def names(self, report: str, nodes: Sequence[int]) -> list[str]:
        """What people call the nodes, as the report's rows do."""
        return self._names([report], nodes)

    def _names(self, reports: Sequence[str], nodes: Sequence[int]) -> list[str]:
        titles = [named for key in reports for named in self._results[key].titles.values()]
        known = [next((named[node] for named in titles if node in named), "") for node in nodes]
        return [name or self._own_name(reports, node) for node, name in zip(nodes, known, strict=True)]

    def _own_name(self, reports: Sequence[str], node: int) -> str:
        """The name of what a row of a report is itself, which it does not refer to."""
        for key in reports:
            entity = self.ctx.app.package.entity(report_of(self.ctx, key).entity or "")
            record = self.ctx.reader.get(entity.key, [node]).get(node) if entity is not None else None
            if entity is not None and record is not None:
                return title_of(entity, record)
        return str(node)


def evaluate(ctx: Context, expression: Any, row: Row) -> Value:
    """What an expression says of a row. A failing one refuses the whole, with its reason."""
    values = {path: row.get(path) for path in expression.paths}
    settings = {path for path in values if path.startswith("setting.")}
    for path in settings:
        values[path] = ctx.reader.settings.get(path.removeprefix("setting."))
    try:
        found: Value = expression.evaluate(values, ctx.environment)
    except ExpressionError as error:
        raise InvalidError(problems=[Problem("COMPUTATION_FAILED", "", {"reason": error.why})]) from error
    return found


def day_in(value: Value) -> date | None:
    """The day that a value says, if it says one."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def number_in(value: Value) -> Decimal:
    """The number that a value is; nothing for what is none."""
    is_number = isinstance(value, Decimal | int) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else ZERO
