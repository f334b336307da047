"""Actors: sign-in, and one query per request that says who asks and whether they may."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from flask import Request
from sqlalchemy import Connection, and_, bindparam, select

from benchmarks.baseline.database import Database, new_id, now
from benchmarks.baseline.refusals import Refused
from benchmarks.baseline.tables import account, permission, session

SESSION_MICROS = 12 * 3600 * 1_000_000
DEEDS = ("read", "create", "update")
ENTITIES = ("thing", "delivery", "receipt")
ROLES = {"clerk": True, "manager": False}

_hasher = PasswordHasher()
_who = (
    select(account.c.id, account.c.org_unit_id, session.c.expires_at, permission.c.is_scoped)
    .select_from(session)
    .join(account, and_(account.c.id == session.c.account_id, account.c.is_active))
    .outerjoin(
        permission,
        and_(
            permission.c.role == account.c.role,
            permission.c.entity == bindparam("entity"),
            permission.c.deed == bindparam("deed"),
        ),
    )
    .where(session.c.token_hash == bindparam("token_hash"))
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks. ``unit`` is the only org unit whose records exist for them; None: all."""

    id: int
    org_unit_id: int
    unit: int | None


def identify(conn: Connection, request: Request, entity: str, deed: str) -> Actor:
    """The actor of the request, who may do ``deed`` with ``entity``. 401 without a session, 403 without the permission."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Bearer" or not token:
        raise Refused(401, "UNAUTHENTICATED")
    row = conn.execute(
        _who, {"token_hash": hashlib.sha256(token.encode()).digest(), "entity": entity, "deed": deed}
    ).one_or_none()
    if row is None or row.expires_at < now():
        raise Refused(401, "UNAUTHENTICATED")
    if row.is_scoped is None:
        raise Refused(403, "FORBIDDEN")
    return Actor(row.id, row.org_unit_id, row.org_unit_id if row.is_scoped else None)


def sign_in(db: Database, body: Any) -> dict[str, Any]:
    """A new session for the login and password in ``body``."""
    login, password = (body.get("login"), body.get("password")) if isinstance(body, dict) else (None, None)
    if not isinstance(login, str) or not isinstance(password, str):
        raise Refused(422, "INVALID")
    with db.reading() as conn:
        found = conn.execute(
            select(account).where(account.c.login == login, account.c.is_active)
        ).one_or_none()
    if found is None:
        raise Refused(401, "UNAUTHENTICATED")
    try:
        _hasher.verify(found.password_hash, password)
    except Argon2Error:
        raise Refused(401, "UNAUTHENTICATED") from None
    token = secrets.token_urlsafe(32)
    row = {
        "token_hash": hashlib.sha256(token.encode()).digest(),
        "account_id": found.id,
        "expires_at": now() + SESSION_MICROS,
    }
    with db.writing() as conn:
        conn.execute(session.insert(), row)
    return {"token": token, "user": {"id": str(found.id), "login": found.login, "name": found.name}}


def account_row(login: str, role: str, unit: int, password_hash: str) -> dict[str, Any]:
    return {
        "id": new_id(),
        "login": login,
        "name": login,
        "password_hash": password_hash,
        "role": role,
        "org_unit_id": unit,
        "is_active": True,
    }


def permission_rows() -> list[dict[str, Any]]:
    """Clerks see things and documents of their own org unit, managers all of them."""
    return [
        {"role": role, "entity": entity, "deed": deed, "is_scoped": scoped}
        for role, scoped in ROLES.items()
        for entity in ENTITIES
        for deed in DEEDS
    ]


def hash_password(password: str) -> str:
    return _hasher.hash(password)
