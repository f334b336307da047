"""The report page: its question, the table with its chart, page by page, and the files of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, request

from builder.metadata.report import Report
from builder.runtime.api.body import whole
from builder.runtime.api.reports import sent_of
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.report_behind import add_report_behind
from builder.runtime.pages.report_question import (
    comparisons_of,
    must_be_asked,
    periods_of,
    questions_of,
    said_of,
)
from builder.runtime.pages.report_tables import ReportTable, asked_texts
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.report_rows import MOST as MOST_ROWS
from builder.runtime.reporting.comparing import AGAINST
from builder.runtime.reporting.parameters import read_parameters, with_period
from builder.runtime.reports import ReportResult, report_of, run_report

FILES = (("Excel", "xlsx"), ("CSV", "csv"))
PAGE = 200
LAST_PAGE = 500
"""An address is typed by anybody; nothing is as far away as this."""


def add_report_pages(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/reports/<key>`` and ``/a/<app>/reports/<key>/behind``."""
    add_report_behind(pages, site)

    @pages.get("/a/<app>/reports/<key>")
    def report(app: str, key: str) -> str:
        words = site.words()
        with site.reading(app) as ctx:
            model = report_of(ctx, key)
            if must_be_asked(model):
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
                parameters=questions_of(ctx, words, model, result.parameters),
                said=said_of(ctx, words, result),
                here=request.path,
                files=_files(ctx, result),
                periods=periods_of(ctx, words, result),
                against=comparisons_of(ctx, words, result),
                chosen=result.against,
                pages=_pages(ctx, result, table),
            )


def _question(site: Site, ctx: Context, words: Words, report: Report) -> str:
    """The page before anything is asked."""
    optional = [replace(p, required=False) for p in report.parameters]
    asked = read_parameters(ctx, optional, sent_of(report))
    missing = [words.of(p.label) for p in report.parameters if p.required and asked.get(p.key) is None]
    return site.page(
        "report.html",
        title=words.of(report.label),
        help=words.of(report.help),
        table=None,
        missing=words.listed(missing),
        chart=None,
        parameters=questions_of(ctx, words, report, asked),
        said=[],
        here=request.path,
        files=[],
        periods=[],
        against=[],
        chosen="",
        pages={},
    )


def _result(ctx: Context, report: Report) -> ReportResult:
    sent = with_period(ctx, report, sent_of(report), request.args.get("period", ""))
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
    return min(max(whole(request.args.get("page", "")) or 1, 1), LAST_PAGE)


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
