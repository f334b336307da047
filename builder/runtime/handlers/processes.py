"""Handler of maps that people draw: how work went before the system did it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import Write
from builder.commands import DrawProcess
from builder.errors import InvalidError, NotFoundError
from builder.runtime.context import Context
from builder.runtime.mirroring import KEPT, families, transitions_of
from builder.workflow.mirror.drawn import read_steps


def draw_process(ctx: Context, command: DrawProcess) -> Mapping[str, Any]:
    """The steps that are kept, the ones before beside them in the history."""
    ctx.kernel.require("settings")
    family = next((f for f in families(ctx.app.package) if f.key == command.family), None)
    if family is None:
        raise NotFoundError(entity=command.family)
    steps, problems = read_steps(command.steps, transitions_of(ctx.app.package, family))
    if problems:
        raise InvalidError(problems=problems)
    rows = [step.plain() for step in steps]
    ctx.pending.writes.append(Write("process.draw", {"key": KEPT + family.key, "steps": rows}))
    return {"family": family.key, "steps": len(rows)}
