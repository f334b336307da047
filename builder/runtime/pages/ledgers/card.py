"""The card: entries in order with what each brought in or took out, what was there afterwards, and the document that says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, request

from builder.ledger import switching
from builder.metadata.ledger import Dimension, Measure
from builder.runtime.api.ledgers import cursor_text, read_cursor
from builder.runtime.ledger_reading import EntryRow, read_entries
from builder.runtime.movements import Days, Flow, read_movements, total
from builder.runtime.pages import addresses
from builder.runtime.pages.amounts import Amount, amount, unit_cost, unit_text
from builder.runtime.pages.effects import COLOURS
from builder.runtime.pages.ledgers.asked import Asked, asked_of, day_text, period
from builder.runtime.pages.ledgers.choices import named_text
from builder.runtime.pages.ledgers.movements import chosen_measures
from builder.runtime.pages.site import Site
from builder.runtime.representation import title_of

PAGE = 100
SINCE = timedelta(days=30)


def add_card(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>/entries``."""

    @pages.get("/a/<app>/ledgers/<ledger>/entries")
    def ledger_entries(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            asked = asked_of(ctx, site.words(), ledger)
            return site.page("ledgers/card.html", **_page(asked))


def _page(asked: Asked) -> dict[str, Any]:
    days = period(asked, None if asked.chosen else asked.ctx.pending.today - SINCE)
    rows, after = read_entries(
        asked.ctx,
        asked.ledger.key,
        where=asked.where,
        days=days,
        after=read_cursor(request.args.get("cursor")),
        limit=PAGE,
    )
    measures = chosen_measures(asked, _moved(rows))
    costed = asked.costed
    fixed = {c.dimension.key for c in asked.chosen}
    free = [d for d in asked.dimensions if d.key not in fixed and any(r.dimensions.get(d.key) for r in rows)]
    flows = _flows(asked, days, measures)
    return asked.values("entries") | {
        "heads": [asked.words.of(d.label) for d in free],
        "measures": [asked.words.of(m.label) for m in measures],
        "choice": [(m.key, asked.words.of(m.label), m in measures) for m in asked.measures],
        "with_unit": costed is not None and all(m in measures for m in costed),
        # What moved nothing that is shown, such as a reservation beside quantities, would only be read past.
        "rows": [
            _row(asked, row, free, measures)
            for row in rows
            if _is_switch(asked, row) or any(row.measures[m.key] for m in measures)
        ],
        "opening": [amount(m, flows[m.key].opening) for m in measures] if days[0] else [],
        "sums": [_sums(m, flows[m.key]) for m in measures],
        "is_first": "cursor" not in request.args,
        "first": day_text(days[0]),
        "last": day_text(days[1]),
        "next": _next(asked, cursor_text(after)) if after is not None else "",
    }


def _flows(asked: Asked, days: Days, measures: Sequence[Measure]) -> dict[str, Flow]:
    found = read_movements(asked.ctx, asked.ledger.key, group=(), days=days, where=asked.where)
    return {m.key: total(found, m.key) for m in measures}


def _moved(rows: Sequence[EntryRow]) -> list[str]:
    return list(dict.fromkeys(k for r in rows for k, v in r.measures.items() if v))


def _next(asked: Asked, cursor: str | None) -> str:
    query = {k: v for k, v in request.args.items(multi=True) if k != "cursor"}
    return asked.address("entries", **query, cursor=cursor)


def _sums(measure: Measure, flow: Flow) -> tuple[Amount, ...]:
    return amount(measure, flow.ins), amount(measure, flow.outs), amount(measure, flow.closing)


def _row(
    asked: Asked, row: EntryRow, dimensions: Sequence[Dimension], measures: Sequence[Measure]
) -> Mapping[str, Any]:
    entry = row.entry.entry
    return {
        "day": entry.business_date.isoformat(),
        **_document(asked, row),
        "kind": asked.words.say(f"ledger.kind.{entry.kind}") if entry.kind in COLOURS else "",
        "colour": COLOURS.get(entry.kind, ""),
        "reason": entry.reason,
        **(_switch(asked, row) if _is_switch(asked, row) else {}),
        "names": [named_text(asked, d.key, row.dimensions.get(d.key)) for d in dimensions],
        "values": [_amounts(m, row) for m in measures],
        "unit": _unit(asked, row),
        "trace_url": asked.address("trace", entry=asked.ctx.engine.database.show(entry.id)),
        "cost_url": asked.address("cost", entry=asked.ctx.engine.database.show(entry.id)),
    }


def _is_switch(asked: Asked, row: EntryRow) -> bool:
    """Whether the entry says that the costing method was switched. It moves nothing, but it is why later costs are other ones."""
    return row.entry.posting == switching.POSTING and asked.costed is not None


def _switch(asked: Asked, row: EntryRow) -> Mapping[str, str]:
    """The entry in words; it belongs to no document."""
    was, to = (asked.words.say(f"ledger.method.{m}") for m in switching.turn_of(row.entry.entry.reason))
    said = asked.words.say("ledger.method.from_to", was=was, to=to)
    return {
        "document": asked.words.say("ledger.method.entry"),
        "url": "",
        "kind": asked.words.say("ledger.kind.switch"),
        "reason": said,
    }


def _document(asked: Asked, row: EntryRow) -> Mapping[str, str]:
    if row.document is None:
        return {"document": asked.words.say("ledger.hidden"), "url": ""}
    entity = asked.ctx.app.package.entity(row.document.entity)
    assert entity is not None
    id = asked.ctx.engine.database.show(row.document.id)
    return {
        "document": f"{asked.words.of(entity.label)} {title_of(entity, row.document)}",
        "url": addresses.record_page(asked.ctx.app.key, entity.key, id),
    }


def _amounts(measure: Measure, row: EntryRow) -> tuple[Amount, ...]:
    moved = row.measures[measure.key]
    ins, outs = (moved, Decimal(0)) if moved > 0 else (Decimal(0), -moved)
    running = amount(measure, row.running[measure.key])
    return amount(measure, ins, blank=True), amount(measure, outs, blank=True), running


def _unit(asked: Asked, row: EntryRow) -> str:
    if asked.costed is None:
        return ""
    quantity, value = asked.costed
    return unit_text(unit_cost(row.measures[quantity.key], row.measures[value.key]))
