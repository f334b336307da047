"""Handlers of one's own account: name, language, password. Everybody may; nobody may for another."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from builder.changes import Write
from builder.commands import ChangePassword, ChangeProfile, SaveDelegation, SaveNoticeChoices
from builder.connectors.robots import ROBOTS, is_handle
from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.metadata.text import LOCALES
from builder.runtime import delivery
from builder.runtime.passwords import hash_password, is_right, password_problems
from builder.runtime.root import Root
from builder.storage import accounts, delegations
from builder.storage.accounts import UserRow

NAME = {"zh-CN": "姓名", "en": "Name"}


def change_profile(root: Root, command: ChangeProfile) -> Mapping[str, Any]:
    """Who the actor is called now."""
    user = _own(root)
    name = command.name.strip()
    if not name or len(name) > 80:
        raise InvalidError(problems=[Problem("REQUIRED", "/name", {"field": NAME})])
    locale = command.locale if command.locale in LOCALES else user.locale
    body = _body(user) | {"name": name, "email": command.email.strip()[:200], "locale": locale}
    root.pending.writes.append(Write("user.save", body))
    return {"id": root.show(user.user_id), "name": name, "locale": locale}


def change_password(root: Root, command: ChangePassword) -> Mapping[str, Any]:
    """A new password for the one who knows the old one. Every session of the account ends with it."""
    user = _own(root)
    if not is_right(user.password_hash, command.old):
        raise InvalidError("PASSWORD_WRONG", problems=[Problem("PASSWORD_WRONG", "/old")])
    problems = password_problems(command.new, user.login)
    if problems:
        raise InvalidError(problems=problems)
    body = _body(user) | {"password_hash": hash_password(command.new), "keeps_tokens": True}
    root.pending.writes.append(Write("user.save", body))
    return {"id": root.show(user.user_id)}


def save_notice_choices(root: Root, command: SaveNoticeChoices) -> Mapping[str, Any]:
    """How the actor is told from now on."""
    user = _own(root)
    problems = [
        Problem("CHOICE_UNKNOWN", f"/modes/{kind}")
        for kind, mode in command.modes.items()
        if kind not in delivery.KINDS or mode not in delivery.MODES
    ]
    problems += [
        Problem("CHOICE_UNKNOWN", "/urgent") for kind in command.urgent if kind not in delivery.KINDS
    ]
    handles = {vendor: text.strip() for vendor, text in command.handles.items() if text.strip()}
    problems += [
        Problem("HANDLE", f"/handles/{vendor}")
        for vendor, text in handles.items()
        if vendor not in ROBOTS or not is_handle(text)
    ]
    start, end = delivery.clock(command.quiet_from), delivery.clock(command.quiet_to)
    said = (bool(command.quiet_from), bool(command.quiet_to))
    if any(said) and (start is None or end is None or start == end):
        problems.append(Problem("QUIET_HOURS", "/quiet_to" if said[0] else "/quiet_from"))
    if problems:
        raise InvalidError(problems=problems)
    made = delivery.Choices(dict(command.modes), frozenset(command.urgent), start, end, handles)
    root.pending.writes.append(Write("choices.save", {"user": user.user_id, "rows": delivery.written(made)}))
    return {"id": root.show(user.user_id)}


def save_delegation(root: Root, command: SaveDelegation) -> Mapping[str, Any]:
    """Who decides for the actor, and when. What was given before is open to the one who stands in now as well."""
    user = _own(root)
    if command.end is not None:
        known = delegations.of(root.conn, root.actor.workspace, user.user_id, date.min)
        if command.end not in {row.delegation_id for row in known}:
            raise NotFoundError(delegation=True)
        root.pending.writes.append(Write("delegation.end", {"user": user.user_id, "id": command.end}))
        return {"id": root.show(command.end)}
    problems = _delegation_problems(root, command, user)
    if problems:
        raise InvalidError(problems=problems)
    assert command.to_user is not None
    assert command.from_day is not None
    assert command.to_day is not None
    id = root.pending.new_id()
    row = delegations.DelegationRow(id, user.user_id, command.to_user, command.from_day, command.to_day)
    root.pending.writes.append(Write("delegation.save", {"row": row}))
    return {"id": root.show(id)}


def _delegation_problems(root: Root, command: SaveDelegation, user: UserRow) -> list[Problem]:
    found: list[Problem] = []
    other = accounts.user(root.conn, root.actor.workspace, command.to_user) if command.to_user else None
    if other is None or other.status != "active":
        found.append(Problem("TASK_TO_WHOM", "/to_user"))
    elif other.user_id == user.user_id:
        found.append(Problem("DELEGATION_SELF", "/to_user"))
    first, last = command.from_day, command.to_day
    if first is None or last is None or last < first or last < root.pending.today:
        found.append(Problem("DELEGATION_DAYS", "/to_day"))
    return found


def _own(root: Root) -> UserRow:
    """The actor's account. A program with a token is not the person."""
    if root.actor.kind != "user":
        raise ForbiddenError(deed="account")
    user = accounts.user(root.conn, root.actor.workspace, root.actor.user_id)
    if user is None:
        raise NotFoundError(user=True)
    return user


def _body(user: UserRow) -> dict[str, Any]:
    """The account as it is: what is None stays."""
    return {
        "id": user.user_id,
        "is_new": False,
        "login": user.login,
        "name": user.name,
        "email": user.email,
        "locale": user.locale,
        "password_hash": None,
        "status": user.status,
        "is_admin": None,
        "org_unit": None,
    }
