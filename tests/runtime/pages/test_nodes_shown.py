"""Parts of a form that have a condition: the browser follows it while somebody types, the page of a record goes by what is kept."""

from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest

from tests.runtime.pages.test_admin import signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


def section(key: str, field: str, condition: str | None = None) -> dict[str, Any]:
    node = {"uid": f"f.{key}.field", "kind": "field", "field": field}
    made: dict[str, Any] = {"uid": f"f.{key}", "kind": "section", "label": key.title(), "nodes": [node]}
    return made | ({"visible_if": condition} if condition else {})


@pytest.fixture
def shop(empty: World) -> World:
    nodes = {name: body for name, body in shop_nodes().items() if name[0] != "form"}
    nodes["form", "goods"] = {
        "uid": "f",
        "key": "goods",
        "label": "Goods",
        "entity": "goods",
        "nodes": [
            section("names", "name"),
            section("codes", "code"),
            section("dear", "price", "name == 'Gold'"),
        ],
    }
    empty.install(nodes, "shop")
    empty.person("ann", "boss")
    return empty


def fields(page: str) -> dict[str, Any]:
    """The fields of the page's form by key."""
    found = re.search(r'<zg-form.*?"application/json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return {field["key"]: field for field in json.loads(html.unescape(found[1]))["fields"]}


def test_a_form_follows_the_condition_of_a_part_while_somebody_types(shop: World) -> None:
    found = fields(text(signed_in(shop, "ann"), "/a/shop/goods/new"))
    assert "shownIf" not in found["name"]
    assert found["price"]["shownIf"][0] == "and"
    assert "Gold" in json.dumps(found["price"]["shownIf"])


def test_the_page_of_a_record_leaves_out_what_its_form_does_not_show(shop: World) -> None:
    browser = signed_in(shop, "ann")
    pages = {
        name: text(
            browser, f"/a/shop/goods/{shop.create('goods', {'code': name, 'name': name, 'price': '9'})['id']}"
        )
        for name in ("Gold", "Rice")
    }
    assert "<h2>Dear</h2>" in pages["Gold"]
    assert "<h2>Dear</h2>" not in pages["Rice"]
    assert "<h2>Names</h2>" in pages["Rice"]
