"""Rows: cells become rows with formulas, shares, ranks and running sums, kept, sorted, added up and cut. Pure but for the environment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any, TypeAlias

from builder.expressions import Expression, ExpressionError, compile_expression
from builder.metadata.report import ReportColumn
from builder.record import Value
from builder.runtime.reporting.buckets import age_order
from builder.runtime.reporting.cells import AVERAGE_DIGITS, ZERO, Cell

Row: TypeAlias = "dict[str, Value]"
Key: TypeAlias = "tuple[Value, ...]"
ADDED_UP = frozenset({"sum", "count", "distinct"})
HUNDRED = Decimal(100)


@dataclass
class Line:
    """A row being made: its key, its cells (of figures), what it shows."""

    key: Key
    cells: Sequence[Cell]
    row: Row = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """All rows in their order, the totals of all of them, and of those that share the first group's value."""

    rows: list[Row]
    totals: dict[str, Decimal]
    subtotals: tuple[tuple[int, Mapping[str, Decimal]], ...] = ()


@dataclass(frozen=True)
class Maker:
    """``columns`` are those that the reader may see, ``derived`` in the order in which they are worked out. ``surroundings`` are parameters
    and settings by name; ``evaluate`` works an expression out over a row."""

    columns: Sequence[ReportColumn]
    derived: Sequence[ReportColumn]
    surroundings: Mapping[str, Value]
    environment: Any

    @property
    def keys(self) -> list[ReportColumn]:
        return [c for c in self.columns if not c.op and not c.is_derived]

    @property
    def figures(self) -> list[ReportColumn]:
        return [c for c in self.columns if c.op]

    def figures_of(self, cells: Sequence[Cell]) -> Row:
        return {c.name: cell.result(c.op or "count") for c, cell in zip(self.figures, cells, strict=True)}

    def with_formulas(self, row: Row) -> Row:
        for column, expression in self.formulas:
            row[column.name] = self.worked_out(expression, row)
        return row

    @cached_property
    def formulas(self) -> list[tuple[ReportColumn, Expression]]:
        """The formulas over a row alone."""
        own = (c for c in self.derived if c.formula is not None and not self._late(c))
        return [(c, compile_expression(c.formula or "None")) for c in own]

    def _late(self, column: ReportColumn) -> bool:
        """Whether a formula needs what is known only once all rows are: shares, ranks, running sums."""
        by_name = {c.name: c for c in self.derived}
        paths = compile_expression(column.formula or "None").paths
        return any(p in by_name and (by_name[p].how is not None or self._late(by_name[p])) for p in paths)

    def worked_out(self, expression: Expression, row: Mapping[str, Value]) -> Value:
        try:
            value: Value = expression.evaluate(
                {**self.surroundings, **_padded(expression, row)}, self.environment
            )
        except ExpressionError:
            return None
        return value

    # All rows

    def finish(
        self,
        lines: Iterable[Line],
        *,
        having: str | None,
        sort: Sequence[tuple[str, bool]],
        subtotals: bool,
    ) -> Made:
        """The rows that are kept, in order, with everything that needs all of them."""
        made = list(lines)
        formulas, names = self.formulas, [c.name for c in self.keys]
        figures = [(c.name, c.op or "count") for c in self.figures]
        for line in made:
            row = line.row
            row.update(zip(names, line.key, strict=True))
            for (name, op), cell in zip(figures, line.cells, strict=True):
                row[name] = cell.result(op)
            for column, expression in formulas:
                row[column.name] = self.worked_out(expression, row)
        if having:
            test = compile_expression(having)
            made = [line for line in made if self.worked_out(test, line.row) is True]
        for key, descending in reversed([self._sort(*s) for s in sort]):
            made.sort(key=_ordering(key), reverse=descending)
        totals = self.totals(made)
        self._together(made, totals)
        parts = self._subtotals(made) if subtotals and len(self.keys) > 1 else ()
        return Made([line.row for line in made], totals, parts)

    def _sort(self, name: str, descending: bool) -> tuple[str, bool]:
        """A share is in the order of its column, a rank in the opposite one."""
        column = next((c for c in self.derived if c.name == name and c.how is not None), None)
        return (name, descending) if column is None else (column.of, descending is not (column.how == "rank"))

    def _together(self, made: Sequence[Line], totals: Mapping[str, Decimal]) -> None:
        """Shares, ranks and running sums, and formulas over them, in their order."""
        for column in self.derived:
            if column.how is not None:
                for lines in _alike(column.within, made):
                    self._among(column, lines, self.totals(lines) if column.within else totals)
            elif self._late(column):
                expression = compile_expression(column.formula or "None")
                for line in made:
                    line.row[column.name] = self.worked_out(expression, line.row)

    def _among(self, column: ReportColumn, made: Sequence[Line], totals: Mapping[str, Decimal]) -> None:
        if column.how == "rank":
            _rank(column, made)
        elif column.how == "share":
            _share(column, made, totals.get(column.of))
        else:
            self._run(column, made)

    def _run(self, column: ReportColumn, made: Sequence[Line]) -> None:
        total = ZERO
        for line in made:
            value = line.row.get(column.of)
            total += value if isinstance(value, Decimal) else ZERO
            line.row[column.name] = total

    def totals(self, made: Sequence[Line]) -> dict[str, Decimal]:
        """What adds up, and formulas over it: the margin of all is not the sum of margins."""
        if not self.figures:
            return self._sums(made)
        cells = [Cell() for _ in self.figures]
        for line in made:
            for total, cell in zip(cells, line.cells, strict=True):
                total.merge(cell)
        whole = self.with_formulas({**self.figures_of(cells), **dict.fromkeys(self._unlike(made))})
        shown = {
            c.name: value
            for c in (*self.figures, *(c for c, _ in self.formulas))
            if c.total != "none" and isinstance(value := whole.get(c.name), Decimal)
            if c.op in ADDED_UP or c.total == "sum" or c.formula is not None
        }
        if made:
            shown |= {
                c.name: HUNDRED for c in self.derived if c.how == "share" and not c.within and shown.get(c.of)
            }
        return shown

    def _unlike(self, made: Sequence[Line]) -> frozenset[str]:
        """The columns whose numbers have no sum here: they are of several units, or the reader may not see of which. Those of one unit
        column go together, so that an opening stands beside its closing or neither does."""
        known, rows = {c.name for c in self.columns}, [line.row for line in made]
        by_unit: dict[str, list[str]] = {}
        for column in self.columns:
            if column.unit:
                by_unit.setdefault(column.unit, []).append(column.name)
        apart = (
            names for unit, names in by_unit.items() if unit not in known or not alike(rows, names, unit)
        )
        return frozenset(name for names in apart for name in names)

    def _sums(self, made: Sequence[Line]) -> dict[str, Decimal]:
        """Totals of rows that are not grouped: only of the columns that ask for it."""
        found: dict[str, Decimal] = {}
        unlike = self._unlike(made)
        for column in (*self.keys, *(c for c, _ in self.formulas)):
            if column.total == "sum" and column.name not in unlike:
                values = (line.row.get(column.name) for line in made)
                found[column.name] = sum((v for v in values if isinstance(v, Decimal)), ZERO)
        return found

    def _subtotals(self, made: Sequence[Line]) -> tuple[tuple[int, Mapping[str, Decimal]], ...]:
        """After which row the first group's value changes, and the totals of its rows."""
        name = self.keys[0].name
        found: list[tuple[int, Mapping[str, Decimal]]] = []
        start = 0
        for at, line in enumerate(made):
            if at + 1 == len(made) or made[at + 1].row.get(name) != line.row.get(name):
                found.append((at, self.totals(made[start : at + 1])))
                start = at + 1
        return tuple(found)


def alike(rows: Iterable[Mapping[str, Value]], names: Sequence[str], unit: str) -> bool:
    """Whether everything there is of these columns is of one unit."""
    return len({row.get(unit) for row in rows if any(row.get(name) for name in names)}) < 2


def _padded(expression: Expression, row: Mapping[str, Value]) -> dict[str, Value]:
    """The row with nothing for what it does not know: a total has no groups."""
    return {**{p: None for p in expression.paths if p not in row and not p.startswith(_OUTSIDE)}, **row}


_OUTSIDE = ("parameter.", "setting.")


def _alike(within: Sequence[str], made: Sequence[Line]) -> Iterable[Sequence[Line]]:
    """The rows that a share, a rank or a running sum goes over: all, or those with the same values ``within``, in their order."""
    if not within:
        return (made,)
    found: dict[tuple[Any, ...], list[Line]] = {}
    for line in made:
        found.setdefault(tuple(line.row.get(name) for name in within), []).append(line)
    return found.values()


def _rank(column: ReportColumn, made: Sequence[Line]) -> None:
    """From the greatest; equals share a rank, and the next one counts them."""
    values = sorted((v for line in made if isinstance(v := line.row.get(column.of), Decimal)), reverse=True)
    first: dict[Value, Decimal] = {}
    for at, value in enumerate(values, 1):
        first.setdefault(value, Decimal(at))
    for line in made:
        line.row[column.name] = first.get(line.row.get(column.of))


def _share(column: ReportColumn, made: Sequence[Line], total: Decimal | None) -> None:
    for line in made:
        value = line.row.get(column.of)
        line.row[column.name] = (
            (value / total * HUNDRED).quantize(AVERAGE_DIGITS, ROUND_HALF_UP)
            if isinstance(value, Decimal) and total
            else None
        )


def _ordering(name: str) -> Callable[[Line], tuple[int, Any]]:
    return lambda line: order(line.row.get(name))


def order(value: Value) -> tuple[int, Any]:
    """Empty first, then by kind, so that values of different kinds never meet; ages by how old they are."""
    if value is None:
        return (0, 0)
    if isinstance(value, bool | int | Decimal):
        return (1, Decimal(value))
    if isinstance(value, date | datetime):
        return (2, value.isoformat())
    return (2, str(value))


def age_sorted(label: Value) -> tuple[int, Any]:
    """Where an age stands among others: what has not come first, empty last."""
    return (1, age_order(label)) if isinstance(label, str) and label else (2, 0)
