"""Behind a figure: exactly the records, entries or balances that one cell of a report counts, and their sum, which is the cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from builder.errors import InvalidError, Problem
from builder.metadata.report import Report, ReportColumn, ReportPart
from builder.metadata.text import Text
from builder.record import Value
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.report_rows import Values, both
from builder.runtime.reporting.asked import Asked, Take, asked_of
from builder.runtime.reporting.buckets import age_days, days_in
from builder.runtime.reporting.cells import Cell
from builder.runtime.reporting.comparing import earlier
from builder.runtime.reporting.group_keys import read_key
from builder.runtime.reporting.parameters import day_of, read_parameters
from builder.runtime.reporting.shown import ShownColumn, parts_of, shown_columns, titles_of
from builder.runtime.reporting.sources import key_of, rows, value_of
from builder.runtime.representation import title_of
from builder.runtime.rights import Filter

MOST = 500
"""Rows that are shown of those that are counted; the sum is of all."""
LAYERS = "layers"
Wanted = Mapping[str, Value]


@dataclass(frozen=True)
class BehindRow:
    """One row that is counted: the record that it stands for (entity, id; a line's document) or the row's dimensions, its day, the values
    of the report's groups by column, and what it adds."""

    entity: str
    id: int
    title: str
    day: date | None
    values: Mapping[str, Value]
    value: Value


@dataclass(frozen=True)
class BehindPart:
    """What one source gave: ``filter`` lists the same records (of ``entity``), ``total`` is its figure over all ``count`` rows."""

    source: str
    label: Text
    entity: str
    ledger: str
    filter: Filter | None
    rows: tuple[BehindRow, ...]
    count: int
    total: Decimal | None


@dataclass(frozen=True)
class Behind:
    """``value`` is the cell's own number, of all parts together."""

    column: ShownColumn
    groups: tuple[ShownColumn, ...]
    parts: tuple[BehindPart, ...]
    value: Decimal | None
    titles: Mapping[str, Mapping[int, str]]


def behind(
    ctx: Context,
    report: Report,
    sent: Mapping[str, Any],
    column: str,
    group: Mapping[str, str | None],
    *,
    against: str = "",
) -> Behind:
    """What the figure ``column`` counts in the row whose groups have these values (text forms; None for empty; groups that are not named
    do not limit, as in a total). ``against`` counts the period that it is compared with."""
    asked = read_parameters(ctx, report.parameters, sent)
    if against and report.compare is not None:
        first, last = asked.get(report.compare.from_), asked.get(report.compare.to)
        if isinstance(first, date) and isinstance(last, date):
            then = earlier((first, last), "last_year" if against == "last_year" else "previous")
            asked = {**asked, report.compare.from_: then[0], report.compare.to: then[1]}
    shown = shown_columns(ctx, report)
    figure = next((s for s in shown if s.key == column and s.column.op), None)
    if figure is None:
        raise InvalidError(problems=[Problem("REPORT_CELL", "/column", {"name": column})])
    groups = tuple(s for s in shown if not s.column.op and not s.column.is_derived)
    wanted = {s.key: read_key(ctx, s, group[s.key]) for s in groups if s.key in group}
    columns = [s.column for s in (*groups, figure)]
    figures = [s.column for s in shown if s.column.op]
    cell = Cell()
    parts = []
    for part in parts_of(report):
        if column in part.take:
            made, own = _part(ctx, part, columns, asked, wanted, figures)
            cell.merge(own)
            if made.count:
                parts.append(made)
    every = [dict(row.values) for part in parts for row in part.rows]
    return Behind(
        figure,
        groups,
        _named(ctx, parts),
        cell.result(figure.column.op or "count"),
        titles_of(ctx, groups, every),
    )


def _part(
    ctx: Context,
    part: ReportPart,
    columns: Sequence[ReportColumn],
    asked: Mapping[str, Value],
    wanted: Wanted,
    figures: Sequence[ReportColumn],
) -> tuple[BehindPart, Cell]:
    """``figures`` are all that the report shows: what is left of a layer goes by the first of them, whichever is asked for."""
    reading = asked_of(ctx, part, columns, asked)
    where = _narrowed(ctx, reading, asked, wanted)
    whole = asked_of(ctx, part, [c for c in figures if part.source == LAYERS], asked)
    about = (*_about(ctx, part), *whole.paths)
    full = replace(reading, where=both(reading.where, where), more=about)
    column, take = full.figures[0]
    assert take is not None
    cell, found, count = Cell(), [], 0
    for values in rows(ctx, full):
        if not _is_counted(ctx, full, take, values, wanted):
            continue
        value = value_of(ctx, full, take, values)
        if value is None:
            continue
        cell.take(column.op or "count", value)
        count += 1
        if count <= MOST:
            found.append(_row(ctx, full, values, value))
    entity = ctx.app.package.entity(part.entity)
    ledger = ctx.app.package.ledger(part.ledger)
    label = part.label or (entity.label if entity else ledger.label if ledger else "")
    made = BehindPart(
        part.source, label, part.entity, part.ledger, both(full.where, take.where), tuple(found), count,
        cell.result(column.op or "count"),
    )  # fmt: skip
    return made, cell


def _is_counted(ctx: Context, asked: Asked, take: Take, values: Values, wanted: Wanted) -> bool:
    if take.only is not None and not take.only.passes(values):
        return False
    key = key_of(ctx, asked, values)
    return all(
        column.name not in wanted or own == wanted[column.name]
        for (column, _), own in zip(asked.keys, key, strict=True)
    )


def _narrowed(ctx: Context, asked: Asked, given: Mapping[str, Value], wanted: Wanted) -> Filter | None:
    """The groups' values as conditions, where a path leads to them; the rest is judged a row at a time."""
    found = []
    for column, take in asked.keys:
        if take is None or not take.path or take.sign == -1 or column.name not in wanted:
            continue
        condition = _condition(ctx, asked.part, column, take.path, wanted[column.name], given)
        if condition is not None:
            found.append(condition)
    return both(*found)


def _condition(
    ctx: Context, part: ReportPart, column: ReportColumn, path: str, value: Value, given: Mapping[str, Value]
) -> Filter | None:
    is_day = path == "business_date" and part.source == "entries"
    ledger = ctx.app.package.ledger(part.ledger)
    is_dimension = ledger is not None and ledger.dimension(path.partition(".")[0]) is not None
    if part.source != "records" and not is_day and (value is None or not is_dimension):
        return None
    if value is None:
        return {"field": path, "op": "is_empty"}
    if column.bucket is None:
        return {"field": path, "op": "=", "value": value}
    if part.source != "records" and not is_day:
        return None
    if column.bucket == "age":
        since = day_of(ctx, column.since or "TODAY()", given)
        days: Any = age_days(str(value), since) if since is not None else None
    else:
        days = days_in(value, column.bucket)
    return {"field": path, "op": "between", "value": list(days)} if days is not None else None


# Who a row is


def _about(ctx: Context, part: ReportPart) -> tuple[str, ...]:
    """What must be known of a row to name it."""
    if part.source == "records":
        entity = ctx.app.package.entity(part.entity)
        if entity is None:
            return ()
        head = ctx.app.package.entity(entity.parent or "") if entity.kind == "lines" else entity
        prefix = "parent." if head is not entity else ""
        dated = head is not None and head.kind in {"document", "log"}
        return (f"{prefix}id", *([f"{prefix}business_date"] if dated else []))
    ledger = ctx.app.package.ledger(part.ledger)
    if part.source == "entries" or ledger is None:
        return ("business_date", "document", "document.entity", "document.id") if ledger else ()
    if part.source == LAYERS:
        # What left took the oldest of what the report tells apart: of each warehouse it would be other layers.
        return ("business_date",)
    return tuple(d.key for d in ledger.dimensions if d.entity is None or ctx.kernel.may("read", d.entity))


def _row(ctx: Context, asked: Asked, values: Values, value: Value) -> BehindRow:
    key = key_of(ctx, asked, values)
    groups = {column.name: own for (column, _), own in zip(asked.keys, key, strict=True)}
    entity, id, day = _who(ctx, asked, values)
    title = values.get("document") if asked.part.source == "entries" else ""
    own_id = id if isinstance(id, int) else 0
    return BehindRow(entity, own_id, str(title or ""), day if isinstance(day, date) else None, groups, value)


def _who(ctx: Context, asked: Asked, values: Values) -> tuple[str, Value, Value]:
    """The entity and id of the record that the row is of (a line's document, a balance's record), and its day."""
    part = asked.part
    model = ctx.app.package.entity(part.entity)
    if part.source == "records" and model is not None:
        is_line = model.kind == "lines"
        prefix = "parent." if is_line else ""
        return (
            (model.parent or "") if is_line else model.key,
            values.get(f"{prefix}id"),
            values.get(f"{prefix}business_date"),
        )
    if part.source == "entries":
        return (
            str(values.get("document.entity") or ""),
            values.get("document.id"),
            values.get("business_date"),
        )
    ledger = ctx.app.package.ledger(part.ledger)
    grouped = {take.path for _, take in asked.keys if take is not None and part.source != LAYERS}
    day = values.get("business_date") if part.source == LAYERS else None
    for dimension in ledger.dimensions if ledger else ():
        if dimension.entity and dimension.key not in grouped and dimension.key in values:
            return dimension.entity, values[dimension.key], day
    return "", None, day


def _named(ctx: Context, parts: Sequence[BehindPart]) -> tuple[BehindPart, ...]:
    """The parts with the titles of their rows' records; a line's document is called by its own."""
    ids: dict[str, set[int]] = {}
    for part in parts:
        for row in part.rows:
            if row.entity and row.id and not row.title:
                ids.setdefault(row.entity, set()).add(row.id)
    titles: dict[tuple[str, int], str] = {}
    for key, wanted in ids.items():
        entity = ctx.app.package.entity(key)
        if entity is not None and (ctx.kernel.may("read", key)):
            titles |= {(key, id): title_of(entity, record) for id, record in seen(ctx, key, wanted).items()}
    return tuple(
        replace(
            part,
            rows=tuple(
                row if row.title else replace(row, title=titles.get((row.entity, row.id), ""))
                for row in part.rows
            ),
        )
        for part in parts
    )
