"""Endpoints of tickets: the lists of them, one with what happened to it, opening one on a record, acting on one."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import ActOnTicket, OpenTicket
from builder.errors import InvalidError, NotFoundError, Problem
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.shapes import TicketActionShape, TicketShape
from builder.runtime.handlers.tickets import load
from builder.runtime.opening import open_reading
from builder.runtime.tickets import TicketItem, item_of, listed
from builder.storage import apps as stored_apps
from builder.storage import tickets as stored
from builder.storage.tickets import Which

LISTS: tuple[Which, ...] = ("mine", "roles", "overdue", "all")
DEEDS = {"close": "close", "hand-over": "hand_over", "comment": "comment", "reopen": "reopen"}


def add_tickets(api: Blueprint, door: Door) -> None:
    """``/tickets`` and ``/apps/<app>/<entity>/<id>/tickets``."""

    @api.get("/tickets")
    def tickets() -> Response:
        actor = door.identify(request)
        which = _chosen("list", LISTS)
        state = _chosen("state", ("open", "closed"))
        with door.engine.database.snapshot() as conn:
            items = listed(door.engine, conn, actor, door.engine.clock.now(), which=which, state=state)
        return answer({"items": [ticket_body(door, item) for item in items]})

    @api.get("/tickets/<id>")
    def ticket(id: str) -> Response:
        actor = door.identify(request)
        with door.engine.database.snapshot() as conn:
            app_id = stored.app_of(conn, actor.workspace, door.id(id))
            row = next((r for r in stored_apps.apps(conn, actor.workspace) if r.app_id == app_id), None)
            if row is None:
                raise NotFoundError(ticket=True)
            ctx = open_reading(door.engine, conn, actor, row.key, door.engine.clock.now())
            item = item_of(ctx, load(ctx, door.id(id)))
            assert item is not None
            steps = [_step(door, ctx, step) for step in stored.steps(conn, actor.workspace, item.ticket.id)]
        return answer({**ticket_body(door, item), "steps": steps})

    @api.post("/apps/<app>/<entity>/<id>/tickets")
    def open_ticket(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        said = read_shape(request, TicketShape())["fields_"]
        command = OpenTicket(
            app,
            said["title"],
            entity,
            door.id(id),
            said["kind"],
            said["body"] or "",
            owner=door.id(said["owner"]) if said["owner"] else None,
            due_at=said["due_at"],
            due_days=said["due_days"],
            due_hours=said["due_hours"],
        )
        return answer(door.send(actor, command, key_wanted(request)), 201)

    @api.post("/tickets/<id>/<action>")
    def act_on_ticket(id: str, action: str) -> Response:
        actor = door.identify(request)
        if action not in DEEDS:
            raise NotFoundError(ticket=True)
        said = read_shape(request, TicketActionShape(), optional=True)
        to_user = said.get("to_user")
        command = ActOnTicket(
            door.id(id), DEEDS[action], said.get("opinion", ""), door.id(to_user) if to_user else None
        )
        return answer(door.send(actor, command, key_wanted(request)))


def _chosen(name: str, known: tuple[Any, ...]) -> Any:
    """The value of a parameter; the first one where nothing is asked for."""
    text = request.args.get(name) or known[0]
    if text not in known:
        raise InvalidError(problems=[Problem("VALUE_CHOICE", f"/{name}", {"field": name, "value": text})])
    return text


def ticket_body(door: Door, item: TicketItem) -> dict[str, Any]:
    """A ticket as the API answers it."""
    one = item.ticket
    return {
        "id": door.show(one.id),
        "app": item.app,
        "kind": one.kind,
        "title": one.title,
        "body": one.body,
        "state": one.state,
        "owner": {"id": door.show(one.owner_id), "name": item.owner},
        "role": one.role or None,
        "rule": item.rule.key if item.rule else None,
        "entity": item.entity.key if item.entity else None,
        "record": door.show(item.record.id) if item.record else None,
        "opened_at": one.opened_at.isoformat(),
        "due_at": one.due_at.isoformat() if one.due_at else None,
        "level": one.level,
        "times": one.times,
        "closed_at": one.closed_at.isoformat() if one.closed_at else None,
        "reason": one.reason,
        "may_act": item.may_act,
    }


def _step(door: Door, ctx: Any, step: Any) -> dict[str, Any]:
    return {
        "at": step.at.isoformat(),
        "action": step.action,
        "by": ctx.directory.name_of(step.user_id) or None,
        "to": ctx.directory.name_of(step.to_user) or None,
        "note": step.note,
    }
