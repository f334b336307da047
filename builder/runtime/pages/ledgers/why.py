"""Why this number: how one balance came to be, what it is made of, and what is not in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint

from builder.metadata.ledger import Measure
from builder.runtime.ledger_reading import BalanceRow
from builder.runtime.pages import addresses
from builder.runtime.pages.amounts import Amount, amount
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.ledgers.asked import Asked, asked_of, day_text, period
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.representation import title_of
from builder.runtime.why import Held, Inquiry, Kind, Named, Pending, Period, Suspicions, pending

SINCE = timedelta(days=30)


def add_why(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>/why``."""

    @pages.get("/a/<app>/ledgers/<ledger>/why")
    def why(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            asked = asked_of(ctx, site.words(), ledger)
            return site.page("ledgers/why.html", **_page(asked))


def _page(asked: Asked) -> dict[str, Any]:
    days = period(asked, asked.ctx.pending.today - SINCE)
    inquiry = Inquiry(asked.ctx, asked.ledger, asked.where, days)
    found = [p for p in inquiry.periods(asked.measures) if p.flow.opening or p.flow.ins or p.flow.outs]
    counted = inquiry.last_count()
    return asked.values("why") | {
        "title": asked.words.say("page.why", name=asked.words.of(asked.ledger.label)),
        "periods": [_period(asked, p) for p in found],
        "kinds": _kinds(asked, inquiry.kinds(), [p.measure for p in found]),
        "counted": _named(asked, counted, inquiry.counted) if counted else None,
        "held": [_held(asked, h) for h in inquiry.held(asked.measures)],
        "suspicions": _suspicions(asked, inquiry.suspicions(), inquiry.counted),
        "first": day_text(days[0]),
        "last": day_text(days[1]),
        "entries_url": asked.address("entries", **asked.query),
        **_waiting(asked, {p.measure.key: p.flow.closing for p in found}),
    }


def _period(asked: Asked, period: Period) -> Mapping[str, Any]:
    flow, m = period.flow, period.measure
    amounts = (flow.opening, flow.ins, flow.outs, flow.closing)
    return {"label": asked.words.of(m.label), "values": [amount(m, a) for a in amounts]}


def _kinds(asked: Asked, kinds: Sequence[Kind], measures: Sequence[Measure]) -> Mapping[str, Any]:
    """What kinds of documents moved it: two columns for each measure that moved at all."""
    moved = [m for m in measures if any(k.flows[m.key].ins or k.flows[m.key].outs for k in kinds)]
    return {
        "measures": [asked.words.of(m.label) for m in moved],
        "rows": [
            {
                "label": asked.words.of(k.entity.label) if k.entity else asked.words.say("ledger.hidden"),
                "count": k.documents,
                "flows": [
                    (amount(m, k.flows[m.key].ins, blank=True), amount(m, k.flows[m.key].outs, blank=True))
                    for m in moved
                ],
            }
            for k in kinds
        ],
    }


def _held(asked: Asked, held: Held) -> Mapping[str, Any]:
    return {
        "label": asked.words.of(held.measure.label),
        "amount": amount(held.measure, held.amount),
        "documents": [_named(asked, d, held.measure) for d in held.documents],
    }


def _suspicions(asked: Asked, found: Suspicions, measure: Measure) -> Mapping[str, Any]:
    return {
        "twins": [[_named(asked, d, measure) for d in group] for group in found.twins],
        "late": [_named(asked, d, measure) for d in found.late],
        "below_zero": [_below(asked, row, measure) for row in found.below_zero],
    }


def _below(asked: Asked, row: BalanceRow, measure: Measure) -> Mapping[str, Any]:
    names = [n.title for n in row.dimensions.values() if n is not None]
    query = asked.narrowed(row.dimensions)
    return {
        "title": " · ".join(names),
        "url": asked.address("why", **query),
        "amount": amount(measure, row.measures[measure.key]),
    }


def _named(asked: Asked, named: Named, measure: Measure) -> Mapping[str, Any]:
    title, url = asked.words.say("ledger.hidden"), ""
    if named.entity is not None and named.record is not None:
        title = f"{asked.words.of(named.entity.label)} {title_of(named.entity, named.record)}"
        id = asked.ctx.engine.database.show(named.record.id)
        url = addresses.record_page(asked.ctx.app.key, named.entity.key, id)
    return {"title": title, "url": url, "day": day_text(named.day), "amount": amount(measure, named.amount)}


def _waiting(asked: Asked, now: Mapping[str, Decimal]) -> Mapping[str, Any]:
    """Documents that nobody has approved, each with the balance as it would be after it."""
    wanted = {c.dimension.key: c.id for c in asked.chosen}
    waiting = pending(asked.ctx, asked.ledger, wanted)
    shown = [m for m in asked.measures if any(p.moves.get(m.key) for p in waiting)]
    after = {m.key: now.get(m.key, Decimal(0)) for m in shown}
    rows = []
    for one in waiting:
        for m in shown:
            after[m.key] += one.moves.get(m.key, Decimal(0))
        rows.append(_waiting_row(asked, one, shown, after))
    return {"waiting_heads": [asked.words.of(m.label) for m in shown], "waiting": rows}


def _waiting_row(
    asked: Asked, one: Pending, shown: Sequence[Measure], after: Mapping[str, Decimal]
) -> Mapping[str, Any]:
    cells = Cells(asked.ctx, asked.words, Titles(asked.ctx))
    moves: list[tuple[Amount, Amount]] = [
        (amount(m, one.moves.get(m.key, Decimal(0)), blank=True), amount(m, after[m.key])) for m in shown
    ]
    return {
        **_named(asked, Named(one.entity, one.record, one.record.business_date, Decimal(0)), shown[0]),
        "state": cells.state(one.entity, one.record.state or ""),
        "values": moves,
    }
