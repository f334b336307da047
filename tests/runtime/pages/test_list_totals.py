"""What stands below the columns of a list: sums of what is in one unit."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop whose orders say how much they are of, in a unit of their own, and a list that adds it up."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    order = nodes["entity", "order"]
    unit = {"uid": "order.unit", "key": "unit", "type": "text", "label": "Unit"}
    ordered = {"uid": "order.ordered", "key": "ordered", "type": "quantity", "scale": 2, "label": "Ordered"}
    fields = [*order["fields"], unit, {**ordered, "unit_field": "unit"}]
    nodes["entity", "order"] = {**order, "fields": fields}
    columns = [{"uid": f"view.orders.{c}", "field": c} for c in ("remark", "ordered", "total")]
    nodes["view", "orders"] = {
        **{"uid": "view.orders", "key": "orders", "entity": "order", "label": "Orders", "kind": "list"},
        **{"columns": columns, "totals": ["ordered", "total"]},
    }
    for entity, first in (("order", "remark"), ("goods", "made_on")):
        named = {"uid": f"view.{entity}.{first}", "key": f"{entity}_{first}", "entity": entity}
        column = [{"uid": f"view.{entity}.{first}.c", "field": first}]
        nodes["view", f"{entity}_{first}"] = {**named, "label": "X", "kind": "list", "columns": column}
    # An order has no number before it is submitted here.
    untitled = [f for f in nodes["entity", "order"]["fields"] if f["key"] != "number"]
    nodes["entity", "order"] = {**nodes["entity", "order"], "title": "remark", "fields": untitled}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    yield world
    world.engine.database.close()


def order(world: World, ordered: str | None, unit: str | None) -> None:
    goods = world.create("goods", {"code": f"{ordered}{unit}", "name": "Goods", "price": "2.50"})["id"]
    lines = [{"goods": goods, "quantity": "2"}]
    world.create("order", {"lines": lines, "ordered": ordered, "unit": unit})


def totals(world: World) -> list[str]:
    page = signed_in(world, "anna").get("/a/shop/order").get_data(as_text=True)
    foot = re.search(r"<tfoot>(.*?)</tfoot>", page, re.DOTALL)
    assert foot is not None
    return [text for text in re.findall(r">([^<>]+)</td>", foot[1]) if text.strip()][1:]


def test_a_total_says_how_much_there_is_of_each_unit(world: World) -> None:
    order(world, "100", "kg")
    order(world, "20.5", "kg")
    # What has no amount has no unit either.
    order(world, None, "box")
    assert totals(world) == ["120.5 kg", "15.00"]
    order(world, "40", "pcs")
    assert totals(world) == ["120.5 kg · 40 pcs", "20.00"]


def test_more_than_three_units_have_no_total(world: World) -> None:
    for amount, unit in (("1", "kg"), ("2", "pcs"), ("3", "box")):
        order(world, amount, unit)
    assert totals(world)[0] == "3 box · 2 pcs · 1 kg"
    order(world, "4", "pallet")
    assert totals(world) == ["20.00"]


def test_an_empty_list_adds_up_to_nothing(world: World) -> None:
    assert "<tfoot>" not in signed_in(world, "anna").get("/a/shop/order").get_data(as_text=True)


def test_a_row_that_begins_with_nothing_is_called_what_it_is(world: World) -> None:
    """An order whose list begins with its remark, which nobody wrote; goods, which have a name."""
    for entity, first in (("order", "remark"), ("goods", "made_on")):
        assert world.create(entity, {"lines": []} if entity == "order" else {"code": "A", "name": "Rice"})
        page = signed_in(world, "anna").get(f"/a/shop/{entity}?view={entity}_{first}")
        (link,) = re.findall(
            r'<td data-column="\w+"[^>]*><a href="[^"]+">([^<]*)</a>', page.get_data(as_text=True)
        )
        assert link == {"order": "Order", "goods": "Rice"}[entity]
