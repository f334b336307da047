"""Handlers of tickets: opened by rules and people, acted on by whoever is concerned, seen to by the clock."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from builder.changes import Message, Ticket
from builder.commands import ActOnTicket, OpenTicket, TendTicket
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.metadata.rule import Recipient
from builder.record import Record
from builder.rules.actions.recipients import named
from builder.runtime.calendars import calendar_of
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.own_eyes import read_by
from builder.runtime.tickets import has_gone, may_act, may_see
from builder.storage import tickets as stored
from builder.workflow import tickets
from builder.workflow.deadlines import within
from builder.workflow.tickets import Moved

MOST_WORDS = 2000


def opened(ctx: Context, command: OpenTicket) -> Handled:
    """A new ticket; for a rule that found the same before, the one that it has."""
    ticket = _asked(ctx, command)
    known = _known(ctx, ticket)
    if known is None or (known.state == "closed" and not command.reopen):
        return _kept(ctx, tickets.opened(ticket, command.users))
    if known.state == "open":
        moved = tickets.seen_again(known, ticket)
        return Handled(answer=_answer(ctx, known)) if moved.ticket is known else _kept(ctx, moved)
    return _kept(ctx, tickets.reopened(known, ctx.actor.user_id, ticket, command.users))


def _asked(ctx: Context, command: OpenTicket) -> Ticket:
    """The ticket as it would be, if the actor may open it; every problem at once."""
    if command.entity:
        ctx.load(command.entity, command.id)
    elif not ctx.kernel.is_unlimited:
        raise NotFoundError(ticket=True)
    problems = []
    words = [command.title] if isinstance(command.title, str) else list(command.title.values())
    if not any(word.strip() for word in words):
        problems.append(Problem("REQUIRED", "/title", {"field": "title"}))
    owner = command.owner or ctx.actor.user_id or next(iter(ctx.directory.app_owners()), 0)
    if not ctx.directory.is_active(owner):
        problems.append(Problem("TASK_PERSON_LEFT", "/owner"))
    now = ctx.pending.now
    due = command.due_at or within(
        now,
        command.due_days or 0,
        command.due_hours or 0,
        0,
        calendar=calendar_of(ctx.conn, ctx.ws, ctx.app),
        zone=ctx.engine.settings.timezone,
    )
    if due is not None and due <= now:
        problems.append(Problem("TICKET_DUE_PAST", "/due_at"))
    if problems:
        raise InvalidError(problems=problems)
    return Ticket(
        id=ctx.pending.new_id(),
        kind=command.kind,
        title=command.title,
        body=command.body,
        owner_id=owner,
        opened_at=now,
        opened_by=0 if command.rule else ctx.actor.user_id,
        entity=command.entity,
        record_id=command.id if command.entity else 0,
        rule=command.rule,
        about=command.about,
        source=dict(command.source),
        role=command.role,
        due_at=due,
        next_at=due,
        escalate=command.escalate,
        until_gone=command.until_gone,
    )


def _known(ctx: Context, ticket: Ticket) -> Ticket | None:
    """The ticket that the rule has about the same thing, as decided so far."""
    if not ticket.rule:
        return None
    same = [t for t in ctx.pending.tickets.values() if (t.rule, t.about) == (ticket.rule, ticket.about)]
    found = same[-1] if same else None
    if found is None:
        row = stored.of_rule(ctx.conn, ctx.ws, ctx.app.row.app_id, ticket.rule, ticket.about)
        found = row.named(ctx.app.maps) if row else None
    return found


def acted(ctx: Context, command: ActOnTicket) -> Handled:
    """What a person does about a ticket. Whoever sees it may say something; the rest is for those whom it concerns."""
    ticket = load(ctx, command.ticket_id)
    deed = DEEDS.get(command.action)
    if deed is None:
        params = {"action": command.action, "actions": ", ".join(sorted(DEEDS))}
        raise InvalidError(problems=[Problem("TICKET_ACTION_UNKNOWN", "/action", params)])
    if len(command.reason) > MOST_WORDS:
        too_long = Problem("VALUE_TOO_LONG", "/reason", {"field": "reason", "max": MOST_WORDS})
        raise InvalidError(problems=[too_long])
    if command.action != "comment" and not may_act(ctx, ticket):
        raise ForbiddenError("TICKET_NOT_YOURS", problems=[Problem("TICKET_NOT_YOURS")])
    return _kept(ctx, deed(ctx, ticket, command))


def load(ctx: Context, id: int) -> Ticket:
    """A ticket as decided so far, if the actor may know it; else 404."""
    row = stored.by_id(ctx.conn, ctx.ws, id)
    found = ctx.pending.tickets.get(id) or (row.named(ctx.app.maps) if row else None)
    if found is None or not may_see(ctx, found):
        raise NotFoundError(ticket=True)
    return found


def _close(ctx: Context, ticket: Ticket, command: ActOnTicket) -> Moved:
    return tickets.closed(ticket, ctx.actor.user_id, command.reason, ctx.pending.now)


def _hand_over(ctx: Context, ticket: Ticket, command: ActOnTicket) -> Moved:
    if command.to_user is None:
        return Moved(ticket, problems=(Problem("TASK_TO_WHOM", "/to_user"),))
    if not ctx.directory.is_active(command.to_user):
        return Moved(ticket, problems=(Problem("TASK_PERSON_LEFT", "/to_user"),))
    return tickets.handed_over(ticket, ctx.actor.user_id, command.to_user, command.reason)


def _comment(ctx: Context, ticket: Ticket, command: ActOnTicket) -> Moved:
    return tickets.commented(ticket, ctx.actor.user_id, command.reason)


def _reopen(ctx: Context, ticket: Ticket, command: ActOnTicket) -> Moved:
    if ticket.state != "closed":
        return Moved(ticket, problems=(Problem("TICKET_OPEN"),))
    again = _known(ctx, ticket)
    if again is not None and again.state == "open":
        return Moved(ticket, problems=(Problem("TICKET_OPEN"),))
    return tickets.reopened(ticket, ctx.actor.user_id)


DEEDS: Mapping[str, Callable[[Context, Ticket, ActOnTicket], Moved]] = {
    "close": _close,
    "hand_over": _hand_over,
    "comment": _comment,
    "reopen": _reopen,
}


def tended(ctx: Context, command: TendTicket) -> Handled:
    """What the clock owes a ticket now; nothing where somebody was faster."""
    row = stored.by_id(ctx.conn, ctx.ws, command.ticket_id)
    ticket = row.named(ctx.app.maps) if row else None
    if ticket is None or ticket.state != "open":
        return Handled(answer={"skipped": "done"})
    if ticket.until_gone and has_gone(ctx, ticket):
        return _kept(ctx, tickets.gone(ticket, ctx.pending.now))
    if not tickets.is_due(ticket, ctx.pending.now):
        return Handled(answer={"skipped": "done"})
    return _kept(ctx, tickets.escalated(ticket, _next_people(ctx, ticket)))


def _next_people(ctx: Context, ticket: Ticket) -> tuple[int, ...]:
    """Who takes over at the step that has come; without names, and where those have left, who heads the department, else an owner."""
    stage = tickets.stage_of(ticket)
    if stage is None:
        return ()
    record = _record(ctx, ticket) or Record("", 0, {})
    found = named((Recipient(**one) for one in ticket.escalate[stage].get("to", ())), ctx.facts, record)
    return found or tuple(_heads(ctx, ticket, record)[:1]) or ctx.directory.app_owners()[:1]


def _heads(ctx: Context, ticket: Ticket, record: Record) -> list[int]:
    """Who heads the owner's department and those above it, the nearest first; where the owner has none, the record's."""
    person = next((u for u in ctx.directory.people() if u.user_id == ticket.owner_id), None)
    unit = (person.org_unit_id if person else 0) or record.org_unit_id
    heads = [ctx.directory.head_of(unit, level) for level in range(10)] if unit else []
    return [h for h in heads if h is not None and h != ticket.owner_id and ctx.directory.is_active(h)]


def _record(ctx: Context, ticket: Ticket) -> Record | None:
    if not ticket.entity:
        return None
    return ctx.reader.get(ticket.entity, [ticket.record_id]).get(ticket.record_id)


def _kept(ctx: Context, moved: Moved) -> Handled:
    """Collect what became of a ticket and tell those who should know; refuse with all problems."""
    if moved.problems:
        first = moved.problems[0].code
        if first in {"TICKET_CLOSED", "TICKET_OPEN"}:
            raise ConflictError(first, problems=moved.problems)
        raise InvalidError(problems=moved.problems)
    known = ctx.pending.tickets.get(moved.ticket.id)
    # The version counts once per command, as a record's does.
    ticket = replace(moved.ticket, version=known.version if known else moved.ticket.version + 1)
    ctx.pending.tickets[ticket.id] = ticket
    ctx.pending.ticket_steps.extend(moved.steps)
    ctx.pending.messages.extend(_message(ctx, ticket, user, code) for user, code in moved.told)
    return Handled(answer=_answer(ctx, ticket))


def _message(ctx: Context, ticket: Ticket, user: int, code: str) -> Message:
    title = read_by(ticket, ctx.sights(user)).title
    body = {
        "user_id": user,
        "kind": code,
        "code": code,
        "params": {"title": title, "name": ctx.actor.name or ctx.actor.login, "reason": ticket.reason},
        "app": ctx.app.key,
        "entity": ticket.entity or None,
        "record_id": ticket.record_id or None,
        "ticket_id": ticket.id,
    }
    key = f"{code}:{ticket.id}:{ticket.version}:{ticket.level}:{user}"
    return Message("notification", body, order_key=f"user:{user}", dedupe_key=key)


def _answer(ctx: Context, ticket: Ticket) -> Mapping[str, Any]:
    show = ctx.engine.database.show
    return {
        "id": show(ticket.id),
        "state": ticket.state,
        "version": ticket.version,
        "owner": show(ticket.owner_id),
        "times": ticket.times,
    }
