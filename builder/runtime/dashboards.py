"""Dashboards: each card evaluated for one actor. A number opens exactly the records that it counts; what may not be seen is left out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from builder.errors import BuilderError, NotFoundError
from builder.metadata.filter import paths_of
from builder.metadata.report import Card, Dashboard, Figure
from builder.runtime.context import Context
from builder.runtime.ledger_reading import read_balances, seen_over
from builder.runtime.listing import Wanted, list_records
from builder.runtime.listing_live import live_in
from builder.runtime.report_rows import both, may_read_path, reading_scope
from builder.runtime.reports import ReportResult, field_at, report_of, run_report
from builder.runtime.rights import Filter
from builder.storage import query as stored

OF_REPORTS = frozenset({"chart", "table", "tiles"})


@dataclass(frozen=True)
class Opens:
    """Where a number leads: the list of ``entity`` with ``filter`` *instead of* the view's own, so that it shows what was counted; or the
    balances of ``ledger``; or the ``report`` whose total it is."""

    entity: str = ""
    view: str = ""
    filter: Filter | None = None
    ledger: str = ""
    report: str = ""


@dataclass(frozen=True)
class ShownCard:
    """A card with what it shows: a *number* has ``value``, ``type``, ``scale`` and ``opens``; a *chart*, *table* or *tiles* the ``result`` of its report;
    *list* and *tasks* are read by whoever shows them."""

    card: Card
    value: Decimal | None = None
    type: str = "decimal"
    scale: int | None = None
    opens: Opens | None = None
    result: ReportResult | None = None


def dashboard_of(ctx: Context, key: str) -> Dashboard:
    """The dashboard, if the actor may see it; else 404."""
    found = ctx.app.package.dashboard(key)
    if found is None or not ctx.kernel.may_see("dashboards", key):
        raise NotFoundError(dashboard=key)
    return found


def shown_cards(ctx: Context, dashboard: Dashboard) -> tuple[ShownCard, ...]:
    """The cards that the actor may see, in their order."""
    found = (shown_card(ctx, card) for card in dashboard.cards)
    return tuple(card for card in found if card is not None)


def shown_card(ctx: Context, card: Card) -> ShownCard | None:
    """One card, or None where the actor may see nothing of it."""
    if card.kind == "number" and card.figure is not None:
        return _number(ctx, card, card.figure)
    if card.kind == "number":
        return _of_report(ctx, card)
    if card.kind in OF_REPORTS:
        try:
            report = report_of(ctx, card.report)
            limit = card.limit if card.kind != "chart" else None
            return ShownCard(card, result=run_report(ctx, report, limit=limit))
        except BuilderError:
            # A card over what the actor may not read is no card; the rest of the dashboard stands.
            return None
    if card.kind == "list":
        view = ctx.app.package.view(card.view)
        may = view is not None and ctx.kernel.may("read", view.entity)
        return ShownCard(card, opens=Opens(view.entity, view.key, view.filter)) if may and view else None
    return ShownCard(card)


def _number(ctx: Context, card: Card, figure: Figure) -> ShownCard | None:
    if figure.ledger:
        return _of_ledger(ctx, card, figure)
    entity = ctx.app.package.entity(figure.entity)
    if entity is None or not ctx.kernel.may("read", entity.key):
        return None
    paths = [*([figure.field] if figure.field else []), *(paths_of(figure.filter) if figure.filter else ())]
    if not all(may_read_path(ctx, entity, path) for path in paths):
        return None
    if figure.op == "count" and live_in(entity, figure.filter, ()):
        return _of_list(ctx, card, figure)
    field = field_at(ctx, entity, figure.field) if figure.field else None
    value = stored.aggregate(
        ctx.conn,
        ctx.app.maps,
        ctx.app.package,
        ctx.ws,
        entity.key,
        figure.op,
        figure.field or "id",
        both(figure.filter, reading_scope(ctx, entity)),
        ctx.reader.filters,
    )
    opens = Opens(entity.key, card.view, figure.filter)
    kind = "integer" if figure.op == "count" or field is None else field.type
    scale = 0 if figure.op == "count" else (field.scale if field else None)
    if value is None and figure.op in {"count", "sum"}:
        value = Decimal(0)
    return ShownCard(card, value, kind, scale, opens)


def _of_list(ctx: Context, card: Card, figure: Figure) -> ShownCard | None:
    """How many a list shows whose filter looks at live figures, as the list itself counts them; no card where they are too many for it."""
    try:
        found = list_records(ctx, figure.entity, Wanted(where=figure.filter, limit=1))
    except BuilderError:
        return None
    value = Decimal(found.count or 0)
    return ShownCard(card, value, "integer", 0, Opens(figure.entity, card.view, figure.filter))


def _of_report(ctx: Context, card: Card) -> ShownCard | None:
    """The total of a report's column, over all of its rows."""
    try:
        result = run_report(ctx, report_of(ctx, card.report), limit=1)
    except BuilderError:
        return None
    column = next((c for c in result.columns if c.key == card.column), None)
    if column is None:
        return None
    value = result.totals.get(column.key)
    return ShownCard(card, value, column.type, column.places, Opens(report=card.report))


def _of_ledger(ctx: Context, card: Card, figure: Figure) -> ShownCard | None:
    ledger = ctx.app.package.ledger(figure.ledger)
    measure = next((m for m in ledger.measures if m.key == figure.measure), None) if ledger else None
    parts = [{"field": key, "op": "=", "value": value} for key, value in figure.dimensions.items()]
    where = {"and": parts} if parts else None
    if ledger is None or measure is None or measure.key not in seen_over(ctx, ledger, where):
        return None
    rows = read_balances(ctx, ledger.key, group=(), where=where, with_zero=True)
    value = sum((row.measures[measure.key] for row in rows), Decimal(0))
    kind = "money" if measure.kind == "value" else "quantity"
    opens = Opens(ledger=ledger.key, filter=where)
    return ShownCard(card, value, kind, measure.scale, opens)
