"""Ledgers on a page: balances by any of the dimensions, now or on a day, and the entries behind each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request

from builder.metadata.ledger import Dimension, Ledger, Measure
from builder.runtime.api.body import answer, read_object
from builder.runtime.api.ledgers import cursor_text, day_of, read_cursor
from builder.runtime.context import Context
from builder.runtime.ledger_reading import BalanceRow, EntryRow, ledger_of, read_balances, read_entries
from builder.runtime.lookup import look_up, resolve
from builder.runtime.pages import addresses
from builder.runtime.pages.cells import Cells
from builder.runtime.pages.effects import measure_text
from builder.runtime.pages.site import Site
from builder.runtime.pages.titles import Titles
from builder.runtime.pages.why import Pending, Period, pending, periods
from builder.runtime.pages.words import Words
from builder.runtime.permissions import Filter
from builder.runtime.representation import title_of

MOST = 500
PAGE = 50
SINCE = timedelta(days=30)


def add_tables(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/ledgers/<ledger>`` and its entries; ``/a/<app>/pick/<entity>`` for filters."""

    @pages.get("/a/<app>/ledgers/<ledger>")
    def ledger(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            return _balances(site, ctx, ledger)

    @pages.get("/a/<app>/ledgers/<ledger>/entries")
    def entries(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            return _entries(site, ctx, ledger)

    @pages.get("/a/<app>/ledgers/<ledger>/why")
    def why(app: str, ledger: str) -> str:
        with site.reading(app) as ctx:
            return _why(site, ctx, ledger)

    @pages.get("/a/<app>/pick/<entity>")
    def pick(app: str, entity: str) -> Response:
        with site.reading(app) as ctx:
            rows = look_up(ctx, entity, request.args.get("q", "").strip())
            return answer({"items": [_item(row) for row in rows]})

    @pages.post("/a/<app>/pick/<entity>")
    def pick_many(app: str, entity: str) -> Response:
        texts = read_object(request).get("resolve")
        with site.reading(app) as ctx:
            rows = resolve(ctx, entity, [str(t) for t in texts] if isinstance(texts, list) else [])
            return answer({"items": [_item(row) if row else None for row in rows]})


def _item(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"id": row["id"], "label": row["title"], "code": row["subtitle"]}


def _grouping(ctx: Context, ledger: Ledger) -> list[Dimension]:
    """What may be looked at: dimensions that are records with a page of their own."""
    made = []
    for dimension in ledger.dimensions:
        entity = ctx.app.package.entity(dimension.entity or "")
        if dimension.entity is None or (
            entity is not None and entity.kind != "lines" and ctx.kernel.may("read", entity.key)
        ):
            made.append(dimension)
    return made or list(ledger.dimensions[:1])


def _wanted(dimensions: list[Dimension], ledger: Ledger) -> list[str]:
    asked = [key for key in request.args.getlist("by") if any(d.key == key for d in dimensions)]
    if asked:
        return asked
    first = set(ledger.grains[0].dimensions) if ledger.grains else set()
    return [d.key for d in dimensions if d.key in first] or [dimensions[0].key]


def _where(ctx: Context, dimensions: list[Dimension]) -> tuple[Filter | None, list[Mapping[str, Any]]]:
    """The filter of the address, and its fields for the page."""
    parts: list[Filter] = []
    shown: list[Mapping[str, Any]] = []
    for d in dimensions:
        text = request.args.get(f"d.{d.key}", "")
        id = ctx.engine.database.read_id(text) if text and d.entity else None
        label = ""
        if id is not None and d.entity:
            parts.append({"field": d.key, "op": "=", "value": id})
            entity = ctx.app.package.entity(d.entity)
            record = ctx.reader.get(d.entity, [id]).get(id)
            label = title_of(entity, record) if entity and record else ""
        if d.entity:
            src = f"{addresses.app_page(ctx.app.key)}/pick/{d.entity}"
            shown.append(
                {"key": d.key, "label": d.label, "src": src, "value": text if label else "", "text": label}
            )
    return ({"and": parts} if parts else None), shown


def _balances(site: Site, ctx: Context, key: str) -> str:
    ledger, _, seen = ledger_of(ctx, key)
    words = site.words()
    dimensions = _grouping(ctx, ledger)
    by = _wanted(dimensions, ledger)
    where, filters = _where(ctx, dimensions)
    as_of = day_of("as_of")
    rows = read_balances(ctx, key, group=by, where=where, as_of=as_of)
    measures = [m for m in ledger.measures if m.key in seen]
    rows = tuple(sorted(rows, key=lambda r: tuple(n.title if (n := r.dimensions.get(b)) else "" for b in by)))
    return site.page(
        "balances.html",
        title=words.of(ledger.label),
        help=words.of(ledger.help),
        filters=[{**f, "label": words.of(f["label"])} for f in filters],
        dimensions=[(d.key, words.of(d.label), d.key in by) for d in dimensions],
        heads=[words.of(d.label) for k in by for d in dimensions if d.key == k],
        measures=[words.of(m.label) for m in measures],
        rows=[_balance_row(ctx, ledger, row, by, measures) for row in rows[:MOST]],
        totals=[
            measure_text(m, sum((r.measures.get(m.key, Decimal(0)) for r in rows), Decimal(0)))
            for m in measures
        ],
        count=len(rows),
        most=MOST,
        as_of=as_of.isoformat() if as_of else "",
        entries_url=addresses.entries_page(ctx.app.key, ledger.key),
        here=request.path,
    )


def _why(site: Site, ctx: Context, key: str) -> str:
    """How one balance came to be, and what is not in it."""
    ledger, _, seen = ledger_of(ctx, key)
    words, app = site.words(), ctx.app.key
    where, filters = _where(ctx, _grouping(ctx, ledger))
    wanted = {part["field"]: part["value"] for part in where["and"]} if where else {}
    first = day_of("from") or ctx.pending.today - SINCE
    measures = [m for m in ledger.measures if m.key in seen]
    waiting = pending(ctx, ledger, wanted)
    found = periods(ctx, ledger, measures, where, first)
    after = {p.measure.key: p.closing for p in found}
    shown = [m for m in measures if any(p.moves.get(m.key) for p in waiting)]
    rows = []
    for one in waiting:
        for m in shown:
            after[m.key] += one.moves.get(m.key, Decimal(0))
        rows.append(_waiting_row(ctx, words, one, shown, after))
    query = {f"d.{f['key']}": f["value"] for f in filters}
    return site.page(
        "why.html",
        title=words.say("page.why", name=words.of(ledger.label)),
        names=[f["text"] for f in filters if f["text"]],
        periods=[_period_row(words, p) for p in found if p.opening or p.closing or p.entries],
        first=first.isoformat(),
        heads=[words.of(m.label) for m in shown],
        rows=rows,
        entries_url=addresses.entries_page(app, key, **query),
        back=addresses.ledger_page(app, key),
    )


def _period_row(words: Words, period: Period) -> Mapping[str, Any]:
    m = period.measure
    amounts = (period.opening, period.ins, period.outs, period.closing)
    return {"label": words.of(m.label), "values": [(measure_text(m, a), a < 0) for a in amounts]}


def _waiting_row(
    ctx: Context, words: Words, one: Pending, shown: Sequence[Measure], after: Mapping[str, Decimal]
) -> Mapping[str, Any]:
    cells = Cells(ctx, words, Titles(ctx))
    id = ctx.engine.database.show(one.record.id)
    moves = [(m, one.moves.get(m.key, Decimal(0))) for m in shown]
    return {
        "title": f"{words.of(one.entity.label)} {title_of(one.entity, one.record)}",
        "url": addresses.record_page(ctx.app.key, one.entity.key, id),
        "state": cells.state(one.entity, one.record.state or ""),
        "day": _text(one.record.business_date),
        "values": [(measure_text(m, a) if a else "", a < 0, measure_text(m, after[m.key])) for m, a in moves],
    }


def _balance_row(
    ctx: Context, ledger: Ledger, row: BalanceRow, by: Sequence[str], measures: Sequence[Any]
) -> Mapping[str, Any]:
    query = {
        f"d.{k}": ctx.engine.database.show(n.id)
        for k in by
        if (n := row.dimensions.get(k)) is not None and n.entity
    }
    return {
        "names": [n.title if (n := row.dimensions.get(k)) else "–" for k in by],
        "values": [(measure_text(m, v := row.measures.get(m.key, Decimal(0))), v < 0) for m in measures],
        "url": addresses.entries_page(ctx.app.key, ledger.key, **query),
        "why": addresses.why_page(ctx.app.key, ledger.key, **query),
    }


def _entries(site: Site, ctx: Context, key: str) -> str:
    ledger, _, seen = ledger_of(ctx, key)
    words = site.words()
    dimensions = _grouping(ctx, ledger)
    where, filters = _where(ctx, dimensions)
    first = day_of("from") or (None if where else ctx.pending.today - SINCE)
    last = day_of("to")
    rows, after = read_entries(
        ctx, key, where=where, days=(first, last), after=read_cursor(request.args.get("cursor")), limit=PAGE
    )
    measures = [m for m in ledger.measures if m.key in seen and any(r.measures.get(m.key) for r in rows)]
    next_url = ""
    if after is not None:
        query = {**request.args.to_dict(), "cursor": cursor_text(after)}
        next_url = addresses.entries_page(ctx.app.key, key, **query)
    return site.page(
        "entries.html",
        title=words.of(ledger.label),
        filters=[{**f, "label": words.of(f["label"])} for f in filters],
        heads=[words.of(d.label) for d in dimensions],
        measures=[words.of(m.label) for m in measures],
        rows=[_entry_row(ctx, words, row, dimensions, measures) for row in rows],
        first=_text(first),
        last=_text(last),
        next=next_url,
        back=addresses.ledger_page(ctx.app.key, key),
        here=request.path,
    )


def _entry_row(
    ctx: Context, words: Words, row: EntryRow, dimensions: Sequence[Dimension], measures: Sequence[Any]
) -> Mapping[str, Any]:
    document, url = "", ""
    if row.document is not None:
        entity = ctx.app.package.entity(row.document.entity)
        assert entity is not None
        document = f"{words.of(entity.label)} {title_of(entity, row.document)}"
        url = addresses.record_page(ctx.app.key, entity.key, ctx.engine.database.show(row.document.id))
    return {
        "day": row.entry.entry.business_date.isoformat(),
        "document": document,
        "url": url,
        "names": [n.title if (n := row.dimensions.get(d.key)) else "" for d in dimensions],
        "values": [_moved(m, row) for m in measures],
    }


def _moved(measure: Measure, row: EntryRow) -> tuple[str, bool, str]:
    """How much an entry moved, whether out, and what was there afterwards."""
    amount = row.measures.get(measure.key, Decimal(0))
    running = measure_text(measure, row.running.get(measure.key, Decimal(0)))
    return (measure_text(measure, amount) if amount else "", amount < 0, running)


def _text(day: date | None) -> str:
    return day.isoformat() if day else ""
