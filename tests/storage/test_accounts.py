"""Accounts: people, units and rights as sign-in and the kernel read them."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from sqlalchemy import insert

from builder.errors import InvalidError, NotFoundError
from builder.storage import account_writes, accounts, sessions
from builder.storage.database import Database
from builder.storage.errors import DuplicateError
from builder.storage.tables.apps import app
from builder.storage.tables.people import api_token, delegation, org_unit
from tests.storage.samples import NOW, user_body

APP = 900


@pytest.fixture
def people(database: Database) -> Database:
    """A workspace with a company, two branches, a shop under one of them, and two people."""
    with database.write() as conn:
        account_writes.add_workspace(conn, 1, key="w", name="W", timezone="Asia/Shanghai", locale="zh-CN")
        for id, key, parent in (
            (10, "company", None),
            (11, "north", "company"),
            (12, "south", "company"),
            (13, "shop", "north"),
        ):
            account_writes.save_org_unit(
                conn, 1, {"id": id, "key": key, "name": key, "parent": parent, "head": None}
            )
        account_writes.save_user(conn, 1, user_body(1, "wang", is_admin=True), NOW)
        account_writes.save_user(conn, 1, user_body(2, "li", org_unit="north"), NOW)
        conn.execute(insert(app).values(ws=1, app_id=APP, key="a", label="A", live_version=1))
    return database


def test_an_account_is_found_by_id_and_login(people: Database) -> None:
    with people.snapshot() as conn:
        found = accounts.user_by_login(conn, 1, "li")
        assert found == accounts.user(conn, 1, 2)
        assert accounts.user(conn, 1, 3) is None
        assert accounts.user(conn, 2, 1) is None
        assert [u.login for u in accounts.users(conn, 1)] == ["li", "wang"]
        assert accounts.units_of(conn, 1, 2) == (11,)
    assert found is not None
    assert (found.name, found.status, found.is_admin, found.org_unit_id) == ("Li", "active", False, 11)


def test_a_login_is_taken_once(people: Database) -> None:
    with pytest.raises(DuplicateError), people.write() as conn:
        account_writes.save_user(conn, 1, user_body(3, "li"), NOW)


def test_changing_an_account_keeps_what_is_not_said(people: Database) -> None:
    body = user_body(1, "wang", name="Wang Wu", is_new=False, password_hash=None)
    with people.write() as conn:
        account_writes.save_user(conn, 1, body, NOW)
        found = accounts.user(conn, 1, 1)
    assert found is not None
    assert (found.name, found.password_hash, found.is_admin) == ("Wang Wu", "hash", True)


def test_disabling_ends_sessions_and_tokens(people: Database) -> None:
    later = NOW + timedelta(hours=1)
    with people.write() as conn:
        sessions.add(conn, 1, "s", 2, "csrf", NOW, later)
        account_writes.save_token(conn, 1, _token("t", 2))
        account_writes.save_user(conn, 1, user_body(2, "li", is_new=False, status="disabled"), NOW)
        assert sessions.find(conn, 1, "s") is None
        assert sessions.find_token(conn, 1, "t") is None


def test_the_last_administrator_stays(people: Database) -> None:
    changes: tuple[dict[str, object], ...] = ({"status": "disabled"}, {"is_admin": False})
    for change in changes:
        with pytest.raises(InvalidError) as caught, people.write() as conn:
            account_writes.save_user(conn, 1, user_body(1, "wang", is_new=False, **change), NOW)
        assert [p.code for p in caught.value.problems] == ["LAST_ADMIN"]
    with people.write() as conn:
        account_writes.save_user(conn, 1, user_body(2, "li", is_new=False, is_admin=True), NOW)
        account_writes.save_user(conn, 1, user_body(1, "wang", is_new=False, status="disabled"), NOW)


def test_an_unknown_account_or_unit_is_refused(people: Database) -> None:
    with pytest.raises(NotFoundError), people.write() as conn:
        account_writes.save_user(conn, 1, user_body(9, "nobody", is_new=False), NOW)
    with pytest.raises(InvalidError), people.write() as conn:
        account_writes.save_user(conn, 1, user_body(9, "nobody", org_unit="nowhere"), NOW)


def test_units_know_everything_below_them(people: Database) -> None:
    with people.snapshot() as conn:
        assert accounts.units_below(conn, 1) == {10: (10, 11, 13, 12), 11: (11, 13), 12: (12,), 13: (13,)}
        assert accounts.unit_by_key(conn, 1, "shop") == 13


def test_a_unit_moves_with_everything_below_it_but_never_below_itself(people: Database) -> None:
    with people.write() as conn:
        account_writes.save_org_unit(
            conn, 1, {"id": 99, "key": "north", "name": "N", "parent": "south", "head": 1}
        )
        assert accounts.units_below(conn, 1)[12] == (12, 11, 13)
        north = next(u for u in accounts.org_units(conn, 1) if u.key == "north")
        assert (north.org_unit_id, north.parent_id, north.head_user_id) == (11, 12, 1)
    with pytest.raises(InvalidError), people.write() as conn:
        account_writes.save_org_unit(
            conn, 1, {"id": 0, "key": "south", "name": "S", "parent": "shop", "head": None}
        )


def test_a_place_takes_the_nearest_time_zone(people: Database) -> None:
    with people.write() as conn:
        conn.execute(org_unit.update().where(org_unit.c.org_unit_id == 11).values(timezone="Asia/Urumqi"))
    with people.snapshot() as conn:
        assert accounts.place_of(conn, 1, 13).timezone == "Asia/Urumqi"
        assert accounts.place_of(conn, 1, 12).timezone == "Asia/Shanghai"
        assert accounts.place_of(conn, 1).day_starts_at == time(0)


def test_grants_are_given_once_and_taken_away(people: Database) -> None:
    body = {"user_id": 2, "role": "role.sales", "org_unit": "north", "revoke": False}
    with people.write() as conn:
        account_writes.save_grant(conn, 1, APP, body)
        account_writes.save_grant(conn, 1, APP, body)
        account_writes.save_grant(conn, 1, APP, {**body, "role": "role.all", "org_unit": None})
        assert accounts.grants(conn, 1, APP) == ((2, "role.all", 0), (2, "role.sales", 11))
        assert accounts.grants_of(conn, 1, APP, 2) == (("role.all", 0), ("role.sales", 11))
        assert accounts.grants_of(conn, 1, APP, 1) == ()
        account_writes.save_grant(conn, 1, APP, {**body, "revoke": True})
        assert accounts.grants(conn, 1, APP) == ((2, "role.all", 0),)
        assert conn.execute(app.select()).one().access_epoch == 5
    with pytest.raises(NotFoundError), people.write() as conn:
        account_writes.save_grant(conn, 1, APP, {**body, "user_id": 77})


def test_a_delegation_for_the_app_comes_before_one_for_all(people: Database) -> None:
    def given(id: int, to: int, app_id: int, first: int, last: int) -> dict[str, object]:
        days = {"from_day": date(2026, 11, first), "to_day": date(2026, 11, last)}
        return {"ws": 1, "delegation_id": id, "from_user": 1, "to_user": to, "app_id": app_id, **days}

    with people.write() as conn:
        conn.execute(insert(delegation), [given(1, 2, 0, 1, 30), given(2, 3, APP, 10, 20)])
        found = [accounts.delegate_of(conn, 1, 1, APP, date(2026, 11, day)) for day in (5, 15, 25)]
        assert found == [2, 3, 2]
        assert accounts.delegate_of(conn, 1, 1, APP, date(2026, 12, 1)) is None


def test_a_session_lives_until_it_is_removed(people: Database) -> None:
    later = NOW + timedelta(hours=1)
    with people.write() as conn:
        sessions.add(conn, 1, "s", 2, "csrf", NOW, later)
        assert sessions.find(conn, 1, "s") == sessions.SessionRow(2, "csrf", NOW, NOW, later)
        sessions.touch(conn, 1, "s", later, later + timedelta(hours=1))
        found = sessions.find(conn, 1, "s")
        assert found is not None
        assert (found.seen_at, found.expires_at) == (later, later + timedelta(hours=1))
        sessions.remove(conn, 1, "s")
        assert sessions.find(conn, 1, "s") is None


def test_ended_sessions_go_when_their_owner_signs_in_again(people: Database) -> None:
    with people.write() as conn:
        sessions.add(conn, 1, "old", 2, "csrf", NOW, NOW + timedelta(hours=1))
        sessions.add(conn, 1, "new", 2, "csrf", NOW + timedelta(hours=2), NOW + timedelta(hours=3))
        assert sessions.find(conn, 1, "old") is None
        assert sessions.find(conn, 1, "new") is not None


def test_failures_are_counted_until_the_right_password_comes(people: Database) -> None:
    until = NOW + timedelta(seconds=30)
    with people.write() as conn:
        sessions.note_failure(conn, 1, 2, None)
        sessions.note_failure(conn, 1, 2, until)
        found = accounts.user(conn, 1, 2)
        assert found is not None
        assert (found.failed_count, found.locked_until) == (2, until)
        sessions.note_success(conn, 1, 2)
        found = accounts.user(conn, 1, 2)
        assert found is not None
        assert (found.failed_count, found.locked_until) == (0, None)


def _token(hash: str, user_id: int) -> dict[str, object]:
    return {
        "token_hash": hash, "user_id": user_id, "name": "till", "scope": ["a:read"], "prefix": f"1.{hash}", "expires_at": None,
    }  # fmt: skip


def test_tokens_are_listed_and_revoked_by_their_owner_alone(people: Database) -> None:
    with people.write() as conn:
        account_writes.save_token(conn, 1, _token("t", 2))
        (row,) = sessions.tokens_of(conn, 1, 2)
        assert row == sessions.find_token(conn, 1, "t")
        assert (row.scope, row.prefix, row.expires_at) == (("a:read",), "1.t", None)
    with pytest.raises(NotFoundError), people.write() as conn:
        account_writes.revoke_token(conn, 1, {"prefix": "1.t", "user_id": 1})
    with people.write() as conn:
        account_writes.revoke_token(conn, 1, {"prefix": "1.t", "user_id": 2})
        assert conn.execute(api_token.select()).all() == []


def test_a_workspace_is_made_once(people: Database) -> None:
    with people.write() as conn:
        assert not account_writes.add_workspace(conn, 1, key="w", name="X", timezone="UTC", locale="en")
        assert accounts.place_of(conn, 1).timezone == "Asia/Shanghai"
