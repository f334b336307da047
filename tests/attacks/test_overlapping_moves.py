"""Whoever holds two roles moves and converts each document with a role that shows it: a right over one's own opens nothing in those of others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builder.app import create_app
from tests.api.caller import Caller, caller, good, refused
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, World, open_world

ORDERS = "/apps/shop/order"
MINE = {"field": "owner", "op": "=", "value": {"actor": "id"}}


def role(key: str, **limits: Any) -> dict[str, Any]:
    grants = [
        {"uid": f"role.{key}.order", "entity": "order", "may": ["read"], **limits},
        {"uid": f"role.{key}.delivery", "entity": "delivery", "may": ["read", "create"]},
        {"uid": f"role.{key}.goods", "entity": "goods"},
    ]
    return {"uid": f"role.{key}", "key": key, "label": key, "grants": grants}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A seller submits and delivers the own orders, an onlooker sees all of them. Ann and Bob are both."""
    folder = tmp_path_factory.mktemp("moves")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    nodes = shop_nodes()
    boss = nodes["roles", "roles"]["roles"][0]
    moves = {"transitions": ["submit", "approve"], "conversions": ["deliver"]}
    seller = role("seller", scope=MINE, may=["read", "create", "update"], **moves)
    nodes["roles", "roles"] = {"roles": [boss, seller, role("onlooker")]}
    del nodes["rule", "deliver"]
    world.install(nodes, "shop")
    world.person("ann", "seller", "onlooker")
    world.person("bob", "seller", "onlooker")
    world.create("goods", {"code": "G", "name": "Goods"})
    try:
        yield world
    finally:
        world.engine.database.close()


def an_order(caller: Caller) -> str:
    goods = caller.read("/apps/shop/goods")["items"][0]["id"]
    body = {"lines": [{"goods": goods, "quantity": "1", "price": "1.00"}]}
    return f"{ORDERS}/{good(caller.post(ORDERS, body), 201)['id']}"


def test_another_seller_s_order_is_seen_and_not_moved(shop: World) -> None:
    ann, bob = caller(shop, "ann"), caller(shop, "bob")
    order = an_order(ann)
    assert bob.read(order)["state"] == "draft"
    refused(bob.post(f"{order}/transitions/submit", {}), 403)
    page = create_app(shop.engine).test_client()
    page.post("/sign-in", data={"login": "bob", "password": PASSWORD})
    assert "/transitions/submit" not in page.get(order.replace("/apps/", "/a/")).get_data(as_text=True)
    assert good(ann.post(f"{order}/transitions/submit", {}))["state"] == "submitted"
    refused(bob.post(f"{order}/transitions/approve", {}), 403)
    assert good(ann.post(f"{order}/transitions/approve", {}))["state"] == "approved"
    refused(bob.post(f"{order}/conversions/deliver", {}), 403)
    good(ann.post(f"{order}/conversions/deliver", {}), 201)
