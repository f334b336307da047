"""Sign-in: passwords, sessions and API tokens. Slow for those who guess, quick for those who are known."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from builder.commands import Actor
from builder.errors import BusyError, NotSignedInError, ReadOnlyError, TooManyError
from builder.runtime.engine import Engine
from builder.runtime.guesses import locked_after
from builder.runtime.passwords import hash_password, is_right, token_hash
from builder.storage import accounts, sessions
from builder.storage.accounts import UserRow
from builder.storage.errors import StorageError

log = logging.getLogger(__name__)

SEEN_EVERY = timedelta(minutes=5)

# What a wrong login is compared with, so that an unknown name takes as long as a wrong password.
NOBODY_HASH = hash_password(secrets.token_urlsafe(16))


@dataclass(frozen=True)
class SignedIn:
    """A fresh session: its token (said once), the CSRF token bound to it, who it is."""

    token: str
    csrf: str
    actor: Actor
    expires_at: datetime


@dataclass(frozen=True)
class Found:
    """Who a session or API token stands for."""

    actor: Actor
    csrf: str
    expires_at: datetime | None


def sign_in(engine: Engine, ws: int, login: str, password: str, address: str = "") -> SignedIn:
    """A session for the right password. Wrong ones lock the account for 30 s after five, then twice as long each time, an hour at most;
    those under many names lock the ``address`` that they come from. The answer does not tell an unknown login from a wrong password."""
    now = engine.clock.now()
    with engine.database.snapshot() as conn:
        user = accounts.user_by_login(conn, ws, login.strip().lower())
    name = (ws, login.strip().lower())
    locked = user.locked_until if user is not None else engine.guesses.locked_until(name)
    sprayed = engine.sprays.locked_until(address, now)
    locked = max((at for at in (locked, sprayed) if at is not None), default=None)
    if locked is not None and locked > now:
        raise TooManyError("LOCKED", retry_after=int((locked - now).total_seconds()) + 1)
    right = is_right(user.password_hash if user is not None else NOBODY_HASH, password)
    if user is None or not right or user.status != "active":
        engine.sprays.note_failure(address, name[1], now)
        if user is not None:
            _note_failure(engine, ws, user, now)
        else:
            engine.guesses.note(name, now)
        raise NotSignedInError("SIGN_IN_FAILED")
    engine.sprays.note_success(address, name[1])
    token = f"{ws}.{secrets.token_urlsafe(32)}"
    csrf = secrets.token_urlsafe(24)
    expires = now + timedelta(hours=engine.settings.session_hours)
    with engine.database.single() as conn:
        sessions.add(conn, ws, token_hash(token), user.user_id, csrf, now, expires)
    if user.failed_count:
        with engine.database.single() as conn:
            sessions.note_success(conn, ws, user.user_id)
    return SignedIn(token, csrf, actor_of(ws, user), expires)


def _note_failure(engine: Engine, ws: int, user: UserRow, now: datetime) -> None:
    locked = locked_after(user.failed_count + 1, now)
    with engine.database.single() as conn:
        sessions.note_failure(conn, ws, user.user_id, locked)


def sign_out(engine: Engine, token: str) -> None:
    """End the session; unknown tokens are fine."""
    ws = workspace_of(token)
    if ws is None:
        return
    with engine.database.single() as conn:
        sessions.remove(conn, ws, token_hash(token))


def sign_out_elsewhere(engine: Engine, token: str) -> None:
    """End every other session of the one whose session this is."""
    found, ws = find_session(engine, token), workspace_of(token)
    if found is None or ws is None:
        return
    with engine.database.single() as conn:
        sessions.remove_others(conn, ws, found.actor.user_id, token_hash(token))


def note_wrong(engine: Engine, ws: int, user_id: int) -> None:
    """Somebody who is signed in did not know the password: guessing it here is as slow as at the door."""
    with engine.database.snapshot() as conn:
        user = accounts.user(conn, ws, user_id)
    if user is not None:
        _note_failure(engine, ws, user, engine.clock.now())


def is_locked(engine: Engine, ws: int, user_id: int) -> bool:
    """Whether too many wrong passwords were given; then none is looked at."""
    with engine.database.snapshot() as conn:
        user = accounts.user(conn, ws, user_id)
    return user is not None and user.locked_until is not None and user.locked_until > engine.clock.now()


def find_session(engine: Engine, token: str, *, prolong: bool = True) -> Found | None:
    """Who the session stands for; None when it is unknown, has ended, or its account is closed. A page that is only open must not
    ``prolong`` it."""
    ws = workspace_of(token)
    if ws is None:
        return None
    now = engine.clock.now()
    with engine.database.glance() as conn:
        held = sessions.find_held(conn, ws, token_hash(token))
    if held is None:
        return None
    row, user = held
    if user.status != "active" or row.expires_at <= now:
        return None
    if prolong and now - row.seen_at > SEEN_EVERY:
        expires = now + timedelta(hours=engine.settings.session_hours)
        try:
            with engine.database.single() as conn:
                sessions.touch(conn, ws, token_hash(token), now, expires)
        except (StorageError, ReadOnlyError, BusyError) as error:
            # Reading goes on where writing does not; the session is prolonged by one of the next requests.
            log.warning("session not prolonged: %s", error)
    return Found(actor_of(ws, user), row.csrf, row.expires_at)


def find_token(engine: Engine, token: str) -> Found | None:
    """Who an API token (or a session's token sent as a bearer) stands for."""
    ws = workspace_of(token)
    if ws is None:
        return None
    found = find_session(engine, token)
    if found is not None:
        return found
    now = engine.clock.now()
    with engine.database.snapshot() as conn:
        row = sessions.find_token(conn, ws, token_hash(token))
        user = accounts.user(conn, ws, row.user_id) if row is not None else None
    if (
        row is None
        or user is None
        or user.status != "active"
        or (row.expires_at is not None and row.expires_at <= now)
    ):
        return None
    return Found(actor_of(ws, user, kind="token", scope=tuple(row.scope)), "", row.expires_at)


def workspace_of(token: str) -> int | None:
    """The workspace that a token's prefix names."""
    head, _, rest = token.partition(".")
    return int(head) if rest and head.isascii() and head.isdigit() and len(head) < 10 else None


def actor_of(ws: int, user: UserRow, *, kind: Any = "user", scope: tuple[str, ...] = ()) -> Actor:
    return Actor(
        workspace=ws,
        user_id=user.user_id,
        kind=kind,
        login=user.login,
        name=user.name,
        locale=user.locale,
        org_unit_id=user.org_unit_id,
        is_admin=user.is_admin,
        scope=scope,
    )
