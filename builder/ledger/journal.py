"""Journal: a plan is written, each row once, set by set, in sorted order. Only commit calls this.

Every balance row is written against the version that the plan has seen. A row that moved although its lane was locked
means a bug or a foreign writer: nothing is written, and the command is tried again.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, update

from builder.ledger.columns import (
    GRAIN_KEY,
    MEASURE,
    entry_key_values,
    key_values,
    measure_values,
)
from builder.ledger.consumption import write_edges, write_layers
from builder.ledger.definition import LANE, LedgerModel
from builder.ledger.outcome import BalanceChange, DailyChange, Plan
from builder.ledger.pieces import scaled
from builder.ledger.writing import insert_rows, update_of
from builder.storage.errors import RetryError
from builder.storage.prepared import Prepared
from builder.storage.slots import SlotMap
from builder.storage.sql.conflicts import insert_for
from builder.storage.tables import ledgers as t

log = logging.getLogger(__name__)

Written = Sequence[Mapping[str, Any]]
OVERRIDE_SCALE = 4
FLOWS = tuple(f"{side}{m[1:]}" for side in ("in", "out") for m in MEASURE)


def write(
    conn: Connection,
    models: Mapping[str, LedgerModel],
    maps: SlotMap,
    plan: Plan,
    *,
    cmd: int,
    ws: int,
    actor_id: int,
) -> tuple[Written, Written]:
    """Write the plan of command ``cmd``; gives the rows of its journals and entries. Raises ``ValueError`` for a plan that may not be written, ``RetryError`` where a balance
    moved under the lock; a posting that is there already is a unique violation."""
    if plan.is_refused or any(e.id <= 0 for e in plan.entries):
        raise ValueError("a plan with problems or without ids is only good for looking")
    journals = [_journal(models, maps, j, cmd, ws) for j in plan.journals]
    entries = [_entry(models[e.ledger], e, ws) for e in plan.entries]
    insert_rows(conn, t.journal, journals)
    insert_rows(conn, t.entry, entries)
    _balances(conn, models, plan.balances, ws)
    _daily(conn, models, plan.daily, ws)
    write_layers(conn, models, plan.layers, ws)
    write_edges(conn, plan.edges, ws)
    insert_rows(conn, t.count_point, [_count(models[ledger], c, ws) for ledger, c in plan.count_points])
    insert_rows(conn, t.guard_override, _overrides(models, plan, cmd, ws, actor_id))
    return journals, entries


def _journal(
    models: Mapping[str, LedgerModel], maps: SlotMap, made: Any, cmd: int, ws: int
) -> dict[str, Any]:
    return {
        "ws": ws,
        "journal_id": made.id,
        "cmd": cmd,
        "ledger_id": models[made.ledger].ledger_id,
        "entity_id": maps.entity_id(made.entity) if made.entity else 0,
        "record_id": made.record_id,
        "posting_rev": made.posting_rev,
        "posting_uid": made.posting,
        "business_date": made.business_date,
        "reverses": made.reverses,
    }


def _entry(model: LedgerModel, made: Any, ws: int) -> dict[str, Any]:
    return {
        "ws": ws,
        "entry_id": made.id,
        "journal_id": made.journal_id,
        "ledger_id": model.ledger_id,
        "line_id": made.line_id,
        "part": made.part,
        "kind": made.kind,
        "business_date": made.business_date,
        "seq": made.seq,
        "concerns_entry": made.concerns or None,
        "reason": made.reason,
        **entry_key_values(model, made.key),
        **measure_values(model, made.measures),
    }


def _balances(
    conn: Connection, models: Mapping[str, LedgerModel], changes: Sequence[BalanceChange], ws: int
) -> None:
    """Rows in the global order of keys: first those that are new, then the others against their versions."""
    ordered = sorted(changes, key=lambda c: (models[c.ledger].ledger_id, c.grain, c.key))
    new = [{"ws": ws, **_balance(models[c.ledger], c)} for c in ordered if c.seen is None]
    insert_rows(conn, t.balance, new)
    for is_lane in (True, False):
        part = [c for c in ordered if c.seen is not None and (c.grain == LANE) == is_lane]
        if not part:
            continue
        rows = [
            {f"b_{k}": v for k, v in {"ws": ws, **_balance(models[c.ledger], c), "seen": c.seen}.items()}
            for c in part
        ]
        moved = len(rows) - (_UPDATE_LANES if is_lane else _UPDATE_ROWS).run_many(conn, rows)
        if moved:
            keys = [(c.ledger, c.grain, c.key, c.seen) for c in part]
            log.error("balance moved under its lane: %d of %s", moved, keys)
            raise RetryError("LANE_MOVED")


def _balance(model: LedgerModel, change: BalanceChange) -> dict[str, Any]:
    row = change.row
    lane = {
        "seq": row.seq,
        "method": row.method,
        "last_count_day": row.last_count_day,
        "recost_from": row.recost_from,
    }
    return {
        "ledger_id": model.ledger_id,
        "grain": change.grain,
        "ver": row.ver,
        "last_day": row.last_day,
        **key_values(change.key),
        **measure_values(model, row.measures),
        **lane,
    }


_ROW = ("ws", "ledger_id", "grain", *GRAIN_KEY)
_SEEN = t.balance.c.ver == bindparam("b_seen")
_UPDATE_ROWS = Prepared(update_of(t.balance, _ROW, *MEASURE, "ver", "last_day").where(_SEEN))
_UPDATE_LANES = Prepared(
    update_of(
        t.balance, _ROW, *MEASURE, "ver", "last_day", "seq", "method", "last_count_day", "recost_from"
    ).where(_SEEN)
)
_SHIFT = Prepared(
    update(t.daily)
    .where(*(t.daily.c[name] == bindparam(f"b_{name}") for name in _ROW))
    .where(t.daily.c.day > bindparam("b_day"))
    .values({name: t.daily.c[name] + bindparam(f"b_{name}") for name in MEASURE})
)


def _daily(
    conn: Connection, models: Mapping[str, LedgerModel], changes: Sequence[DailyChange], ws: int
) -> None:
    """Later days first move by what is new, then the day itself gets its flows and its closing."""
    ordered = sorted(changes, key=lambda c: (models[c.ledger].ledger_id, c.grain, c.key, c.day))
    shifts = [_shift(models[c.ledger], c, ws) for c in ordered if c.shifts]
    if shifts:
        _SHIFT.run_many(conn, shifts)
    if not ordered:
        return
    _CLOSE.run_many(conn, [_day(models[c.ledger], c, ws) for c in ordered])


def _closing(dialect: str) -> Any:
    statement = insert_for(dialect, t.daily)
    sums = {name: t.daily.c[name] + statement.excluded[name] for name in FLOWS}
    closings = {name: statement.excluded[name] for name in MEASURE}
    return statement.on_conflict_do_update(
        index_elements=[t.daily.c[name] for name in (*_ROW, "day")], set_={**sums, **closings}
    )


_CLOSE = Prepared(_closing)


def _day(model: LedgerModel, change: DailyChange, ws: int) -> dict[str, Any]:
    return {
        "ws": ws,
        "ledger_id": model.ledger_id,
        "grain": change.grain,
        "day": change.day,
        **key_values(change.key),
        **measure_values(model, change.ins, "in"),
        **measure_values(model, change.outs, "out"),
        **measure_values(model, change.closing),
    }


def _shift(model: LedgerModel, change: DailyChange, ws: int) -> dict[str, Any]:
    net = tuple(a + b for a, b in zip(change.ins, change.outs, strict=True))
    row = {"ws": ws, "ledger_id": model.ledger_id, "grain": change.grain, "day": change.day}
    row.update(key_values(change.key))
    row.update(measure_values(model, net))
    return {f"b_{k}": v for k, v in row.items()}


def _count(model: LedgerModel, made: Any, ws: int) -> dict[str, Any]:
    return {
        "ws": ws,
        "ledger_id": model.ledger_id,
        "grain": made.grain,
        "day": made.day,
        "seq": made.seq,
        "counted": made.counted,
        "entry_id": made.entry_id,
        **key_values(made.key),
    }


def _overrides(
    models: Mapping[str, LedgerModel], plan: Plan, cmd: int, ws: int, actor_id: int
) -> list[dict[str, Any]]:
    return [
        {
            "ws": ws,
            "override_id": used.id,
            "cmd": cmd,
            "guard_uid": used.guard,
            "ledger_id": models[used.ledger].ledger_id,
            "slack": scaled(used.slack, OVERRIDE_SCALE),
            "reason": used.reason,
            "actor_id": actor_id,
            **key_values(used.key),
        }
        for used in plan.overrides
    ]
