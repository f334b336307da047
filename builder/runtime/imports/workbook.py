"""Workbooks to fill in: empty, with a column for each field that the actor may enter, and what there is to choose from."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation

from builder.errors import NotFoundError
from builder.metadata.entity import Entity
from builder.metadata.field_types import field_type
from builder.metadata.filter import paths_at_hand
from builder.metadata.text import in_locale
from builder.runtime.context import Context
from builder.runtime.exporting import XLSX, Export, sheet_title
from builder.runtime.exports import HEADER_WORDS
from builder.runtime.imports.matching import Target, candidates
from builder.runtime.listing import Wanted, list_records
from builder.runtime.representation import title_of

OPTIONS = 500
EMPTY_ROWS = 1000


def import_template(ctx: Context, entity_key: str) -> Export:
    """An empty workbook for an entity: a heading per field that the actor may fill in, a star at required ones, drop-downs for
    options and for references to few records."""
    ctx.kernel.check("create", entity_key)
    entity = ctx.kernel.check("import", entity_key)
    locale = ctx.actor.locale
    targets = [t for t, _ in candidates(ctx.app.package, entity) if _may_fill(ctx, entity, t)]
    book = Workbook()
    sheet = book.active
    if sheet is None:
        raise NotFoundError(entity=entity_key)
    label = in_locale(entity.label, locale)
    sheet.title = sheet_title(label)
    sheet.freeze_panes = "A2"
    lists = book.create_sheet("_lists")
    lists.sheet_state = "hidden"
    for index, target in enumerate(targets, 1):
        heading = sheet.cell(row=1, column=index, value=_heading(entity, target, locale))
        heading.data_type = "s"
        heading.font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(index)].width = 16
        _add_choices(sheet, lists, index, _choices(ctx, target, locale))
    buffer = io.BytesIO()
    book.save(buffer)
    return Export(f"{sheet_title(label)}.xlsx", XLSX, iter([buffer.getvalue()]))


def _may_fill(ctx: Context, entity: Entity, target: Target) -> bool:
    if target.field is None:
        return True
    lines = entity.field(target.lines) if target.lines else None
    owner = (lines.entity or "") if lines is not None else entity.key
    return ctx.kernel.is_writable(owner, target.key, deed="create")


def _heading(entity: Entity, target: Target, locale: str) -> str:
    if target.field is None:
        return in_locale(HEADER_WORDS.get(target.key), locale, target.key)
    label = in_locale(target.field.label, locale)
    lines = entity.field(target.lines) if target.lines else None
    name = f"{in_locale(lines.label, locale)}.{label}" if lines is not None else label
    return f"{name}*" if target.field.required else name


def _choices(ctx: Context, target: Target, locale: str) -> list[str]:
    """What a drop-down offers; nothing where there is too much to choose from."""
    of = target.field
    if of is None:
        return []
    if of.options:
        return [in_locale(o.label, locale) for o in of.options if not o.archived]
    if of.type == "boolean":
        return [field_type("boolean").to_text(v, of, locale) for v in (True, False)]
    model = ctx.app.package.entity(of.entity or "") if of.type == "reference" else None
    if model is None or model.kind == "lines" or not ctx.kernel.may("read", model.key):
        return []
    if of.filter and paths_at_hand(of.filter):
        return []
    found = list_records(ctx, model.key, Wanted(where=of.filter, limit=OPTIONS, count="none"))
    return [] if found.next else [title_of(model, r) for r in found.records]


def _add_choices(sheet: Any, lists: Any, index: int, choices: Sequence[str]) -> None:
    if not choices:
        return
    column = get_column_letter(index)
    for row, text in enumerate(choices, 1):
        lists.cell(row=row, column=index, value=text).data_type = "s"
    source = f"={quote_sheetname(lists.title)}!${column}$1:${column}${len(choices)}"
    rule = DataValidation(type="list", formula1=source, allow_blank=True, showErrorMessage=False)
    rule.add(f"{column}2:{column}{EMPTY_ROWS + 1}")
    sheet.add_data_validation(rule)
