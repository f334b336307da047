"""Opening: what a decision or a reading starts with: the app, the actor's kernel, the overlay, the clock of one command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from typing import Any

from builder.clock import business_date
from builder.commands import ActOnTask, ActOnTicket, Actor, Command
from builder.errors import ForbiddenError, NotFoundError
from builder.runtime import own_eyes
from builder.runtime.apps import LoadedApp
from builder.runtime.context import Context
from builder.runtime.directory import StoredDirectory
from builder.runtime.engine import Engine
from builder.runtime.environment import CommandEnvironment
from builder.runtime.outcome import intents_of
from builder.runtime.pending import Pending
from builder.runtime.permissions import Kernel
from builder.runtime.plans import refuse_ended
from builder.runtime.reader import Overlay
from builder.runtime.root import Root
from builder.runtime.standing import standing_of
from builder.storage import accounts, flow, tickets
from builder.storage import apps as stored_apps
from builder.storage.query import FilterContext


def today_of(conn: Any, actor: Actor, now: datetime) -> date:
    """The business date where the actor works."""
    return _today_at(accounts.place_of(conn, actor.workspace, actor.org_unit_id), now)


def _today_at(place: accounts.Place, now: datetime) -> date:
    return business_date(now, place.timezone, place.day_starts_at or time(0))


def kernel_of(conn: Any, actor: Actor, app: LoadedApp) -> Kernel:
    """The actor's kernel in ``app``. 404 where it may not know that the app exists."""
    return standing_of(conn, actor, app).kernel


def open_context(engine: Engine, conn: Any, actor: Actor, command: Command, now: datetime) -> Context:
    """A context to decide ``command`` in. An approval task finds its own app."""
    key = _app_of(conn, actor, command)
    ctx = open_reading(engine, conn, actor, key, now)
    if not ctx.kernel.may_command:
        raise ForbiddenError(deed="token")
    refuse_ended(standing_of(conn, actor, ctx.app).place.plan, ctx.pending.today, actor.kind, command)
    ctx.pending.overrides = getattr(command, "overrides", ())
    return ctx


def _app_of(conn: Any, actor: Actor, command: Command) -> str:
    if isinstance(command, ActOnTask):
        return _app_of_task(conn, actor, command)
    if isinstance(command, ActOnTicket):
        return _app_of_ticket(conn, actor, command)
    found: str = command.app  # type: ignore[union-attr]
    return found


def _app_of_ticket(conn: Any, actor: Actor, command: ActOnTicket) -> str:
    app_id = tickets.app_of(conn, actor.workspace, command.ticket_id)
    row = next((r for r in stored_apps.apps(conn, actor.workspace) if r.app_id == app_id), None)
    if row is None:
        raise NotFoundError(ticket=True)
    return row.key


def _app_of_task(conn: Any, actor: Actor, command: ActOnTask) -> str:
    key = flow.app_of_task(conn, actor.workspace, command.task_id)
    if key is None:
        raise NotFoundError(task=True)
    return key


def open_reading(engine: Engine, conn: Any, actor: Actor, key: str, now: datetime) -> Context:
    """The same, for reading alone."""
    app = engine.apps.load(conn, actor.workspace, key)
    ctx = open_on(engine, conn, actor, app, now, engine.database.new_id)
    ctx.read_as = lambda other: open_reading(engine, conn, other, key, now)
    return ctx


def open_on(
    engine: Engine, conn: Any, actor: Actor, app: LoadedApp, now: datetime, new_id: Callable[[], int]
) -> Context:
    """A context over an app as it is loaded, which need not be the live version."""
    standing = standing_of(conn, actor, app)
    kernel, place = standing.kernel, standing.place
    today = _today_at(place, now)
    pending = Pending(actor, now, today, new_id, app)
    filters = FilterContext(today, actor.user_id, standing.units, lambda key: reader.setting(key))
    reader = Overlay(conn, actor.workspace, app, pending, filters)
    reader.read_id = engine.database.read_id
    environment = CommandEnvironment(now, today, actor.user_id, reader.balance, place.timezone)
    directory = StoredDirectory(conn, actor, app, standing.units)
    ctx = Context(engine, conn, actor, app, kernel, reader, pending, environment, directory)
    ctx.sights = own_eyes.sights(conn, actor.workspace, app)
    reader.values_of = lambda paths, record: ctx.values(paths, record)
    reader.intents = _once_per_change(ctx, pending)
    return ctx


def _once_per_change(ctx: Context, pending: Pending) -> Callable[[], Any]:
    """The intents so far, worked out again only when something more was decided. Posting expressions that ask for balances
    themselves see committed ones: the flag keeps them from asking in a circle."""
    state: dict[str, Any] = {"seen": None, "intents": (), "busy": False}

    def intents() -> Any:
        seen = pending.stage
        if state["busy"] or not pending.records:
            return ()
        if state["seen"] != seen:
            state["busy"] = True
            try:
                state["intents"] = intents_of(ctx)
            finally:
                state["busy"] = False
            state["seen"] = seen
        return state["intents"]

    return intents


def open_root(engine: Engine, conn: Any, actor: Actor, now: datetime) -> Root:
    return Root(engine, conn, actor, Pending(actor, now, today_of(conn, actor, now), engine.database.new_id))
