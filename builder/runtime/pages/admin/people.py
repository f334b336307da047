"""People: who may come in, what they may do, and how they are kept out again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import GrantRole, SaveUser
from builder.errors import BuilderError, ForbiddenError, NotFoundError
from builder.metadata.text import FIRST_LOCALE, LOCALES
from builder.runtime.pages.admin.standing import People, people_for
from builder.runtime.pages.admin.told import done, outcome, said
from builder.runtime.pages.site import Site
from builder.runtime.plans import plan_of
from builder.storage import accounts
from builder.storage.accounts import UserRow

PAGE = "/people"
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
"""None of them looks like another one."""


def add_people(pages: Blueprint, site: Site) -> None:
    """``/people`` and a page for each person."""

    @pages.get(PAGE)
    def people() -> str:
        found = people_for(site)
        wanted = request.args.get("q", "").strip().lower()
        rows = [
            _row(site, found, u) for u in found.users if wanted in f"{u.login} {u.name} {u.email}".lower()
        ]
        return site.page(
            "admin/people.html",
            rows=rows,
            q=wanted,
            is_admin=found.actor.is_admin,
            said=said(found.words),
            seats=_seats(site, found),
        )

    @pages.get(f"{PAGE}/new")
    def person_new() -> str:
        return _form(site, None)

    @pages.post(f"{PAGE}/new")
    def person_add() -> str | BaseResponse:
        return _added(site)

    @pages.get(f"{PAGE}/<id>")
    def person(id: str) -> str:
        return _form(site, _person(site, id))

    @pages.post(f"{PAGE}/<id>")
    def person_save(id: str) -> str | BaseResponse:
        return _changed(site, id, "person_saved", _saving(_person(site, id)))

    @pages.post(f"{PAGE}/<id>/password")
    def person_password(id: str) -> str | BaseResponse:
        user = _person(site, id)
        return _changed(
            site, id, "password_reset", _as_it_is(user, password=request.form.get("password", ""))
        )

    @pages.post(f"{PAGE}/<id>/<any(disable,enable):deed>")
    def person_status(id: str, deed: str) -> str | BaseResponse:
        command = _as_it_is(_person(site, id), status="disabled" if deed == "disable" else "active")
        return _changed(site, id, f"person_{deed}d", command)

    @pages.post(f"{PAGE}/<id>/roles")
    def person_role(id: str) -> str | BaseResponse:
        command = _granting(site.door.id(id), request.form.get("org_unit", ""))
        return _changed(site, id, "role_ended" if command.revoke else "role_given", command)


def _added(site: Site) -> str | BaseResponse:
    """A new account, with its first role where the form names one."""
    form = request.form
    try:
        made = site.door.send(site.actor(), _saving(None, form.get("password") or None), None)
    except BuilderError as error:
        return _form(site, None, error=error)
    if not form.get("role"):
        return done(f"{PAGE}/{made['id']}", "person_added")
    # The account is there whatever comes of the role: its page says what stood in the way.
    return _changed(site, made["id"], "person_ready", _granting(site.door.id(made["id"])))


def _seats(site: Site, found: People) -> str:
    """How many seats of the plan are taken; nothing where it has no limit."""
    with site.door.engine.database.snapshot() as conn:
        seats = plan_of(accounts.place_of(conn, found.actor.workspace).plan).seats
        taken = sum(u.status == "active" for u in accounts.users(conn, found.actor.workspace))
    return found.words.say("plan.seats", n=taken, seats=seats) if seats is not None else ""


def _person(site: Site, id: str) -> UserRow:
    wanted = site.door.id(id)
    found = next((u for u in people_for(site).users if u.user_id == wanted), None)
    if found is None:
        raise NotFoundError(user=True)
    return found


def _changed(site: Site, id: str, told: str, command: Any) -> str | BaseResponse:
    try:
        site.door.send(site.actor(), command, None)
    except BuilderError as error:
        return _form(site, _person(site, id), error=error)
    return done(f"{PAGE}/{id}", told)


def _saving(user: UserRow | None, password: str | None = None) -> SaveUser:
    """The account as the form has it."""
    form = request.form
    locale = form.get("locale", "")
    return SaveUser(
        form.get("login", ""),
        form.get("name", ""),
        user.user_id if user else None,
        form.get("email", ""),
        locale if locale in LOCALES else FIRST_LOCALE,
        password,
        "active" if user is None or user.status == "active" else "disabled",
        form.get("is_admin") == "true",
        form.get("org_unit", ""),
    )


def _granting(user: int, unit: str = "") -> GrantRole:
    """The role that the form names, within ``unit``; or its end."""
    app, _, role = request.form.get("role", "").partition("/")
    return GrantRole(app, user, role, unit or None, request.form.get("revoke") == "1")


def _as_it_is(user: UserRow, **changes: Any) -> SaveUser:
    values: dict[str, Any] = {"email": user.email, "locale": user.locale, "status": user.status} | changes
    return SaveUser(user.login, user.name, user.user_id, **values)


def _row(site: Site, found: People, user: UserRow) -> Mapping[str, Any]:
    return {
        "name": user.name,
        "login": user.login,
        "email": user.email,
        "url": f"{PAGE}/{site.show(user.user_id)}",
        "unit": found.unit_name(user.org_unit_id),
        "roles": list(dict.fromkeys(g["label"] for g in found.roles_of(user.user_id))),
        "is_admin": user.is_admin,
        "is_active": user.status == "active",
        # Of administrators' apps the reader may know none of the roles: nothing is said of those.
        "sees_nothing": bool(found.held) and not user.is_admin and not found.roles_of(user.user_id),
    }


def _form(site: Site, user: UserRow | None, *, error: BuilderError | None = None) -> str:
    found = people_for(site)
    if user is None and not found.actor.is_admin:
        raise ForbiddenError(deed="people")
    unit = found.unit(user.org_unit_id) if user else None
    values: dict[str, Any] = {
        "login": user.login if user else "",
        "name": user.name if user else "",
        "email": user.email if user else "",
        "locale": user.locale if user else found.actor.locale,
        "org_unit": unit.key if unit else "",
        "is_admin": bool(user and user.is_admin),
        "role": "",
    }
    if error is not None and "login" in request.form:
        values |= {key: request.form.get(key, "") for key in ("login", "name", "email", "locale", "org_unit")}
        values["is_admin"] = request.form.get("is_admin") == "true"
        values["role"] = request.form.get("role", "")
    return site.page(
        "admin/person.html",
        values=values,
        person=user,
        at=f"{PAGE}/{site.show(user.user_id)}" if user else f"{PAGE}/new",
        is_self=user is not None and user.user_id == found.actor.user_id,
        may_save=found.actor.is_admin,
        units=found.unit_choices(),
        grants=found.roles_of(user.user_id) if user else [],
        roles=found.role_choices(),
        suggestion=made_up(),
        **outcome(found.words, error),
    )


def made_up() -> str:
    """A password that can be told on the telephone."""
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(4)) for _ in range(3))
