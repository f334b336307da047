"""The first half hour: from an empty workspace to an app, and from an empty chooser to the first record."""

from __future__ import annotations

from typing import Any

import pytest

from builder.commands import SaveUser
from tests.runtime.pages.test_admin import post, signed_in
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


# Empty lists


def listed(world: World) -> Any:
    """The shop with a list of everything and one of what is cheap."""
    nodes = shop_nodes()
    cheap = {"field": "price", "op": "<", "value": "10"}
    for key, label, where in (("all_goods", "All goods", None), ("cheap", "Cheap goods", cheap)):
        view = {
            "uid": f"view.{key}",
            "key": key,
            "entity": "goods",
            "label": label,
            "columns": [{"uid": f"view.{key}.name", "field": "name"}],
        }
        nodes["view", key] = view | ({"filter": where} if where else {})
    world.install(nodes, "shop")
    world.person("ann", "boss")
    return signed_in(world, "ann")


def with_a_pen(world: World) -> Any:
    """The same lists, and one thing that is too dear for the cheap ones."""
    client = listed(world)
    world.create("goods", {"code": "A", "name": "Pen", "price": "20"})
    return client


def test_a_list_without_anything_says_so_and_offers_to_begin(empty: World) -> None:
    text = listed(empty).get("/a/shop/goods?view=cheap").text
    assert "No goods yet" in text
    assert 'href="/a/shop/goods/new"' in text
    assert "in all" not in text


def test_a_list_that_its_filter_empties_says_how_many_there_are_elsewhere(empty: World) -> None:
    text = with_a_pen(empty).get("/a/shop/goods?view=cheap").text
    assert "Nothing in “Cheap goods” now" in text
    assert "there are 1 goods in all" in text
    assert 'class="btn" href="/a/shop/goods?view=all_goods"' in text


def test_conditions_that_nothing_fits_are_named_and_can_be_cleared(empty: World) -> None:
    text = with_a_pen(empty).get("/a/shop/goods?view=all_goods&q=Ink").text
    assert "“All goods” holds 1, but none that fits the conditions above." in text
    assert 'class="btn" href="/a/shop/goods?view=all_goods"' in text


def test_who_sees_only_own_records_is_not_told_that_there_are_none(empty: World) -> None:
    empty.install(shop_nodes(), "shop")
    empty.person("ann", "seller")
    text = signed_in(empty, "ann").get("/a/shop/order").text
    assert "Only records that you may see are listed here." in text


# People


def test_a_person_without_a_role_is_told_of_and_a_first_role_comes_with_the_account(empty: World) -> None:
    empty.install(shop_nodes(), "shop")
    empty.person("ann", "boss", admin=True)
    client = signed_in(empty, "ann")
    made = {"name": "Bo", "login": "bo", "password": "Quiet-River-9-Stones"}
    assert "Without a role somebody sees nothing" in client.get("/people/new").text
    bare = post(client, "/people/new", **made)
    assert "has no role yet" in client.get(bare.headers["Location"]).text
    assert "No role<" in client.get("/people").text

    again = post(client, "/people/new", **{**made, "login": "cy"}, role="shop/clerk")
    page = client.get(again.headers["Location"]).text
    assert "The account and its role are ready" in page
    assert "Clerk" in page
    assert "No role yet" not in page


def test_a_record_that_is_entered_in_a_list_belongs_to_it_and_so_does_the_next(empty: World) -> None:
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    dear = {"uid": "goods.dear", "key": "dear", "type": "boolean", "label": "Dear"}
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], dear]}
    column = {"uid": "view.dear.name", "field": "name"}
    where = {
        "and": [{"field": "dear", "op": "=", "value": True}, {"field": "price", "op": ">", "value": "9"}]
    }
    view = {"uid": "view.dear", "key": "dear", "entity": "goods", "label": "Dear", "columns": [column]}
    nodes["view", "dear"] = view | {"filter": where}
    empty.install(nodes, "shop")
    empty.person("ann", "boss")
    client = signed_in(empty, "ann")
    assert 'href="/a/shop/goods/new?dear=true"' in client.get("/a/shop/goods?view=dear").text
    made = empty.create("goods", {"code": "A", "name": "Pen", "dear": True})
    assert 'href="/a/shop/goods/new?dear=true"' in client.get(f"/a/shop/goods/{made['id']}").text
    plain = empty.create("goods", {"code": "B", "name": "Nib"})
    assert 'href="/a/shop/goods/new"' in client.get(f"/a/shop/goods/{plain['id']}").text


def test_departments_are_offered_a_code(empty: World) -> None:
    empty.install(shop_nodes(), "shop")
    empty.person("ann", "boss", admin=True)
    client = signed_in(empty, "ann")
    assert 'value="BM01"' in client.get("/people/units").text
    post(client, "/people/units", key="BM01", name="Head office")
    assert 'value="BM02"' in client.get("/people/units").text
