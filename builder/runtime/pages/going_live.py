"""Going live on the health page: whether the app is rehearsed or at work, what is in the way, and the button."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request

from builder.commands import GoLive
from builder.runtime import going_live
from builder.runtime.context import Context
from builder.runtime.pages import addresses
from builder.runtime.pages.words import Words


def live_asked(app: str) -> GoLive:
    """What the form asks for."""
    form = request.form
    return GoLive(app, form.get("live") == "true", form.get("override") == "true", form.get("reason", ""))


def stage_of(ctx: Context, words: Words) -> Mapping[str, Any] | None:
    """What the card shows; nothing to who may not put the app to work."""
    if not ctx.kernel.has_right("settings"):
        return None
    turns = going_live.stages(ctx)
    labels = {check.key: words.of(check.label) for check in ctx.app.package.health}
    hurdles = going_live.hurdles(ctx)
    return {
        "live": bool(turns) and turns[0].live,
        "hurdles": [
            {"key": one.check.key, "label": words.of(one.check.label), "count": len(one.findings)}
            for one in hurdles
        ],
        "may_override": ctx.kernel.may_override(going_live.OVERRIDE),
        "url": addresses.built_in_page(ctx.app.key, "health/live"),
        "reason": request.form.get("reason", ""),
        "turns": [
            {
                "live": turn.live,
                "who": ctx.directory.name_of(turn.by) or words.say("page.system"),
                "when": words.instant(turn.at) if turn.at else "",
                "reason": turn.reason,
                "found": words.listed(f"{labels.get(key, key)} {count}" for key, count in turn.found),
            }
            for turn in turns
        ],
    }
