"""The next documents of ticked rows: those that can be are made, the others are named."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World


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
