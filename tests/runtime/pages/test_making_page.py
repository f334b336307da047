"""The next documents of ticked rows: those that can be are made, the others are named."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.commands import Convert
from builder.errors import InvalidError
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


def asking(tmp_path: Path) -> World:
    """The shop, where what an order notes as its remark is the place that a delivery goes to, and who delivers names the goods."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    del nodes["rule", "deliver"]
    place = {"uid": "delivery.place", "key": "place", "type": "text", "label": "Place", "required": True}
    first = {
        **{"uid": "delivery.first", "key": "first", "type": "reference", "label": "First", "required": True},
        **{"entity": "order_line", "filter": {"field": "parent", "op": "=", "value": {"record": "order"}}},
    }
    delivery, order = nodes["entity", "delivery"], nodes["entity", "order"]
    nodes["entity", "delivery"] = {**delivery, "fields": [*delivery["fields"], place, first]}
    made = [{**c, "map": {**c["map"], "place": "remark"}} for c in order["conversions"]]
    nodes["entity", "order"] = {**order, "conversions": made}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    return world


def needed(world: World, order: str) -> dict[str, Any]:
    """What is asked before a delivery is made of the order."""
    page = signed_in(world, "anna").get(f"/a/shop/order/{order}").get_data(as_text=True)
    deeds = [json.loads(unescape(text)) for text in re.findall(r'data-deed="([^"]+)"', page)]
    (deed,) = [d for d in deeds if d["url"].endswith("/deliver")]
    return {field["key"]: field for field in deed["needs"]}


def deliver(world: World, order: str, **values: str) -> Mapping[str, Any]:
    return world.send(Convert("shop", "order", (world.id({"id": order}),), "deliver", values=values))


def approved(world: World, **values: str) -> str:
    goods = world.create("goods", {"code": "A", "name": "Goods A", "price": "2.50"})["id"]
    lines = [{"goods": goods, "quantity": "5"}]
    id: str = world.create("order", {"lines": lines, **values}, submit=True)["id"]
    world.fire("order", world.id({"id": id}), "approve")
    return id


def test_what_is_taken_over_empty_is_asked_for(tmp_path: Path) -> None:
    world = asking(tmp_path)
    order = approved(world)
    asked = needed(world, order)
    assert list(asked) == ["place", "first"]
    # What is chosen in the dialog is limited by what the document takes over.
    assert f"order={order}" in asked["first"]["lookupUrl"]
    with world.reading() as ctx:
        line = world.engine.database.show(ctx.reader.find("order_line", None, limit=1)[0].id)
    with pytest.raises(InvalidError):
        deliver(world, order, first=line)
    assert deliver(world, order, place="Gate 2", first=line)["state"] == "draft"
    world.engine.database.close()


def test_what_is_taken_over_full_is_not_asked_for(tmp_path: Path) -> None:
    world = asking(tmp_path)
    assert list(needed(world, approved(world, remark="Gate 1"))) == ["first"]
    world.engine.database.close()


def test_nothing_is_offered_where_no_line_goes_over(tmp_path: Path) -> None:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    del nodes["rule", "deliver"]
    order = nodes["entity", "order"]
    large = [{**c, "lines": {**c["lines"], "when": "quantity > 5"}} for c in order["conversions"]]
    nodes["entity", "order"] = {**order, "conversions": large}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    page = signed_in(world, "anna").get(f"/a/shop/order/{approved(world)}").get_data(as_text=True)
    assert "data-deed" in page
    assert "/deliver" not in page
    world.engine.database.close()
