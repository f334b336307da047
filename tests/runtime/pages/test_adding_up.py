"""What a document posted is added up where it is counted in one unit: kilograms and pieces have no sum."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from builder.runtime.installing import template
from builder.runtime.scenarios import Runner
from tests.runtime.pages.test_admin import signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world


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


def test_a_warehouse_of_bags_and_bottles_has_a_value_and_no_quantity(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    package = template("general").package
    folder = tmp_path_factory.mktemp("mixed")
    world = open_world(f"sqlite:///{folder}/scratch.db", folder)
    scenario = next(s for s in package.scenarios if s.key == "assemble_and_take_apart")
    opened = next(i for i, step in enumerate(scenario.steps) if step.do == "transition") + 1
    steps = [
        replace(step, values={**step.values, "base_unit": "袋"}) if step.id == "b" else step
        for step in scenario.steps[:opened]
    ]
    assert Runner(world.engine, package).run(replace(scenario, steps=tuple(steps))).passed
    world.app = f"s1_{scenario.key}"
    world.person("boss", "boss")
    browser = signed_in(world, "boss")

    def cells(query: str) -> list[str]:
        page = text(browser, f"/a/{world.app}/ledgers/stock{query}")
        (row,) = re.findall(r"<tr.*?</tr>", page[page.index("<tbody") : page.index("</tbody>")], re.DOTALL)[
            :1
        ]
        return [re.sub(r"<[^>]+>", "", one).strip() for one in re.findall(r"<td.*?</td>", row, re.DOTALL)]

    by_item, by_warehouse = cells("?by=item"), cells("?by=warehouse")
    moved = cells("/movements?by=warehouse")
    assert all(by_item[1:3])
    assert [bool(one) for one in by_warehouse[1:4]] == [False, True, False]
    assert moved[1:5] == ["", "", "", ""]
    world.engine.database.close()
