"""The next documents of ticked rows: those that can be are made, the others are named."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world


@pytest.fixture
def browser(shop: World) -> FlaskClient:
    shop.person("anna", admin=True)
    return signed_in(shop, "anna")


def make(browser: FlaskClient, ids: list[str]) -> Any:
    page = browser.get("/a/shop/order").get_data(as_text=True)
    token = re.search(r'name="csrf" content="([^"]+)"', page)
    assert token is not None
    headers = {"X-CSRF-Token": token[1]}
    return browser.post("/a/shop/order/bulk/make/deliver", json={"ids": ids}, headers=headers).get_json()


def test_a_list_offers_what_is_made_next_and_makes_it_of_those_that_can_be(
    shop: World, browser: FlaskClient
) -> None:
    goods = shop.create("goods", {"code": "A", "name": "Goods A", "price": "2.50"})["id"]
    draft = shop.create("order", {"lines": [{"goods": goods, "quantity": "5"}]})["id"]
    assert "/a/shop/order/bulk/make/deliver" in browser.get("/a/shop/order").get_data(as_text=True)
    told = make(browser, [draft])
    assert (told["open"], [row["ok"] for row in told["results"]]) == ("", [False])
    assert told["results"][0]["message"]


def test_who_is_refused_is_told_why(tmp_path: Path) -> None:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    order = nodes["entity", "order"]
    why = {"when": "total > 100", "message": "Orders up to 100 are fetched by the customer."}
    nodes["entity", "order"] = {**order, "conversions": [{**c, **why} for c in order["conversions"]]}
    # Nobody delivers by itself what is to be asked for here.
    del nodes["rule", "deliver"]
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    goods = world.create("goods", {"code": "A", "name": "Goods A", "price": "2.50"})["id"]
    id = world.create("order", {"lines": [{"goods": goods, "quantity": "5"}]}, submit=True)["id"]
    world.fire("order", world.id({"id": id}), "approve")
    (row,) = make(signed_in(world, "anna"), [id])["results"]
    assert row["message"] == why["message"]
    world.engine.database.close()
