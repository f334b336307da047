"""Handler of putting an app to work: refused while its checks find something, unless somebody who may do so means it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import Write
from builder.commands import GoLive
from builder.errors import ForbiddenError, InvalidError, Problem
from builder.runtime import going_live
from builder.runtime.context import Context

REASON = {"zh-CN": "原因", "en": "Reason"}


def go_live(ctx: Context, command: GoLive) -> Mapping[str, Any]:
    """The stage as it is from now on, with what was overridden."""
    ctx.kernel.require("settings")
    reason = command.reason.strip()
    found = going_live.hurdles(ctx) if command.live else ()
    if found and not command.override:
        raise InvalidError("NOT_READY", problems=going_live.problems(found))
    if found and not ctx.kernel.may_override(going_live.OVERRIDE):
        raise ForbiddenError("GO_LIVE_FORBIDDEN")
    if found and not reason:
        raise InvalidError(problems=[Problem("REQUIRED", "/reason", {"field": REASON})])
    turn = {
        "live": command.live,
        "reason": reason,
        "found": {one.check.key: len(one.findings) for one in found},
    }
    ctx.pending.writes.append(Write("app.stage", {"key": going_live.KEPT, "turn": turn}))
    return {"live": command.live, "overridden": turn["found"]}
