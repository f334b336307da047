"""Accounts: people, org units, what they were granted, who stands in for whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Connection, bindparam, or_, select

from builder.storage.prepared import Prepared
from builder.storage.tables.people import account, delegation, grant, membership, org_unit, workspace

TIMEZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class UserRow:
    user_id: int
    login: str
    name: str
    email: str
    password_hash: str
    locale: str
    status: str
    is_admin: bool
    org_unit_id: int
    failed_count: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class OrgUnitRow:
    org_unit_id: int
    parent_id: int
    key: str
    name: str
    head_user_id: int
    timezone: str | None
    calendar_id: str
    is_archived: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody works: whose day it is, which calendar and currency hold."""

    timezone: str
    day_starts_at: time
    calendar_id: str
    currency: str
    locale: str
    plan: str = ""
    """What the workspace may use and until when, as ``builder.runtime.plans`` writes it; empty: everything, for ever."""


USER_COLUMNS = [account.c[name] for name in (
    "user_id", "login", "name", "email", "password_hash", "locale", "status", "is_admin", "org_unit_id", "failed_count",
    "locked_until",
)]  # fmt: skip
IS_ADMIN = 7
"""Its place among them; SQLite keeps 0 and 1."""


def read_user(row: Sequence[Any]) -> UserRow:
    """The account of a row that has ``USER_COLUMNS``."""
    values: list[Any] = list(row[: len(USER_COLUMNS)])
    values[IS_ADMIN] = bool(values[IS_ADMIN])
    return UserRow(*values)


_BY_ID = select(*USER_COLUMNS).where(account.c.ws == bindparam("ws"), account.c.user_id == bindparam("id"))


def user(conn: Connection, ws: int, user_id: int) -> UserRow | None:
    row = conn.execute(_BY_ID, {"ws": ws, "id": user_id}).one_or_none()
    return read_user(row) if row is not None else None


def user_by_login(conn: Connection, ws: int, login: str) -> UserRow | None:
    """The account of a login in lower case."""
    row = conn.execute(
        select(*USER_COLUMNS).where(account.c.ws == ws, account.c.login == login)
    ).one_or_none()
    return read_user(row) if row is not None else None


def users(conn: Connection, ws: int) -> tuple[UserRow, ...]:
    """Everybody, disabled ones too, by login."""
    return tuple(
        read_user(row)
        for row in conn.execute(select(*USER_COLUMNS).where(account.c.ws == ws).order_by(account.c.login))
    )


def org_units(conn: Connection, ws: int) -> tuple[OrgUnitRow, ...]:
    """All org units, archived ones too, by key."""
    columns = org_unit.c
    rows = conn.execute(
        select(
            columns.org_unit_id,
            columns.parent_id,
            columns.key,
            columns.name,
            columns.head_user_id,
            columns.timezone,
            columns.calendar_id,
            columns.archived_at.is_not(None).label("is_archived"),
        )
        .where(columns.ws == ws)
        .order_by(columns.key)
    )
    return tuple(OrgUnitRow(**{**row._mapping, "is_archived": bool(row.is_archived)}) for row in rows)


_PERSON = Prepared(
    select(account.c.user_id).where(account.c.ws == bindparam("ws"), account.c.user_id == bindparam("id"))
)
_UNIT = Prepared(
    select(org_unit.c.org_unit_id).where(
        org_unit.c.ws == bindparam("ws"), org_unit.c.org_unit_id == bindparam("id")
    )
)


def is_person(conn: Connection, ws: int, user_id: int) -> bool:
    """Whether there is an account of that id."""
    return _PERSON.first(conn, {"ws": ws, "id": user_id}) is not None


def is_unit(conn: Connection, ws: int, org_unit_id: int) -> bool:
    """Whether there is an org unit of that id."""
    return _UNIT.first(conn, {"ws": ws, "id": org_unit_id}) is not None


def unit_by_key(conn: Connection, ws: int, key: str) -> int | None:
    """The id of the org unit with that key."""
    query = select(org_unit.c.org_unit_id).where(org_unit.c.ws == ws, org_unit.c.key == key)
    return conn.execute(query).scalar_one_or_none()


def units_below(conn: Connection, ws: int) -> Mapping[int, tuple[int, ...]]:
    """Every unit with itself and everything under it."""
    rows = conn.execute(
        select(org_unit.c.org_unit_id, org_unit.c.path)
        .where(org_unit.c.ws == ws)
        .order_by(org_unit.c.path, org_unit.c.org_unit_id)
    ).all()
    found: dict[int, list[int]] = {row.org_unit_id: [] for row in rows}
    for row in rows:
        # The path names every unit on the way down, the unit itself last.
        for above in row.path.split("/"):
            if above and int(above) in found:
                found[int(above)].append(row.org_unit_id)
    return {unit: tuple(below) for unit, below in found.items()}


def units_of(conn: Connection, ws: int, user_id: int) -> tuple[int, ...]:
    """The units that a person belongs to: the own one and those of current memberships."""
    own = select(account.c.org_unit_id).where(account.c.ws == ws, account.c.user_id == user_id)
    more = select(membership.c.org_unit_id).where(
        membership.c.ws == ws, membership.c.user_id == user_id, membership.c.to_day.is_(None)
    )
    return tuple(sorted({unit for (unit,) in conn.execute(own.union(more)) if unit}))


def grants(conn: Connection, ws: int, app_id: int) -> tuple[tuple[int, str, int], ...]:
    """(user, role uid, org unit or 0) of everybody in the app."""
    columns = grant.c
    rows = conn.execute(
        select(columns.user_id, columns.role_uid, columns.org_unit_id)
        .where(columns.ws == ws, columns.app_id == app_id)
        .order_by(columns.user_id, columns.role_uid, columns.org_unit_id)
    )
    return tuple((row.user_id, row.role_uid, row.org_unit_id) for row in rows)


def grants_of(conn: Connection, ws: int, app_id: int, user_id: int) -> tuple[tuple[str, int], ...]:
    """(role uid, org unit or 0: everywhere) of one person in the app."""
    columns = grant.c
    rows = conn.execute(
        select(columns.role_uid, columns.org_unit_id)
        .where(columns.ws == ws, columns.app_id == app_id, columns.user_id == user_id)
        .order_by(columns.role_uid, columns.org_unit_id)
    )
    return tuple((row.role_uid, row.org_unit_id) for row in rows)


def place_of(conn: Connection, ws: int, org_unit_id: int = 0) -> Place:
    """Where the unit works: its own time zone and calendar, else those of a unit above, else the workspace's."""
    columns = workspace.c
    row = conn.execute(
        select(
            columns.timezone,
            columns.day_starts_at,
            columns.calendar_id,
            columns.currency,
            columns.locale,
            columns.plan,
        ).where(columns.ws == ws)
    ).one_or_none()
    if row is None:
        return Place(TIMEZONE, time(0), "", "CNY", "zh-CN")
    timezone, calendar = row.timezone, row.calendar_id
    if org_unit_id:
        own_zone, own_calendar = _own(conn, ws, org_unit_id)
        timezone, calendar = own_zone or timezone, own_calendar or calendar
    starts = time.fromisoformat(row.day_starts_at)
    return Place(timezone, starts, calendar, row.currency, row.locale, row.plan)


def _own(conn: Connection, ws: int, org_unit_id: int) -> tuple[str | None, str]:
    """The nearest time zone and calendar on the way up."""
    columns = org_unit.c
    query = select(columns.path).where(columns.ws == ws, columns.org_unit_id == org_unit_id)
    path = conn.execute(query).scalar_one_or_none() or ""
    ids = [int(part) for part in path.split("/") if part]
    rows = {
        row.org_unit_id: row
        for row in conn.execute(
            select(columns.org_unit_id, columns.timezone, columns.calendar_id).where(
                columns.ws == ws, columns.org_unit_id.in_(ids)
            )
        )
    }
    upwards = [rows[unit] for unit in reversed(ids) if unit in rows]
    zone = next((row.timezone for row in upwards if row.timezone), None)
    return zone, next((row.calendar_id for row in upwards if row.calendar_id), "")


def delegate_of(conn: Connection, ws: int, user_id: int, app_id: int, day: date) -> int | None:
    """Who stands in for the person in the app on that day: a delegation for this app before one for all."""
    columns = delegation.c
    query = (
        select(columns.to_user)
        .where(
            columns.ws == ws,
            columns.from_user == user_id,
            or_(columns.app_id == app_id, columns.app_id == 0),
            columns.from_day <= day,
            columns.to_day >= day,
        )
        .order_by(columns.app_id.desc(), columns.delegation_id)
        .limit(1)
    )
    return conn.execute(query).scalar_one_or_none()
