"""The report page: what is asked, periods side by side, the table with its chart; and the page of what one cell counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from builder.metadata.report import Parameter, Report
from builder.record import Value
from builder.runtime.api.body import whole
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cell
from builder.runtime.pages.report_tables import GROUP, ReportTable, asked_texts, text_of
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.report_rows import MOST as MOST_ROWS
from builder.runtime.reporting.behind import MOST, Behind, BehindPart, behind, read_key
from builder.runtime.reporting.comparing import AGAINST
from builder.runtime.reporting.parameters import read_parameters, with_period
from builder.runtime.reporting.shown import shown_columns, titles_of
from builder.runtime.reports import ReportResult, report_of, run_report
from builder.web.formats import format_date

FILES = (("Excel", "xlsx"), ("CSV", "csv"))
PERIODS = ("today", "this_week", "this_month", "last_month", "last_30_days", "this_quarter", "this_year")
PAGE = 200


def add_report_pages(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/reports/<key>`` and ``/a/<app>/reports/<key>/behind``."""

    @pages.get("/a/<app>/reports/<key>")
    def report(app: str, key: str) -> str:
        words = site.words()
        with site.reading(app) as ctx:
            model = report_of(ctx, key)
            if _must_be_asked(model):
                return _question(site, ctx, words, model)
            result = _result(ctx, model)
            size = min(PAGE, model.limit)
            table = ReportTable(ctx, words, result, opens=True, offset=(_page() - 1) * size, size=size)
            return site.page(
                "report.html",
                title=words.of(model.label),
                help=words.of(model.help),
                table=table,
                chart=table.chart() if model.chart != "none" else None,
                parameters=parameters_of(ctx, words, model, result.parameters),
                said=_said(ctx, words, result),
                here=request.path,
                files=_files(ctx, result),
                periods=_periods(ctx, words, result),
                against=_against(ctx, words, result),
                chosen=result.against,
                pages=_pages(ctx, result, table),
            )

    @pages.get("/a/<app>/reports/<key>/behind")
    def report_behind(app: str, key: str) -> str:
        words = site.words()
        with site.reading(app) as ctx:
            model = report_of(ctx, key)
            groups = {k.removeprefix(GROUP): v for k, v in request.args.items() if k.startswith(GROUP)}
            sent = asked_of(model)
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
                said=[*_groups(ctx, table, found, groups), *(() if against else _said(ctx, words, result))],
                value=table.cell(found.column, found.value).text,
                parts=[_part(ctx, words, table, found, part) for part in found.parts],
            )


def _must_be_asked(report: Report) -> bool:
    """Whether something that has no default is still to be said."""
    return any(p.required and not p.default and not request.args.get(p.key) for p in report.parameters)


def _question(site: Site, ctx: Context, words: Words, report: Report) -> str:
    """The page before anything is asked."""
    optional = [replace(p, required=False) for p in report.parameters]
    asked = read_parameters(ctx, optional, asked_of(report))
    missing = [words.of(p.label) for p in report.parameters if p.required and asked.get(p.key) is None]
    return site.page(
        "report.html",
        title=words.of(report.label),
        help=words.of(report.help),
        table=None,
        missing="、".join(missing),
        chart=None,
        parameters=parameters_of(ctx, words, report, asked),
        said=[],
        here=request.path,
        files=[],
        periods=[],
        against=[],
        chosen="",
        pages={},
    )


def asked_of(report: Report) -> dict[str, Any]:
    """What the address asks: several values of one parameter come one by one or with commas."""
    found: dict[str, Any] = {}
    for parameter in report.parameters:
        given = request.args.getlist(parameter.key)
        if given:
            found[parameter.key] = ",".join(given) if parameter.multi else given[0]
    return found


def _result(ctx: Context, report: Report) -> ReportResult:
    sent = with_period(ctx, report, asked_of(report), request.args.get("period", ""))
    against = request.args.get("compare", "") if report.compare is not None else ""
    if any(c.across for c in report.columns):
        # They fold into few lines, and a total of some of them would be wrong.
        return run_report(ctx, report, sent, limit=MOST_ROWS)
    size = min(PAGE, report.limit)
    return run_report(
        ctx,
        report,
        sent,
        limit=size,
        offset=(_page() - 1) * size,
        against=against if against in AGAINST else "",
    )


def _page() -> int:
    return min(max(whole(request.args.get("page", "")) or 1, 1), MOST)


# What is asked


def parameters_of(
    ctx: Context, words: Words, report: Report, asked: Mapping[str, Value]
) -> list[Mapping[str, Any]]:
    """The report's questions with what they were answered."""
    return [_parameter(ctx, words, p, asked.get(p.key)) for p in report.parameters]


def _parameter(ctx: Context, words: Words, p: Parameter, value: Value) -> Mapping[str, Any]:
    entity = ctx.app.package.entity(p.entity or "")
    kind: str = p.type
    item: Any = value if isinstance(value, bool) else text_of(ctx, value)
    if entity is not None:
        titles = Titles(ctx)
        ids = [v for v in (value if isinstance(value, tuple) else (value,)) if isinstance(v, int)]
        items = [{"id": ctx.engine.database.show(id), "label": titles.of(entity.key, id)} for id in ids]
        item = items if p.multi else (items[0] if items else "")
        kind = "multi_reference" if p.multi else p.type
    elif p.options and p.multi:
        kind, item = "multi_choice", list(value) if isinstance(value, tuple) else []
    return {
        "key": p.key,
        "label": words.of(p.label),
        "type": kind,
        "value": item,
        "required": p.required,
        "options": [{"key": o.key, "label": words.of(o.label)} for o in p.options if not o.archived],
        "lookupUrl": f"{addresses.app_page(ctx.app.key)}/pick/{entity.key}" if entity is not None else "",
    }


def _said(ctx: Context, words: Words, result: ReportResult) -> list[str]:
    """What was asked, in words: beside the folded question on a phone."""
    found = []
    titles = Titles(ctx)
    for p in result.report.parameters:
        value = result.parameters.get(p.key)
        values = value if isinstance(value, tuple) else (value,)
        texts = []
        for one in values:
            if one is None:
                continue
            option = next((o for o in p.options if o.key == one), None)
            if option is not None:
                texts.append(words.of(option.label))
            elif p.entity and isinstance(one, int):
                texts.append(titles.of(p.entity, one))
            elif isinstance(one, bool):
                texts.append(words.say("el.yes" if one else "el.no"))
            else:
                texts.append(text_of(ctx, one))
        if texts:
            found.append(f"{words.of(p.label)} {'、'.join(texts)}")
    return found


def _periods(ctx: Context, words: Words, result: ReportResult) -> list[tuple[str, str, bool]]:
    """Named periods, one click each."""
    report = result.report
    if report.compare is None:
        return []
    kept = {
        k: v
        for k, v in asked_texts(ctx, result).items()
        if k not in {report.compare.from_, report.compare.to}
    }
    now = (result.parameters.get(report.compare.from_), result.parameters.get(report.compare.to))
    made = []
    for name in PERIODS:
        days = with_period(ctx, report, {}, name)
        url = addresses.report_page(
            ctx.app.key, report.key, **kept, compare=result.against,
            **{k: text_of(ctx, v) for k, v in days.items()},
        )  # fmt: skip
        made.append((words.say(f"page.period.{name}"), url, tuple(days.values()) == now))
    return made


def _against(ctx: Context, words: Words, result: ReportResult) -> list[tuple[str, str, bool]]:
    """No comparison, the period before, that of last year."""
    columns = result.report.columns
    if result.report.compare is None or any(c.across for c in columns) or not any(c.op for c in columns):
        return []
    asked = asked_texts(ctx, result)
    return [
        (
            words.say(f"page.against.{name or 'none'}"),
            addresses.report_page(ctx.app.key, result.report.key, **asked, compare=name),
            result.against == name,
        )
        for name in ("", *AGAINST)
    ]


def _files(ctx: Context, result: ReportResult) -> list[tuple[str, str]]:
    asked = asked_texts(ctx, result)
    return [
        (n, addresses.report_file(ctx.app.key, result.report.key, **asked, compare=result.against, format=f))
        for n, f in FILES
    ]


def _pages(ctx: Context, result: ReportResult, table: ReportTable) -> Mapping[str, Any]:
    """Which rows are shown, and the pages before and after."""
    count, shown = table.count, len(table.rows)
    if shown == count:
        return {"previous": "", "next": "", "first": 1, "last": count, "count": count}
    asked = {**asked_texts(ctx, result), "compare": result.against}
    first, page = table.offset + 1, _page()

    def url(number: int) -> str:
        return addresses.report_page(ctx.app.key, result.report.key, **asked, page=number)

    return {
        "previous": url(page - 1) if page > 1 else "",
        "next": url(page + 1) if table.offset + shown < count else "",
        "first": first,
        "last": table.offset + shown,
        "count": count,
    }


# Behind a cell


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
