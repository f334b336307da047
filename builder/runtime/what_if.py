"""What if: a draft's guards and costing methods over real history, as warnings before it is published. Never written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.ledger.compile import compile_ledger
from builder.ledger.definition import GuardModel, Key, LedgerModel
from builder.ledger.fields import dimension_fields
from builder.ledger.pasts import StoredHistories
from builder.ledger.state import LedgerState
from builder.ledger.switch_reads import last_switch
from builder.ledger.what_if import Happened, Refused, costed, happened, lanes_of, opening, refused
from builder.ledger.work import Books, Work
from builder.metadata.ledger import Ledger
from builder.metadata.package import Package
from builder.runtime import recosting
from builder.runtime.context import Context
from builder.runtime.representation import title_of

MOST_ENTRIES = 20_000
MOST_LANES = 1_000
NAMED = 3


@dataclass(frozen=True)
class _Numbers:
    """The live ledger's numbers, with new ones for grains that it does not have."""

    ledger_id: int
    dimensions: Mapping[str, int]
    measures: Mapping[str, int]
    grains: Mapping[str, int]


def rehearse(ctx: Context, draft: Package) -> tuple[Problem, ...]:
    """What the draft's ledgers would have done differently since the first of last month: a warning for each changed guard that would
    have refused documents, and for each costing method that comes to other values."""
    since = (ctx.pending.today.replace(day=1) - timedelta(days=1)).replace(day=1)
    found: list[Problem] = []
    for ledger in draft.ledgers:
        live = ctx.app.package.ledger(ledger.key)
        model = _compiled(ctx, live, ledger) if live is not None and live != ledger else None
        if live is None or model is None:
            continue
        guards = [g for g in model.guards if _is_changed(live, g)]
        recosts = _is_recosted(live, ledger)
        if not guards and not recosts:
            continue
        past = happened(ctx.conn, ctx.app.ledgers[live.key], ctx.ws, since, MOST_ENTRIES)
        for guard in guards:
            found += _guarded(ctx, draft, model, guard, past, since)
        if recosts:
            found += _costed(ctx, model, past, since)
    return tuple(found)


def _compiled(ctx: Context, live: Ledger, ledger: Ledger) -> LedgerModel | None:
    """The draft's ledger over the live one's columns. None where it counts something that has no past, or cannot be read."""
    known = ctx.app.maps.ledger(live.key)
    if any(d.key not in known.dimensions for d in ledger.dimensions) or any(
        m.key not in known.measures for m in ledger.measures
    ):
        return None
    grains = dict(known.grains)
    for grain in ledger.grains:
        grains.setdefault(grain.key, max(grains.values(), default=0) + 1)
    try:
        numbers = _Numbers(known.ledger_id, known.dimensions, known.measures, grains)
        return compile_ledger(ledger, numbers, package=ctx.app.package)
    except (ExpressionError, KeyError, StopIteration):
        return None


def _is_changed(live: Ledger, guard: GuardModel) -> bool:
    was = next((g for g in live.guards if g.uid == guard.guard.uid), None)
    now = guard.guard
    return (
        was is None or not was.enabled or (was.slack, was.when, was.grain) != (now.slack, now.when, now.grain)
    )


def _is_recosted(live: Ledger, ledger: Ledger) -> bool:
    was, now = live.costing, ledger.costing
    if was is None or now is None or live.cost_key != ledger.cost_key:
        return False
    return (was.method, was.method_of) != (now.method, now.method_of)


def _guarded(
    ctx: Context,
    draft: Package,
    model: LedgerModel,
    guard: GuardModel,
    past: tuple[Happened, ...],
    since: date,
) -> Iterator[Problem]:
    live = ctx.app.ledgers[model.key]
    before = opening(ctx.conn, live, ctx.ws, guard, since)
    books, names = _names(ctx, model, guard, {*before, *(guard.grain.of(h.entry.key) for h in past)})
    exempt = frozenset(
        p.uid
        for e in draft.entities
        for p in e.postings
        if guard.guard.key in p.exempt or guard.guard.uid in p.exempt
    )
    try:
        found = list(refused(books, guard, past, before, names, exempt))
    except ExpressionError:
        return
    if found:
        documents = list({(r.entity_id, r.record_id): r for r in found}.values())
        first = "、".join(t for r in documents[:NAMED] if (t := _title(ctx, r)))
        params = {"guard": guard.guard.key, "count": len(documents), "since": since, "first": first}
        yield Problem("WHAT_IF_GUARD", _path(model, guard), params, severity="warning")


def _path(model: LedgerModel, guard: GuardModel) -> str:
    index = next(i for i, g in enumerate(model.ledger.guards) if g.uid == guard.guard.uid)
    return f"ledgers/{model.key}.json#/guards/{index}"


def _names(
    ctx: Context, model: LedgerModel, guard: GuardModel, keys: set[Key]
) -> tuple[Books, Mapping[Key, Mapping[str, Any]]]:
    """What the guard's expressions see at each row: today's fields of the dimension records."""
    ids: dict[str, set[int]] = {}
    for position, values in zip(guard.grain.positions, zip(*keys, strict=True), strict=False):
        if model.dimensions[position].key in model.fields:
            ids[model.dimensions[position].key] = {v for v in values if v}
    fields = dimension_fields(ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, model, ids)
    state = {model.key: LedgerState(fields=fields)}
    work = Work({model.key: model}, state, ctx.reader.settings, lambda: 0)
    books = work.books[model.key]
    return books, {key: work.context(books, key, guard.grain.positions) for key in keys}


def _title(ctx: Context, one: Refused) -> str:
    key = ctx.app.maps.entity_by_id(one.entity_id)
    entity = ctx.app.package.entity(key) if key else None
    if key is None or entity is None or not ctx.kernel.may("read", key):
        return ""
    record = ctx.reader.get(key, [one.record_id]).get(one.record_id)
    return title_of(entity, record) if record is not None else ""


def _costed(ctx: Context, model: LedgerModel, past: tuple[Happened, ...], since: date) -> Iterator[Problem]:
    live = ctx.app.ledgers[model.key]
    histories = StoredHistories(ctx.conn, ctx.app.ledgers, ctx.app.package, ctx.ws)
    # Before a switch lanes were costed by another method; from there on the comparison is of like with like.
    since = max(since, last_switch(ctx.conn, live, ctx.ws) or since)
    lanes = {
        (live.key, lane): histories.lane(live.key, lane, since) for lane in lanes_of(live, past)[:MOST_LANES]
    }
    if not lanes or model.cost is None:
        return
    methods = {at: _method(ctx, model, at[1]) for at in lanes}
    # Whatever the new definition needs beside the method (a standard, a provisional cost) is read as the live one has it.
    unit = recosting.provisional(ctx.conn, ctx.app, ctx.ws, ctx.reader.settings)
    found = costed(
        {**ctx.app.ledgers, live.key: replace(live, cost=model.cost)}, live.key, lanes, methods, unit
    )
    if found.differs:
        value = live.measures[model.cost.value]
        params = {
            "since": since,
            "issued": value.exact(found.issued),
            "issued_then": value.exact(found.issued_then),
            "there": value.exact(found.there),
            "there_then": value.exact(found.there_then),
        }
        yield Problem("WHAT_IF_COST", f"ledgers/{model.key}.json#/costing", params, severity="warning")


def _method(ctx: Context, model: LedgerModel, lane: Key) -> str:
    cost = model.cost
    assert cost is not None
    if cost.method_of is None:
        return cost.method
    ids = {
        model.dimensions[p].key: {v}
        for p, v in zip(model.lane.positions, lane, strict=True)
        if v and model.dimensions[p].key in model.fields
    }
    fields = dimension_fields(ctx.conn, ctx.app.maps, ctx.app.package, ctx.ws, model, ids)
    work = Work({model.key: model}, {model.key: LedgerState(fields=fields)}, ctx.reader.settings, lambda: 0)
    names = work.context(work.books[model.key], lane, model.lane.positions)
    return str(cost.method_of.evaluate(names) or cost.method)
