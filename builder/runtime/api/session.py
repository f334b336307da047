"""Endpoints of sign-in, tokens and accounts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import Actor, GrantRole, SaveOrgUnit, SaveToken, SaveUser
from builder.errors import ForbiddenError
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.shapes import GrantShape, OrgUnitShape, SignInShape, TokenShape, UserShape
from builder.runtime.auth import sign_in, sign_out
from builder.runtime.plans import has_ended, plan_of
from builder.storage import accounts, sessions
from builder.web.session import clear_cookie, read_token

WORKSPACE = 1


def _plan(door: Door, actor: Actor) -> dict[str, Any]:
    """What the workspace may use, and whether it may still be written to."""
    with door.engine.database.snapshot() as conn:
        plan = plan_of(accounts.place_of(conn, actor.workspace).plan)
        over = has_ended(conn, actor.workspace, door.engine.clock.now())
    ends = plan.ends_on.isoformat() if plan.ends_on else None
    return {
        "name": plan.name,
        "seats": plan.seats,
        "apps": plan.apps,
        "ends_on": ends,
        "trial": plan.trial,
        "over": over,
    }


def add_session(api: Blueprint, door: Door) -> None:
    """``/session``, ``/tokens``, ``/users``, ``/org-units`` and grants."""

    @api.post("/session")
    def open_session() -> Response:
        body = read_shape(request, SignInShape())
        made = sign_in(door.engine, WORKSPACE, body["login"], body["password"], request.remote_addr or "")
        actor = made.actor
        user = {
            "id": door.show(actor.user_id),
            "login": actor.login,
            "name": actor.name,
            "locale": actor.locale,
            "is_admin": actor.is_admin,
        }
        return answer({"token": made.token, "user": user, "expires_at": made.expires_at.isoformat()}, 201)

    @api.delete("/session")
    def close_session() -> Response:
        door.identify(request)
        bearer = request.headers.get("Authorization", "").partition(" ")[2].strip()
        sign_out(door.engine, bearer or read_token(request) or "")
        done = Response(status=204)
        if not bearer:
            clear_cookie(done, secure=request.is_secure)
        return done

    @api.get("/me")
    def me() -> Response:
        actor = door.identify(request)
        return answer(
            {
                "id": door.show(actor.user_id),
                "login": actor.login,
                "name": actor.name,
                "locale": actor.locale,
                "is_admin": actor.is_admin,
                "plan": _plan(door, actor),
            }
        )

    @api.get("/tokens")
    def tokens() -> Response:
        actor = door.identify(request)
        with door.engine.database.snapshot() as conn:
            rows = sessions.tokens_of(conn, actor.workspace, actor.user_id)
        items = [
            {
                "prefix": r.prefix,
                "name": r.name,
                "scope": list(r.scope),
                "expires_at": r.expires_at.isoformat() if r.expires_at else None,
            }
            for r in rows
        ]
        return answer({"items": items})

    @api.post("/tokens")
    def make_token() -> Response:
        actor = door.identify(request)
        body = read_shape(request, TokenShape())
        command = SaveToken(body["name"], tuple(body["scope"]), body["days"])
        return answer(door.send(actor, command, key_wanted(request)), 201)

    @api.delete("/tokens/<prefix>")
    def revoke_token(prefix: str) -> Response:
        actor = door.identify(request)
        door.send(actor, SaveToken(revoke=prefix), key_wanted(request))
        return Response(status=204)


def add_people(api: Blueprint, door: Door) -> None:
    """Accounts, org units, roles: for administrators."""

    @api.get("/users")
    def users() -> Response:
        actor = door.identify(request)
        if not actor.is_admin or (actor.scope and not {"*:read", "*:write"} & {*actor.scope}):
            raise ForbiddenError(deed="people")
        with door.engine.database.snapshot() as conn:
            rows = accounts.users(conn, actor.workspace)
        items = [
            {
                "id": door.show(u.user_id),
                "login": u.login,
                "name": u.name,
                "email": u.email,
                "status": u.status,
                "is_admin": u.is_admin,
            }
            for u in rows
        ]
        return answer({"items": items})

    @api.post("/users")
    def add_user() -> Response:
        return _save_user(None)

    @api.patch("/users/<id>")
    def change_user(id: str) -> Response:
        return _save_user(door.id(id))

    def _save_user(id: int | None) -> Response:
        actor = door.identify(request)
        body = read_shape(request, UserShape())
        command = SaveUser(
            body["login"],
            body["name"],
            id,
            body["email"],
            body["locale"],
            body["password"],
            body["status"],
            body["is_admin"],
            body["org_unit"],
        )
        return answer(door.send(actor, command, key_wanted(request)), 201 if id is None else 200)

    @api.post("/apps/<app>/grants")
    def grant(app: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, GrantShape())
        command = GrantRole(app, door.id(body["user"]), body["role"], body["org_unit"], body["revoke"])
        return answer(door.send(actor, command, key_wanted(request)), 201)

    @api.post("/org-units")
    def save_unit() -> Response:
        actor = door.identify(request)
        body = read_shape(request, OrgUnitShape())
        head = door.id(body["head"]) if body["head"] else None
        return answer(
            door.send(
                actor, SaveOrgUnit(body["key"], body["name"], body["parent"], head), key_wanted(request)
            ),
            201,
        )
