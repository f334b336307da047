"""Reports: a report's definition evaluated for one actor: its columns with labels, rows of exact values, totals, and names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from builder.errors import InvalidError, NotFoundError, Problem
from builder.expressions import compile_expression
from builder.metadata.report import Report, ReportColumn
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.reporting.asked import Asked, asked_of
from builder.runtime.reporting.cells import Cell
from builder.runtime.reporting.comparing import (
    AGAINST,
    Against,
    Period,
    compared,
    compared_columns,
    earlier,
    moved,
)
from builder.runtime.reporting.entry_rows import page_of_entries
from builder.runtime.reporting.parameters import (
    as_values,
    read_parameters,
    settings_in,
    with_parameters,
)
from builder.runtime.reporting.rows import Key, Line, Made, Maker
from builder.runtime.reporting.shown import (
    ShownColumn,
    field_at,
    in_order,
    parts_of,
    shown_columns,
    titles_of,
)
from builder.runtime.reporting.sources import grouped, rows, value_of

__all__ = [
    "ReportResult", "ShownColumn", "field_at", "read_parameters", "report_of", "run_report", "with_parameters",
]  # fmt: skip


@dataclass(frozen=True)
class ReportResult:
    """``rows`` by the columns' keys; ``titles`` name what references mean: entity (``user`` for people) → id → words.
    ``parameters`` are what was asked, with defaults. ``is_cut``: there are more rows than the report shows, of ``count``. ``subtotals`` are the
    totals of rows up to a position (among all rows, from 0) that share the first group. With ``against``, ``earlier`` are the days it is compared with."""

    report: Report
    columns: tuple[ShownColumn, ...]
    rows: tuple[Mapping[str, Value], ...]
    totals: Mapping[str, Decimal]
    titles: Mapping[str, Mapping[int, str]]
    parameters: Mapping[str, Value]
    is_cut: bool
    count: int = 0
    offset: int = 0
    subtotals: tuple[tuple[int, Mapping[str, Decimal]], ...] = ()
    against: Against = ""
    earlier: Period | None = None


def report_of(ctx: Context, key: str) -> Report:
    """The report, if the actor may see it; else 404."""
    report = ctx.app.package.report(key)
    if report is None or not ctx.kernel.may_see("reports", key):
        raise NotFoundError(report=key)
    return report


def run_report(
    ctx: Context,
    report: Report,
    sent: Mapping[str, Any] | None = None,
    *,
    limit: int | None = None,
    offset: int = 0,
    against: str = "",
) -> ReportResult:
    """The report for these parameters (text forms or exact values; a default where nothing was sent). Columns that the actor may not
    read are left out; a filter over such a field refuses the report. ``against`` (``previous``, ``last_year``) sets an earlier period beside."""
    # What a part that is off has brought into the books stays in reports of the whole.
    ctx = replace(ctx, kernel=replace(ctx.kernel, parts=None)) if ctx.kernel.parts else ctx
    asked = read_parameters(ctx, report.parameters, sent or {})
    shown = shown_columns(ctx, report)
    work = _Work(ctx, report, shown, asked)
    days = work.period(against) if against else None
    then = earlier(days, _against(against)) if days is not None else None
    most = limit or report.limit
    page = work.page(asked, offset, most)
    lines, count = page if page is not None else (work.lines(asked), 0)
    made = work.made(lines, asked)
    if days is not None and then is not None:
        made = work.beside(made, lines, days, then)
        shown = compared_columns(shown)
    kept = tuple(made.rows if page is not None else made.rows[offset : offset + most])
    count = count or len(made.rows)
    return ReportResult(
        report,
        tuple(s for s in shown if not s.column.hidden),
        kept,
        made.totals,
        titles_of(ctx, shown, kept),
        asked,
        count > offset + most,
        count,
        offset,
        made.subtotals,
        _against(against) if then is not None else "",
        then,
    )


def _against(text: str) -> Against:
    return next((a for a in AGAINST if a == text), "")


@dataclass(frozen=True)
class _Work:
    """One report at work for one actor: only the columns that it may see."""

    ctx: Context
    report: Report
    shown: Sequence[ShownColumn]
    asked: Mapping[str, Value]

    @property
    def columns(self) -> list[ReportColumn]:
        return [s.column for s in self.shown]

    @property
    def is_grouped(self) -> bool:
        """Also where the reader may see none of the figures: their groups are no rows of single records."""
        return any(c.op for c in self.report.columns)

    def maker(self, asked: Mapping[str, Value]) -> Maker:
        derived = in_order(self.columns, {c.name for c in self.columns if not c.is_derived})
        paths = [p for c in derived for p in _settings(c)]
        paths += [] if self.report.having is None else _settings_in(self.report.having)
        known = {**as_values(asked), **settings_in(self.ctx, paths)}
        return Maker(self.columns, derived, known, self.ctx.environment)

    # Lines

    def lines(self, asked: Mapping[str, Value]) -> list[Line]:
        """The groups of all parts put together, or every row where nothing is grouped."""
        found = [
            asked_of(self.ctx, part, self.columns, asked, more=self._more) for part in parts_of(self.report)
        ]
        if not self.is_grouped:
            return [line for part in found for line in self._plain(part)]
        groups: dict[Key, Sequence[Cell]] = {}
        for part in found:
            for key, cells in grouped(self.ctx, part):
                known = groups.get(key)
                if known is None:
                    groups[key] = cells
                    continue
                for mine, other in zip(known, cells, strict=True):
                    mine.merge(other)
        return [Line(key, cells) for key, cells in groups.items()]

    @property
    def _more(self) -> list[str]:
        """What rows that are not grouped must know to be sorted."""
        if self.is_grouped or self.report.parts or self.report.source == "entries":
            return []
        known = {c.name for c in self.report.columns}
        return [s.field for s in self.report.sort if s.field not in known]

    def _plain(self, part: Asked) -> list[Line]:
        return [self._line(part, values) for values in rows(self.ctx, part)]

    def _line(self, part: Asked, values: Mapping[str, Value]) -> Line:
        key = tuple(
            None if take is None else part.bucket(column, value_of(self.ctx, part, take, values))
            for column, take in part.keys
        )
        return Line(key, (), dict(values) if not self.report.parts else {})

    def page(self, asked: Mapping[str, Value], offset: int, most: int) -> tuple[list[Line], int] | None:
        """The rows of entries that are shown, and how many there are in all; None where all must be read to know them."""
        if self.report.source != "entries" or not self._stands_alone:
            return None
        (part,) = parts_of(self.report)
        of = asked_of(self.ctx, part, self.columns, asked)
        found = page_of_entries(self.ctx, part.ledger, of.where, of.paths, offset, most)
        return ([self._line(of, values) for values in found[0]], found[1]) if found is not None else None

    @property
    def _stands_alone(self) -> bool:
        """Whether each row says the same whatever the others are, and comes where its ledger has it."""
        report = self.report
        if self.is_grouped or report.parts or report.having or report.subtotals or self._sorts:
            return False
        return not any(c.how or c.total == "sum" for c in report.columns)

    # Rows

    def made(self, lines: Sequence[Line], asked: Mapping[str, Value]) -> Made:
        report = self.report
        return self.maker(asked).finish(
            lines, having=report.having, sort=self._sorts, subtotals=report.subtotals
        )

    @property
    def _sorts(self) -> list[tuple[str, bool]]:
        """Entries come in the ledger's own order already, which running balances stand on."""
        sort = [(s.field, s.descending) for s in self.report.sort]
        own = self.report.source != "entries" or self.is_grouped or bool(self.report.parts)
        return [s for s in sort if own or s[0] not in {"business_date", "seq"}]

    # Comparison

    def period(self, against: str) -> Period | None:
        """The days that the report is asked for; refused where they cannot be compared."""
        compare = self.report.compare
        if compare is None or not _against(against) or not self.is_grouped:
            raise InvalidError(problems=[Problem("REPORT_COMPARE", "/compare", {"value": against})])
        first, last = self.asked.get(compare.from_), self.asked.get(compare.to)
        if isinstance(first, date) and isinstance(last, date) and first <= last:
            return first, last
        return None

    def beside(self, made: Made, lines: Sequence[Line], now: Period, then: Period) -> Made:
        """The rows with what they were then; what was only then has a row too."""
        compare = self.report.compare
        assert compare is not None
        asked = {**self.asked, compare.from_: then[0], compare.to: then[1]}
        keys = [c for c in self.columns if not c.op and not c.is_derived]
        before = [
            replace(line, key=tuple(moved(v, c, now, then) for c, v in zip(keys, line.key, strict=True)))
            for line in self.lines(asked)
        ]
        known = {line.key for line in lines}
        empty = len([c for c in self.columns if c.op])
        gone = [Line(b.key, [Cell() for _ in range(empty)]) for b in before if b.key not in known]
        whole = self.made([Line(x.key, x.cells) for x in (*lines, *gone)], self.asked) if gone else made
        earlier_made = replace(self, report=replace(self.report, having=None)).made(before, asked)
        by_key = {tuple(row.get(c.name) for c in keys): row for row in earlier_made.rows}
        for row in whole.rows:
            row.update(compared(self.shown, row, by_key.get(tuple(row.get(c.name) for c in keys), {})))
        totals = {
            **whole.totals,
            **{
                k: v
                for k, v in compared(self.shown, whole.totals, earlier_made.totals).items()
                if isinstance(v, Decimal)
            },
        }
        return Made(whole.rows, totals, whole.subtotals)


def _settings(column: ReportColumn) -> list[str]:
    return _settings_in(column.formula) if column.formula else []


def _settings_in(source: str) -> list[str]:
    return [p for p in compile_expression(source).paths if p.startswith("setting.")]
