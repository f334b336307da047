"""Endpoints of what is evaluated: reports in every form, dashboards, health checks."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from builder.errors import NotFoundError
from builder.metadata.report import Report
from builder.metadata.text import Text
from builder.record import Value
from builder.runtime.api.body import answer, whole
from builder.runtime.api.door import Door
from builder.runtime.api.sending import format_wanted, sent
from builder.runtime.context import Context
from builder.runtime.dashboards import ShownCard, dashboard_of, shown_cards
from builder.runtime.exports import export_report
from builder.runtime.health import Checked, check_all, check_one
from builder.runtime.report_rows import MOST
from builder.runtime.reporting.behind import Behind, behind
from builder.runtime.reporting.parameters import with_period
from builder.runtime.reports import ReportResult, ShownColumn, report_of, run_report

LONGEST = 10_000
GROUP = "g."


def add_reports(api: Blueprint, door: Door) -> None:
    """Routes under ``/apps/<app>/reports``, ``/dashboards`` and ``/health``."""

    @api.get("/apps/<app>/reports/<report>")
    def report(app: str, report: str) -> Response:
        actor = door.identify(request)
        kind = format_wanted(request)
        with door.reading(actor, app) as ctx:
            model = report_of(ctx, report)
            asked = with_period(ctx, model, sent_of(model), request.args.get("period", ""))
            against = request.args.get("compare", "")
            if kind != "json":
                return sent(
                    export_report(ctx, run_report(ctx, model, asked, limit=MOST, against=against), kind)
                )
            limit, offset = (
                number_of(request.args.get(name), most)
                for name, most in (("limit", LONGEST), ("offset", MOST))
            )
            result = run_report(ctx, model, asked, limit=limit or None, offset=offset, against=against)
            body = result_json(ctx, result)
        return answer(body)

    @api.get("/apps/<app>/reports/<report>/behind")
    def report_behind(app: str, report: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            model = report_of(ctx, report)
            groups = {k.removeprefix(GROUP): v for k, v in request.args.items() if k.startswith(GROUP)}
            column, against = request.args.get("column", ""), request.args.get("compare", "")
            found = behind(ctx, model, sent_of(model), column, groups, against=against)
            body = behind_json(ctx, found)
        return answer(body)

    @api.get("/apps/<app>/dashboards/<dashboard>")
    def dashboard(app: str, dashboard: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            model = dashboard_of(ctx, dashboard)
            cards = [card_json(ctx, card) for card in shown_cards(ctx, model)]
        return answer({"key": model.key, "label": model.label, "cards": cards})

    @api.get("/apps/<app>/health")
    def health(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            items = [{**_about(checked), "count": len(checked.findings)} for checked in check_all(ctx)]
        return answer({"items": items})

    @api.get("/apps/<app>/health/<check>")
    def health_check(app: str, check: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            model = next((h for h in ctx.app.package.health if h.key == check), None)
            checked = check_one(ctx, model) if model is not None else None
            if checked is None or not checked.is_readable:
                raise NotFoundError(health=check)
            show = ctx.engine.database.show
            items = [
                {
                    "title": finding.title,
                    "records": [{"entity": ref.entity, "id": show(ref.id)} for ref in finding.refs],
                    "values": {key: plain(ctx, value) for key, value in finding.values.items()},
                }
                for finding in checked.findings
            ]
        return answer({**_about(checked), "count": len(items), "items": items})


def sent_of(report: Report) -> dict[str, Any]:
    """The parameters in the query; several values of one come one by one or with commas."""
    found: dict[str, Any] = {}
    for parameter in report.parameters:
        given = request.args.getlist(parameter.key)
        if given:
            found[parameter.key] = ",".join(given) if parameter.multi else given[0]
    return found


def number_of(text: str | None, most: int) -> int:
    """A count in the query; 0 where there is none."""
    return min(whole(text or "") or 0, most)


def _about(checked: Checked) -> dict[str, Any]:
    check = checked.check
    return {"key": check.key, "label": check.label, "help": check.help, "severity": check.severity}


def plain(ctx: Context, value: Value) -> Any:
    """A value in its JSON form: decimals as strings, dates in ISO 8601."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def result_json(ctx: Context, result: ReportResult) -> dict[str, Any]:
    """Columns, rows by their keys (references as id and title), totals, and what was asked."""
    rows = [{c.key: _cell(ctx, c, row.get(c.key), result) for c in result.columns} for row in result.rows]
    return {
        "key": result.report.key,
        "label": result.report.label,
        "columns": [_column(c) for c in result.columns],
        "rows": rows,
        "totals": {key: plain(ctx, value) for key, value in result.totals.items()},
        "parameters": {key: _parameter(ctx, value) for key, value in result.parameters.items()},
        "more": result.is_cut,
        "count": result.count,
        "offset": result.offset,
        "subtotals": [
            {"after": at, "totals": {key: plain(ctx, value) for key, value in sums.items()}}
            for at, sums in result.subtotals
        ],
        "compare": result.against or None,
        "earlier": [day.isoformat() for day in result.earlier] if result.earlier else None,
    }


def behind_json(ctx: Context, found: Behind) -> dict[str, Any]:
    """What a cell counts: its value, and by source the records with what each adds."""
    show = ctx.engine.database.show
    parts = [
        {
            "source": part.source,
            "label": part.label,
            "count": part.count,
            "total": plain(ctx, part.total),
            "rows": [
                {
                    "record": {"entity": row.entity, "id": show(row.id)} if row.entity and row.id else None,
                    "title": row.title,
                    "day": plain(ctx, row.day),
                    "value": plain(ctx, row.value),
                }
                for row in part.rows
            ],
        }
        for part in found.parts
    ]
    return {"column": found.column.key, "value": plain(ctx, found.value), "parts": parts}


def _column(column: ShownColumn) -> dict[str, Text | bool | None]:
    about: dict[str, Text | bool | None] = {"key": column.key, "label": column.label, "type": column.type}
    about["figure"] = column.is_figure
    return about | ({"change": column.change, "of": column.of} if column.change else {})


def _cell(ctx: Context, column: ShownColumn, value: Value, result: ReportResult) -> Any:
    is_user = column.type in {"user", "created_by", "updated_by"}
    what = "user" if is_user else column.entity
    if what and isinstance(value, int) and not column.is_figure and column.type != "lines":
        title = result.titles.get(what, {}).get(value)
        return {"id": ctx.engine.database.show(value), "title": title}
    if column.type == "id" and isinstance(value, int):
        return ctx.engine.database.show(value)
    return plain(ctx, value)


def _parameter(ctx: Context, value: Value) -> Any:
    if isinstance(value, tuple):
        return [_parameter(ctx, one) for one in value]
    return (
        ctx.engine.database.show(value)
        if isinstance(value, int) and not isinstance(value, bool)
        else plain(ctx, value)
    )


def card_json(ctx: Context, shown: ShownCard) -> Mapping[str, Any]:
    """A card; a number says what it opens: the same filter lists exactly what it counts."""
    card = shown.card
    body: dict[str, Any] = {"kind": card.kind, "label": card.label, "width": card.width, "tone": card.tone}
    if card.kind == "number":
        body |= {"value": plain(ctx, shown.value), "type": shown.type}
    if shown.opens is not None:
        opens = shown.opens
        body["opens"] = {
            "entity": opens.entity or None,
            "view": opens.view or None,
            "ledger": opens.ledger or None,
            "report": opens.report or None,
            "filter": opens.filter,
        }
    if shown.result is not None:
        body["result"] = result_json(ctx, shown.result)
    return body
