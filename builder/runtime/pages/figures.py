"""Dashboards and reports: numbers that open what they count, charts, tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from builder.metadata.entity import Entity, Field
from builder.metadata.report import Card
from builder.runtime.context import Context
from builder.runtime.dashboards import ShownCard, dashboard_of, shown_cards
from builder.runtime.listing import Wanted, list_records
from builder.runtime.pages import addresses
from builder.runtime.pages.beginning import Beginning, beginning_of
from builder.runtime.pages.cells import Cell, Cells
from builder.runtime.pages.desk import my_tasks
from builder.runtime.pages.filling import filling_of
from builder.runtime.pages.lists import Asked, Lists, Row
from builder.runtime.pages.report_heat import tiles_of
from builder.runtime.pages.report_page import add_report_pages
from builder.runtime.pages.report_tables import ReportTable
from builder.runtime.pages.site import Site
from builder.runtime.pages.starting import homes_of
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.words import Words

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
                beginnings=_beginnings(ctx, words),
            )

    add_report_pages(pages, site)


def _beginnings(ctx: Context, words: Words) -> list[Beginning]:
    """The app's first steps, where the reader's work starts."""
    if next(homes_of(ctx.app, ctx.kernel), "") != request.path:
        return []
    found = beginning_of(ctx, words)
    return [found] if found is not None and not found.away else []


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
    made |= {"url": "", "chart": None, "table": None, "tiles": (), "main": "", "rows": [], "count": 0}
    if card.kind == "number":
        made |= _number(ctx, words, dashboard, shown)
    elif shown.result is not None:
        table = ReportTable(ctx, words, shown.result)
        url = addresses.report_page(ctx.app.key, card.report)
        made |= {"table": table, "chart": table.chart() if card.kind == "chart" else None, "url": url}
        if card.kind == "tiles":
            main = next((words.of(c.label) for c in table.shown if c.key == card.column), "")
            made |= {"tiles": tiles_of(table, table.rows, card.column), "main": main}
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
    elif opens is not None and opens.report:
        url = addresses.report_page(ctx.app.key, opens.report)
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
