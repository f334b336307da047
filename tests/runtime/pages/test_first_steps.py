"""The first half hour: from an empty workspace to an app, and from an empty chooser to the first record."""

from __future__ import annotations

from typing import Any

import pytest

from builder.commands import SaveUser
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, World

CATALOG = 'href="/design/"'


@pytest.mark.parametrize(
    ("is_admin", "says"),
    [(True, "Install one from the app catalog"), (False, "Once an administrator gives you a role")],
)
def test_without_an_app_administrators_are_led_to_the_catalog_and_others_told_why(
    empty: World, is_admin: bool, says: str
) -> None:
    empty.send(SaveUser("ann", "Ann", password=PASSWORD, is_admin=is_admin))
    text = signed_in(empty, "ann").get("/").text
    assert says in text
    assert (CATALOG in text) == is_admin


def test_from_an_app_only_administrators_come_to_the_catalog(empty: World) -> None:
    empty.install(shop_nodes(), "shop")
    for login, is_admin in (("ann", True), ("bob", False)):
        empty.person(login, "boss", admin=is_admin)
        assert (CATALOG in signed_in(empty, login).get("/a/shop/goods").text) == is_admin


def test_a_chooser_with_nothing_to_choose_offers_the_first_to_who_may_enter_it(empty: World) -> None:
    empty.install(shop_nodes(), "shop")
    empty.person("ann", "boss")
    client = signed_in(empty, "ann")

    def offered(text: str = "") -> Any:
        return client.get(f"/a/shop/lookup/order_line/goods?q={text}").get_json().get("create")

    first = offered()
    assert first == {"label": "New goods", "url": "/a/shop/goods/new"}
    empty.create("goods", {"code": "A", "name": "Pen"})
    assert offered() is None
    assert offered("Ink")["url"].endswith("name=Ink")
