"""Handler of plans: what a workspace may use, said by who runs the server."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import Write
from builder.commands import SavePlan
from builder.errors import ForbiddenError, InvalidError, Problem
from builder.runtime.plans import written
from builder.runtime.root import Root


def save_plan(root: Root, command: SavePlan) -> Mapping[str, Any]:
    """The plan from now on. People who are beyond its seats stay; nobody else joins them."""
    if root.actor.kind != "system":
        raise ForbiddenError(deed="plan")
    limits = (("seats", command.seats), ("apps", command.apps))
    wrong = [
        Problem("VALUE_MIN", f"/{k}", {"field": k, "min": 1}) for k, v in limits if v is not None and v < 1
    ]
    if wrong:
        raise InvalidError(problems=wrong)
    root.pending.writes.append(Write("plan.save", {"text": written(command)}))
    return {"name": command.name, "seats": command.seats, "ends_on": command.ends_on}
