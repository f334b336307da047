"""Sessions and API tokens, by the hash of what their holders send."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from builder.storage.accounts import USER_COLUMNS, UserRow, read_user
from builder.storage.prepared import Prepared
from builder.storage.tables.people import account, api_token, session


@dataclass(frozen=True, slots=True)
class SessionRow:
    user_id: int
    csrf: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenRow:
    user_id: int
    name: str
    scope: tuple[str, ...]
    prefix: str
    expires_at: datetime | None


def add(
    conn: Connection, ws: int, token_hash: str, user_id: int, csrf: str, now: datetime, expires: datetime
) -> None:
    """Open a session. Sessions of the same person that have ended go at the same time."""
    conn.execute(
        delete(session).where(session.c.ws == ws, session.c.user_id == user_id, session.c.expires_at <= now)
    )
    conn.execute(
        session.insert().values(
            ws=ws,
            token_hash=token_hash,
            user_id=user_id,
            csrf=csrf,
            created_at=now,
            seen_at=now,
            expires_at=expires,
        )
    )


_SESSION = [session.c[name] for name in SessionRow.__dataclass_fields__]
_HELD = Prepared(
    select(*USER_COLUMNS, *_SESSION)
    .join_from(session, account, (account.c.ws == session.c.ws) & (account.c.user_id == session.c.user_id))
    .where(session.c.ws == bindparam("ws"), session.c.token_hash == bindparam("hash"))
)
_FIND = select(*_SESSION).where(session.c.ws == bindparam("ws"), session.c.token_hash == bindparam("hash"))


def find(conn: Connection, ws: int, token_hash: str) -> SessionRow | None:
    """The session, ended or not."""
    row = conn.execute(_FIND, {"ws": ws, "hash": token_hash}).one_or_none()
    return SessionRow(*row) if row is not None else None


def find_held(conn: Connection, ws: int, token_hash: str) -> tuple[SessionRow, UserRow] | None:
    """The session, ended or not, with the account that holds it."""
    row = _HELD.first(conn, {"ws": ws, "hash": token_hash})
    return (SessionRow(*row[len(USER_COLUMNS) :]), read_user(row)) if row is not None else None


def touch(conn: Connection, ws: int, token_hash: str, now: datetime, expires: datetime) -> None:
    """Note that the session was used, and let it live on."""
    own = (session.c.ws == ws) & (session.c.token_hash == token_hash)
    conn.execute(update(session).where(own).values(seen_at=now, expires_at=expires))


def remove(conn: Connection, ws: int, token_hash: str) -> None:
    conn.execute(delete(session).where(session.c.ws == ws, session.c.token_hash == token_hash))


def remove_all(conn: Connection, ws: int, user_id: int) -> None:
    """End every session of a person."""
    conn.execute(delete(session).where(session.c.ws == ws, session.c.user_id == user_id))


def remove_others(conn: Connection, ws: int, user_id: int, token_hash: str) -> int:
    """End every session of a person but one; says how many."""
    others = (session.c.ws == ws) & (session.c.user_id == user_id) & (session.c.token_hash != token_hash)
    return conn.execute(delete(session).where(others)).rowcount


def of(conn: Connection, ws: int, user_id: int, now: datetime) -> tuple[tuple[str, SessionRow], ...]:
    """A person's sessions that have not ended with the hash of each, the one used last first."""
    query = select(session.c.token_hash, *_SESSION).where(
        session.c.ws == ws, session.c.user_id == user_id, session.c.expires_at > now
    )
    rows = conn.execute(query.order_by(session.c.seen_at.desc()))
    return tuple((row.token_hash, SessionRow(*row[1:])) for row in rows)


def note_success(conn: Connection, ws: int, user_id: int) -> None:
    """The right password: failures are forgotten."""
    own = (account.c.ws == ws) & (account.c.user_id == user_id)
    conn.execute(update(account).where(own).values(failed_count=0, locked_until=None))


def note_failure(conn: Connection, ws: int, user_id: int, locked: datetime | None) -> None:
    """A wrong password: one failure more, and perhaps nothing more until ``locked``."""
    own = (account.c.ws == ws) & (account.c.user_id == user_id)
    conn.execute(
        update(account).where(own).values(failed_count=account.c.failed_count + 1, locked_until=locked)
    )


_TOKEN = select(*(api_token.c[name] for name in TokenRow.__dataclass_fields__)).where(
    api_token.c.ws == bindparam("ws"), api_token.c.token_hash == bindparam("hash")
)


def find_token(conn: Connection, ws: int, token_hash: str) -> TokenRow | None:
    """The API token, ended or not."""
    row = conn.execute(_TOKEN, {"ws": ws, "hash": token_hash}).one_or_none()
    return _token(row) if row is not None else None


def tokens_of(conn: Connection, ws: int, user_id: int) -> tuple[TokenRow, ...]:
    """A person's API tokens by prefix."""
    columns = api_token.c
    rows = conn.execute(
        select(columns.user_id, columns.name, columns.scope, columns.prefix, columns.expires_at)
        .where(columns.ws == ws, columns.user_id == user_id)
        .order_by(columns.prefix)
    )
    return tuple(_token(row) for row in rows)


def _token(row: Any) -> TokenRow:
    return TokenRow(row.user_id, row.name, tuple(row.scope), row.prefix, row.expires_at)
