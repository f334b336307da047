"""Decide: the whole loop over a read-only snapshot. Handlers, rules and workflow answer events with commands until none is left."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from builder.changes import Changes, RuleRun
from builder.commands import Actor, Command, RunRule
from builder.errors import BuilderError, InvalidError, NotFoundError
from builder.events import Event
from builder.rules.cause import NO_CAUSE, stop
from builder.rules.postponed import continued
from builder.runtime.apps import LoadedApp
from builder.runtime.channels import through
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.handled import Handled
from builder.runtime.handlers import APP_HANDLERS, ROOT_HANDLERS, RootHandler
from builder.runtime.opening import open_context, open_root
from builder.runtime.outcome import Complete, Outcome, finish
from builder.runtime.pending import Pending
from builder.runtime.permissions import Kernel
from builder.runtime.plans import refuse_ended
from builder.runtime.reactions import Queued, react
from builder.runtime.reader import Overlay
from builder.runtime.turns import in_turn
from builder.storage import accounts

Render = Callable[[Changes, Any], Mapping[str, Any]]


@dataclass(frozen=True)
class Decided:
    """A decision ready to be committed, with what commit needs to judge, complete and answer it. ``complete`` lays results over the
    changes; ``render`` gives the answer for changes that are complete, and the ledger's plan. ``reader``
    knows what rules asked before they let the command pass."""

    actor: Actor
    command: Command
    app: LoadedApp | None
    kernel: Kernel | None
    pending: Pending
    changes: Changes
    now: datetime
    today: date
    settings: Mapping[str, Any]
    render: Render
    complete: Complete
    reader: Overlay | None = None

    def answer(self) -> Mapping[str, Any]:
        """What would be answered, for a dry run."""
        return {**self.render(self.changes, None), "dry_run": True}


@dataclass
class Undone:
    """What a refused command leaves to tell: the rules that refused it, or failed."""

    app: LoadedApp | None = None
    runs: tuple[RuleRun, ...] = ()

    def keep(self, app: LoadedApp, runs: Iterable[RuleRun]) -> None:
        self.app = app
        self.runs = tuple(run for run in runs if run.outcome in {"refused", "failed"})


def decide(
    engine: Engine, conn: Any, actor: Actor, command: Command, now: datetime, undone: Undone | None = None
) -> Decided:
    """Everything that ``command`` would do. Raises a ``BuilderError`` with all problems; ``undone`` says then which rules refused."""
    actor = through(actor, command)
    root_handler = ROOT_HANDLERS.get(type(command))
    if root_handler is not None:
        return _decide_root(engine, conn, actor, command, now, root_handler)
    ctx = open_context(engine, conn, actor, command, now)
    ctx = replace(ctx, actor=through(actor, command, ctx.app.package))
    try:
        done: Outcome = finish(ctx, settle(ctx, command))
    except BuilderError:
        if undone is not None:
            undone.keep(ctx.app, ctx.pending.rule_runs)
        raise
    return Decided(
        ctx.actor,
        command,
        ctx.app,
        ctx.kernel,
        ctx.pending,
        done.changes,
        now,
        ctx.pending.today,
        ctx.reader.settings,
        done.render,
        done.complete,
        ctx.reader,
    )


def _decide_root(
    engine: Engine, conn: Any, actor: Actor, command: Command, now: datetime, handler: RootHandler
) -> Decided:
    root = open_root(engine, conn, actor, now)
    refuse_ended(accounts.place_of(conn, actor.workspace).plan, root.pending.today, actor.kind, command)
    answer = handler(root, command)
    changes = Changes(app=None, writes=tuple(root.pending.writes), answer=answer)
    today = root.pending.today
    return Decided(actor, command, None, None, root.pending, changes, now, today, {}, _answered, _as_is)


def _answered(changes: Changes, _plan: Any) -> Mapping[str, Any]:
    return changes.answer


def _as_is(changes: Changes, _results: Any, _conn: Any) -> Changes:
    return changes


def settle(ctx: Context, command: Command) -> Handled:
    """Run the command, then what it causes, breadth first for each record. The root's own result is the answer. What rules cause has no
    turns: of theirs each command is about one record."""
    first = _run(ctx, command)
    for part in first.one_by_one():
        follow(ctx, react(ctx, part, NO_CAUSE))
    if first.turns:
        first = first._replace(refs=in_turn(first.turns, lambda event: _followed(ctx, event)))
    if isinstance(command, RunRule):
        ctx.pending.messages[:], problems = continued(ctx.pending.messages, command.event)
        if problems:
            raise InvalidError("RULE_LOOP", problems=problems)
    return first


def _followed(ctx: Context, event: Event) -> None:
    follow(ctx, react(ctx, Handled(events=(event,)), NO_CAUSE))


def follow(ctx: Context, asked: Iterable[Queued]) -> None:
    """Everything that these commands, and what they cause, come to."""
    queue: deque[Queued] = deque(asked)
    made = 0
    while queue:
        queued = queue.popleft()
        made += queued.by_rule
        stopped = stop(queued.cause, made)
        if stopped is not None:
            raise InvalidError("RULE_LOOP", problems=[stopped])
        acting = ctx.as_app() if queued.as_app else ctx
        done = _run_caused(acting, queued)
        if queued.run is not None:
            ctx.pending.touched.setdefault(queued.run, []).extend(done.refs)
        queue.extend(react(ctx, done, queued.cause))


def _run_caused(ctx: Context, queued: Queued) -> Handled:
    try:
        return _run(ctx, queued.command)
    except BuilderError as error:
        if queued.cause.rules:
            error.params = {**error.params, "rule": queued.cause.chain}
        raise


def _run(ctx: Context, command: Command) -> Handled:
    handler = APP_HANDLERS.get(type(command))
    if handler is None:
        raise NotFoundError(command=type(command).__name__)
    return handler(ctx, command)
