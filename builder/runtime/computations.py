"""Computations: the rows of one, for one actor: read from reports within the actor's rights, calculated, and named."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

from builder.computing.netting import Have, Lot, Want, net
from builder.computing.rolling import roll_up, unpriced
from builder.computing.structure import CircleError, Edge, levels_of_days
from builder.errors import InvalidError, NotFoundError, Problem
from builder.metadata.computation import Computation, Needs, Policy, Price, RollUp, Structure
from builder.metadata.report import Parameter
from builder.runtime.calendars import calendar_of
from builder.runtime.combinations import combined
from builder.runtime.context import Context
from builder.runtime.placements import scheduled
from builder.runtime.report_reading import ZERO, Reading, Row, day_in, number_in

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
    deed = "create" if computation.makes else "update"
    return sees and bool(kernel.may(deed, computation.entity))


def parameters_of(ctx: Context, computation: Computation) -> tuple[Parameter, ...]:
    """What its reports ask for, each question once."""
    asked: dict[str, Parameter] = {}
    for key in computation.reports:
        report = ctx.app.package.report(key)
        for parameter in report.parameters if report else ():
            asked.setdefault(parameter.key, parameter)
    return tuple(asked.values())


@dataclass(frozen=True, slots=True)
class Calculated:
    """The rows that count, and what they leave out, by name: what is needed and nothing says how to get, with how much of it, or the tasks
    that no resource is said to do, with their work."""

    rows: list[Row]
    left: Mapping[str, Decimal]


def calculated(ctx: Context, computation: Computation, sent: Mapping[str, Any]) -> Calculated:
    """The rows that count. Raises ``InvalidError`` with everything that keeps them from being calculated: also a question that nobody asks,
    which would have been calculated without its answer."""
    asked = {parameter.key for parameter in parameters_of(ctx, computation)}
    unknown = [Problem("PROPERTY_UNKNOWN", f"/parameters/{key}", {}) for key in sent if key not in asked]
    if unknown:
        raise InvalidError(problems=unknown)
    reading = _Reading(ctx, computation, sent)
    if computation.needs is not None:
        rows = reading.needs(computation.needs)
    elif computation.combine is not None:
        rows = combined(reading, computation.combine)
    elif computation.rollup is not None:
        rows = reading.rolled(computation.rollup)
    elif computation.schedule is not None:
        rows = scheduled(reading, computation.schedule)
    else:
        rows = list(reading.result(computation.report).rows)
    return Calculated([row for row in rows if reading.value("when", row, True)], reading.left)


@dataclass
class _Reading(Reading):
    """The rows of each calculation."""

    # Needs

    def needs(self, needs: Needs) -> list[Row]:
        lots, rows = self._lots(needs.policy)
        edges = self._edges("needs.structure", needs.structure) if needs.structure else []
        # What is not planned is not made, so that nothing is got for it either.
        edges = [edge for edge in edges if edge.parent in rows]
        wants = self._wants(needs)
        haves = self._haves(needs)
        today = self.ctx.environment.today()
        calendar = calendar_of(self.ctx.conn, self.ctx.ws, self.ctx.app)
        try:
            found = net(wants, haves, edges, lots, today=today, shift=calendar.shifted)
        except CircleError as circle:
            raise self._circle(circle, needs.structure) from circle
        for need in found:
            if need.node not in rows:
                self.leave(need.node, need.quantity)
        return [{**rows[need.node], **asdict(need)} for need in found if need.node in rows]

    def _wants(self, needs: Needs) -> list[Want]:
        found: list[Want] = []
        for row in self.result(needs.demand.report).rows:
            node = self.value("needs.demand.node", row)
            day = day_in(self.value("needs.demand.day", row)) or self.ctx.environment.today()
            quantity = number_in(self.value("needs.demand.quantity", row))
            if isinstance(node, int) and quantity > 0:
                found.append(Want(node, day, quantity))
        return found

    def _haves(self, needs: Needs) -> list[Have]:
        found: list[Have] = []
        for row in self.result(needs.supply.report).rows:
            node = self.value("needs.supply.node", row)
            if isinstance(node, int):
                day = day_in(self.value("needs.supply.day", row))
                found.append(Have(node, day, number_in(self.value("needs.supply.quantity", row))))
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
            names = self.names(policy.report, wrong)
            raise InvalidError(problems=[Problem("COMPUTATION_GOOD", "", {"name": name}) for name in names])
        return lots, rows

    def _lot(self, row: Row) -> Lot:
        def number(name: str, default: Decimal) -> Decimal:
            said = self.value(f"needs.policy.{name}", row)
            return default if said is None else number_in(said)

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
        today = self.ctx.environment.today()
        rows = self._edges("rollup.structure", rollup.structure)
        edges = [edge for edge in rows if edge.holds_on(today)]
        prices = self._prices("rollup.price", rollup.price)
        added = self._prices("rollup.added", rollup.added) if rollup.added else {}
        missing = unpriced(edges, prices)
        if missing:
            names = self.names(rollup.structure.report, missing[:MOST_NAMED])
            problems = [Problem("COMPUTATION_UNPRICED", "", {"name": name}) for name in names]
            raise InvalidError(problems=problems)
        try:
            levels_of_days(rows)
            found = roll_up(edges, prices, added, rollup.scale)
        except CircleError as circle:
            raise self._circle(circle, rollup.structure) from circle
        return [asdict(one) for one in found]

    def _prices(self, at: str, price: Price) -> dict[int, Decimal]:
        found: dict[int, Decimal] = {}
        for row in self.result(price.report).rows:
            node, value = self.value(f"{at}.node", row), self.value(f"{at}.value", row)
            if isinstance(node, int) and value is not None:
                found[node] = found.get(node, ZERO) + number_in(value)
        return found

    # Structure

    def _edges(self, at: str, structure: Structure) -> list[Edge]:
        found: list[Edge] = []
        for row in self.result(structure.report).rows:
            parent, child = self.value(f"{at}.parent", row), self.value(f"{at}.child", row)
            if isinstance(parent, int) and isinstance(child, int):
                since, until = day_in(self.value(f"{at}.since", row)), day_in(self.value(f"{at}.until", row))
                per = number_in(self.value(f"{at}.per", row))
                found.append(Edge(parent, child, per, since, until))
        return found

    def _circle(self, circle: CircleError, structure: Structure | None) -> InvalidError:
        names = self.names(structure.report, circle.nodes) if structure else []
        return InvalidError(problems=[Problem("COMPUTATION_CIRCLE", "", {"way": " → ".join(names)})])
