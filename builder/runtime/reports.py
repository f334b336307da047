"""Reports: a report's definition evaluated for one actor: its columns with labels, rows of exact values, totals, and names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from builder.errors import InvalidError, NotFoundError, Problem
from builder.expressions import ExpressionError, compile_expression
from builder.metadata.entity import Entity, Field
from builder.metadata.ledger import Ledger
from builder.metadata.report import Parameter, Report, ReportColumn
from builder.metadata.text import Text
from builder.record import Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.folding import finish, fold
from builder.runtime.permissions import Filter
from builder.runtime.report_rows import BALANCE, group_rows, may_read_path, rows_of
from builder.runtime.representation import title_of
from builder.runtime.resolving import by_text

USER_TYPES = frozenset({"user", "created_by", "updated_by"})
ENTRY_TYPES: Mapping[str, str] = {"business_date": "date", "actor": "user", "seq": "integer"}
DROPPED = object()
"""What a condition becomes whose parameter was left empty."""


@dataclass(frozen=True)
class ShownColumn:
    """A column as people see it. ``type`` is a field type's name; ``field`` the field at the end of its path, where there is one;
    ``entity`` what a reference leads to; ``label`` the definition's own or the field's."""

    column: ReportColumn
    key: str
    label: Text
    type: str
    field: Field | None = None
    entity: str | None = None
    scale: int | None = None

    @property
    def is_figure(self) -> bool:
        return bool(self.column.op)

    @property
    def is_number(self) -> bool:
        return self.is_figure or self.type in {"decimal", "money", "quantity", "integer", "percent", "number"}


@dataclass(frozen=True)
class ReportResult:
    """``rows`` by the columns' keys; ``titles`` name what references mean: entity (``user`` for people) → id → words.
    ``parameters`` are what was asked, with defaults. ``is_cut``: there are more rows than the report shows."""

    report: Report
    columns: tuple[ShownColumn, ...]
    rows: tuple[Mapping[str, Value], ...]
    totals: Mapping[str, Decimal]
    titles: Mapping[str, Mapping[int, str]]
    parameters: Mapping[str, Value]
    is_cut: bool


def report_of(ctx: Context, key: str) -> Report:
    """The report, if the actor may see it; else 404."""
    report = ctx.app.package.report(key)
    if report is None or not ctx.kernel.may_see("reports", key):
        raise NotFoundError(report=key)
    return report


def run_report(
    ctx: Context, report: Report, sent: Mapping[str, Any] | None = None, *, limit: int | None = None
) -> ReportResult:
    """The report for these parameters (text forms or exact values; a default where nothing was sent). Columns that the actor may not
    read are left out; a filter over such a field refuses the report."""
    asked = read_parameters(ctx, report.parameters, sent or {})
    shown = [s for c in report.columns if (s := shown_column(ctx, report, c)) is not None]
    columns = [s.column for s in shown]
    where = with_parameters(report.filter, asked) if report.filter else None
    sort = [(s.field, s.descending) for s in report.sort]
    paths = [*(c.field for c in columns), *_sort_paths(report, columns, sort)]
    ordered: Mapping[str, Any] = {"sort": _sorts(report, sort), "limit": limit or report.limit}
    is_grouped = report.source == "records" and any(c.op for c in columns)
    groups = group_rows(ctx, report.entity, where, columns) if is_grouped else None
    if groups is not None:
        folded = finish(columns, groups, **ordered)
    else:
        folded = fold(columns, rows_of(ctx, report, where, paths), **ordered)
    titles = titles_of(ctx, shown, folded.rows)
    return ReportResult(report, tuple(shown), folded.rows, folded.totals, titles, asked, folded.is_cut)


def _sorts(report: Report, sort: Sequence[tuple[str, bool]]) -> Sequence[tuple[str, bool]]:
    """Entries come in the ledger's own order already, which running balances stand on."""
    grouped = any(c.op for c in report.columns)
    return [s for s in sort if report.source != "entries" or grouped or s[0] not in {"business_date", "seq"}]


def _sort_paths(
    report: Report, columns: Sequence[ReportColumn], sort: Sequence[tuple[str, bool]]
) -> list[str]:
    known = {c.field for c in columns}
    if report.source == "entries" or any(c.op for c in columns):
        return []
    return [path for path, _ in sort if path not in known]


# Columns


def shown_column(ctx: Context, report: Report, column: ReportColumn) -> ShownColumn | None:
    """The column, or None where the actor may not read it."""
    if report.source == "records":
        entity = ctx.app.package.entity(report.entity)
        if entity is None or not may_read_path(ctx, entity, column.field):
            return None
        return _of_path(ctx, column, entity, column.field)
    ledger = ctx.app.package.ledger(report.ledger)
    return _of_ledger(ctx, report, ledger, column) if ledger is not None else None


def _of_path(ctx: Context, column: ReportColumn, entity: Entity, path: str) -> ShownColumn:
    field = field_at(ctx, entity, path)
    if field is None:
        kind = {"business_date": "date", "state": "state", "id": "id"}.get(path.rpartition(".")[2], "text")
        return ShownColumn(column, column.field, column.label or path, "integer" if column.op else kind)
    kind = "integer" if column.op == "count" else field.type
    return ShownColumn(
        column, column.field, column.label or field.label, kind, field, field.entity, field.scale
    )


def field_at(ctx: Context, entity: Entity, path: str) -> Field | None:
    """The field at the end of a path."""
    head, _, rest = path.partition(".")
    if head == "parent" and entity.parent and entity.field("parent") is None:
        parent = ctx.app.package.entity(entity.parent)
        return field_at(ctx, parent, rest) if parent is not None and rest else None
    field = entity.field(head)
    if not rest or field is None:
        return field
    target = ctx.app.package.entity(field.entity or "")
    return field_at(ctx, target, rest) if target is not None else None


def _of_ledger(ctx: Context, report: Report, ledger: Ledger, column: ReportColumn) -> ShownColumn | None:
    path = column.field
    head, _, rest = path.partition(".")
    if report.source == "entries" and path in {"document", "kind", "actor", "seq", "business_date", "reason"}:
        return ShownColumn(column, path, column.label or path, ENTRY_TYPES.get(path, "text"))
    measure = next((m for m in ledger.measures if m.key == path.removeprefix(BALANCE)), None)
    if measure is not None:
        if measure.key not in ctx.kernel.measures(ledger.key):
            return None
        kind = "money" if measure.kind == "value" else "quantity"
        return ShownColumn(column, path, column.label or measure.label, kind, scale=measure.scale)
    dimension = ledger.dimension(head)
    if dimension is None:
        return None
    if dimension.entity is None:
        return ShownColumn(column, path, column.label or dimension.label, dimension.type)
    entity = ctx.app.package.entity(dimension.entity)
    if entity is None or not ctx.kernel.may("read", entity.key):
        return None
    if not rest:
        label = column.label or dimension.label
        return ShownColumn(column, path, label, "reference", entity=dimension.entity)
    return _of_path(ctx, column, entity, rest) if ctx.kernel.is_path_readable(entity.key, rest) else None


def titles_of(
    ctx: Context, shown: Iterable[ShownColumn], rows: Sequence[Mapping[str, Value]]
) -> Mapping[str, Mapping[int, str]]:
    """Words for every id in the rows, within the actor's rights."""
    ids: dict[str, set[int]] = {}
    for column in shown:
        what = "user" if column.type in USER_TYPES else column.entity
        if what and column.type != "lines":
            ids.setdefault(what, set()).update(i for row in rows for i in ids_in(row.get(column.key)))
    people = ids.pop("user", set())
    found: dict[str, Mapping[int, str]] = {"user": {id: ctx.directory.name_of(id) for id in people}}
    for key, wanted in ids.items():
        entity = ctx.app.package.entity(key)
        if entity is not None and ctx.kernel.may("read", key):
            found[key] = {id: title_of(entity, r) for id, r in seen(ctx, key, wanted).items()}
    return found


# Parameters


def read_parameters(
    ctx: Context, parameters: Sequence[Parameter], sent: Mapping[str, Any]
) -> dict[str, Value]:
    """Every parameter's value. All that is wrong with what was sent at once."""
    found: dict[str, Value] = {}
    problems: list[Problem] = []
    for parameter in parameters:
        value = sent.get(parameter.key)
        if value is None or value == "":
            found[parameter.key] = _default(ctx, parameter) if parameter.key not in sent else None
            continue
        read = _parameter(ctx, parameter, value)
        if read is None:
            problems.append(
                Problem("PARAMETER_INVALID", f"/parameters/{parameter.key}", {"field": parameter.label})
            )
        found[parameter.key] = read
    if problems:
        raise InvalidError(problems=problems)
    return found


def _default(ctx: Context, parameter: Parameter) -> Value:
    if not parameter.default:
        return None
    try:
        value: Value = compile_expression(parameter.default).evaluate({}, ctx.environment)
    except ExpressionError:
        return None
    return value


def _parameter(ctx: Context, parameter: Parameter, value: Any) -> Value:
    """The exact value, or None where it is none."""
    if parameter.type == "date":
        return _date(value)
    if parameter.type == "reference":
        return _reference(ctx, parameter, value)
    if parameter.type in {"decimal", "integer", "money", "quantity"}:
        try:
            return Decimal(str(value))
        except ArithmeticError:
            return None
    if parameter.type == "boolean":
        return value if isinstance(value, bool) else str(value).lower() in {"1", "true", "yes", "on"}
    return str(value)


def _date(value: Any) -> date | None:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        return None


def _reference(ctx: Context, parameter: Parameter, value: Any) -> int | None:
    if isinstance(value, int):
        return value
    id = ctx.engine.database.read_id(str(value))
    if id is not None:
        return id
    found = by_text(ctx, parameter.entity or "", str(value))
    return found.id if found else None


def with_parameters(where: Filter, asked: Mapping[str, Value]) -> Filter | None:
    """The filter with parameters filled in; a condition whose parameter is empty does not limit."""
    filled = _filled(where, asked)
    return None if filled is DROPPED else filled


def _filled(where: Filter, asked: Mapping[str, Value]) -> Any:
    for joint in ("and", "or"):
        if joint in where:
            parts = [p for part in where[joint] if (p := _filled(part, asked)) is not DROPPED]
            return {joint: parts} if parts else DROPPED
    if "not" in where:
        inner = _filled(where["not"], asked)
        return DROPPED if inner is DROPPED else {"not": inner}
    value = where.get("value")
    if isinstance(value, Mapping) and "parameter" in value:
        found = asked.get(str(value["parameter"]))
        return DROPPED if found is None else {**where, "value": found}
    return where
