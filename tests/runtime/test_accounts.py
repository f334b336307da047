"""Roles, units, accounts and tokens: rights reach as far as somebody holds them now, and no further."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.commands import (
    SaveToken,
    SaveUser,
)
from builder.errors import ForbiddenError, NotFoundError, NotSignedInError
from builder.runtime.auth import find_token, sign_in
from tests.runtime.footprint import footprint, written
from tests.runtime.office import API, Office, open_office, refused, shop_grant
from tests.runtime.world import PASSWORD, World


@pytest.fixture(scope="module")
def office(bare: World) -> Office:
    return open_office(bare)


def test_a_role_in_a_unit_sees_that_unit(office: Office) -> None:
    """The same role everywhere sees everything; where there are two, each brings its own."""
    with office.world.reading(office.eva) as ctx:
        seen = {r.id for r in ctx.reader.find("receipt") if ctx.passes(r, ctx.kernel.scope("receipt"))}
        assert office.ids["receipt"] in seen
        assert office.ids["hidden receipt"] not in seen
    both = office.world.person("bo")
    for unit in ("east", "west"):
        office.world.send(shop_grant(both, unit, unit))
    with office.world.reading(both) as ctx:
        assert ctx.load("receipt", office.ids["receipt"])
        assert ctx.load("receipt", office.ids["hidden receipt"])


def test_a_role_that_is_taken_away_is_gone_at_once(office: Office) -> None:
    """In the session that is open, and in every process."""
    person = office.world.person("rex")
    office.world.send(shop_grant(person, "reader"))
    client, other = office.client("rex"), office.world.other_process()
    assert client.get(f"{API}/goods").status_code == 200
    with other.reading(person):
        pass
    office.world.send(shop_grant(person, "reader", revoke=True))
    assert client.get(f"{API}/goods").status_code == 404
    assert client.get("/api/v1/apps").get_json()["items"] == []
    with pytest.raises(NotFoundError), other.reading(person):
        pass
    other.engine.database.close()


def test_a_closed_account_is_out_at_once(office: Office) -> None:
    person = office.world.person("dora")
    office.world.send(shop_grant(person, "reader"))
    client = office.client("dora")
    token = office.world.send(SaveToken("mine"), actor=person)["token"]
    assert client.get("/api/v1/me").status_code == 200
    office.world.send(SaveUser("dora", "Dora", person.user_id, status="disabled"))
    assert client.get("/api/v1/me").status_code == 401
    assert find_token(office.world.engine, token) is None
    again = client.post("/api/v1/session", json={"login": "dora", "password": PASSWORD})
    assert again.status_code == 401


def test_a_new_password_ends_older_sessions(office: Office) -> None:
    person = office.world.person("pia")
    client = office.client("pia")
    office.world.send(SaveUser("pia", "Pia", person.user_id, password="Another-Horse-8-Battery"))
    assert client.get("/api/v1/me").status_code == 401


def test_nobody_signs_in_with_a_password_that_is_wrong(office: Office) -> None:
    for login in ("eva", "nobody"):
        with pytest.raises(NotSignedInError) as caught:
            sign_in(office.world.engine, 1, login, "Wrong-Horse-7-Battery")
        assert (caught.value.code, dict(caught.value.params)) == ("SIGN_IN_FAILED", {})


# Tokens.


def bearer(office: Office, person: Any, *scope: str) -> FlaskClient:
    client = office.client("eva")
    token = office.world.send(SaveToken("t", scope), actor=person)["token"]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        (("shop:read",), 200, 403),
        (("shop:write",), 200, 200),
        (("*:read",), 200, 403),
        ((), 200, 200),
    ],
)
def test_a_token_reaches_as_far_as_its_scope(
    office: Office, scope: tuple[str, ...], reads: int, writes: int
) -> None:
    client = bearer(office, office.eva, *scope)
    rice = f"{API}/goods/{office.show('rice')}"
    for path in (rice, f"{API}/goods", f"{API}/ledgers/stock/balances", API, f"{rice}/history"):
        assert client.get(path).status_code == reads, path
    assert client.patch(rice, json={"name": "rice"}).status_code == writes
    assert client.get(f"{API}/goods/{office.show('west')}").status_code == 404
    assert client.post("/api/v1/tokens", json={"name": "more", "scope": []}).status_code == 403


def test_a_token_of_an_administrator_keeps_to_its_scope(office: Office) -> None:
    client = bearer(office, office.boss, "shop:read")
    assert client.get(f"{API}/goods/{office.show('west')}").status_code == 200
    for path, body in (
        ("/api/v1/users", {"login": "eve", "name": "Eve", "password": PASSWORD}),
        ("/api/v1/org-units", {"key": "north", "name": "North"}),
        (f"{API}/goods", {"code": "t", "name": "t"}),
        (f"{API}/grants", {"user": office.world.engine.database.show(office.eva.user_id), "role": "boss"}),
    ):
        before = footprint(office.world)
        assert client.post(path, json=body).status_code == 403, path
        assert written(before, footprint(office.world)) == {}
    assert client.get("/api/v1/users").status_code == 403


def test_a_token_has_no_more_rights_than_its_person_has_now(office: Office) -> None:
    person = office.world.person("tom")
    office.world.send(shop_grant(person, "reader"))
    client = bearer(office, person, "shop:write")
    assert client.get(f"{API}/goods").status_code == 200
    office.world.send(shop_grant(person, "reader", revoke=True))
    assert client.get(f"{API}/goods").status_code == 404


def test_a_revoked_token_is_nobody(office: Office) -> None:
    made = office.world.send(SaveToken("t"), actor=office.eva)
    assert find_token(office.world.engine, made["token"]) is not None
    with pytest.raises(NotFoundError):
        office.world.send(SaveToken(revoke=made["prefix"]), actor=office.boss)
    assert find_token(office.world.engine, made["token"]) is not None
    office.world.send(SaveToken(revoke=made["prefix"]), actor=office.eva)
    assert find_token(office.world.engine, made["token"]) is None


def test_secrets_are_kept_nowhere(office: Office) -> None:
    """Neither a token's text nor a password, nor in the answer that is kept for whoever repeats the request."""
    made = office.world.send(SaveToken("t"), actor=office.eva, key="secret")
    again = office.world.send(SaveToken("t"), actor=office.eva, key="secret")
    assert (again["prefix"], again["token"]) == (made["prefix"], None)
    everything = repr(footprint(office.world))
    assert made["prefix"] in everything
    assert made["token"] not in everything
    assert PASSWORD not in everything


def test_nobody_gives_rights_that_they_do_not_have(office: Office) -> None:
    for person in (office.eva, office.west):
        refused(office, person, shop_grant(person, "boss"), ForbiddenError)
        refused(office, person, SaveUser("new", "New", password=PASSWORD), ForbiddenError)
