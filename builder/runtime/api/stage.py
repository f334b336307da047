"""The endpoint of an app's stage: rehearsed or at work."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import GoLive
from builder.runtime import going_live
from builder.runtime.api.app_shapes import StageShape
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.context import Context


def add_stage(api: Blueprint, door: Door) -> None:
    """``/apps/{app}/stage``."""

    @api.get("/apps/<app>/stage")
    def stage(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            ctx.kernel.require("settings")
            return answer(stage_body(ctx))

    @api.put("/apps/<app>/stage")
    def put_to_work(app: str) -> Response:
        actor = door.identify(request)
        sent = read_shape(request, StageShape())
        command = GoLive(app, sent["live"], sent["override"], sent["reason"])
        return answer(door.send(actor, command, key_wanted(request)))


def stage_body(ctx: Context) -> dict[str, Any]:
    """Whether the app is at work, what is in the way, and every turn."""
    turns = going_live.stages(ctx)
    return {
        "live": bool(turns) and turns[0].live,
        "may_override": ctx.kernel.may_override(going_live.OVERRIDE),
        "hurdles": [
            {"check": one.check.key, "label": one.check.label, "count": len(one.findings)}
            for one in going_live.hurdles(ctx)
        ],
        "history": [
            {
                "live": turn.live,
                "reason": turn.reason,
                "found": dict(turn.found),
                "at": turn.at.isoformat() if turn.at else None,
                "by": ctx.directory.name_of(turn.by) or None,
            }
            for turn in turns
        ],
    }
