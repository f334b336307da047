"""Errors file: the rows that were refused, as they stood in the sheet, each with what is wrong with it: correct, send again."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.text import in_locale
from builder.runtime.exporting import sheet_title, text_cell
from builder.runtime.imports.running import Kept
from builder.web.locale import Messages

HEADING = {"zh-CN": "问题", "en": "Problem"}
RED = PatternFill("solid", start_color="FFFDE2E1")


def errors_file(kept: Kept, package: Package, entity: Entity, messages: Messages, locale: str) -> bytes:
    """A workbook of the refused rows with their header and one more column."""
    header, start = kept.header()
    wrong: dict[int, str] = {}
    refused: set[int] = set()
    for outcome in kept.outcomes().values():
        if "problems" in outcome:
            rows = outcome["rows"]
            refused.update(rows)
            wrong[rows[0]] = "\n".join(
                told(p, package, entity, messages, locale) for p in outcome["problems"]
            )
    book = Workbook(write_only=True)
    sheet = book.create_sheet(sheet_title(in_locale(entity.label, locale)))
    sheet.append([_bold(sheet, text) for text in (*header, in_locale(HEADING, locale))])
    for line, _ in kept.lines(start):
        if line.number in refused:
            cells = [text_cell(sheet, text) for text in line.cells]
            cells += [None] * (len(header) - len(cells))
            sheet.append([*cells[: len(header)], _red(sheet, wrong.get(line.number, ""))])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def told(
    problem: Mapping[str, Any], package: Package, entity: Entity, messages: Messages, locale: str
) -> str:
    """A kept problem in words, with the field that it is about."""
    params = {
        key: in_locale(value, locale) if isinstance(value, dict) else value
        for key, value in problem.get("params", {}).items()
    }
    text = messages.text(problem["code"], locale, params, problem.get("message"))
    label = place(problem.get("path", ""), package, entity, locale)
    return f"{label}: {text}" if label and label not in text else text


def place(path: str, package: Package, entity: Entity, locale: str) -> str:
    """``/lines/2/quantity`` as *Quantity*: the label of the field at the end."""
    model: Entity | None = entity
    label = ""
    for part in path.replace(".", "/").split("/"):
        field = model.field(part) if model is not None else None
        if field is not None:
            label = in_locale(field.label, locale)
            model = package.entity(field.entity or "") if field.type == "lines" else model
    return label


def _bold(sheet: Any, text: str) -> Any:
    made = text_cell(sheet, text)
    made.font = Font(bold=True)
    return made


def _red(sheet: Any, text: str) -> Any:
    made = text_cell(sheet, text)
    made.fill = RED
    return made
