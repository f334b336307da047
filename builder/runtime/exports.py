"""Exports: lists and reports as CSV or workbooks, within the reader's rights and in its language."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

from builder.errors import InvalidError, Problem
from builder.metadata.channels import CHANNELS
from builder.metadata.channels import PATH as CREATED_VIA
from builder.metadata.entity import Entity, Field
from builder.metadata.field_types import FIELD_TYPES, field_type
from builder.metadata.field_types.files import FILE_TYPES
from builder.metadata.text import Text, in_locale
from builder.record import Record, Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.expanding import FILES, seen
from builder.runtime.exporting import CSV, XLSX, Export, ExportColumn, csv_stream, sheet_title, xlsx_stream
from builder.runtime.listing import MOST, Wanted, list_records
from builder.runtime.live import with_live
from builder.runtime.reporting.buckets import age_words
from builder.runtime.reporting.pivoting import TOTAL, pivoted
from builder.runtime.reports import ReportResult, ShownColumn, field_at
from builder.runtime.representation import title_of
from builder.storage import files

Format = Literal["csv", "xlsx"]
HEADER_WORDS: Mapping[str, Text] = {
    "state": {"zh-CN": "状态", "en": "State"},
    "business_date": {"zh-CN": "业务日期", "en": "Business date"},
    "owner": {"zh-CN": "负责人", "en": "Owner"},
    "created_by": {"zh-CN": "创建人", "en": "Created by"},
    "created_via": {"zh-CN": "来源渠道", "en": "Came by"},
    "created_at": {"zh-CN": "创建时间", "en": "Created at"},
    "updated_by": {"zh-CN": "修改人", "en": "Changed by"},
    "updated_at": {"zh-CN": "修改时间", "en": "Changed at"},
}
PEOPLE = frozenset({"user", "created_by", "updated_by"})
NUMBERS = frozenset({"integer", "decimal", "money", "quantity", "percent", "rating", "duration"})
SUBTOTAL: Text = {"zh-CN": "小计", "en": "Subtotal"}


def export_list(ctx: Context, entity_key: str, wanted: Wanted, kind: Format) -> Export:
    """Every record of the list that the actor may read and export, in its order. ``wanted.fields`` are the columns."""
    entity = ctx.kernel.check("export", entity_key)
    paths = wanted.fields or _usual(ctx, entity)
    unknown = [p for p in paths if not ctx.kernel.is_path_readable(entity.key, p)]
    if unknown:
        raise InvalidError(
            problems=[Problem("FIELD_UNKNOWN", "/fields", {"name": p, "nearest": ""}) for p in unknown]
        )
    shown = [_Shown.of(ctx, entity, path) for path in paths]
    columns = [s.column(ctx.actor.locale) for s in shown]
    label = in_locale(entity.label_plural or entity.label, ctx.actor.locale)
    rows = _list_rows(ctx, entity, wanted, shown)
    # The first is read at once: what is wrong with the question is answered before a file begins.
    return _file(ctx, label, kind, columns, chain(list(islice(rows, 1)), rows))


def _usual(ctx: Context, entity: Entity) -> tuple[str, ...]:
    own = [f.key for f in ctx.kernel.readable_fields(entity) if f.type != "lines"]
    head = ["state", "business_date"] if entity.kind in {"document", "log"} else []
    return (*head, *own)


def _list_rows(
    ctx: Context, entity: Entity, wanted: Wanted, shown: Sequence[_Shown]
) -> Iterator[Sequence[Any]]:
    cursor: str | None = None
    while True:
        page = list_records(
            ctx, entity.key, replace(wanted, fields=None, limit=MOST, cursor=cursor, count="none")
        )
        records = with_live(ctx, page.records)
        yield from _cells(ctx, records, shown)
        cursor = page.next
        if cursor is None:
            return


def _cells(ctx: Context, records: Sequence[Record], shown: Sequence[_Shown]) -> Iterator[list[Any]]:
    values = ctx.facts.values_many(frozenset(s.path for s in shown), records)
    titles = _titles(ctx, shown, values)
    for known in values:
        yield [s.value(ctx, known.get(s.path), titles) for s in shown]


@dataclass(frozen=True)
class _Shown:
    """One column of a list: a path, and the field at its end (None: something that every record has)."""

    path: str
    field: Field | None
    entity: Entity

    @classmethod
    def of(cls, ctx: Context, entity: Entity, path: str) -> _Shown:
        return cls(path, field_at(ctx, entity, path), entity)

    def column(self, locale: str) -> ExportColumn:
        if self.field is None:
            return ExportColumn(in_locale(HEADER_WORDS.get(self.path), locale, self.path))
        kind = FIELD_TYPES.find(self.field.type)
        scale = kind.scale_of(self.field) if kind and self.field.type in NUMBERS else None
        width = 24 if self.field.type in {"text", "long_text", "reference", "address"} else 14
        return ExportColumn(in_locale(self.field.label, locale), scale, width)

    @property
    def leads_to(self) -> str | None:
        """The entity whose titles are needed; ``user`` for people, ``FILES`` for files."""
        if self.field is None:
            return "user" if self.path in {"owner", "created_by", "updated_by"} else None
        if self.field.type in PEOPLE:
            return "user"
        if self.field.type in FILE_TYPES:
            return FILES
        return self.field.entity if self.field.type in {"reference", "multi_reference"} else None

    def value(self, ctx: Context, value: Value, titles: Mapping[str, Mapping[int, str]]) -> Any:
        if value is None or value == ():
            return None
        what = self.leads_to
        if what is not None:
            return "、".join(titles.get(what, {}).get(id, "") for id in ids_in(value))
        if self.field is None:
            if self.path == CREATED_VIA:
                return in_locale(CHANNELS.get(str(value)), ctx.actor.locale, str(value))
            return _state(ctx, self.entity, str(value)) if self.path == "state" else value
        if isinstance(value, Decimal) or self.field.type in {"date", "datetime"}:
            return value
        return field_type(self.field.type).to_text(value, self.field, ctx.actor.locale)


def _titles(
    ctx: Context, shown: Sequence[_Shown], values: Sequence[Mapping[str, Value]]
) -> Mapping[str, Mapping[int, str]]:
    ids: dict[str, set[int]] = {}
    for column in shown:
        if column.leads_to:
            found = ids.setdefault(column.leads_to, set())
            found.update(id for known in values for id in ids_in(known.get(column.path)))
    people = ids.pop("user", set())
    titles: dict[str, Mapping[int, str]] = {"user": {id: ctx.directory.name_of(id) for id in people}}
    if wanted_files := ids.pop(FILES, None):
        titles[FILES] = {id: row.name for id, row in files.get(ctx.conn, ctx.ws, wanted_files).items()}
    for key, wanted in ids.items():
        entity = ctx.app.package.entity(key)
        may = entity is not None and ctx.kernel.may("read", key)
        titles[key] = (
            {i: title_of(entity, r) for i, r in seen(ctx, key, wanted).items()} if may and entity else {}
        )
    return titles


def _state(ctx: Context, entity: Entity, key: str) -> str:
    workflow = ctx.app.package.workflow_of(entity.key)
    state = workflow.state(key) if workflow else None
    return in_locale(state.label, ctx.actor.locale) if state else key


def _file(
    ctx: Context, label: str, kind: Format, columns: Sequence[ExportColumn], rows: Iterable[Sequence[Any]]
) -> Export:
    zone = ZoneInfo(ctx.engine.settings.timezone)
    name = f"{sheet_title(label)}-{ctx.pending.today.isoformat()}.{kind}"
    if kind == "csv":
        return Export(name, CSV, csv_stream(columns, rows, zone))
    return Export(name, XLSX, xlsx_stream(columns, rows, zone, label))


# Reports


def export_report(ctx: Context, result: ReportResult, kind: Format) -> Export:
    """A report's rows as they are shown, subtotals among them, with the totals below."""
    locale = ctx.actor.locale
    pivot = pivoted(result.columns, result.rows, lambda c, v: str(_report_cell(c, v, result, locale) or "–"))
    shown = pivot.columns if pivot is not None else result.columns
    columns = [
        ExportColumn(_heading_of(c, locale), c.places if c.is_number else None, 14 if c.is_number else 18)
        for c in shown
    ]
    rows: list[Sequence[Any]] = []
    ends = dict(result.subtotals) if pivot is None else {}
    for at, row in enumerate(pivot.rows if pivot is not None else result.rows, result.offset):
        rows.append([_report_cell(c, row.get(c.key), result, locale) for c in shown])
        if at in ends:
            rows.append(_sums(shown, ends[at], in_locale(SUBTOTAL, locale)))
    totals = pivot.totals if pivot is not None else result.totals
    if totals:
        rows.append(_sums(shown, totals, in_locale(TOTAL, locale)))
    return _file(ctx, in_locale(result.report.label, locale), kind, columns, rows)


def _heading_of(column: ShownColumn, locale: str) -> str:
    label = in_locale(column.label, locale)
    return f"{label}(%)" if column.type == "percent" and "%" not in label else label


def _sums(shown: Sequence[ShownColumn], sums: Mapping[str, Decimal], word: str) -> list[Any]:
    made: list[Any] = [sums.get(c.key) for c in shown]
    if made and made[0] is None and not shown[0].is_number:
        made[0] = word
    return made


def _report_cell(column: ShownColumn, value: Value, result: ReportResult, locale: str) -> Any:
    if value is None:
        return None
    what = "user" if column.type in PEOPLE else column.entity
    if isinstance(value, Mapping):
        return in_locale(value, locale)
    if column.column.bucket == "age":
        return in_locale(age_words(str(value)), locale)
    if what and column.type != "lines" and not column.is_figure:
        return "、".join(result.titles.get(what, {}).get(id, "") for id in ids_in(value))
    if isinstance(value, Decimal) or column.field is None or column.type in {"date", "datetime"}:
        return value
    return field_type(column.field.type).to_text(value, column.field, locale)
