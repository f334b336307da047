"""Recosting: a replay within the write transaction: its lanes are locked, worked again, and what is missing is booked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from builder.changes import Changes, Write
from builder.ledger import lanes, period
from builder.ledger.columns import measures_of, padded, rows_at
from builder.ledger.definition import Key, LedgerModel
from builder.ledger.fields import dimension_fields
from builder.ledger.histories import LaneAt
from builder.ledger.outcome import Plan
from builder.ledger.pasts import Stated, StoredHistories, nothing_stated
from builder.ledger.replay import Replayed, ReplayTooDeepError, replay
from builder.ledger.state import LedgerState, Row, State
from builder.ledger.true_ups import booked, looking
from builder.ledger.work import Work
from builder.runtime.apps import LoadedApp
from builder.runtime.engine import Engine
from builder.storage.tables.ledgers import balance

WHAT = "ledger.replay"
Seeds = Mapping[LaneAt, date]


@dataclass(frozen=True)
class Worked:
    """A replay as looked at, not yet booked."""

    replayed: Replayed
    histories: StoredHistories


def asked(changes: Changes) -> Write | None:
    """The replay among the writes, if there is one."""
    return next((w for w in changes.writes if w.what == WHAT), None)


def work(
    conn: Any,
    app: LoadedApp,
    ws: int,
    seeds: Seeds,
    settings: Mapping[str, Any],
    stated: Stated = nothing_stated,
) -> Worked:
    """Work those lanes again, without a lock of its own."""
    closed = {key: period.closed_through(conn, model, ws) for key, model in app.ledgers.items()}
    histories = StoredHistories(conn, app.ledgers, app.package, ws, stated)
    found = replay(
        app.ledgers, histories, seeds, closed=closed, provisional=provisional(conn, app, ws, settings)
    )
    return Worked(found, histories)


def post(
    engine: Engine, conn: Any, app: LoadedApp, ws: int, settings: Mapping[str, Any], write: Write
) -> Plan | None:
    """Lock, work again and plan. None where it reaches further than what was to be locked: to be decided again."""
    wanted: tuple[LaneAt, ...] = write.body["lanes"]
    lanes.hold(conn, ws, [(app.ledgers[ledger].ledger_id, key) for ledger, key in wanted])
    rows = {ledger: _lane_rows(conn, app.ledgers[ledger], ws, wanted) for ledger in {x for x, _ in wanted}}
    seeds = _still(app, rows, write.body["seeds"])
    if not seeds:
        return Plan()
    try:
        done = work(conn, app, ws, seeds, settings, write.body["stated"])
    except ReplayTooDeepError:
        return None
    if not set(done.replayed.lanes) <= set(wanted):
        return None
    intents = looking(done.replayed.corrections)
    state = lanes.read(conn, app.ledgers, app.maps, app.package, ws, intents)
    states = dict(state.ledgers)
    for ledger, own in rows.items():
        before = states.get(ledger, LedgerState())
        states[ledger] = replace(before, rows={**own, **before.rows})
    return booked(
        app.ledgers,
        State(states),
        done.replayed,
        record_id=engine.database.new_id(),
        new_id=engine.database.new_id,
        layers=done.histories.kept,
    )


def told(changes: Changes, plan: Plan | None) -> Mapping[str, Any]:
    """What a replay answers beside what was decided: how many entries it trued up."""
    if asked(changes) is None:
        return {}
    return {"trued_up": len(plan.entries) if plan is not None else 0}


def waiting_after(app: LoadedApp, plan: Plan | None) -> tuple[str, ...]:
    """Ledgers some of whose lanes wait for a replay after this plan."""
    if plan is None:
        return ()
    found = {
        c.ledger
        for c in plan.balances
        if c.grain == app.ledgers[c.ledger].lane.number and c.row.recost_from is not None
    }
    return tuple(sorted(found))


def _still(app: LoadedApp, rows: Mapping[str, Mapping[Any, Row]], seeds: Seeds) -> dict[LaneAt, date]:
    """The lanes that wait even now: another replay may have come first."""
    found: dict[LaneAt, date] = {}
    for ledger, key in seeds:
        row = rows.get(ledger, {}).get((app.ledgers[ledger].lane.number, key))
        if row is not None and row.recost_from is not None:
            found[ledger, key] = row.recost_from
    return found


def _lane_rows(
    conn: Any, model: LedgerModel, ws: int, wanted: tuple[LaneAt, ...]
) -> dict[tuple[int, Key], Row]:
    keys = {padded(key): key for ledger, key in wanted if ledger == model.key}
    names = ["grain", *(f"k{i}" for i in range(1, len(padded(())) + 1))]
    rows = rows_at(
        conn, balance, ws, names, [(model.lane.number, *k) for k in keys], ledger_id=model.ledger_id
    )
    found: dict[tuple[int, Key], Row] = {}
    for r in rows:
        key = keys[tuple(r._mapping[n] for n in names[1:])]
        found[model.lane.number, key] = Row(
            measures_of(model, r._mapping),
            r.ver,
            r.last_day,
            r.seq,
            r.method,
            r.last_count_day,
            r.recost_from,
        )
    return found


def provisional(
    conn: Any, app: LoadedApp, ws: int, settings: Mapping[str, Any]
) -> Callable[[str, Key], Fraction | None]:
    """The declared unit cost of what is not there, read once per pool."""
    known: dict[tuple[str, Key], Fraction | None] = {}

    def unit(ledger: str, key: Key) -> Fraction | None:
        model = app.ledgers[ledger]
        cost = model.cost
        if cost is None or cost.provisional is None:
            return None
        if (ledger, key) not in known:
            ids = {
                model.dimensions[p].key: {v}
                for p, v in zip(cost.grain.positions, key, strict=True)
                if v and model.dimensions[p].key in model.fields
            }
            fields = dimension_fields(conn, app.maps, app.package, ws, model, ids)
            looking_at = Work({ledger: model}, {ledger: LedgerState(fields=fields)}, settings, lambda: 0)
            names = looking_at.context(looking_at.books[ledger], key, cost.grain.positions)
            value = cost.provisional.evaluate(names)
            digits = model.measures[cost.value].scale - model.measures[cost.quantity].scale
            known[ledger, key] = Fraction(Decimal(str(value)).scaleb(digits)) if value is not None else None
        return known[ledger, key]

    return unit
