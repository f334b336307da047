"""Reactions: what workflow and rules answer to events, as commands for the same decision."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from builder.commands import Command, FireTransition
from builder.errors import InvalidError
from builder.events import Event, RecordChanged, RecordCreated, TransitionFired
from builder.record import Record
from builder.rules.cause import Cause, Caused
from builder.rules.engine import NO_REACTION
from builder.rules.engine import now as run_now_rules
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.tasks import settle_approvals


class Queued(NamedTuple):
    """A command waiting for its turn, with what led to it. ``as_app``: with the app's own rights; ``run``: the rule's run that asks."""

    command: Command
    cause: Cause
    as_app: bool
    by_rule: bool
    run: tuple[str, str, int] | None = None

    @classmethod
    def of(cls, caused: Caused) -> Queued:
        """A command that a rule asks for."""
        return cls(caused.command, caused.cause, caused.as_ == "app", by_rule=True, run=caused.run)


def react(ctx: Context, handled: Handled, cause: Cause) -> list[Queued]:
    """Everything that follows from one handled command."""
    queued = [_following(c, cause) for c in handled.follow]
    if handled.caused:
        queued.extend(Queued.of(c if c.cause.rules else c._replace(cause=cause)) for c in handled.caused)
    for event in _with_approvals(ctx, handled.events, cause, queued):
        reaction = run_now_rules(ctx.facts, event, cause)
        if reaction is NO_REACTION:
            continue
        ctx.pending.rule_runs.extend(reaction.runs)
        if reaction.problems:
            raise InvalidError("RULE_REFUSED", problems=reaction.problems)
        ctx.pending.messages.extend(reaction.messages)
        queued.extend([Queued.of(c) for c in reaction.commands])
    return queued


def _following(command: Command, cause: Cause) -> Queued:
    if not _is_approvals(command):
        return Queued(command, cause, as_app=False, by_rule=False)
    return Queued(command, cause.moved(_named(command)), as_app=True, by_rule=False)


def _is_approvals(command: Command) -> bool:
    return bool(getattr(command, "by_approval", False))


def _with_approvals(
    ctx: Context, events: tuple[Event, ...], cause: Cause, queued: list[Queued]
) -> Iterable[Event]:
    """The events, and those of approvals that start, restart or end by them."""
    more: list[Event] = []
    for event in events:
        before, after = _moved(event)
        if after is None or ctx.app.package.workflow_of(after.entity) is None:
            continue
        happened, commands = settle_approvals(ctx, before, after)
        more.extend(happened)
        queued.extend(Queued(c, cause.moved(_named(c)), as_app=True, by_rule=False) for c in commands)
    return (*events, *more) if more else events


def _named(command: Command) -> str:
    """What people know of a command of an approval: the transition that it fires."""
    return command.transition if isinstance(command, FireTransition) else ""


def _moved(event: Event) -> tuple[Record | None, Record | None]:
    if isinstance(event, RecordCreated):
        return None, event.record
    if isinstance(event, TransitionFired):
        return event.before, event.after
    if isinstance(event, RecordChanged) and event.before.state == event.after.state:
        return event.before, event.after
    return None, None
