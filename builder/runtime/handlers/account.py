"""Handlers of one's own account: name, language, password. Everybody may; nobody may for another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.changes import Write
from builder.commands import ChangePassword, ChangeProfile
from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.metadata.text import LOCALES
from builder.runtime.passwords import hash_password, is_right, password_problems
from builder.runtime.root import Root
from builder.storage import accounts
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
