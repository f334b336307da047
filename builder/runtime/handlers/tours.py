"""Handlers of first-run tours and first steps: what came of them, kept for the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from builder.changes import Write
from builder.commands import FinishTour, PutAwaySteps
from builder.commands.tours import Outcome
from builder.errors import InvalidError, NotFoundError, Problem
from builder.runtime.context import Context
from builder.runtime.first_steps import away_key
from builder.runtime.tours import key_of


def finish_tour(ctx: Context, command: FinishTour) -> Mapping[str, Any]:
    """The role and the outcome. Only of a role that the person holds."""
    role = next((r for r, _ in ctx.kernel.grants if r.key == command.role), None)
    if role is None:
        raise NotFoundError(role=command.role)
    if command.outcome not in get_args(Outcome):
        raise InvalidError(
            problems=[Problem("VALUE_CHOICE", "/outcome", {"field": "outcome", "value": command.outcome})]
        )
    turn = {"role": role.uid, "outcome": command.outcome}
    ctx.app.kept.pop(("tours over", ctx.actor.user_id), None)
    ctx.pending.writes.append(Write("tour.finish", {"key": key_of(ctx.actor.user_id), "turn": turn}))
    return {"role": role.key, "outcome": command.outcome}


def put_away_steps(ctx: Context, command: PutAwaySteps) -> Mapping[str, Any]:
    """Whether they are out of the person's sight now."""
    turn = {"away": command.away}
    ctx.pending.writes.append(Write("steps.away", {"key": away_key(ctx.actor.user_id), "turn": turn}))
    return {"away": command.away}
