"""Endpoints of costing methods: what pools are costed by now, who switched, and another method from the next period on."""

from __future__ import annotations

from collections import Counter
from typing import Any

from flask import Blueprint, Response, request

from builder.commands import SwitchMethod
from builder.ledger import period
from builder.runtime import closing, switching
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.shapes import SwitchShape
from builder.runtime.context import Context


def add_methods(api: Blueprint, door: Door) -> None:
    """``method`` under a ledger."""

    @api.get("/apps/<app>/ledgers/<ledger>/method")
    def methods(app: str, ledger: str) -> Response:
        """By which methods the ledger's pools are costed, and who switched them."""
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            shown = methods_as_json(ctx, ledger)
        return answer(shown)

    @api.post("/apps/<app>/ledgers/<ledger>/method")
    def switch(app: str, ledger: str) -> Response:
        """Another method from the next period on; with ``dry_run`` only what it would come to."""
        actor = door.identify(request)
        body = read_shape(request, SwitchShape())
        command = SwitchMethod(app, ledger, body["to"], body["filter"], body["unit"], body["reason"])
        return answer(door.dispatch(actor, command, key=key_wanted(request), dry_run=body["dry_run"]))


def methods_as_json(ctx: Context, ledger: str) -> dict[str, Any]:
    """404 where the actor may not see the ledger's quantity and value."""
    model, _ = switching.costed(ctx, ledger)
    closed = period.closed_through(ctx.conn, model, ctx.ws)
    counted = Counter(switching.kept_methods(ctx, model).values())
    shown = dict.fromkeys((*switching.offered(model), *sorted(counted)))
    return {
        "ledger": ledger,
        "closed_through": closed.isoformat() if closed is not None else None,
        "may_switch": closing.may_close(ctx, ledger),
        "methods": [{"method": m, "count": counted.get(m, 0)} for m in shown],
        "history": [_turn(ctx, turn) for turn in switching.turns(ctx, ledger)],
    }


def _turn(ctx: Context, turn: switching.Turn) -> dict[str, Any]:
    return {
        "to": turn.to,
        "from_day": turn.day,
        "count": turn.lanes,
        "value_before": format(turn.before, "f"),
        "value_after": format(turn.after, "f"),
        "reason": turn.reason,
        "at": turn.at.isoformat() if turn.at is not None else None,
        "by": ctx.directory.name_of(turn.by),
    }
