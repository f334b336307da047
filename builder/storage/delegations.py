"""Delegations: who decides for whom, and on which days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, delete, insert, select

from builder.storage.tables.people import delegation

_COLUMNS = [delegation.c[name] for name in ("delegation_id", "from_user", "to_user", "from_day", "to_day")]


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """``to_user`` stands in for ``from_user`` from the first day to the last, both included."""

    delegation_id: int
    from_user: int
    to_user: int
    from_day: date
    to_day: date


def of(conn: Connection, ws: int, user_id: int, since: date) -> tuple[DelegationRow, ...]:
    """What a person has given to others and is not over, the earliest first."""
    own = delegation.c
    query = select(*_COLUMNS).where(own.ws == ws, own.from_user == user_id, own.to_day >= since)
    return tuple(DelegationRow(*row) for row in conn.execute(query.order_by(own.from_day, own.delegation_id)))


def given_to(conn: Connection, ws: int, user_id: int, day: date) -> tuple[tuple[int, int], ...]:
    """For whom a person stands in on that day, each with the app it is for (0: every one)."""
    own = delegation.c
    query = select(own.from_user, own.app_id).where(
        own.ws == ws, own.to_user == user_id, own.from_day <= day, own.to_day >= day
    )
    return tuple((row[0], row[1]) for row in conn.execute(query))


def add(conn: Connection, ws: int, row: DelegationRow) -> None:
    conn.execute(
        insert(delegation).values(
            ws=ws,
            delegation_id=row.delegation_id,
            from_user=row.from_user,
            to_user=row.to_user,
            app_id=0,
            from_day=row.from_day,
            to_day=row.to_day,
        )
    )


def end(conn: Connection, ws: int, user_id: int, delegation_id: int) -> bool:
    """Take one of the person's own back; False where there is none."""
    own = delegation.c
    statement = delete(delegation).where(
        own.ws == ws, own.from_user == user_id, own.delegation_id == delegation_id
    )
    return conn.execute(statement).rowcount > 0
