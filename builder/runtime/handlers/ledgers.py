"""Handlers of ledgers: closing and reopening a period, and a replay of what came late."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from builder.changes import Write
from builder.commands import ClosePeriod, ReplayLedger
from builder.errors import InvalidError, NotFoundError, Problem, RefusedError
from builder.expressions import ExpressionError
from builder.ledger.histories import LaneAt
from builder.ledger.replay import ReplayTooDeepError
from builder.ledger.switch_reads import last_switch
from builder.ledger.waiting import waiting
from builder.record import Record
from builder.runtime import closing, recosting
from builder.runtime.context import Context

Name = tuple[int, int, str, int]


def close_period(ctx: Context, command: ClosePeriod) -> Mapping[str, Any]:
    """Through which day the ledger is closed now, and what was accepted for it."""
    ledger = ctx.app.package.ledger(command.ledger)
    if ledger is None or not ctx.kernel.measures(command.ledger):
        ctx.kernel.require("close_period")
        raise NotFoundError(ledger=command.ledger)
    closing.require_closer(ctx, command.ledger)
    through = _day(command.through)
    if through is not None and through > ctx.pending.today:
        raise InvalidError(problems=[Problem("PERIOD_FUTURE", "/through")])
    if (command.accept or command.reopen) and not command.reason.strip():
        raise InvalidError(problems=[Problem("REQUIRED", "/reason", {"field": "reason"})])
    if command.reopen:
        _unswitched(ctx, command.ledger, through)
    accepted = () if command.reopen or through is None else _accepted(ctx, command, through)
    turn = {
        "through": through.isoformat() if through else None,
        "reopened": command.reopen,
        "reason": command.reason.strip(),
        "accepted": list(accepted),
    }
    body = {
        "ledger": ledger.key,
        "through": through,
        "reopen": command.reopen,
        "accepted": accepted,
        "key": closing.key_of(ctx, ledger.key),
        "turn": turn,
    }
    ctx.pending.writes.append(Write("period.close", body))
    return {"ledger": ledger.key, "closed_through": turn["through"], "accepted": list(accepted)}


def _unswitched(ctx: Context, ledger: str, through: date | None) -> None:
    """Where the past is worked again, it is worked by the method that lanes keep: days before a switch stay closed."""
    model = ctx.app.ledgers[ledger]
    day = last_switch(ctx.conn, model, ctx.ws) if model.ledger.order == "replay" else None
    if day is not None and (through is None or through < day - timedelta(days=1)):
        problem = Problem("PERIOD_SWITCHED", "/through", {"day": day})
        raise RefusedError("PERIOD_SWITCHED", problems=[problem], day=day)


def _accepted(ctx: Context, command: ClosePeriod, through: date) -> tuple[str, ...]:
    """Codes of what is in the way and accepted. Anything else refuses."""
    found = closing.hurdles(ctx, command.ledger, through)
    refused = closing.refusals(found, command.accept)
    if refused:
        raise RefusedError("PERIOD_BLOCKED", problems=refused)
    return tuple(sorted({h.code for h in found if h.severity == "overridable"}))


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidError(problems=[Problem("VALUE_DATE", "/through")]) from None


def replay_ledger(ctx: Context, command: ReplayLedger) -> Mapping[str, Any]:
    """How many lanes are worked now, how many entries that goes through, and how many lanes wait for the next time."""
    closing.require_closer(ctx, command.ledger)
    model = ctx.app.ledgers.get(command.ledger)
    if model is None or not ctx.kernel.measures(command.ledger):
        raise NotFoundError(ledger=command.ledger)
    if model.cost is None or model.ledger.order != "replay":
        raise RefusedError(
            "REPLAY_NONE", problems=[Problem("REPLAY_NONE", "", {"ledger": model.ledger.label})]
        )
    late = {(command.ledger, lane): since for lane, since in waiting(ctx.conn, model, ctx.ws).items()}
    stated = Stated(ctx)
    chosen, done = _choose(ctx, late, command.most, stated)
    if chosen and done is not None:
        lanes = tuple(sorted({*chosen, *done.replayed.lanes}))
        body = {"seeds": chosen, "lanes": lanes, "stated": stated.known_only}
        ctx.pending.writes.append(Write(recosting.WHAT, body))
    entries = done.replayed.entries if done is not None else 0
    return {
        "ledger": command.ledger,
        "lanes": len(chosen),
        "entries": entries,
        "waiting": len(late) - len(chosen),
    }


def _choose(
    ctx: Context, late: Mapping[LaneAt, date], most: int, stated: Stated
) -> tuple[dict[LaneAt, date], recosting.Worked | None]:
    """As many of the lanes, earliest first, as stay within ``most`` entries with all that they reach."""
    wanted = dict(late) if most else dict(list(late.items())[:1])
    while wanted:
        try:
            done = recosting.work(ctx.conn, ctx.app, ctx.ws, wanted, ctx.reader.settings, stated)
        except ReplayTooDeepError:
            raise RefusedError("REPLAY_DEEP", problems=[Problem("REPLAY_DEEP", "")]) from None
        if not most or done.replayed.entries <= most:
            return wanted, done
        wanted = dict(list(wanted.items())[: len(wanted) // 2])
    return {}, None


class Stated:
    """Amounts that documents state, by their postings' own expressions; each is worked out once, on the snapshot."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._known: dict[Name, Decimal | None] = {}

    def __call__(self, entity_id: int, record_id: int, posting: str, line_id: int) -> Decimal | None:
        name = entity_id, record_id, posting, line_id
        if name not in self._known:
            self._known[name] = self._find(*name)
        return self._known[name]

    def known_only(self, entity_id: int, record_id: int, posting: str, line_id: int) -> Decimal | None:
        """What was worked out before. What fixed postings read is frozen, so it is still true."""
        return self._known.get((entity_id, record_id, posting, line_id))

    def _find(self, entity_id: int, record_id: int, posting: str, line_id: int) -> Decimal | None:
        ctx = self._ctx
        key = ctx.app.maps.entity_by_id(entity_id)
        entity = ctx.app.package.entity(key) if key else None
        record = ctx.reader.get(key, [record_id]).get(record_id) if key else None
        declared = next((p for p in entity.postings if p.uid == posting), None) if entity else None
        model = ctx.app.ledgers.get(declared.ledger) if declared else None
        if record is None or declared is None or model is None or model.cost is None:
            return None
        value = model.measures[model.cost.value].key
        expression = ctx.expression(posting, f"measures.{value}")
        line, parent = _line(record, declared.each, line_id)
        if expression is None or line is None:
            return None
        try:
            found = ctx.evaluate(expression, line, parent)
        except ExpressionError:
            return None
        return found if isinstance(found, Decimal) else None


def _line(record: Record, each: str, line_id: int) -> tuple[Record | None, Record | None]:
    if not each:
        return record, None
    return next((line for line in record.lines.get(each, ()) if line.id == line_id), None), record
