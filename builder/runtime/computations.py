"""Computations: the rows of one, for one actor: read from reports within the actor's rights, calculated, and named."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from builder.computing.netting import Have, Lot, Want, net
from builder.computing.rolling import roll_up, unpriced
from builder.computing.structure import CircleError, Edge
from builder.errors import InvalidError, NotFoundError, Problem
from builder.expressions import ExpressionError
from builder.metadata.computation import Computation, Needs, Policy, Price, RollUp, Structure
from builder.metadata.report import Parameter
from builder.record import Value
from builder.runtime.calendars import calendar_of
from builder.runtime.context import Context
from builder.runtime.report_rows import MOST
from builder.runtime.reports import ReportResult, report_of, run_report

Row = Mapping[str, Value]
ZERO = Decimal(0)
MOST_NAMED = 20
FARTHEST = 3650
MOST_PLACES = 12


def computation_of(ctx: Context, key: str) -> Computation:
    """The computation, if the actor may see the reports that it reads and make what it makes; else 404."""
    found = ctx.app.package.computation(key)
    if found is None or not may_compute(ctx.kernel, found):
        raise NotFoundError(computation=key)
    return found


def may_compute(kernel: Any, computation: Computation) -> bool:
    """Whether the actor may run it."""
    sees = all(kernel.may_see("reports", report) for report in computation.reports)
    return sees and bool(kernel.may("create", computation.entity))


def parameters_of(ctx: Context, computation: Computation) -> tuple[Parameter, ...]:
    """What its reports ask for, each question once."""
    asked: dict[str, Parameter] = {}
    for key in computation.reports:
        report = ctx.app.package.report(key)
        for parameter in report.parameters if report else ():
            asked.setdefault(parameter.key, parameter)
    return tuple(asked.values())


def rows_of(ctx: Context, computation: Computation, sent: Mapping[str, Any]) -> list[Row]:
    """The rows that count. Raises ``InvalidError`` with everything that keeps them from being calculated."""
    reading = _Reading(ctx, computation, sent)
    if computation.needs is not None:
        rows = reading.needs(computation.needs)
    elif computation.rollup is not None:
        rows = reading.rolled(computation.rollup)
    else:
        rows = list(reading.result(computation.report).rows)
    return [row for row in rows if reading.value("when", row, True)]


@dataclass
class _Reading:
    """Reports read once each, and the computation's expressions over their rows."""

    ctx: Context
    computation: Computation
    sent: Mapping[str, Any]

    def __post_init__(self) -> None:
        self._results: dict[str, ReportResult] = {}

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

    # Needs

    def needs(self, needs: Needs) -> list[Row]:
        edges = self._edges("needs.structure", needs.structure) if needs.structure else []
        wants = self._wants(needs)
        haves = self._haves(needs)
        lots, rows = self._lots(needs.policy)
        today = self.ctx.environment.today()
        calendar = calendar_of(self.ctx.conn, self.ctx.ws, self.ctx.app)
        try:
            found = net(wants, haves, edges, lots, today=today, shift=calendar.shifted)
        except CircleError as circle:
            raise self._circle(circle, needs.structure) from circle
        return [{**rows.get(need.node, {}), **asdict(need)} for need in found]

    def _wants(self, needs: Needs) -> list[Want]:
        found: list[Want] = []
        for row in self.result(needs.demand.report).rows:
            node = self.value("needs.demand.node", row)
            day = _day(self.value("needs.demand.day", row)) or self.ctx.environment.today()
            quantity = _number(self.value("needs.demand.quantity", row))
            if isinstance(node, int) and quantity > 0:
                found.append(Want(node, day, quantity))
        return found

    def _haves(self, needs: Needs) -> list[Have]:
        found: list[Have] = []
        for row in self.result(needs.supply.report).rows:
            node = self.value("needs.supply.node", row)
            if isinstance(node, int):
                day = _day(self.value("needs.supply.day", row))
                found.append(Have(node, day, _number(self.value("needs.supply.quantity", row))))
        return found

    def _lots(self, policy: Policy) -> tuple[dict[int, Lot], dict[int, Row]]:
        lots: dict[int, Lot] = {}
        rows: dict[int, Row] = {}
        wrong: list[int] = []
        for row in self.result(policy.report).rows:
            node = self.value("needs.policy.node", row)
            if not isinstance(node, int):
                continue
            lot = self._lot(row)
            if not 0 < lot.good <= 1:
                wrong.append(node)
            lots[node], rows[node] = lot, row
        if wrong:
            names = self._names(policy.report, wrong)
            raise InvalidError(problems=[Problem("COMPUTATION_GOOD", "", {"name": name}) for name in names])
        return lots, rows

    def _lot(self, row: Row) -> Lot:
        def number(name: str, default: Decimal) -> Decimal:
            said = self.value(f"needs.policy.{name}", row)
            return default if said is None else _number(said)

        def count(name: str, most: int) -> int:
            return min(max(int(number(name, ZERO)), 0), most)

        return Lot(
            safety=number("safety", ZERO),
            lead=count("lead", FARTHEST),
            good=number("good", Decimal(1)),
            least=number("least", ZERO),
            multiple=number("multiple", ZERO),
            span=count("span", FARTHEST),
            places=count("places", MOST_PLACES),
        )

    # Roll-up

    def rolled(self, rollup: RollUp) -> list[Row]:
        edges = self._edges("rollup.structure", rollup.structure)
        prices = self._prices("rollup.price", rollup.price)
        added = self._prices("rollup.added", rollup.added) if rollup.added else {}
        missing = unpriced(edges, prices)
        if missing:
            names = self._names(rollup.structure.report, missing[:MOST_NAMED])
            problems = [Problem("COMPUTATION_UNPRICED", "", {"name": name}) for name in names]
            raise InvalidError(problems=problems)
        try:
            found = roll_up(edges, prices, added, rollup.scale)
        except CircleError as circle:
            raise self._circle(circle, rollup.structure) from circle
        return [asdict(one) for one in found]

    def _prices(self, at: str, price: Price) -> dict[int, Decimal]:
        found: dict[int, Decimal] = {}
        for row in self.result(price.report).rows:
            node, value = self.value(f"{at}.node", row), self.value(f"{at}.value", row)
            if isinstance(node, int) and value is not None:
                found[node] = found.get(node, ZERO) + _number(value)
        return found

    # Structure

    def _edges(self, at: str, structure: Structure) -> list[Edge]:
        found: list[Edge] = []
        for row in self.result(structure.report).rows:
            parent, child = self.value(f"{at}.parent", row), self.value(f"{at}.child", row)
            if isinstance(parent, int) and isinstance(child, int):
                found.append(Edge(parent, child, _number(self.value(f"{at}.per", row))))
        return found

    def _circle(self, circle: CircleError, structure: Structure | None) -> InvalidError:
        names = self._names(structure.report, circle.nodes) if structure else []
        return InvalidError(problems=[Problem("COMPUTATION_CIRCLE", "", {"way": " → ".join(names)})])

    def _names(self, report: str, nodes: Sequence[int]) -> list[str]:
        """What people call the nodes, as the report's rows do."""
        titles = self._results[report].titles
        return [next(self._titles(titles, node), str(node)) for node in nodes]

    def _titles(self, titles: Mapping[str, Mapping[int, str]], node: int) -> Iterator[str]:
        return (named[node] for named in titles.values() if node in named)


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


def _day(value: Value) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _number(value: Value) -> Decimal:
    is_number = isinstance(value, Decimal | int) and not isinstance(value, bool)
    return Decimal(str(value)) if is_number else ZERO
