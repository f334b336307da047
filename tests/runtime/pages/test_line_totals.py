"""What stands below the lines of a record's page."""

from __future__ import annotations

from tests.runtime.pages.test_runs import signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


def test_a_column_in_which_no_line_says_anything_has_no_total(empty: World) -> None:
    nodes = shop_nodes()
    lines = {
        "uid": "form.order.lines",
        "kind": "lines",
        "field": "lines",
        "columns_shown": ["goods", "quantity", "price"],
        "totals": ["quantity", "price"],
    }
    nodes["form", "order"] = {
        "uid": "form.order",
        "key": "order",
        "entity": "order",
        "label": "Order",
        "nodes": [lines],
    }
    empty.install(nodes, "shop")
    empty.person("boss", "boss", admin=True)
    goods = empty.create("goods", {"code": "A", "name": "Goods A"})["id"]
    client = signed_in(empty)
    shown = {}
    for price in (None, "2.50"):
        made = empty.create("order", {"lines": [{"goods": goods, "quantity": "4", "price": price}]})
        shown[price] = text(client, f"/a/shop/order/{made['id']}").split("Comments")[0].casefold()
    assert shown["2.50"].count("price") == 2
    assert "price" not in shown[None]
    assert shown[None].count("quantity") == 2
