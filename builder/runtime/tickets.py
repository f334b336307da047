"""Tickets: who may see and settle one, whether its reason has gone, and the lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from builder.changes import Ticket
from builder.clock import business_date
from builder.commands import Actor
from builder.errors import BuilderError, NotFoundError
from builder.expressions import ExpressionError
from builder.metadata.entity import Entity
from builder.metadata.ledger import Ledger
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.conditions import judge, passes
from builder.rules.context import LEDGER
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.ledger_reading import within
from builder.runtime.opening import open_reading
from builder.runtime.own_eyes import read_by, through
from builder.storage import apps as stored_apps
from builder.storage import tickets as stored
from builder.storage.tickets import TicketRow, Which

# Who may


def is_concerned(ctx: Context, ticket: Ticket) -> bool:
    """Whether the ticket is the actor's own, or of a role that the actor holds."""
    return ticket.owner_id == ctx.actor.user_id or ticket.role in ctx.kernel.role_keys()


def may_act(ctx: Context, ticket: Ticket) -> bool:
    """Its owner, the role that it was given to, whoever opened it, and those who keep the app."""
    me = ctx.actor.user_id
    opened = bool(ticket.opened_by) and ticket.opened_by == me
    return is_concerned(ctx, ticket) or opened or ctx.kernel.is_unlimited or me in ctx.directory.app_owners()


def may_see(ctx: Context, ticket: Ticket) -> bool:
    """Who may see the record sees its tickets; one about no record is for those who may act, and for readers of its row of the ledger."""
    if may_act(ctx, ticket):
        return True
    if ticket.entity:
        try:
            ctx.load(ticket.entity, ticket.record_id)
        except BuilderError:
            return False
        return True
    model = ctx.app.ledgers.get(str(ticket.source.get("ledger", "")))
    if model is None or not ctx.kernel.measures(model.key):
        return False
    keys = dict(ticket.source.get("keys", {}))
    return within(ctx, model)([int(keys.get(d.key) or 0) for d in model.dimensions])


# Whether what it is about has gone


def has_gone(ctx: Context, ticket: Ticket) -> bool:
    """Whether the rule that opened it would no longer do so. What cannot be judged has not gone."""
    rule = next((r for r in ctx.app.package.rules if r.uid == ticket.rule), None)
    if rule is None:
        return False
    try:
        if ticket.source.get("ledger"):
            return _recovered(ctx, rule, ticket)
        return _no_longer(ctx, rule, ticket)
    except ExpressionError:
        return False


def _no_longer(ctx: Context, rule: Rule, ticket: Ticket) -> bool:
    entity, id = str(ticket.source.get("entity", "")), int(ticket.source.get("id") or 0)
    if not id or ctx.app.package.entity(entity) is None:
        return False
    record = ctx.reader.get(entity, [id]).get(id)
    if record is None or record.archived_at is not None:
        return True
    if not passes(ctx.facts, rule.when.filter, record) or not judge(ctx.facts, rule, record).applies:
        return True
    return rule.when.kind == "relative_date" and not _is_reached(ctx, rule, record)


def _is_reached(ctx: Context, rule: Rule, record: Record) -> bool:
    """Whether the day of a relative date is still past: it may have been moved since."""
    value = record.get(rule.when.date_field or "")
    if value is None and rule.when.date_field == "business_date":
        value = record.business_date
    if isinstance(value, datetime):
        value = business_date(value, ctx.engine.settings.timezone)
    if not isinstance(value, date):
        return False
    return value + timedelta(days=rule.when.days) <= ctx.environment.today()


def _recovered(ctx: Context, rule: Rule, ticket: Ticket) -> bool:
    """Whether the slack of a threshold is not below zero any more."""
    ledger = ctx.app.ledgers.get(str(ticket.source["ledger"]))
    watched = next((t for t in ledger.thresholds if t.rule == rule.uid), None) if ledger else None
    if ledger is None or watched is None:
        return False
    keys: dict[str, Any] = dict(ticket.source.get("keys", {}))
    # A grain keeps some of the dimensions: the others do not limit its balance.
    dimensions = [d.key for d in ledger.ledger.dimensions]
    ordered = [keys.get(k) if n in watched.grain.positions else None for n, k in enumerate(dimensions)]
    measures = {
        m.key: ctx.reader.balance(ledger.ledger.key, m.key, ordered)
        for m in ledger.ledger.measures
        if m.key in watched.slack.paths
    }
    found = {k: v for k, v in keys.items() if k in dimensions}
    at = Record(f"{LEDGER}{ledger.ledger.key}", 0, {**found, **measures})
    slack = ctx.evaluate(watched.slack, at)
    return isinstance(slack, Decimal | int) and slack >= 0


# What people are shown


@dataclass(frozen=True)
class TicketItem:
    """A ticket with the record that it is about (None: none, or not for the actor's eyes) and what the actor may do."""

    ticket: Ticket
    app: str
    entity: Entity | None
    record: Record | None
    rule: Rule | None
    owner: str
    may_act: bool
    ledger: Ledger | None = None
    """The ledger whose balance it is about, where the actor may look at that."""
    people: str = ""
    """An entity whose owners may be looked up: where a person is chosen."""


def listed(
    engine: Engine, conn: Any, actor: Actor, now: datetime, *, which: Which = "mine", state: str = "open"
) -> tuple[TicketItem, ...]:
    """The tickets of all apps that the actor may see, as ``which`` says; open ones by deadline."""
    contexts: dict[int, Context] = {}
    for row in stored_apps.apps(conn, actor.workspace):
        if not row.live_version:
            continue
        try:
            contexts[row.app_id] = open_reading(engine, conn, actor, row.key, now)
        except NotFoundError:
            continue
    roles = [(app_id, sorted(ctx.kernel.role_keys())) for app_id, ctx in contexts.items()]
    rows = stored.listed(conn, actor.workspace, actor.user_id, which, roles, now, state=state)
    found = (item_of(contexts[row.app_id], row.named(contexts[row.app_id].app.maps)) for row in rows)
    return tuple(item for item in found if item is not None)


def of_record(ctx: Context, record: Record) -> tuple[TicketItem, ...]:
    """The tickets of a record that the actor may see, open ones first."""
    rows: Sequence[TicketRow] = stored.of_record(
        ctx.conn, ctx.ws, ctx.app.maps.entity_id(record.entity), record.id
    )
    found = (item_of(ctx, row.named(ctx.app.maps)) for row in rows)
    return tuple(item for item in found if item is not None)


def item_of(ctx: Context, ticket: Ticket) -> TicketItem | None:
    """The ticket as the actor may see it, in words that tell no field which is hidden from them; None where it may not be seen."""
    if not may_see(ctx, ticket):
        return None
    record = None
    if ticket.entity:
        try:
            record = ctx.load(ticket.entity, ticket.record_id)
        except BuilderError:
            record = None
    return TicketItem(
        read_by(ticket, through(ctx.kernel)),
        ctx.app.key,
        ctx.app.package.entity(ticket.entity) if record is not None else None,
        record,
        next((r for r in ctx.app.package.rules if r.uid == ticket.rule), None),
        ctx.directory.name_of(ticket.owner_id),
        may_act(ctx, ticket),
        _ledger_of(ctx, ticket),
        next(
            (e.key for e in ctx.app.package.entities if e.kind != "lines" and ctx.kernel.may("read", e.key)),
            "",
        ),
    )


def _ledger_of(ctx: Context, ticket: Ticket) -> Ledger | None:
    key = str(ticket.source.get("ledger", ""))
    return ctx.app.package.ledger(key) if key and ctx.kernel.measures(key) else None
