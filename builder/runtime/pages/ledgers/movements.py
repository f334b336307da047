"""Movements: opening, in, out and closing of a period, by any of the dimensions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from flask import Blueprint, request

from builder.metadata.ledger import Measure
from builder.runtime.ledger_reading import Named
from builder.runtime.movements import Flow, FlowRow, read_movements, total
from builder.runtime.pages.adding_up import Key, key_of, mixed, rows_have_one_unit
from builder.runtime.pages.amounts import Amount, amount
from builder.runtime.pages.ledgers.asked import Asked, asked_of, by_title, day_text, period
from builder.runtime.pages.ledgers.choices import named_text
from builder.runtime.pages.site import Site

MOST = 500
NO_AMOUNTS = (Amount(""),) * 4
SHOWN = 2
"""Measures side by side, unless the reader chooses: each takes four columns."""


def add_movements(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>/movements``."""

    @pages.get("/a/<app>/ledgers/<ledger>/movements")
    def ledger_movements(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            asked = asked_of(ctx, site.words(), ledger)
            return site.page("ledgers/movements.html", **_page(asked))


def _page(asked: Asked) -> dict[str, Any]:
    by, days = asked.by(), period(asked, asked.ctx.pending.today.replace(day=1))
    found = read_movements(asked.ctx, asked.ledger.key, group=by, days=days, where=asked.where)
    rows = sorted(found, key=lambda row: by_title(by, row.dimensions))
    measures = chosen_measures(asked, [m.key for m in asked.measures if any(_any(r, m) for r in rows)])
    rows = [row for row in rows if any(_any(row, m) for m in measures)]
    labels = {d.key: asked.words.of(d.label) for d in asked.dimensions}
    has_sum = rows_have_one_unit(asked.ctx, asked.ledger, [row.dimensions for row in rows])
    apart = mixed(asked.ctx, asked.ledger, asked.dimensions, by, lambda group: _lines(asked, group, days))
    return asked.values("movements") | {
        "by": by,
        "heads": [labels[k] for k in by],
        "measures": [asked.words.of(m.label) for m in measures],
        "choice": [(m.key, asked.words.of(m.label), m in measures) for m in asked.measures],
        "rows": [_row(asked, row, by, measures, apart) for row in rows[:MOST]],
        "totals": [
            _amounts(m, total(rows, m.key)) if m.kind == "value" or (has_sum and not apart) else NO_AMOUNTS
            for m in measures
        ],
        "count": len(rows),
        "most": MOST,
        "first": day_text(days[0]),
        "last": day_text(days[1]),
    }


def chosen_measures(asked: Asked, moved: Sequence[str]) -> list[Measure]:
    """The measures that the address names; else what is kept at cost, else the first that moved."""
    wanted = set(request.args.getlist("m"))
    named = [m for m in asked.measures if m.key in wanted]
    if named:
        return named
    if asked.costed is not None:
        return list(asked.costed)
    return ([m for m in asked.measures if m.key in moved] or list(asked.measures))[:SHOWN]


def _any(row: FlowRow, measure: Measure) -> bool:
    flow = row.flows[measure.key]
    return bool(flow.opening or flow.ins or flow.outs)


def _lines(
    asked: Asked, group: Sequence[str], days: tuple[date | None, date | None]
) -> Iterable[Mapping[str, Named | None]]:
    found = read_movements(asked.ctx, asked.ledger.key, group=group, days=days, where=asked.where)
    return (row.dimensions for row in found)


def _row(
    asked: Asked, row: FlowRow, by: Sequence[str], measures: Sequence[Measure], apart: Collection[Key]
) -> Mapping[str, Any]:
    is_mixed = key_of(by, row.dimensions) in apart
    query = asked.narrowed(row.dimensions)
    days = {k: v for k in ("from", "to") if (v := request.args.get(k))}
    return {
        "names": [named_text(asked, k, row.dimensions.get(k), "–") for k in by],
        "flows": [
            NO_AMOUNTS if is_mixed and m.kind == "quantity" else _amounts(m, row.flows[m.key])
            for m in measures
        ],
        "url": asked.address("entries", **query, **days),
    }


def _amounts(measure: Measure, flow: Flow) -> tuple[Amount, ...]:
    return (
        amount(measure, flow.opening),
        amount(measure, flow.ins, blank=True),
        amount(measure, flow.outs, blank=True),
        amount(measure, flow.closing),
    )
