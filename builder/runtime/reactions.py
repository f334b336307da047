"""Reactions: what workflow and rules answer to events, as commands for the same decision."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from builder.commands import Command
from builder.errors import InvalidError
from builder.events import Event, RecordChanged, RecordCreated, TransitionFired
from builder.record import Record
from builder.rules.cause import Cause
from builder.rules.engine import now as run_now_rules
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.tasks import settle_approvals


@dataclass(frozen=True)
class Queued:
    """A command waiting for its turn, with what led to it. ``as_app``: with the app's own rights."""

    command: Command
    cause: Cause
    as_app: bool
    by_rule: bool


def react(ctx: Context, handled: Handled, cause: Cause) -> list[Queued]:
    """Everything that follows from one handled command."""
    queued = [Queued(c, cause, as_app=_is_approvals(c), by_rule=False) for c in handled.follow]
    queued.extend(Queued(c.command, c.cause, c.as_ == "app", by_rule=True) for c in handled.caused)
    for event in _with_approvals(ctx, handled.events, cause, queued):
        reaction = run_now_rules(ctx.facts, event, cause)
        if reaction.problems:
            raise InvalidError("RULE_REFUSED", problems=reaction.problems)
        ctx.pending.messages.extend(reaction.messages)
        ctx.pending.rule_runs.extend(reaction.runs)
        queued.extend(Queued(c.command, c.cause, c.as_ == "app", by_rule=True) for c in reaction.commands)
    return queued


def _is_approvals(command: Command) -> bool:
    return bool(getattr(command, "by_approval", False))


def _with_approvals(ctx: Context, events: Iterable[Event], cause: Cause, queued: list[Queued]) -> list[Event]:
    """The events, and those of approvals that start, restart or end by them."""
    found = list(events)
    for event in tuple(found):
        before, after = _moved(event)
        if after is None:
            continue
        happened, commands = settle_approvals(ctx, before, after)
        found.extend(happened)
        queued.extend(Queued(c, cause, as_app=True, by_rule=False) for c in commands)
    return found


def _moved(event: Event) -> tuple[Record | None, Record | None]:
    if isinstance(event, RecordCreated):
        return None, event.record
    if isinstance(event, TransitionFired):
        return event.before, event.after
    if isinstance(event, RecordChanged) and event.before.state == event.after.state:
        return event.before, event.after
    return None, None
