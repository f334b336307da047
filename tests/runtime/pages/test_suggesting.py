"""A form suggests the unit in which an item is bought or sold once somebody chooses the item in it; nothing else ever fills it in."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.runtime.installing import template
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.played import played
from tests.runtime.world import World

GENERAL = template("general").package
LINE = "purchase_order_line"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Oil in drums that is bought and stored in cases of four, before its cases are no longer so."""
    folder = tmp_path_factory.mktemp("suggesting")
    with played(folder, GENERAL, "default_units", lambda step: step.do == "check") as made:
        for role in ("buyer", "keeper"):
            made.person(role, role)
        yield made


@pytest.fixture(scope="module")
def buyer(world: World) -> FlaskClient:
    return signed_in(world, "buyer")


def records(world: World, entity: str) -> list[Any]:
    with world.reading() as ctx:
        return list(ctx.reader.find(entity, None, limit=9))


def found(client: FlaskClient, world: World, entity: str, query: str) -> dict[str, Any]:
    got: Any = client.get(f"/a/{world.app}/lookup/{entity}/item?{query}").get_json()
    item: dict[str, Any] = got["items"][0]
    return item


def source(client: FlaskClient, world: World, entity: str) -> str:
    """Where the item column of a new document's lines looks for items."""
    text = html.unescape(client.get(f"/a/{world.app}/{entity}/new").text)
    grids = (
        json.loads(one)
        for one in re.findall(r"<zg-lines[^>]*>\s*<script[^>]*>(.*?)</script>", text, re.DOTALL)
    )
    columns = [c for grid in grids for c in grid["columns"] if c["key"] == "item"]
    return str(columns[0]["lookupUrl"])


def test_choosing_the_item_fills_its_unit_and_the_price_of_it(world: World, buyer: FlaskClient) -> None:
    oil = found(buyer, world, LINE, "q=T-OIL&suggest=unit")
    assert oil["values"]["unit"]["label"] == "箱"
    assert oil["values"]["price"] == "196.2000"
    assert oil["paths"]["unit.numerator"] == {"n": "4.0000"}


def test_only_the_form_that_asks_gets_it(world: World, buyer: FlaskClient) -> None:
    for query in ("q=T-OIL", "q=T-OIL&suggest=", "q=T-OIL&suggest=price,remark"):
        values = found(buyer, world, LINE, query)["values"]
        assert "unit" not in values
        assert values["price"] == "49.0500"


def test_a_document_of_the_other_side_suggests_its_own_unit(world: World, buyer: FlaskClient) -> None:
    assert found(buyer, world, "sales_order_line", "q=T-OIL&suggest=unit")["values"]["unit"] == ""
    keeper = signed_in(world, "keeper")
    assert found(keeper, world, "transfer_line", "q=T-OIL&suggest=unit")["values"]["unit"]["label"] == "箱"


def test_the_forms_of_buying_ask_and_a_page_that_shows_no_unit_does_not(
    world: World, buyer: FlaskClient
) -> None:
    assert source(buyer, world, "purchase_order").endswith("&suggest=unit")
    assert "suggest" not in source(buyer, world, "purchase_requisition")


def test_the_unit_that_somebody_took_away_stays_away(world: World, buyer: FlaskClient) -> None:
    (oil,) = records(world, "item")
    shown = world.engine.database.show(oil.id)
    values = found(buyer, world, LINE, f"id={shown}&quantity=7&suggest=unit")["values"]
    assert "unit" not in values
    assert values["price"] == "49.0500"


def test_a_pasted_code_and_a_scan_keep_the_base_unit(world: World, buyer: FlaskClient) -> None:
    page = buyer.get(f"/a/{world.app}/purchase_order/new").text
    token = re.search(r'<meta name="csrf" content="([^"]+)"', page)
    assert token is not None
    at = f"/a/{world.app}/lookup/{LINE}/item?suggest=unit"
    pasted: Any = buyer.post(at, json={"resolve": ["T-OIL"]}, headers={"X-CSRF-Token": token[1]}).get_json()
    scanned: Any = buyer.get(f"/a/{world.app}/scan/{LINE}/item?q=T-OIL&suggest=unit").get_json()
    for item in (pasted["items"][0], scanned["item"]):
        assert "unit" not in item["values"]
        assert item["values"]["price"] == "49.0500"


def test_a_barcode_says_whether_it_is_a_piece_or_a_case(world: World, buyer: FlaskClient) -> None:
    (oil,) = records(world, "item")
    values = {
        "code": "T-OIL2",
        "name": "扫码豆油",
        "barcode": "6901234500998",
        "base_unit": oil.values["base_unit"],
    }
    unit = records(world, "item_unit")[0].values["unit"]
    units = [
        {
            "unit": unit,
            "numerator": "4",
            "barcode": "6901234505993",
            "purchase_price": "190",
            "for_purchase": True,
        }
    ]
    same = {key: oil.values[key] for key in ("category", "tax_rate", "sale_price", "purchase_price")}
    made = {**same, **values, "units": units}
    world.create("item", made)
    assert found(buyer, world, LINE, "q=T-OIL2&suggest=unit")["values"]["unit"]["label"] == "箱"
    assert "unit" not in found(buyer, world, LINE, "q=6901234500998&suggest=unit")["values"]
    assert read(buyer, world, "6901234500998")["parts"] == {"unit": ""}
    case = read(buyer, world, "6901234505993")
    assert case["item"]["label"] == "扫码豆油"
    assert case["item"]["values"]["price"] == "49.0500"
    assert (case["parts"]["unit"]["label"], case["parts"]["unit"]["values"]["price"]) == ("箱", "190.0000")
    assert read(buyer, world, "6901234500000")["item"] is None


def read(client: FlaskClient, world: World, code: str) -> Any:
    return client.get(f"/a/{world.app}/scan/{LINE}/item?q={code}").get_json()
