"""Accounts, written: workspaces, people, org units, grants, tokens. Only commit and setting up call these."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select, update

from builder.errors import InvalidError, NotFoundError, Problem
from builder.storage import sessions
from builder.storage.accounts import unit_by_key
from builder.storage.commands import CHAINS, NO_LINK
from builder.storage.sql.conflicts import insert_or
from builder.storage.tables.apps import app
from builder.storage.tables.machinery import chain
from builder.storage.tables.people import account, api_token, grant, org_unit, workspace


def add_workspace(
    conn: Connection,
    ws: int,
    *,
    key: str,
    name: str,
    timezone: str,
    locale: str,
    currency: str = "CNY",
    day_starts_at: str = "00:00",
) -> bool:
    """A workspace with its empty chains; False where it is there already."""
    statement: Any = insert_or(conn, workspace).values(
        ws=ws,
        key=key,
        name=name,
        timezone=timezone,
        locale=locale,
        currency=currency,
        day_starts_at=day_starts_at,
    )
    if conn.execute(statement.on_conflict_do_nothing().returning(workspace.c.ws)).first() is None:
        return False
    chains: Any = insert_or(conn, chain).on_conflict_do_nothing()
    rows = [{"ws": ws, "chain_no": number, "seq": 0, "head": NO_LINK} for number in range(CHAINS)]
    conn.execute(chains, rows)
    return True


def save_user(conn: Connection, ws: int, body: Mapping[str, Any], now: datetime) -> None:
    """Add (``is_new``) or change an account. What is None stays as it is; disabling ends sessions and tokens, and so does
    a new password; ``keeps_tokens`` where people give themselves another one. A login that is taken is a ``DuplicateError``."""
    values = _account_values(conn, ws, body, now)
    if body["is_new"]:
        if body["password_hash"] is None:
            # No text hashes to this: the account is there and nobody signs in with it.
            values["password_hash"] = "!"  # noqa: S105
        conn.execute(account.insert().values(ws=ws, user_id=body["id"], created_at=now, **values))
        return
    own = (account.c.ws == ws) & (account.c.user_id == body["id"])
    had_admin = _has_admin(conn, ws)
    if not conn.execute(update(account).where(own).values(values)).rowcount:
        raise NotFoundError(user=True)
    if had_admin and not _has_admin(conn, ws):
        raise InvalidError(problems=[Problem("LAST_ADMIN", "/is_admin")])
    if "org_unit_id" in values:
        _move_rights(conn, ws)
    if body["password_hash"] is not None or body["status"] != "active":
        sessions.remove_all(conn, ws, body["id"])
    if body["status"] != "active" or (body["password_hash"] is not None and not body.get("keeps_tokens")):
        conn.execute(delete(api_token).where(api_token.c.ws == ws, api_token.c.user_id == body["id"]))


def _account_values(conn: Connection, ws: int, body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    values: dict[str, Any] = {name: body[name] for name in ("login", "name", "email", "locale", "status")}
    if body["password_hash"] is not None:
        values |= {"password_hash": body["password_hash"], "failed_count": 0, "locked_until": None}
    if body["is_admin"] is not None:
        values["is_admin"] = int(body["is_admin"])
    if body["org_unit"] is not None:
        values["org_unit_id"] = _unit(conn, ws, body["org_unit"]) if body["org_unit"] else 0
    values["left_at"] = now if body["status"] != "active" else None
    return values


def _has_admin(conn: Connection, ws: int) -> bool:
    """Whether anybody is left who can help others in."""
    columns = account.c
    admin = (columns.ws == ws) & (columns.is_admin == 1) & (columns.status == "active")
    return conn.execute(select(columns.user_id).where(admin).limit(1)).first() is not None


def _unit(conn: Connection, ws: int, key: str) -> int:
    found = unit_by_key(conn, ws, key)
    if found is None:
        raise InvalidError(
            problems=[Problem("REFERENCE_UNKNOWN", "/org_unit", {"field": "org_unit", "value": key})]
        )
    return found


def save_org_unit(conn: Connection, ws: int, body: Mapping[str, Any]) -> None:
    """Add the org unit of that key or change it; everything below moves along. A unit is never put below itself."""
    columns = org_unit.c
    known = conn.execute(
        select(columns.org_unit_id, columns.path).where(columns.ws == ws, columns.key == body["key"])
    ).one_or_none()
    unit_id = known.org_unit_id if known is not None else body["id"]
    parent_id = _unit(conn, ws, body["parent"]) if body["parent"] else 0
    above = _path(conn, ws, parent_id)
    path = f"{above}{unit_id}/"
    if f"/{unit_id}/" in f"/{above}":
        raise InvalidError(problems=[Problem("TREE_CYCLE", "/parent", {"field": "parent"})])
    values = {"parent_id": parent_id, "path": path, "name": body["name"], "head_user_id": body["head"] or 0}
    if known is None:
        conn.execute(org_unit.insert().values(ws=ws, org_unit_id=unit_id, key=body["key"], **values))
        _move_rights(conn, ws)
        return
    conn.execute(update(org_unit).where(columns.ws == ws, columns.org_unit_id == unit_id).values(values))
    if known.path != path:
        _move_rights(conn, ws)
        below = select(columns.org_unit_id, columns.path).where(
            columns.ws == ws,
            columns.path.startswith(known.path, autoescape=True),
            columns.org_unit_id != unit_id,
        )
        for row in conn.execute(below).all():
            moved = path + row.path.removeprefix(known.path)
            own = (columns.ws == ws) & (columns.org_unit_id == row.org_unit_id)
            conn.execute(update(org_unit).where(own).values(path=moved))


def _path(conn: Connection, ws: int, unit_id: int) -> str:
    if not unit_id:
        return ""
    query = select(org_unit.c.path).where(org_unit.c.ws == ws, org_unit.c.org_unit_id == unit_id)
    return str(conn.execute(query).scalar_one())


def save_grant(conn: Connection, ws: int, app_id: int, body: Mapping[str, Any]) -> None:
    """Give the person the role (uid) within an org unit, or take it away. Decisions under the old rights are stale from now on."""
    if conn.execute(_account(ws, body["user_id"])).one_or_none() is None:
        raise NotFoundError(user=True)
    unit = _unit(conn, ws, body["org_unit"]) if body["org_unit"] else 0
    row = {
        "ws": ws,
        "app_id": app_id,
        "user_id": body["user_id"],
        "role_uid": body["role"],
        "org_unit_id": unit,
    }
    if body["revoke"]:
        conn.execute(delete(grant).where(*(grant.c[name] == value for name, value in row.items())))
    else:
        given: Any = insert_or(conn, grant).values(row).on_conflict_do_nothing()
        conn.execute(given)
    _move_rights(conn, ws, app_id)


def _move_rights(conn: Connection, ws: int, app_id: int | None = None) -> None:
    """Who may see what has moved, in one app or in all: what processes keep of it is old from now on."""
    own = [app.c.ws == ws] if app_id is None else [app.c.ws == ws, app.c.app_id == app_id]
    conn.execute(update(app).where(*own).values(access_epoch=app.c.access_epoch + 1))


def save_plan(conn: Connection, ws: int, text: str) -> None:
    """What the workspace may use from now on; every process hears of it."""
    conn.execute(update(workspace).where(workspace.c.ws == ws).values(plan=text))
    _move_rights(conn, ws)


def seats_taken(conn: Connection, ws: int, but: int = 0) -> int:
    """Accounts that may sign in, without one of them; no other one is added before this transaction ends."""
    conn.execute(select(workspace.c.ws).where(workspace.c.ws == ws).with_for_update())
    own = account.c
    query = select(func.count()).where(own.ws == ws, own.status == "active", own.user_id != but)
    return int(conn.execute(query).scalar_one())


def _account(ws: int, user_id: int) -> Any:
    return select(account.c.user_id).where(account.c.ws == ws, account.c.user_id == user_id)


def save_token(conn: Connection, ws: int, body: Mapping[str, Any]) -> None:
    """Keep the hash of a new API token."""
    names = ("token_hash", "user_id", "name", "scope", "prefix", "expires_at")
    conn.execute(api_token.insert().values(ws=ws, **{name: body[name] for name in names}))


def revoke_token(conn: Connection, ws: int, body: Mapping[str, Any]) -> None:
    """End the person's API token of that prefix. Raises ``NotFoundError``."""
    columns = api_token.c
    own = (columns.ws == ws) & (columns.user_id == body["user_id"]) & (columns.prefix == body["prefix"])
    if not conn.execute(delete(api_token).where(own)).rowcount:
        raise NotFoundError(token=body["prefix"])
