"""The page behind a figure of a report: the records or entries that one cell counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from builder.record import Value
from builder.runtime.api.reports import sent_of
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cell
from builder.runtime.pages.report_question import said_of
from builder.runtime.pages.report_tables import GROUP, ReportTable, asked_texts
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.reporting.behind import MOST, Behind, BehindPart, behind
from builder.runtime.reporting.group_keys import read_key
from builder.runtime.reporting.parameters import read_parameters
from builder.runtime.reporting.shown import shown_columns, titles_of
from builder.runtime.reports import ReportResult, report_of
from builder.web.formats import format_date


def add_report_behind(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/reports/<key>/behind``."""

    @pages.get("/a/<app>/reports/<key>/behind")
    def report_behind(app: str, key: str) -> str:
        words = site.words()
        with site.reading(app) as ctx:
            model = report_of(ctx, key)
            groups = {k.removeprefix(GROUP): v for k, v in request.args.items() if k.startswith(GROUP)}
            sent = sent_of(model)
            against = request.args.get("compare", "")
            found = behind(ctx, model, sent, request.args.get("column", ""), groups, against=against)
            asked = read_parameters(ctx, model.parameters, sent)
            result = ReportResult(model, tuple(shown_columns(ctx, model)), (), {}, {}, asked, False)
            table = ReportTable(ctx, words, result)
            back = addresses.report_page(app, key, **asked_texts(ctx, result), compare=against)
            return site.page(
                "report_behind.html",
                title=words.of(found.column.label),
                report=words.of(model.label),
                back=back,
                said=[*_groups(ctx, table, found, groups), *(() if against else said_of(ctx, words, result))],
                value=table.cell(found.column, found.value).text,
                parts=[_part(ctx, words, table, found, part) for part in found.parts],
            )


def _groups(ctx: Context, table: ReportTable, found: Behind, groups: Mapping[str, str]) -> list[str]:
    """The row that the cell stands in, in words."""
    values = {s.key: read_key(ctx, s, groups[s.key]) for s in found.groups if s.key in groups}
    named = ReportTable(ctx, table.words, _with_titles(ctx, table.result, found, values))
    return [
        f"{table.words.of(s.label)} {named.cell(s, values[s.key]).text or table.words.say('page.none')}"
        for s in found.groups
        if s.key in values
    ]


def _with_titles(
    ctx: Context, result: ReportResult, found: Behind, values: Mapping[str, Value]
) -> ReportResult:
    return replace(result, titles=titles_of(ctx, found.groups, [values]))


def _part(
    ctx: Context, words: Words, table: ReportTable, found: Behind, part: BehindPart
) -> Mapping[str, Any]:
    named = ReportTable(ctx, words, replace(table.result, titles=found.titles))
    is_dated = any(row.day is not None for row in part.rows)
    show = ctx.engine.database.show
    rows = []
    for row in part.rows:
        url = addresses.record_page(ctx.app.key, row.entity, show(row.id)) if row.entity and row.id else ""
        head = [Cell(row.title or "–", url=url if row.title else "")]
        head += [Cell(format_date(row.day) if row.day else "")] if is_dated else []
        own = [named.cell(s, row.values.get(s.key)) for s in found.groups]
        value = named.cell(found.column, row.value)
        if found.column.column.op in {"count", "distinct"}:
            value = Cell("1", True)
        rows.append([*head, *own, value])
    return {
        "label": words.of(part.label),
        "columns": [
            (words.say("page.behind.record"), False),
            *([(words.say("page.behind.day"), False)] if is_dated else []),
            *((words.of(s.label), s.is_number) for s in found.groups),
            (words.of(found.column.label), True),
        ],
        "rows": rows,
        "count": part.count,
        "is_cut": part.count > MOST,
        "total": named.cell(found.column, part.total).text,
        "ledger": addresses.ledger_page(ctx.app.key, part.ledger) if part.ledger else "",
    }
