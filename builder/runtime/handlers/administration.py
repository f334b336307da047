"""Handlers of what people administer: settings, periods, accounts, roles, org units, tokens."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from builder.changes import SettingChange, Write
from builder.commands import (
    ChangeSetting,
    GrantRole,
    SaveOrgUnit,
    SaveToken,
    SaveUser,
)
from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.metadata.settings import find_setting, parse_setting
from builder.runtime.context import Context
from builder.runtime.granting import read_scope
from builder.runtime.passwords import hash_password, password_problems, token_hash
from builder.runtime.root import Root
from builder.storage import accounts

TOKEN_PREFIX = 10


def change_setting(ctx: Context, command: ChangeSetting) -> Mapping[str, Any]:
    """The setting with its value before and after."""
    ctx.kernel.require("settings")
    setting = find_setting(ctx.app.package, command.key)
    if setting is None:
        raise NotFoundError(setting=command.key)
    value = parse_setting(setting, command.value)
    if isinstance(value, Problem):
        raise InvalidError(problems=[value])
    before = ctx.reader.raw_setting(command.key)
    ctx.pending.settings.append(SettingChange(command.key, before, value))
    return {"key": command.key, "before": before, "value": value}


def save_user(root: Root, command: SaveUser) -> Mapping[str, Any]:
    """The account. A new one, or one whose password is set, gets the password hashed; disabling ends its sessions."""
    root.require_admin()
    problems: list[Problem] = []
    login = command.login.strip().lower()
    if not login or len(login) > 80 or not login.isprintable() or " " in login:
        problems.append(Problem("LOGIN_INVALID", "/login"))
    if not command.name.strip():
        problems.append(Problem("REQUIRED", "/name", {"field": "name"}))
    if command.password is not None:
        problems.extend(password_problems(command.password, login))
    if problems:
        raise InvalidError(problems=problems)
    id = command.id or root.pending.new_id()
    body = {
        "id": id,
        "is_new": command.id is None,
        "login": login,
        "name": command.name.strip(),
        "email": command.email.strip(),
        "locale": command.locale,
        "password_hash": hash_password(command.password) if command.password is not None else None,
        "status": command.status,
        "is_admin": command.is_admin,
        "org_unit": command.org_unit,
    }
    root.pending.writes.append(Write("user.save", body))
    return {"id": root.show(id), "login": login, "status": command.status}


def grant_role(ctx: Context, command: GrantRole) -> Mapping[str, Any]:
    """The grant. Nobody gives a role that reaches further than the rights over people allow."""
    ctx.kernel.require("people")
    role = ctx.app.package.role(command.role)
    if role is None:
        raise NotFoundError(role=command.role)
    if not all(ctx.kernel.has_right(right) for right in role.app):
        raise ForbiddenError(deed="people")
    body = {
        "user_id": command.user_id,
        "role": role.uid,
        "org_unit": command.org_unit,
        "revoke": command.revoke,
    }
    ctx.pending.writes.append(Write("grant.save", body))
    return {"role": role.key, "revoked": command.revoke}


def save_org_unit(root: Root, command: SaveOrgUnit) -> Mapping[str, Any]:
    root.require_admin()
    key, name = command.key.strip(), command.name.strip()
    problems = [
        Problem("REQUIRED", f"/{k}", {"field": k}) for k, v in (("key", key), ("name", name)) if not v
    ]
    if command.head is not None and accounts.user(root.conn, root.actor.workspace, command.head) is None:
        problems.append(Problem("REFERENCE_MISSING", "/head", {"field": "head"}))
    if problems:
        raise InvalidError(problems=problems)
    body = {
        "key": key,
        "name": name,
        "parent": command.parent,
        "head": command.head,
        "id": root.pending.new_id(),
    }
    root.pending.writes.append(Write("org_unit.save", body))
    return {"key": key}


def save_token(root: Root, command: SaveToken) -> Mapping[str, Any]:
    """A new token's text, said only now: the database keeps its hash."""
    if root.actor.kind != "user":
        raise ForbiddenError(deed="token")
    if command.revoke is not None:
        root.pending.writes.append(
            Write("token.revoke", {"prefix": command.revoke, "user_id": root.actor.user_id})
        )
        return {"revoked": command.revoke}
    scope = read_scope(root.engine, root.conn, root.actor, command.scope)
    text = f"{root.actor.workspace}.{secrets.token_urlsafe(32)}"
    expires = root.pending.now + timedelta(days=command.days) if command.days else None
    body = {
        "token_hash": token_hash(text),
        "prefix": text[:TOKEN_PREFIX],
        "user_id": root.actor.user_id,
        "name": command.name,
        "scope": list(scope),
        "expires_at": expires,
    }
    root.pending.writes.append(Write("token.save", body))
    return {
        "token": text,
        "prefix": text[:TOKEN_PREFIX],
        "expires_at": expires.isoformat() if expires else None,
    }
