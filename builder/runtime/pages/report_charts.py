"""Report charts: a report's table as ``zg-chart`` takes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol

from builder.record import Value
from builder.runtime.pages.cells import Cell
from builder.runtime.pages.words import Words
from builder.runtime.reporting.pivoting import Pivot
from builder.runtime.reports import ReportResult, ShownColumn

MOST_BARS = 24
MOST_NAMED = 12
"""Bars with a name each lie across; more would lose their names."""
MOST_SERIES = 6
MOST_BESIDE = 2
"""Bars beside one another in a combined chart; the line above them is of percentages."""
Row = Mapping[str, Value]


class Drawn(Protocol):
    """The table that is drawn."""

    @property
    def words(self) -> Words: ...
    @property
    def result(self) -> ReportResult: ...
    @property
    def opens(self) -> bool: ...
    @property
    def shown(self) -> tuple[ShownColumn, ...]: ...
    @property
    def pivot(self) -> Pivot | None: ...
    def cell(self, column: ShownColumn, value: Value) -> Cell: ...
    def opening(self, column: ShownColumn, row: Row | None, cell: Cell) -> Cell: ...


def chart_of(table: Drawn) -> Mapping[str, Any] | None:
    """Figures by a group: by the time that there is for lines, else by what has a name. With a group across a series for each of its values;
    lines over a second group have one for each of its first values. A rate stands as dots over things and as a line over times: between two shops
    there is nothing."""
    report = table.result.report
    groups = [c for c in table.shown if not c.is_figure and not c.column.is_derived]
    figures = [c for c in table.shown if c.is_figure and not c.key.endswith("@")]
    rows: Sequence[Row] = table.pivot.rows if table.pivot is not None else table.result.rows
    if not groups or not figures or not rows:
        return None
    kind = report.chart if report.chart != "none" else "bar"
    is_line = kind in {"line", "area"}
    timed = next((c for c in groups if c.column.bucket or c.type == "date"), None)
    named = next((c for c in groups if c.entity or c.column.bucket or c.type == "date"), groups[-1])
    name = timed if is_line and timed is not None else named
    others = [c for c in groups if c is not name]
    if is_line and timed is not None and others and table.pivot is None:
        return _split(
            table, name, next((c for c in others if c.entity), others[0]), _first(figures), rows, kind
        )
    most = MOST_NAMED if name.entity else MOST_BARS
    kept = rows if is_line else rows[:most]
    chosen = _series(table, figures, kind)
    return {
        "kind": "bar" if kind in {"stacked", "combined"} else kind,
        "stacked": kind == "stacked",
        "categories": _names(table, name, others, kept),
        "series": [_one(table, c, kept, kind, is_over_time=name is timed) for c in chosen],
        "horizontal": kind == "bar" and len(chosen) == 1 and name.entity is not None and name is not timed,
    }


def _names(table: Drawn, name: ShownColumn, others: Sequence[ShownColumn], rows: Sequence[Row]) -> list[str]:
    """The names of the bars. Where rows share one, what tells them apart is said beside it."""
    found = [table.cell(name, row.get(name.key)).text or "–" for row in rows]
    if len(set(found)) == len(found):
        return found
    for other in (c for c in others if c.entity):
        told = [
            f"{a} · {table.cell(other, r.get(other.key)).text or '–'}"
            for a, r in zip(found, rows, strict=True)
        ]
        if len(set(told)) == len(told):
            return told
    return found


def _first(figures: Sequence[ShownColumn]) -> ShownColumn:
    """What a chart of one figure shows: money, where there is some."""
    own = [c for c in figures if not c.change] or list(figures)
    return next((c for c in own if c.type == "money"), own[0])


def _series(table: Drawn, figures: Sequence[ShownColumn], kind: str) -> list[ShownColumn]:
    if table.pivot is not None:
        first = figures[0].key.partition("@")[0]
        return [c for c in figures if c.key.partition("@")[0] == first][:MOST_SERIES]
    own = [c for c in figures if not c.change and c.column.how is None]
    if kind == "stacked":
        return own[:MOST_SERIES]
    if kind == "combined":
        money = [c for c in own if c.type == "money"] or [c for c in own if c.type != "percent"]
        rates = [c for c in own if c.type == "percent"]
        return [*money[:MOST_BESIDE], *rates[:1]]
    one = _first(figures)
    beside = [c for c in figures if c.of == one.key and c.change == "earlier"]
    return [one, *(beside if kind != "pie" else [])]


def _one(
    table: Drawn, column: ShownColumn, rows: Sequence[Row], kind: str, *, is_over_time: bool
) -> Mapping[str, Any]:
    made: dict[str, Any] = {
        "name": table.words.of(column.label),
        "values": [_text(row.get(column.key), column.places) for row in rows],
    }
    if kind == "combined" and column.type == "percent":
        made |= {"kind": "line", "axis": "right", "unit": "%", "dots": not is_over_time}
    if table.opens and column.column.op and column.change in {"", "earlier"}:
        made["links"] = [table.opening(column, row, Cell("x")).url for row in rows]
    return made


def _split(
    table: Drawn, name: ShownColumn, by: ShownColumn, figure: ShownColumn, rows: Sequence[Row], kind: str
) -> Mapping[str, Any]:
    """A line for each of the first values of a group, over all times that there are."""
    times = sorted({row.get(name.key) for row in rows}, key=str)
    lines: dict[Value, dict[Value, Value]] = {}
    for row in rows:
        lines.setdefault(row.get(by.key), {})[row.get(name.key)] = row.get(figure.key)
    longest = sorted(lines, key=lambda value: -len(lines[value]))[:MOST_SERIES]
    return {
        "kind": kind,
        "categories": [table.cell(name, time).text or "–" for time in times],
        "series": [
            {
                "name": table.cell(by, value).text or "–",
                "values": [_text(lines[value].get(time), figure.places) for time in times],
            }
            for value in longest
        ],
        "horizontal": False,
    }


def _text(value: Value, places: int | None) -> str | None:
    """A quantity as it is read: what a ledger keeps to four places need not show them, a rate no more than the table does."""
    if not isinstance(value, Decimal):
        return None
    if places is None:
        return format(value.normalize(), "f")
    return format(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), "f")
