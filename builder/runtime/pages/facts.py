"""Facts: a record as something to read: the form's sections with their values, and the lines as tables."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from builder.metadata.entity import Entity, Field
from builder.metadata.form import FormNode
from builder.record import Record
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cell, Cells, is_number
from builder.runtime.pages.forms import form_nodes, is_shown
from builder.runtime.pages.paths import own_field
from builder.runtime.pages.words import Words


@dataclass(frozen=True)
class Fact:
    label: str
    cell: Cell
    wide: bool = False


@dataclass(frozen=True)
class LineTable:
    """``columns`` are (label, is a number, part on a phone)."""

    label: str
    columns: tuple[tuple[str, bool, str], ...]
    rows: tuple[tuple[Cell, ...], ...]
    totals: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Section:
    """A part of the record: facts in columns, or a table of lines."""

    label: str
    columns: int = 3
    facts: tuple[Fact, ...] = ()
    lines: LineTable | None = None
    text: str = ""


@dataclass(frozen=True)
class Facts:
    """Makes the sections of one record."""

    ctx: Context
    words: Words
    cells: Cells
    entity: Entity
    record: Record

    def sections(self) -> tuple[Section, ...]:
        """The form's parts, as something to read."""
        return tuple(self._sections(form_nodes(self.ctx, self.entity), ""))

    def _sections(self, nodes: tuple[FormNode, ...], label: str) -> list[Section]:
        made: list[Section] = []
        nodes = tuple(n for n in nodes if is_shown(self.ctx, self.record, n))
        loose = [n for n in nodes if n.kind == "field"]
        if loose:
            made.append(Section(label, facts=self._facts(loose)))
        for node in nodes:
            words = self.words.of(node.label) or label
            if node.kind == "section":
                facts = self._facts(list(node.nodes))
                made.extend([Section(words, node.columns, facts)] if facts else [])
            elif node.kind == "tab":
                made.extend(self._sections(node.nodes, words))
            elif node.kind == "lines":
                table = self._lines(node)
                made.extend([Section(table.label, lines=table)] if table else [])
        return made

    def _facts(self, nodes: list[FormNode]) -> tuple[Fact, ...]:
        found: list[Fact] = []
        for node in nodes:
            if not is_shown(self.ctx, self.record, node):
                continue
            field = own_field(self.entity, node.field) if node.kind == "field" else None
            if field is None or not self.ctx.kernel.is_readable(self.entity.key, field.key):
                continue
            if not self._is_visible(field):
                continue
            cell = self.cells.cell(self.entity, field, self._value(field))
            cell = replace(cell, url=self._why(field)) if field.balance and cell.text else cell
            found.append(Fact(self.words.of(field.label), cell, node.width > 1 or field.type == "long_text"))
        return tuple(found)

    def _why(self, field: Field) -> str:
        """A balance leads to the page that says how it came to be."""
        source = field.balance
        if source is None or not self.ctx.kernel.measures(source.ledger):
            return ""
        query: dict[str, str] = {}
        for name in source.dimensions:
            expression = self.ctx.expression(field.uid, f"balance.dimensions.{name}")
            value = self.ctx.evaluate(expression, self.record) if expression else None
            if isinstance(value, int):
                query[f"d.{name}"] = self.ctx.engine.database.show(value)
        return addresses.ledger_page(self.ctx.app.key, source.ledger, "why", **query)

    def _is_visible(self, field: Field) -> bool:
        expression = self.ctx.expression(field.uid, "visible_if") if field.visible_if else None
        return expression is None or bool(self.ctx.evaluate(expression, self.record))

    def _value(self, field: Field) -> Any:
        if self.entity.field(field.key) is not None:
            return self.record.values.get(field.key)
        return self.ctx.values([field.key], self.record).get(field.key)

    def _lines(self, node: FormNode) -> LineTable | None:
        of = self.entity.field(node.field)
        model = self.ctx.app.package.entity(of.entity or "") if of else None
        if of is None or model is None or not self.ctx.kernel.is_readable(self.entity.key, of.key):
            return None
        wanted = [model.field(key) for key in node.columns_shown]
        fields = [f for f in wanted if f is not None and self.ctx.kernel.is_readable(model.key, f.key)]
        lines = self.record.lines.get(of.key, ())
        if not fields:
            return None
        drawn = [[self._line_cell(model, f, line) for f in fields] for line in lines]
        # A column that says nothing in any line only makes the others narrow.
        told = [i for i in range(len(fields)) if any(row[i].text for row in drawn)] or [0]
        silent = {f.key for i, f in enumerate(fields) if lines and i not in told}
        fields, rows = [fields[i] for i in told], tuple(tuple(row[i] for i in told) for row in drawn)
        return LineTable(
            self.words.of(node.label) or self.words.of(of.label),
            tuple(
                (self.words.of(f.label), is_number(f), _line_part(i, f, fields)) for i, f in enumerate(fields)
            ),
            rows,
            self._totals(node, model, lines, silent),
        )

    def _line_cell(self, model: Entity, field: Field, line: Record) -> Cell:
        """What the form hides in a line is not read here either: a blind count stays blind."""
        if not self._is_seen(field, line):
            return Cell()
        value = line.values.get(field.key)
        cell = Cell() if value is False else self.cells.cell(model, field, value)
        unit = model.field(field.unit_field) if field.unit_field and cell.text else None
        named = self.cells.cell(model, unit, line.values.get(unit.key)).text if unit else ""
        return replace(cell, text=f"{cell.text} {named}") if named else cell

    def _totals(
        self, node: FormNode, model: Entity, lines: tuple[Record, ...], silent: set[str]
    ) -> tuple[tuple[str, str], ...]:
        """What the form hides in every line is not added up for everybody to see, nor is a column in which no line says anything."""
        made: list[tuple[str, str]] = []
        for key in node.totals:
            field = model.field(key)
            if field is None or key in silent or not self.ctx.kernel.is_readable(model.key, key):
                continue
            seen = [line for line in lines if self._is_seen(field, line)]
            if (lines and not seen) or not _is_of_one_unit(field, seen):
                continue
            amounts = (v for line in seen if isinstance(v := line.values.get(key), Decimal))
            total = sum(amounts, start=Decimal(0))
            made.append((self.words.of(field.label), self.cells.number(field, total) if lines else "0"))
        return tuple(made)

    def _is_seen(self, field: Field, line: Record) -> bool:
        seen = self.ctx.expression(field.uid, "visible_if") if field.visible_if else None
        return seen is None or bool(self.ctx.evaluate(seen, line, self.record))


def _is_of_one_unit(field: Field, lines: list[Record]) -> bool:
    """Whether the lines that have something of the field have it in one unit: kilograms and pieces have no sum."""
    unit = field.unit_field
    return not unit or len({line.values.get(unit) for line in lines if line.values.get(field.key)}) < 2


def _line_part(index: int, field: Field, fields: list[Field]) -> str:
    if index == 0:
        return "title"
    money = next((f.key for f in reversed(fields) if f.type == "money"), None)
    return "amount" if field.key == money else ""
