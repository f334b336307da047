"""Switching a costing method: whom it concerns, what it would come to, and its plan under the locks.

The same look is the preview, the decision, and what commit takes under the locks; where they differ, it is decided again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any

from builder.changes import Changes, Write
from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.ledger import lanes, period
from builder.ledger.costing import METHODS
from builder.ledger.definition import CostModel, Key, LedgerModel
from builder.ledger.makeup import makeup
from builder.ledger.outcome import Plan
from builder.ledger.state import LedgerState
from builder.ledger.switch_reads import lots_of, methods_of, pools_of, posted_after, state_for
from builder.ledger.switching import POSTING, Source, Switch, full_key, switched
from builder.ledger.trace import Tracer
from builder.runtime.apps import LoadedApp
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.ledger_reading import dimension_ids, scopes_of
from builder.runtime.rights import Filter
from builder.runtime.sights import common
from builder.storage import apps as stored_apps
from builder.storage.errors import RetryError

WHAT = "ledger.switch"
MOST_LANES = 5000
"""Lanes that one command switches at most."""
NAMED = 5
"""Lanes that the record of a switch names."""


@dataclass(frozen=True)
class Wanted:
    """Which lanes of a ledger get which method. ``unit`` values what they hold anew."""

    ledger: str
    to: str
    lanes: tuple[Key, ...]
    unit: Decimal | None = None


@dataclass(frozen=True)
class PoolRow:
    """One cost pool: what it holds, and what it is worth before and after."""

    key: Key
    was: str
    quantity: Decimal
    before: Decimal
    after: Decimal


@dataclass(frozen=True)
class Looked:
    """What a switch comes to. With problems in the plan nothing may be written, and ``after`` is as before."""

    plan: Plan
    rows: tuple[PoolRow, ...]


@dataclass(frozen=True)
class Turn:
    """Somebody switched a method: from which day on, of how many lanes (the first of them by their keys), and what their pools were
    worth before and after."""

    to: str
    day: str
    lanes: int
    keys: tuple[Key, ...]
    before: Decimal
    after: Decimal
    reason: str
    at: datetime | None
    by: int


def asked(changes: Changes) -> Write | None:
    """The switch among the writes, if there is one."""
    return next((w for w in changes.writes if w.what == WHAT), None)


def costed(ctx: Context, ledger: str) -> tuple[LedgerModel, CostModel]:
    """The ledger, where it keeps cost and the actor may see its quantity and its value; else 404."""
    model = ctx.app.ledgers.get(ledger)
    cost = model.cost if model is not None else None
    if model is None or cost is None:
        raise NotFoundError(ledger=ledger)
    needed = {model.measures[cost.quantity].key, model.measures[cost.value].key}
    if not needed <= common(ctx.kernel, model.ledger):
        raise NotFoundError(ledger=ledger)
    return model, cost


def offered(model: LedgerModel) -> tuple[str, ...]:
    """Methods that the ledger can keep: by decree only where a standard is declared, by batch only where something tells units apart."""
    cost = model.cost
    if cost is None:
        return ()
    lacking = {"batch"} if cost.told_by is None else set[str]()
    lacking |= {
        name for name in METHODS.names() if METHODS.get(name).needs_standard and cost.standard is None
    }
    return tuple(name for name in METHODS.names() if name not in lacking)


def chosen(ctx: Context, model: LedgerModel, where: Filter | None) -> dict[Key, str]:
    """The lanes that the filter names (None: all), each with the method that it keeps. A method holds for a whole lane, so that
    nothing else can be filtered by."""
    own = {model.dimensions[p].key for p in model.lane.positions}
    limits = dict(dimension_ids(ctx, model.ledger, where))
    if not limits.keys() <= own:
        raise InvalidError(problems=[Problem("SWITCH_FILTER", "/filter", {"names": _labels(model, own)})])
    for dimension, ids in scopes_of(ctx, model.ledger).items():
        if dimension not in own:
            # Whoever sees a part of a lane cannot answer for all of it.
            raise ForbiddenError(deed="close_period")
        limits[dimension] = tuple(set(limits.get(dimension, ids)) & set(ids))
    return methods_of(ctx.conn, model, ctx.ws, limits)


def kept_methods(ctx: Context, model: LedgerModel) -> dict[Key, str]:
    """The lanes within the actor's sight, each with the method that it keeps."""
    own = {model.dimensions[p].key for p in model.lane.positions}
    limits = {key: ids for key, ids in scopes_of(ctx, model.ledger).items() if key in own}
    return methods_of(ctx.conn, model, ctx.ws, limits)


def _labels(model: LedgerModel, own: Iterable[str]) -> Any:
    found = [d.label for d in model.ledger.dimensions if d.key in set(own)]
    return found[0] if len(found) == 1 else ", ".join(sorted(own))


def look(
    conn: Any,
    app: LoadedApp,
    ws: int,
    wanted: Wanted,
    settings: Mapping[str, Any],
    *,
    made_of: Mapping[Key, Sequence[Source]] | None = None,
    new_id: Callable[[], int] | None = None,
) -> Looked:
    """What the switch comes to as things stand. ``made_of`` says what pools without layers are made of. Without ``new_id`` the plan
    is good for looking only."""
    model = app.ledgers[wanted.ledger]
    cost = model.cost
    assert cost is not None
    numbers = count(-1, -1)
    new_id = new_id or (lambda: next(numbers))
    pools = pools_of(conn, model, ws, wanted.lanes)
    lots = lots_of(conn, model, ws, wanted.lanes) if wanted.to == "batch" else {}
    closed = period.closed_through(conn, model, ws)
    of = (conn, app.ledgers, app.maps, app.package, ws, wanted.ledger)
    state = state_for(*of, pools=pools, lots=lots, closed=closed)
    posted = posted_after(conn, model, ws, wanted.lanes, closed)
    switch = Switch(wanted.ledger, wanted.to, pools, wanted.unit, lots, made_of or {}, posted)
    plan = switched(app.ledgers, state, switch, record_id=new_id(), settings=settings, new_id=new_id)
    return Looked(
        plan, tuple(_rows(model, cost, state.ledgers.get(wanted.ledger, LedgerState()), pools, plan))
    )


def _rows(
    model: LedgerModel, cost: CostModel, state: LedgerState, pools: Iterable[Key], plan: Plan
) -> Iterator[PoolRow]:
    quantity, value = model.measures[cost.quantity], model.measures[cost.value]
    more: dict[Key, int] = {}
    for entry in plan.entries:
        key = cost.grain.of(entry.key)
        more[key] = more.get(key, 0) + entry.measures[cost.value]
    for key in pools:
        row = state.rows.get((cost.grain.number, key))
        lane = state.rows.get((model.lane.number, model.lane.of(full_key(model, cost, key))))
        measures = row.measures if row is not None else (0,) * len(model.measures)
        before = measures[cost.value]
        yield PoolRow(
            key,
            lane.method if lane is not None else "",
            quantity.exact(measures[cost.quantity]),
            value.exact(before),
            value.exact(before + more.get(key, 0)),
        )


def post(
    engine: Engine, conn: Any, app: LoadedApp, ws: int, settings: Mapping[str, Any], write: Write
) -> Plan:
    """Lock the lanes and plan. Where anything is not as it was decided on, it is to be decided again."""
    wanted: Wanted = write.body["wanted"]
    model = app.ledgers[wanted.ledger]
    lanes.hold(conn, ws, [(model.ledger_id, lane) for lane in wanted.lanes])
    made_of = write.body["made_of"]
    found = look(conn, app, ws, wanted, settings, made_of=made_of, new_id=engine.database.new_id)
    if found.plan.problems or found.rows != write.body["rows"]:
        raise RetryError("LANE_MOVED")
    return found.plan


def composed(ctx: Context, ledger: str, rows: Iterable[PoolRow]) -> dict[Key, list[Source]]:
    """What pools that keep no layers are made of, receipt by receipt, so that costs keep their path."""
    model = ctx.app.ledgers[ledger]
    tracer = Tracer(ctx.conn, ctx.app.ledgers, ctx.app.package, ctx.ws, by="cost")
    found: dict[Key, list[Source]] = {}
    for row in rows:
        method = METHODS.find(row.was)
        if row.quantity <= 0 or method is None or method.uses_layers:
            continue
        made = makeup(ctx.conn, tracer, model, ctx.ws, row.key)
        if made is not None:
            found[row.key] = [(p.receipt.entry.id, p.qty, p.value) for p in made.parts if p.qty > 0]
    return found


# ---- who switched what


def key_of(ctx: Context, ledger: str) -> str:
    """Under which key the switches of a ledger are kept."""
    known = ctx.app.package.ledger(ledger)
    return f"{POSTING}.{known.uid if known is not None else ledger}"


def kept(wanted: Wanted, day: str, rows: Sequence[PoolRow], reason: str) -> dict[str, Any]:
    """A switch as it is kept."""
    return {
        "to": wanted.to,
        "day": day,
        "lanes": len(wanted.lanes),
        "keys": [[str(v) for v in lane] for lane in wanted.lanes[:NAMED]],
        "before": str(sum((r.before for r in rows), Decimal(0))),
        "after": str(sum((r.after for r in rows), Decimal(0))),
        "reason": reason,
    }


def turns(ctx: Context, ledger: str) -> tuple[Turn, ...]:
    """Who switched what, the newest first. A switch is told as a whole, with what all its pools were worth: whoever sees only a part
    of the ledger is told none."""
    if scopes_of(ctx, ctx.app.ledgers[ledger].ledger):
        return ()
    rows = stored_apps.kept_log(ctx.conn, ctx.ws, ctx.app.row.app_id, key_of(ctx, ledger))
    return tuple(
        Turn(
            row.value["to"],
            row.value["day"],
            row.value["lanes"],
            tuple(tuple(int(v) for v in key) for key in row.value["keys"]),
            Decimal(row.value["before"]),
            Decimal(row.value["after"]),
            row.value["reason"],
            row.at,
            row.actor_id,
        )
        for row in rows
    )
