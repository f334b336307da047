"""Where one goes with a document that was just made of another: to its form while something is missing in it, else to its page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world


@pytest.fixture
def careful(tmp_path: Path) -> Iterator[World]:
    """A shop that delivers nothing without a carrier, known at the latest when the delivery is approved, and nothing without lines."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    carrier = {
        "uid": "delivery.carrier",
        "key": "carrier",
        "label": "Carrier",
        "type": "text",
        "required_if": "state != 'draft'",
    }
    delivery = nodes["entity", "delivery"]
    nodes["entity", "delivery"] = {**delivery, "fields": [*delivery["fields"], carrier]}
    flow = nodes["workflow", "delivery"]
    approve, *others = flow["transitions"]
    filled = {**approve, "condition": "COUNT(lines.quantity) > 0", "message": "Nothing is on it."}
    nodes["workflow", "delivery"] = {**flow, "transitions": [filled, *others]}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    yield world
    world.engine.database.close()


@pytest.fixture
def browser(careful: World) -> FlaskClient:
    return signed_in(careful, "anna")


def made(careful: World, browser: FlaskClient, carrier: str, lines: int) -> str:
    """The page that somebody comes to with a new delivery."""
    goods = careful.create("goods", {"code": carrier or "none", "name": "Goods", "price": "2.50"})["id"]
    values = {"carrier": carrier, "lines": [{"goods": goods, "quantity": "1"}] * lines}
    id = careful.create("delivery", values)["id"]
    answer = browser.get(f"/a/shop/delivery/{id}/made")
    assert answer.status_code == 303
    return str(answer.headers["Location"]).replace(id, "ID")


def test_a_document_with_something_missing_opens_to_be_completed(
    careful: World, browser: FlaskClient
) -> None:
    assert made(careful, browser, "", 1) == "/a/shop/delivery/ID/edit?made=1"
    some = careful.create("delivery", {})["id"]
    form = browser.get(f"/a/shop/delivery/{some}/made", follow_redirects=True).get_data(as_text=True)
    assert "Add what is missing, then save." in form
    assert made(careful, browser, "by rail", 0) == "/a/shop/delivery/ID/edit?made=1"
    assert made(careful, browser, "by road", 1) == "/a/shop/delivery/ID"


def test_a_document_that_may_not_be_changed_any_more_opens_its_page(
    careful: World, browser: FlaskClient
) -> None:
    goods = careful.create("goods", {"code": "A", "name": "Goods", "price": "2.50"})["id"]
    arrival = {"lines": [{"goods": goods, "quantity": "3"}]}
    careful.create("receipt", arrival, submit=True)
    lines = [{"goods": goods, "quantity": "1"}]
    id = careful.create("delivery", {"carrier": "by air", "lines": lines}, submit=True)["id"]
    assert browser.get(f"/a/shop/delivery/{id}/made").headers["Location"] == f"/a/shop/delivery/{id}"
