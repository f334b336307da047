"""Report tables: a report's result as words: cells that open what they count, totals, subtotals, a group across, a chart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from builder.metadata.entity import Field
from builder.record import Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cell, Cells
from builder.runtime.pages.report_charts import chart_of
from builder.runtime.pages.report_heat import Scale, scale_of
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.reporting.buckets import age_words
from builder.runtime.reporting.group_keys import key_text
from builder.runtime.reporting.parameters import as_values, evaluated
from builder.runtime.reporting.pivoting import Pivot, pivoted
from builder.runtime.reporting.shown import USER_TYPES
from builder.runtime.reports import ReportResult, ShownColumn
from builder.web.formats import format_number, trimmed

GROUP = "g."
"""Before a group's key in the address of what is behind a cell."""


@dataclass(frozen=True)
class ReportTable:
    """A report's result as words. With ``opens`` its figures lead to what they count. Where a group goes across, the result has all rows, for
    they fold into few lines; of these ``size`` from ``offset`` on are shown (0: all)."""

    ctx: Context
    words: Words
    result: ReportResult
    opens: bool = False
    offset: int = 0
    size: int = 0

    @cached_property
    def pivot(self) -> Pivot | None:
        return pivoted(self.result.columns, self.result.rows, lambda c, v: self.cell(c, v).text or "–")

    @cached_property
    def shown(self) -> tuple[ShownColumn, ...]:
        return self.pivot.columns if self.pivot is not None else self.result.columns

    @property
    def columns(self) -> list[tuple[str, bool]]:
        return [(self.words.of(c.label), c.is_number) for c in self.shown]

    @cached_property
    def rows(self) -> list[list[Cell]]:
        made: Sequence[Mapping[str, Value]] = self.result.rows
        if self.pivot is not None:
            made = self.pivot.rows[self.offset : self.offset + self.size if self.size else None]
        return [[self.opening(c, row, self._shaded(c, row.get(c.key))) for c in self.shown] for row in made]

    def _shaded(self, column: ShownColumn, value: Value) -> Cell:
        cell = self.cell(column, value)
        shade = self._heat.shade(column.key, value)
        return replace(cell, heat=shade) if shade else cell

    @cached_property
    def _heat(self) -> Scale:
        return scale_of(self, self.pivot.rows if self.pivot is not None else self.result.rows)

    @property
    def count(self) -> int:
        """All lines, those of other pages too."""
        return (
            len(self.pivot.rows) if self.pivot is not None else max(self.result.count, len(self.result.rows))
        )

    @property
    def body(self) -> list[tuple[bool, list[Cell]]]:
        """The rows with the subtotals between them; True for those."""
        if self.pivot is not None or not self.result.subtotals:
            return [(False, row) for row in self.rows]
        ends = dict(self.result.subtotals)
        made: list[tuple[bool, list[Cell]]] = []
        for at, row in enumerate(self.rows, self.result.offset):
            made.append((False, row))
            if at in ends:
                made.append((True, self._sums(ends[at])))
        return made

    @property
    def totals(self) -> list[Cell]:
        """A foot, where something adds up: empty otherwise."""
        sums = self.pivot.totals if self.pivot is not None else self.result.totals
        if not sums or self.count < 2:
            return []
        return self._sums(sums, opens=True)

    def _sums(self, sums: Mapping[str, Decimal], *, opens: bool = False) -> list[Cell]:
        made = []
        for column in self.shown:
            cell = (
                self.cell(column, sums[column.key]) if column.key in sums else Cell(number=column.is_number)
            )
            made.append(self.opening(column, None, cell) if opens and cell.text else cell)
        return made

    def cell(self, column: ShownColumn, value: Value) -> Cell:
        if isinstance(value, Decimal):
            return Cell(self._number(column, value), True, value < 0, tone=self._tone(column, value))
        if isinstance(value, bool):
            return Cell(self.words.say("el.yes" if value else "el.no"))
        if isinstance(value, int) and column.type in {"integer", "id"}:
            return Cell(str(value), True)
        if value is None:
            return Cell(number=column.is_number)
        if isinstance(value, Mapping):
            return Cell(self.words.of(value))
        if column.column.bucket == "age":
            return Cell(self.words.of(age_words(str(value))))
        if column.column.bucket and isinstance(value, str):
            return Cell(value)
        if column.entity or column.type in USER_TYPES:
            return self._named(column, value)
        return self._plain(column, value)

    def _plain(self, column: ShownColumn, value: Value) -> Cell:
        if column.field is not None and column.field.options:
            return self._cells.cell(self._entity(column), column.field, value)
        if column.type == "state":
            return self._state(column, str(value))
        if column.type == "kind":
            said = self.words.say(f"ledger.kind.{value}")
            return Cell(said[:1].upper() + said[1:])
        return Cell(self._cells.text(column.field or Field("", column.key, column.type, ""), value))

    def _state(self, column: ShownColumn, state: str) -> Cell:
        entity = self.ctx.app.package.entity(self.result.report.entity)
        if entity is not None and entity.kind == "lines" and column.column.field.startswith("parent."):
            entity = self.ctx.app.package.entity(entity.parent or "")
        return self._cells.state(entity, state) if entity is not None else Cell(state)

    @cached_property
    def _cells(self) -> Cells:
        return Cells(self.ctx, self.words, Titles(self.ctx))

    def _entity(self, column: ShownColumn) -> Any:
        return self.ctx.app.package.entity(self.result.report.entity) or self.ctx.app.package.entities[0]

    def _named(self, column: ShownColumn, value: Value) -> Cell:
        names = self.result.titles.get("user" if not column.entity else column.entity, {})
        ids = ids_in(value)
        text = "、".join(name for id in ids if (name := names.get(id)))
        model = self.ctx.app.package.entity(column.entity) if column.entity else None
        if not text or len(ids) != 1 or model is None or model.kind == "lines":
            return Cell(text)
        show = self.ctx.engine.database.show
        return Cell(text, url=addresses.record_page(self.ctx.app.key, model.key, show(ids[0])))

    def _number(self, column: ShownColumn, value: Decimal) -> str:
        is_percent = column.type == "percent"
        text = format_number(value, column.places)
        if column.type not in {"money", "integer", "percent"}:
            text = trimmed(text)
        return f"{text}%" if is_percent else text

    # Looks and links

    @cached_property
    def _bounds(self) -> Mapping[str, Sequence[tuple[str, Decimal | None, Decimal | None]]]:
        """The tones of each column with what they are measured by, worked out once."""
        asked = as_values(self.result.parameters)

        def number(source: str | None) -> Decimal | None:
            value = evaluated(self.ctx, source, asked) if source else None
            return value if isinstance(value, Decimal) else None

        return {
            c.key: [(t.tone, number(t.below), number(t.above)) for t in c.column.tones]
            for c in self.result.columns
            if c.column.tones and not c.change
        }

    def _tone(self, column: ShownColumn, value: Decimal) -> str:
        key = column.key.partition("@")[0]
        for tone, below, above in self._bounds.get(key, ()):
            if (below is not None and value < below) or (above is not None and value >= above):
                return tone
        return ""

    def opening(self, column: ShownColumn, row: Mapping[str, Value] | None, cell: Cell) -> Cell:
        """The cell with the address of what is behind it."""
        if not self.opens or not cell.text or cell.url:
            return cell
        if column.column.opens is not None and row is not None:
            return replace(cell, url=self._other_report(column, row))
        figure = column.of or column.key
        across: Mapping[str, Value] = {}
        if self.pivot is not None and column.key in self.pivot.at:
            figure, values = self.pivot.at[column.key]
            name = next(c.key for c in self.result.columns if c.column.across)
            across = {name: values[0]} if values else {}
        if not column.column.op or column.change not in {"", "earlier"}:
            return cell
        return replace(cell, url=self._behind(figure, row, across, column.change == "earlier"))

    def _behind(
        self, figure: str, row: Mapping[str, Value] | None, across: Mapping[str, Value], was: bool
    ) -> str:
        groups = [c for c in self.result.columns if not c.column.op and not c.column.is_derived]
        known = {**(row or {}), **across}
        keys = {f"{GROUP}{c.key}": key_text(self.ctx, c, known[c.key]) for c in groups if c.key in known}
        against = self.result.against if was else ""
        query = {"column": figure, "compare": against, **asked_texts(self.ctx, self.result)}
        return addresses.behind_page(self.ctx.app.key, self.result.report.key, query, keys)

    def _other_report(self, column: ShownColumn, row: Mapping[str, Value]) -> str:
        opens = column.column.opens
        assert opens is not None
        known = {**as_values(self.result.parameters), **row}
        sent = {}
        for key, source in opens.parameters.items():
            value = evaluated(self.ctx, source, known)
            of = next((c for c in self.result.columns if c.key == source), None)
            sent[key] = key_text(self.ctx, of, value) if of is not None else text_of(self.ctx, value)
        return addresses.report_page(self.ctx.app.key, opens.report, **sent)

    def chart(self) -> Mapping[str, Any] | None:
        """The figures as a chart takes them."""
        return chart_of(self)


def asked_texts(ctx: Context, result: ReportResult) -> dict[str, str]:
    """What the report was asked, as an address says it."""
    return {p.key: text_of(ctx, result.parameters.get(p.key)) for p in result.report.parameters}


def text_of(ctx: Context, value: Value) -> str:
    """A parameter's value as an address says it."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(text_of(ctx, one) for one in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return ctx.engine.database.show(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else str(value)
