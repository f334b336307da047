"""Scopes of ledger grants: somebody who chooses among all places sees the stock of their own ones only."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.commands import Actor
from builder.metadata.access import LedgerGrant, Role
from builder.runtime.auth import actor_of
from builder.runtime.widening import widened
from builder.storage import accounts
from tests.runtime.depot import apples_in_two_places, depot_nodes
from tests.runtime.world import PASSWORD, WS, World

API = "/api/v1/apps/depot"
READ = {"may": ["read"]}
ELSEWHERE = ("7171.71", "7138.38", "14343.42", "14276.76")
"""What came in the north, and what is left there."""


def _keeper(key: str, *places: str) -> dict[str, Any]:
    """Reads every document and place; the ledger shows the places named."""
    grants = [
        {"uid": f"role.{key}.{entity}", "entity": entity, **READ}
        for entity in ("goods", "place", "receipt", "move")
    ]
    scope = {"field": "name", "op": "in", "value": list(places)}
    stock = {"uid": f"role.{key}.stock", "ledger": "stock", "measures": ["*"]}
    limited = {**stock, "dimension": "place", "scope": scope} if places else stock
    return {"uid": f"role.{key}", "key": key, "label": key.title(), "grants": grants, "ledgers": [limited]}


@pytest.fixture(scope="module")
def depot(bare: World) -> World:
    nodes = depot_nodes()
    roles = [
        *nodes["roles", "roles"]["roles"],
        _keeper("south", "South"),
        _keeper("north", "North"),
        _keeper("all"),
    ]
    bare.install({**nodes, ("roles", "roles"): {"roles": roles}}, "depot")
    for login, held in {"sue": ["south"], "bo": ["south", "north"], "al": ["south", "all"]}.items():
        bare.person(login, *held)
    apples_in_two_places(bare)
    return bare


def client(world: World, login: str) -> FlaskClient:
    made = create_app(world.engine).test_client()
    sent = made.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {sent.get_json()['token']}"
    return made


def items(of: FlaskClient, path: str) -> list[dict[str, Any]]:
    found = of.get(f"{API}/{path}")
    assert found.status_code == 200, found.get_data(as_text=True)
    rows: list[dict[str, Any]] = found.get_json()["items"]
    return rows


@pytest.mark.parametrize(("login", "seen"), [("sue", "33.33"), ("bo", "7171.71"), ("al", "7171.71")])
def test_balances_count_the_rows_that_any_role_shows(depot: World, login: str, seen: str) -> None:
    person = client(depot, login)
    [total] = items(person, "ledgers/stock/balances?group=")
    assert total["measures"]["on_hand"] == seen
    [by_goods] = items(person, "ledgers/stock/balances?group=goods")
    assert by_goods["measures"]["on_hand"] == seen


def test_other_rows_are_not_there(depot: World) -> None:
    sue = client(depot, "sue")
    [row] = items(sue, "ledgers/stock/balances?group=goods,place")
    assert (row["dimensions"]["place"]["title"], row["measures"]["on_hand"]) == ("South", "33.33")
    asked = quote(orjson.dumps({"field": "place.name", "op": "=", "value": "North"}).decode())
    assert items(sue, f"ledgers/stock/balances?filter={asked}") == []
    [entry] = items(sue, "ledgers/stock/entries")
    assert (entry["measures"], entry["running"]) == ({"on_hand": "33.33", "value": "66.66"},) * 2


def test_documents_tell_of_the_rows_that_are_seen(depot: World) -> None:
    """The move may be read, so may what it brought; what it left elsewhere may not."""
    sue, bo = client(depot, "sue"), client(depot, "bo")
    [move], [receipt] = items(sue, "move"), items(sue, "receipt")
    assert [e["measures"]["on_hand"] for e in items(sue, f"move/{move['id']}/entries")] == ["33.33"]
    assert items(sue, f"receipt/{receipt['id']}/entries") == []
    assert len(items(bo, f"move/{move['id']}/entries")) == 2


PAGES = ["", "/entries", "/movements", "/why", "?d.goods={goods}", "/cost?d.goods={goods}&d.place={south}"]


@pytest.mark.parametrize("page", PAGES)
def test_pages_do_not_tell_either(depot: World, page: str) -> None:
    ids = {**_ids(depot, "goods"), **_ids(depot, "place")}
    path = "/a/depot/ledgers/stock" + page.format(goods=ids["Apples"], south=ids["South"])
    for login, is_told in (("sue", False), ("al", True)):
        found = client(depot, login).get(path)
        assert found.status_code == 200, found.get_data(as_text=True)
        text = found.get_data(as_text=True).replace(",", "")
        assert is_told or "33.33" in text
        assert any(canary in text for canary in ELSEWHERE) is (is_told and "/cost" not in page)


def test_a_pool_and_an_entry_elsewhere_are_not_found(depot: World) -> None:
    """Answered as if they had never been: a trace, the way of a cost, the pool of a place."""
    ids = {**_ids(depot, "goods"), **_ids(depot, "place")}
    sue, al = client(depot, "sue"), client(depot, "al")
    pool = f"/a/depot/ledgers/stock/cost?d.goods={ids['Apples']}&d.place={ids['North']}"
    assert (sue.get(pool).status_code, al.get(pool).status_code) == (404, 200)
    [receipt] = items(al, "receipt")
    [entry] = items(al, f"receipt/{receipt['id']}/entries")
    for path in (f"/a/depot/ledgers/stock/{what}?entry={entry['id']}" for what in ("cost", "trace")):
        assert al.get(path).status_code == 200
        text = sue.get(path).get_data(as_text=True).replace(",", "")
        assert not any(canary in text for canary in ELSEWHERE)


def _ids(world: World, entity: str) -> dict[str, str]:
    return {row["name"]: row["id"] for row in items(client(world, "al"), entity)}


def test_nobody_publishes_a_wider_scope_than_their_own(depot: World) -> None:
    """Who sees the south alone gives no role the north, and may leave a wider one as it is."""
    al, sue = (depot_person(depot, login) for login in ("al", "sue"))
    with depot.reading(sue) as ctx:
        package, own = ctx.app.package, ctx.kernel
    with depot.reading(al) as ctx:
        everywhere = ctx.kernel
    wider = tuple(
        replace(role, ledgers=_unlimited(role)) if role.key == "south" else role for role in package.roles
    )
    changed = replace(package, roles=wider)
    assert [p.code for p in widened(own, changed)] == ["RIGHT_LACKED"]
    assert widened(own, package) == []
    assert widened(everywhere, changed) == []


def _unlimited(role: Role) -> tuple[LedgerGrant, ...]:
    return tuple(replace(grant, dimension="", scope=None) for grant in role.ledgers)


def depot_person(world: World, login: str) -> Actor:
    with world.engine.database.snapshot() as conn:
        user = accounts.user_by_login(conn, WS, login)
    assert user is not None
    return actor_of(WS, user)
