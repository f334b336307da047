"""Shown columns: a report's columns as people see them: labels, types, what references lead to; only what the actor may read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from builder.expressions import ExpressionError, compile_expression
from builder.ledger.pooled import POOLED
from builder.metadata.entity import Entity, Field
from builder.metadata.ledger import Ledger
from builder.metadata.paths import SYSTEM_LABELS
from builder.metadata.report import Report, ReportColumn, ReportPart
from builder.metadata.text import Text
from builder.record import Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.expanding import seen
from builder.runtime.ledger_reading import seen_over
from builder.runtime.report_rows import may_read_path
from builder.runtime.reporting.entry_rows import BALANCE, ENTRY, SIDES
from builder.runtime.reporting.ledger_rows import HEADS, MOVEMENT, bare
from builder.runtime.reporting.parameters import OUTSIDE
from builder.runtime.representation import title_of

USER_TYPES = frozenset({"user", "created_by", "updated_by"})
ENTRY_TYPES: Mapping[str, str] = {
    "business_date": "date", "kind": "kind", "actor": "user", "seq": "integer", "id": "integer"
}  # fmt: skip
ENTRY_LABELS: Mapping[str, Text] = {
    "document": {"zh-CN": "单据", "en": "Document"},
    "kind": {"zh-CN": "分录类型", "en": "Kind"},
    "actor": {"zh-CN": "操作人", "en": "By"},
    "seq": {"zh-CN": "序号", "en": "No."},
    "business_date": {"zh-CN": "业务日期", "en": "Business date"},
    "reason": {"zh-CN": "原因", "en": "Reason"},
}
NUMBER_TYPES = frozenset({"decimal", "money", "quantity", "integer", "percent", "number"})
Change = Literal["", "earlier", "difference", "change"]


@dataclass(frozen=True)
class ShownColumn:
    """A column as people see it. ``type`` is a field type's name; ``field`` the field at the end of its path, where there is one;
    ``entity`` what a reference leads to; ``label`` the definition's own or the field's. ``change`` says what a column of a comparison
    shows of the column ``of``."""

    column: ReportColumn
    key: str
    label: Text
    type: str
    field: Field | None = None
    entity: str | None = None
    scale: int | None = None
    change: Change = ""
    of: str = ""

    @property
    def is_figure(self) -> bool:
        return bool(self.column.op) or (self.column.is_derived and self.type in NUMBER_TYPES)

    @property
    def places(self) -> int | None:
        """Decimal places that are shown; None for as many as there are."""
        if self.scale is not None:
            return self.scale
        return 2 if self.type in {"money", "percent"} else 4 if self.column.is_derived else None

    @property
    def is_number(self) -> bool:
        return self.is_figure or self.type in NUMBER_TYPES


def part_of(report: Report) -> ReportPart:
    """A report of one source as the only part of a union."""
    take = {c.name: c.field for c in report.columns if not c.is_derived}
    return ReportPart(
        report.uid, take, "", report.label, report.source, report.entity, report.ledger, report.filter,
        report.as_of, report.from_, report.to,
    )  # fmt: skip


def parts_of(report: Report) -> tuple[ReportPart, ...]:
    return report.parts or (part_of(report),)


def shown_columns(ctx: Context, report: Report) -> list[ShownColumn]:
    """The columns that the actor may read. What is worked out from one that he may not is left out too."""
    read = [s for c in report.columns if not c.is_derived and (s := shown_column(ctx, report, c)) is not None]
    derived = in_order(report.columns, {s.key for s in read})
    made = {s.key: s for s in read}
    for column in derived:
        made[column.name] = _derived(column, made.get(column.of))
    return [made[c.name] for c in report.columns if c.name in made]


def in_order(columns: Sequence[ReportColumn], known: set[str]) -> list[ReportColumn]:
    """The derived columns in the order in which they are worked out; without those that need what is not ``known``, or one another."""
    found: list[ReportColumn] = []
    waiting = [c for c in columns if c.is_derived]
    ready = set(known)
    while able := [c for c in waiting if needs(c) <= ready]:
        found.extend(able)
        ready |= {c.name for c in able}
        waiting = [c for c in waiting if c.name not in ready]
    return found


def needs(column: ReportColumn) -> frozenset[str]:
    """The columns that a derived one is worked out from."""
    if column.how is not None:
        return frozenset({column.of, *column.within})
    try:
        paths = compile_expression(column.formula or "None").paths
    except ExpressionError:
        return frozenset()
    return frozenset(p for p in paths if not p.startswith(OUTSIDE))


def _derived(column: ReportColumn, of: ShownColumn | None) -> ShownColumn:
    kind = {"share": "percent", "rank": "integer"}.get(column.how or "", of.type if of else "decimal")
    scale = {"share": 2, "rank": 0}.get(column.how or "", of.scale if of else None)
    return ShownColumn(
        column,
        column.name,
        column.label or column.name,
        column.type or kind,
        field=_choosing(column),
        entity=column.entity,
        scale=column.scale if column.scale is not None else scale,
    )


def _choosing(column: ReportColumn) -> Field | None:
    """A field that words the column's own options."""
    label = column.label or column.name
    return Field("", column.name, "choice", label, options=column.options) if column.options else None


def shown_column(ctx: Context, report: Report, column: ReportColumn) -> ShownColumn | None:
    """The column, or None where the actor may not read it."""
    found: ShownColumn | None = None
    for part in parts_of(report):
        take = part.take.get(column.name)
        if take is None:
            continue
        one = _taken(ctx, part, column, take)
        if one is None:
            return None
        if (
            found is None
            or (found.type == "text" and one.type != "text")
            or (one.entity and not found.entity)
        ):
            found = one
    if found is None:
        found = ShownColumn(column, column.name, column.label or column.name, column.type or "decimal")
    return _dressed(found, column)


def _dressed(shown: ShownColumn, column: ReportColumn) -> ShownColumn:
    """What the definition says itself goes before what the path says."""
    kind = "integer" if column.op in {"count", "distinct"} else (column.type or shown.type)
    return replace(
        shown,
        label=column.label or shown.label,
        type=kind,
        field=_choosing(column) or shown.field,
        entity=column.entity or (shown.entity if kind == shown.type else None),
        scale=column.scale if column.scale is not None else shown.scale,
    )


def _taken(ctx: Context, part: ReportPart, column: ReportColumn, take: str) -> ShownColumn | None:
    paths = take_paths(take)
    if paths is None:
        return None
    shown: ShownColumn | None = None
    for path in paths:
        shown = _of_source(ctx, part, column, path)
        if shown is None:
            return None
    if shown is not None and len(paths) == 1 and take.lstrip("-") == paths[0]:
        return shown
    kind = "decimal" if column.op else "text"
    money = shown.type if shown is not None and column.op else kind
    return ShownColumn(column, column.name, column.label or column.name, column.type or money)


def take_paths(take: str) -> tuple[str, ...] | None:
    """The paths over a source that an expression reads; None where it cannot be read."""
    try:
        paths = compile_expression(take).paths
    except ExpressionError:
        return (take,)
    return tuple(sorted(p for p in paths if not p.startswith(OUTSIDE)))


def _of_source(ctx: Context, part: ReportPart, column: ReportColumn, path: str) -> ShownColumn | None:
    if part.source == "records":
        entity = ctx.app.package.entity(part.entity)
        if entity is None or not may_read_path(ctx, entity, path):
            return None
        return _of_path(ctx, column, entity, path)
    ledger = ctx.app.package.ledger(part.ledger)
    return _of_ledger(ctx, part, ledger, column, path) if ledger is not None else None


def _of_path(ctx: Context, column: ReportColumn, entity: Entity, path: str) -> ShownColumn:
    field = field_at(ctx, entity, path)
    last = path.rpartition(".")[2]
    if field is None:
        kind = {"business_date": "date", "state": "state", "id": "id", "parent": "reference"}.get(
            last, "text"
        )
        kind = "user" if last in {"owner", *USER_TYPES} else kind
        label = column.label or SYSTEM_LABELS.get(last, path)
        parent = entity.parent if path == "parent" else None
        return ShownColumn(column, column.name, label, "integer" if column.op else kind, entity=parent)
    return ShownColumn(
        column, column.name, column.label or field.label, field.type, field, field.entity, field.scale
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


def _of_ledger(
    ctx: Context, part: ReportPart, ledger: Ledger, column: ReportColumn, path: str
) -> ShownColumn | None:
    head, _, rest = path.partition(".")
    if path in ENTRY and (part.source == "entries" or (part.source == "layers" and path == "business_date")):
        label = column.label or ENTRY_LABELS.get(path, path)
        return ShownColumn(column, column.name, label, ENTRY_TYPES.get(path, "text"))
    asked = (
        bare(path.removeprefix(BALANCE).removeprefix(POOLED), (*MOVEMENT, *HEADS))
        if path.startswith((BALANCE, POOLED, *SIDES, *_FLOWS))
        else path
    )
    measure = next((m for m in ledger.measures if m.key == asked), None)
    if measure is not None:
        if measure.key not in seen_over(ctx, ledger):
            return None
        if "_on." in path:
            return ShownColumn(column, column.name, column.label or measure.label, "date")
        kind = "money" if measure.kind == "value" else "quantity"
        return ShownColumn(column, column.name, column.label or measure.label, kind, scale=measure.scale)
    dimension = ledger.dimension(head)
    if dimension is None:
        return None
    if dimension.entity is None:
        return ShownColumn(column, column.name, column.label or dimension.label, dimension.type)
    entity = ctx.app.package.entity(dimension.entity)
    if entity is None or not ctx.kernel.may("read", entity.key):
        return None
    if not rest:
        label = column.label or dimension.label
        return ShownColumn(column, column.name, label, "reference", entity=dimension.entity)
    return _of_path(ctx, column, entity, rest) if ctx.kernel.is_path_readable(entity.key, rest) else None


_FLOWS = ("opening.", "added.", "taken.", "closing.")


def titles_of(
    ctx: Context, shown: Iterable[ShownColumn], rows: Sequence[Mapping[str, Value]]
) -> Mapping[str, Mapping[int, str]]:
    """Words for every id in the rows, within the actor's rights."""
    ids: dict[str, set[int]] = {}
    for column in shown:
        what = "user" if column.type in USER_TYPES else column.entity
        if what and column.type != "lines" and not column.is_figure:
            ids.setdefault(what, set()).update(i for row in rows for i in ids_in(row.get(column.key)))
    people = ids.pop("user", set())
    found: dict[str, Mapping[int, str]] = {"user": {id: ctx.directory.name_of(id) for id in people}}
    for key, wanted in ids.items():
        entity = ctx.app.package.entity(key)
        if entity is not None and ctx.kernel.may("read", key):
            found[key] = {id: title_of(entity, r) for id, r in seen(ctx, key, wanted).items()}
    return found
