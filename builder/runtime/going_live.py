"""Going live: whether an app is rehearsed or at work, what stands in the way, and who put it to work when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from builder.errors import Problem
from builder.runtime import health
from builder.runtime.context import Context
from builder.runtime.health import Checked
from builder.storage import apps as stored_apps

KEPT = "engine.stage"
OVERRIDE = "go_live"
"""The permission (of a role's ``overrides``) to put an app to work although checks find something."""


@dataclass(frozen=True)
class Stage:
    """One turn: at work or back to rehearsal, what was found by which check at that moment and overridden, and why."""

    live: bool
    reason: str = ""
    found: tuple[tuple[str, int], ...] = ()
    at: datetime | None = None
    by: int = 0


def stages(ctx: Context) -> tuple[Stage, ...]:
    """Every turn, the newest first."""
    rows = stored_apps.kept_log(ctx.conn, ctx.ws, ctx.app.row.app_id, KEPT)
    return tuple(
        Stage(
            row.value["live"],
            row.value["reason"],
            tuple((key, int(count)) for key, count in row.value["found"].items()),
            row.at,
            row.actor_id,
        )
        for row in rows
    )


def is_live(ctx: Context) -> bool:
    """Whether the app is at work; one that nobody has put to work is rehearsed."""
    found = stages(ctx)
    return bool(found) and found[0].live


def hurdles(ctx: Context) -> tuple[Checked, ...]:
    """The checks that are in the way, each with everything that it finds, whoever asks: what one does not see is in the way as well."""
    seeing = ctx.as_app()
    checked = (health.check_one(seeing, check) for check in ctx.app.package.health if check.holds_up)
    return tuple(one for one in checked if one.findings)


def problems(found: tuple[Checked, ...]) -> list[Problem]:
    """What stands in the way, check by check."""
    return [
        Problem("GO_LIVE_FOUND", "", {"check": one.check.label, "count": len(one.findings)}) for one in found
    ]
