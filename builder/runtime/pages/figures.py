"""Dashboards and reports: numbers that open what they count, charts, tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask import Blueprint, request

from builder.metadata.entity import Entity, Field
from builder.metadata.report import Card
from builder.record import Value
from builder.rules.reach import ids_in
from builder.runtime.context import Context
from builder.runtime.dashboards import ShownCard, dashboard_of, shown_cards
from builder.runtime.listing import Wanted, list_records
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cell, Cells
from builder.runtime.pages.desk import my_tasks
from builder.runtime.pages.filling import filling_of
from builder.runtime.pages.lists import Asked, Lists, Row
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words
from builder.runtime.reports import ReportResult, ShownColumn, report_of, run_report
from builder.web.formats import format_number

MOST_BARS = 24
MOST_NAMED = 12
"""Bars with a name each lie across; more would lose their names."""
FILES = (("Excel", "xlsx"), ("CSV", "csv"))
TONES: Mapping[str, str] = {"good": "good", "danger": "bad", "warning": "warn", "normal": ""}


def add_figures(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/dashboards/<key>`` and ``/a/<app>/reports/<key>``."""

    @pages.get("/a/<app>/dashboards/<key>")
    def dashboard(app: str, key: str) -> str:
        words = site.words()
        with site.reading(app) as ctx:
            model = dashboard_of(ctx, key)
            cards = [card_model(ctx, words, model.key, shown) for shown in shown_cards(ctx, model)]
            return site.page(
                "dashboard.html",
                title=words.of(model.label),
                cards=cards,
                tasks=_tasks(site, cards),
                filling=filling_of(site),
            )

    @pages.get("/a/<app>/reports/<key>")
    def report(app: str, key: str) -> str:
        words = site.words()
        with site.reading(app) as ctx:
            model = report_of(ctx, key)
            asked = {p.key: request.args[p.key] for p in model.parameters if p.key in request.args}
            result = run_report(ctx, model, asked)
            table = ReportTable(ctx, words, result)
            return site.page(
                "report.html",
                title=words.of(model.label),
                help=words.of(model.help),
                table=table,
                chart=table.chart() if model.chart != "none" else None,
                parameters=_parameters(ctx, words, result),
                here=request.path,
                files=[
                    (n, addresses.report_file(app, key, **request.args.to_dict(), format=f)) for n, f in FILES
                ],
            )


def _tasks(site: Site, cards: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return my_tasks(site) if any(c["kind"] == "tasks" for c in cards) else []


def card_model(ctx: Context, words: Words, dashboard: str, shown: ShownCard) -> Mapping[str, Any]:
    """What ``dashboard.html`` draws of one card."""
    card = shown.card
    made: dict[str, Any] = {
        "kind": card.kind,
        "label": words.of(card.label),
        "width": card.width,
        "limit": card.limit,
    }
    made |= {"url": "", "chart": None, "table": None, "rows": [], "count": 0}
    if card.kind == "number":
        made |= _number(ctx, words, dashboard, shown)
    elif shown.result is not None:
        table = ReportTable(ctx, words, shown.result)
        url = addresses.report_page(ctx.app.key, card.report)
        made |= {"table": table, "chart": table.chart() if card.kind == "chart" else None, "url": url}
    elif card.kind == "list" and shown.opens is not None:
        made |= _list(ctx, words, card, shown)
    return made


def _number(ctx: Context, words: Words, dashboard: str, shown: ShownCard) -> dict[str, Any]:
    card, opens = shown.card, shown.opens
    field = Field("", "", shown.type, "", scale=shown.scale)
    value = Cells(ctx, words, Titles(ctx)).number(field, shown.value) if shown.value is not None else "–"
    url = ""
    if opens is not None and opens.ledger:
        url = addresses.ledger_page(ctx.app.key, opens.ledger)
    elif opens is not None and opens.entity:
        url = addresses.list_page(ctx.app.key, opens.entity, view=opens.view, card=f"{dashboard}/{card.uid}")
    tone = TONES[card.tone] if shown.value else ""
    if tone == "good" and shown.value is not None and shown.value < 0:
        tone = "bad"
    return {"value": value, "url": url, "tone": tone}


def _list(ctx: Context, words: Words, card: Card, shown: ShownCard) -> dict[str, Any]:
    assert shown.opens is not None
    view = ctx.app.package.view(shown.opens.view)
    entity = ctx.app.package.entity(shown.opens.entity)
    assert view is not None
    assert entity is not None
    sort = tuple((s.field, s.descending) for s in view.sort)
    page = list_records(
        ctx, entity.key, Wanted(view.filter, sort=sort, limit=max(1, card.limit), count="capped")
    )
    lists = Lists(ctx, words, entity)
    columns = lists.columns(Asked(view))
    rows = [_brief(row, entity) for row in lists.rows(page.records, columns)]
    return {
        "rows": rows,
        "count": page.count,
        "url": addresses.list_page(ctx.app.key, entity.key, view=view.key),
    }


def _brief(row: Row, entity: Entity) -> Mapping[str, Any]:
    """A record in two lines: what its card on a phone would say."""
    parts = {column.part: cell for column, cell in row.cells if column.part}
    small = [parts[p].text for p in ("subtitle", "date") if p in parts and parts[p].text]
    return {
        "url": row.url,
        "title": row.title,
        "icon": entity.icon or "file-text",
        "small": " · ".join(small),
        "amount": parts.get("amount", Cell()).text,
        "state": parts.get("state", Cell()),
    }


@dataclass(frozen=True)
class ReportTable:
    """A report's result as words."""

    ctx: Context
    words: Words
    result: ReportResult

    @property
    def columns(self) -> list[tuple[str, bool]]:
        return [(self.words.of(c.label), c.is_number) for c in self.result.columns]

    @property
    def rows(self) -> list[list[Cell]]:
        return [[self.cell(c, row.get(c.key)) for c in self.result.columns] for row in self.result.rows]

    @property
    def totals(self) -> list[str]:
        """A foot, where something adds up: empty otherwise."""
        sums = self.result.totals
        if not sums or len(self.result.rows) < 2:
            return []
        return [self._number(c, sums[c.key]) if c.key in sums else "" for c in self.result.columns]

    def cell(self, column: ShownColumn, value: Value) -> Cell:
        if isinstance(value, Decimal):
            return Cell(self._number(column, value), True, value < 0)
        if isinstance(value, int) and not isinstance(value, bool) and column.type in {"integer", "id"}:
            return Cell(str(value), True)
        if value is None:
            return Cell(number=column.is_number)
        if column.column.bucket and isinstance(value, str):
            return Cell(value)
        if column.entity or column.type in {"user", "created_by", "updated_by"}:
            return self._named(column, value)
        if column.field is not None and column.field.options:
            return self._cells.cell(self._entity(column), column.field, value)
        if column.type == "state":
            return Cell(str(value))
        if column.type == "kind" or column.key == "kind":
            key = f"page.kind.{value}"
            return Cell(self.words.say(key) if self.words.knows(key) else str(value))
        return Cell(self._cells.text(column.field or Field("", column.key, column.type, ""), value))

    @property
    def _cells(self) -> Cells:
        return Cells(self.ctx, self.words, Titles(self.ctx))

    def _entity(self, column: ShownColumn) -> Any:
        return self.ctx.app.package.entity(self.result.report.entity) or self.ctx.app.package.entities[0]

    def _named(self, column: ShownColumn, value: Value) -> Cell:
        names = self.result.titles.get("user" if not column.entity else column.entity, {})
        ids = ids_in(value)
        text = "、".join(name for id in ids if (name := names.get(id)))
        model = self.ctx.app.package.entity(column.entity) if column.entity else None
        if not text or len(ids) != 1 or model is None or model.kind == "lines":
            return Cell(text)
        return Cell(
            text,
            url=addresses.record_page(self.ctx.app.key, model.key, self.ctx.engine.database.show(ids[0])),
        )

    def _number(self, column: ShownColumn, value: Decimal) -> str:
        scale = column.scale if column.scale is not None else 2 if column.type == "money" else None
        text = format_number(value, scale)
        if column.type in {"money", "integer"} or "." not in text:
            return text
        return text.rstrip("0").rstrip(".")

    def chart(self) -> Mapping[str, Any] | None:
        """The first figure by the first group, as ``zg-chart`` takes it."""
        groups = [c for c in self.result.columns if not c.is_figure]
        figures = [c for c in self.result.columns if c.is_figure]
        if not groups or not figures or not self.result.rows:
            return None
        name = next((c for c in groups if c.entity or c.column.bucket or c.type == "date"), groups[-1])
        most = MOST_NAMED if name.entity else MOST_BARS
        rows = self.result.rows if self.result.report.chart == "line" else self.result.rows[:most]
        figure = next((c for c in figures if c.type == "money"), figures[0])
        values = [format(v, "f") if isinstance(v := row.get(figure.key), Decimal) else "0" for row in rows]
        kind = self.result.report.chart if self.result.report.chart != "none" else "bar"
        return {
            "kind": kind,
            "categories": [self.cell(name, row.get(name.key)).text or "–" for row in rows],
            "series": [{"name": self.words.of(figure.label), "values": values}],
            "horizontal": kind == "bar" and name.entity is not None,
        }


def _parameters(ctx: Context, words: Words, result: ReportResult) -> list[Mapping[str, Any]]:
    """The report's questions with what they were answered."""
    made: list[Mapping[str, Any]] = []
    for p in result.report.parameters:
        value = result.parameters.get(p.key)
        entity = ctx.app.package.entity(p.entity or "")
        item: Any = ""
        if entity is not None and isinstance(value, int):
            item = {"id": ctx.engine.database.show(value), "label": Titles(ctx).of(entity.key, value)}
        elif value is not None:
            item = value.isoformat() if hasattr(value, "isoformat") else str(value)
        lookup = f"{addresses.app_page(ctx.app.key)}/pick/{entity.key}" if entity is not None else ""
        made.append(
            {"key": p.key, "label": words.of(p.label), "type": p.type, "value": item, "lookupUrl": lookup}
        )
    return made
