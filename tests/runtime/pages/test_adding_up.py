"""What a document posted is added up where it is counted in one unit: kilograms and pieces have no sum."""

from __future__ import annotations

import re

import pytest

from tests.runtime.pages.test_admin import signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


@pytest.fixture
def shop(empty: World) -> World:
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    unit = {"uid": "goods.unit", "key": "unit", "type": "text", "label": "Unit"}
    in_stock = {
        "uid": "goods.in_stock",
        "key": "in_stock",
        "type": "quantity",
        "label": "In stock",
        "unit_field": "unit",
        "balance": {"ledger": "stock", "measure": "on_hand", "dimensions": {"goods": "id"}},
    }
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], unit, in_stock]}
    empty.install(nodes, "shop")
    empty.person("ann", "boss")
    return empty


def sums(shop: World, *units: str) -> list[str]:
    """The sums under what a receipt of seven of each posted."""
    goods = [shop.create("goods", {"code": u + str(i), "name": u, "unit": u}) for i, u in enumerate(units)]
    lines = [{"goods": one["id"], "quantity": "7"} for one in goods]
    receipt = shop.create("receipt", {"lines": lines})
    shop.fire("receipt", shop.id(receipt), "approve")
    page = text(signed_in(shop, "ann"), f"/a/shop/receipt/{receipt['id']}")
    account = page[page.index("t-account") :]
    foot = re.search(r"<tfoot>(.*?)</tfoot>", account[: account.index("</table>")], re.DOTALL)
    return re.findall(r"[\d.]+", re.sub(r"<[^>]+>", " ", foot[1])) if foot else []


def test_goods_in_one_unit_have_a_sum(shop: World) -> None:
    assert sums(shop, "kg", "kg") == ["14"]


def test_goods_in_several_units_have_none(shop: World) -> None:
    assert sums(shop, "kg", "piece") == []


def total_of(shop: World, page: str, *units: str) -> list[str]:
    """What stands below the lines of a ledger's page."""
    if units:
        sums(shop, *units)
    found = text(signed_in(shop, "ann"), f"/a/shop/ledgers/{page}")
    foot = re.search(r"<tfoot>(.*?)</tfoot>", found, re.DOTALL)
    assert foot is not None
    return re.findall(r"[\d.]+", re.sub(r"<[^>]+>", " ", foot[1]))


def test_balances_and_movements_are_added_up_in_one_unit(shop: World) -> None:
    assert total_of(shop, "stock", "kg", "kg") == ["14"]
    assert set(total_of(shop, "stock/movements")) == {"0", "14"}


def test_balances_and_movements_of_several_units_have_no_total(shop: World) -> None:
    assert total_of(shop, "stock", "kg", "piece") == []
    assert total_of(shop, "stock/movements") == []
