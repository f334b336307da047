"""Balances: by any of the dimensions, now or at the end of a day; each line opens its entries, each unit cost its path."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Blueprint

from builder.ledger.pooled import pool_of
from builder.metadata.ledger import Measure
from builder.runtime.api.ledgers import day_of
from builder.runtime.ledger_reading import BalanceRow, Named, read_balances, scopes_of
from builder.runtime.pages.adding_up import Key, key_of, mixed, rows_have_one_unit
from builder.runtime.pages.amounts import Amount, amount, unit_cost, unit_text
from builder.runtime.pages.ledgers.asked import Asked, asked_of, by_title, day_text
from builder.runtime.pages.ledgers.choices import named_text
from builder.runtime.pages.site import Site
from builder.runtime.pooled import read_pooled

MOST = 500


def add_balances(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>``."""

    @pages.get("/a/<app>/ledgers/<ledger>")
    def ledger(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            asked = asked_of(ctx, site.words(), ledger)
            return site.page("ledgers/balances.html", **_page(asked))


def _page(asked: Asked) -> dict[str, Any]:
    by, as_of = asked.by(), day_of("as_of")
    found, is_pooled = _standing(asked, by, as_of)
    rows = sorted(found, key=lambda row: by_title(by, row.dimensions))
    measures = _used(asked.measures, rows)
    labels = {d.key: asked.words.of(d.label) for d in asked.dimensions}
    has_sum = rows_have_one_unit(asked.ctx, asked.ledger, [row.dimensions for row in rows])
    apart = mixed(asked.ctx, asked.ledger, asked.dimensions, by, lambda group: _lines(asked, group, as_of))
    return asked.values("") | {
        "by": by,
        "heads": [labels[k] for k in by],
        "measures": [asked.words.of(m.label) for m in measures],
        "with_unit": asked.costed is not None,
        "rows": [_row(asked, row, by, measures, apart) for row in rows[:MOST]],
        "totals": [
            amount(m, _total(m, rows) if m.kind == "value" or (has_sum and not apart) else None)
            for m in measures
        ],
        "count": len(rows),
        "most": MOST,
        "as_of": day_text(as_of),
        "note": asked.words.say("ledger.pooled") if is_pooled else "",
    }


def _standing(asked: Asked, by: Sequence[str], as_of: date | None) -> tuple[list[BalanceRow], bool]:
    """The rows, and whether they are worth what their quantity is at the cost of a pool that reaches over more of them: then what the
    entries of one add up to says nothing of what it holds."""
    ctx, ledger = asked.ctx, asked.ledger.key
    found = read_balances(ctx, ledger, group=by, where=asked.where, as_of=as_of)
    cost = ctx.app.ledgers[ledger].cost
    limited = {*by, *(c.dimension.key for c in asked.chosen), *scopes_of(ctx, asked.ledger)}
    if cost is None or asked.costed is None or limited <= pool_of(ctx.app.ledgers[ledger], cost):
        return list(found), False
    value = asked.costed[1].key
    falls = read_pooled(ctx, ledger, group=by, where=asked.where, as_of=as_of)
    rows = [replace(r, measures={**r.measures, value: falls.get(r.place(by), Decimal(0))}) for r in found]
    return [row for row in rows if any(row.measures.values())], True


def _lines(asked: Asked, group: Sequence[str], as_of: date | None) -> Iterable[Mapping[str, Named | None]]:
    found = read_balances(asked.ctx, asked.ledger.key, group=group, where=asked.where, as_of=as_of)
    return (row.dimensions for row in found)


def _total(measure: Measure, rows: Sequence[BalanceRow]) -> Decimal:
    return sum((row.measures[measure.key] for row in rows), Decimal(0))


def _used(measures: Sequence[Measure], rows: Sequence[BalanceRow]) -> list[Measure]:
    """Measures that are not nought in every line; the first is always there."""
    return [m for i, m in enumerate(measures) if not i or any(r.measures[m.key] for r in rows)]


def _row(
    asked: Asked, row: BalanceRow, by: Sequence[str], measures: Sequence[Measure], apart: Collection[Key]
) -> Mapping[str, Any]:
    query = asked.narrowed(row.dimensions)
    is_mixed = key_of(by, row.dimensions) in apart
    return {
        "names": [named_text(asked, k, row.dimensions.get(k), "–") for k in by],
        "values": [
            amount(m, None if is_mixed and m.kind == "quantity" else row.measures[m.key]) for m in measures
        ],
        "unit": Amount("") if is_mixed else _unit(asked, row, query),
        "url": asked.address("entries", **query),
        "why": asked.address("why", **query),
    }


def _unit(asked: Asked, row: BalanceRow, query: Mapping[str, str]) -> Amount:
    if asked.costed is None:
        return Amount("")
    quantity, value = asked.costed
    text = unit_text(unit_cost(row.measures[quantity.key], row.measures[value.key]))
    return Amount(text, url=asked.address("cost", **query) if text else "")
