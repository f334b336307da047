"""A next document that needs what its source does not say: it is asked for before the document is made."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.commands import Convert
from builder.errors import InvalidError
from builder.runtime.hanging import links_of
from builder.runtime.pages.making import check_brought
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.pages.test_making_page import make
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world


def text(of: str, key: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"{of}.{key}", "key": key, "label": key.title(), "type": "text", **more}


SENDER = {
    "uid": "role.sender",
    "key": "sender",
    "label": "Sender",
    "grants": [
        {"uid": "role.sender.order", "entity": "order", "may": ["read"], "conversions": ["deliver"]},
        {"uid": "role.sender.delivery", "entity": "delivery", "may": ["read"]},
    ],
}
"""Who makes deliveries of orders, and none freely."""


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop whose deliveries cannot do without the carrier and the way that an order may name; it goes by road where nobody says otherwise."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    order, delivery = nodes["entity", "order"], nodes["entity", "delivery"]
    mapped = {"map": {"carrier": "carrier", "way": "way"}, "by": ["button", "bulk"]}
    nodes["entity", "order"] = {
        **order,
        "fields": [*order["fields"], text("order", "carrier"), text("order", "way")],
        "conversions": [{**c, **mapped} for c in order["conversions"]],
    }
    asked = [
        text("delivery", "carrier", required=True),
        text("delivery", "way", required=True, default="'road'"),
        text("delivery", "licence", required_if="way == 'air'"),
    ]
    nodes["entity", "delivery"] = {**delivery, "fields": [*delivery["fields"], *asked]}
    # Deliveries are made by hand here.
    del nodes["rule", "deliver"]
    nodes["roles", "roles"] = {"roles": [*nodes["roles", "roles"]["roles"], SENDER]}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    yield world
    world.engine.database.close()


@pytest.fixture
def browser(world: World) -> FlaskClient:
    return signed_in(world, "anna")


def ordered(world: World, **values: str) -> str:
    """An approved order of five."""
    goods = world.create("goods", {"code": f"G{values}", "name": "Goods", "price": "2.50"})["id"]
    lines = [{"goods": goods, "quantity": "5"}]
    order = world.create("order", {"lines": lines, **values}, submit=True)
    world.fire("order", world.id(order), "approve")
    return str(order["id"])


def asked(browser: FlaskClient, id: str) -> list[str]:
    """What is asked for when the button is pressed."""
    page = browser.get(f"/a/shop/order/{id}").get_data(as_text=True)
    deeds = [json.loads(html.unescape(deed)) for deed in re.findall(r'data-deed="([^"]*)"', page)]
    (deed,) = [deed for deed in deeds if deed["url"].endswith("/conversions/deliver")]
    return [field["key"] for field in deed.get("needs", [])]


def test_what_the_source_does_not_say_is_asked_for(world: World, browser: FlaskClient) -> None:
    assert asked(browser, ordered(world, carrier="by rail")) == []
    assert asked(browser, ordered(world)) == ["carrier"]
    assert asked(browser, ordered(world, way="air")) == ["carrier", "licence"]


def test_the_dialog_reads_times_by_the_clock_of_the_page(world: World, browser: FlaskClient) -> None:
    """What is typed there at eight in the morning is sent as eight in the morning here, not in London."""
    page = browser.get(f"/a/shop/order/{ordered(world)}").get_data(as_text=True)
    (deeds,) = re.findall(r"<zg-deeds [^>]*>", page)
    assert 'zone="Asia/Shanghai"' in deeds


def test_what_is_answered_completes_the_document(world: World) -> None:
    id = world.id({"id": ordered(world)})
    with pytest.raises(InvalidError) as refused:
        world.convert("order", id, "deliver")
    assert [(p.code, p.path) for p in refused.value.problems] == [("REQUIRED", "/carrier")]
    made = world.send(Convert("shop", "order", (id,), "deliver", values={"carrier": "by rail"}))
    with world.reading() as ctx:
        delivery = ctx.load("delivery", world.id(made))
    assert (delivery.values["carrier"], delivery.values["way"]) == ("by rail", "road")


def test_who_only_converts_fills_in_what_is_missing_and_changes_nothing(world: World) -> None:
    sender = world.person("sam", "sender")
    first, second = world.id({"id": ordered(world)}), world.id({"id": ordered(world, carrier="by rail")})
    other = {"carrier": "by horse"}
    with pytest.raises(InvalidError) as refused:
        world.send(Convert("shop", "order", (second,), "deliver", values=other), actor=sender)
    assert [(p.code, p.path) for p in refused.value.problems] == [("FIELD_READ_ONLY", "/carrier")]
    assert world.send(Convert("shop", "order", (first,), "deliver", values=other), actor=sender)["id"]


def test_of_many_only_those_are_made_that_need_no_answer(world: World, browser: FlaskClient) -> None:
    short, whole = ordered(world), ordered(world, carrier="by rail")
    told = {row["id"]: row for row in make(browser, [short, whole])["results"]}
    assert (told[short]["ok"], told[whole]["ok"]) == (False, True)
    assert "Carrier" in told[short]["message"]


def test_a_document_that_a_person_makes_of_another_came_by_the_person(world: World) -> None:
    id = world.id({"id": ordered(world, carrier="by rail")})
    ben = replace(world.person("ben", "boss"), channel="phone")
    made = world.send(Convert("shop", "order", (id,), "deliver"), actor=ben)
    with world.reading() as ctx:
        delivery = ctx.load("delivery", world.id(made))
    assert (delivery.created_via, delivery.created_by) == ("phone", ben.user_id)


def test_a_document_that_a_rule_makes_of_another_came_by_the_rule(shop: World) -> None:
    goods = shop.create("goods", {"code": "A", "name": "Goods", "price": "2.50"})["id"]
    order = shop.create("order", {"lines": [{"goods": goods, "quantity": "5"}]}, submit=True)
    ben = replace(shop.person("ben", "boss"), channel="phone")
    shop.fire("order", shop.id(order), "approve", actor=ben)
    with shop.reading() as ctx:
        (link,) = links_of(ctx, ctx.load("order", shop.id(order)))
        delivery = ctx.load("delivery", shop.id(link))
    assert delivery.created_via == "rule"


SAID = [
    text("delivery_line", "shelf", required=True),
    text("delivery_line", "way", required=True, default="'by hand'"),
]
"""What a line of a delivery must say, and an order may say before."""
WORKED_OUT = [
    text("delivery_line", "batch", required_if="parent.remark == 'batches'"),
    # What its default takes from the line that it comes from, and from how much goes over, is not asked for.
    text("delivery_line", "origin", required=True, default="CONCAT(order_line.goods.code, quantity)"),
    text("delivery_line", "source", required=True, default="order_line.goods.name"),
]


def with_shelves(tmp_path: Path, *more: dict[str, Any]) -> World:
    """A shop whose deliveries say of each line from which shelf, and ``more``; orders may say so before."""
    world = open_world(f"sqlite:///{tmp_path}/shelves.db", tmp_path)
    nodes = shop_nodes()
    order, line, target = (nodes["entity", key] for key in ("order", "order_line", "delivery_line"))
    mapped = [
        {**c, "lines": {**c["lines"], "map": {**c["lines"]["map"], "shelf": "shelf", "way": "way"}}}
        for c in order["conversions"]
    ]
    nodes["entity", "order"] = {**order, "conversions": [{**c, "by": ["button", "bulk"]} for c in mapped]}
    told = [text("order_line", "shelf"), text("order_line", "way")]
    nodes["entity", "order_line"] = {**line, "fields": [*line["fields"], *told]}
    nodes["entity", "delivery_line"] = {**target, "fields": [*target["fields"], *SAID, *more]}
    del nodes["rule", "deliver"]
    nodes["roles", "roles"] = {"roles": [*nodes["roles", "roles"]["roles"], SENDER]}
    world.install(nodes, "shop")
    world.person("anna", admin=True)
    return world


def two_lines(world: World, **first: str) -> str:
    """An approved order of two lines; the second says its shelf."""
    goods = [world.create("goods", {"code": c, "name": f"Goods {c}", "price": "2"})["id"] for c in "AB"]
    lines = [
        {"goods": goods[0], "quantity": "5", **first},
        {"goods": goods[1], "quantity": "3", "shelf": "S2", "way": "by crane"},
    ]
    order = world.create("order", {"lines": lines}, submit=True)
    world.fire("order", world.id(order), "approve")
    return str(order["id"])


def test_what_a_line_brings_empty_is_asked_for_by_line(tmp_path: Path) -> None:
    world = with_shelves(tmp_path, *WORKED_OUT)
    browser, order = signed_in(world, "anna"), two_lines(world)
    page = browser.get(f"/a/shop/order/{order}").get_data(as_text=True)
    deeds = [json.loads(html.unescape(deed)) for deed in re.findall(r'data-deed="([^"]*)"', page)]
    (deed,) = [deed for deed in deeds if deed["url"].endswith("/conversions/deliver")]
    (need,) = deed["needs"]
    lines, to, line, field = need["key"].split(".")
    assert (lines, to, field) == ("lines", "lines", "shelf")
    assert need["label"] in {"第 1 行 Goods A：Shelf", "Line 1 Goods A: Shelf"}
    token = re.search(r'name="csrf" content="([^"]+)"', page)
    assert token is not None
    headers = {"X-CSRF-Token": token[1], "Idempotency-Key": "one"}
    body = {"line_fields": {to: {line: {field: "S1"}}}}
    answer = browser.post(deed["url"], json=body, headers=headers)
    assert answer.status_code == 201
    with world.reading() as ctx:
        made = ctx.load("delivery", world.id(answer.get_json()))
    said = [(row.values["shelf"], row.values["way"]) for row in made.lines["lines"]]
    assert said == [("S1", "by hand"), ("S2", "by crane")]
    world.engine.database.close()


def test_lines_that_say_everything_ask_nothing(tmp_path: Path) -> None:
    world = with_shelves(tmp_path, *WORKED_OUT)
    browser = signed_in(world, "anna")
    assert asked(browser, two_lines(world, shelf="S1")) == []
    short = two_lines_again(world)
    told = {row["id"]: row for row in make(browser, [short])["results"]}
    assert not told[short]["ok"]
    assert "Shelf" in told[short]["message"]
    world.engine.database.close()


def test_the_place_of_what_is_missing_is_that_in_the_next_document(tmp_path: Path) -> None:
    """Of a line that is delivered nothing goes over, so that the one after it is the first of what is made next."""
    world = with_shelves(tmp_path)
    ready = {"goods": world.create("goods", {"code": "A", "name": "Ready"})["id"], "quantity": "5"}
    open_ = {"goods": world.create("goods", {"code": "B", "name": "Open"})["id"], "quantity": "3"}
    world.create("receipt", {"lines": [ready]}, submit=True)
    said = {**ready, "shelf": "S1", "way": "by crane"}
    id = world.id(world.create("order", {"lines": [said, open_]}, submit=True))
    world.fire("order", id, "approve")
    with world.reading() as ctx:
        first = ctx.load("order", id).lines["lines"][0]
    delivery = world.send(Convert("shop", "order", (id,), "deliver", {first.id: "5"}))
    world.fire("delivery", world.id(delivery), "approve")
    with world.reading() as ctx:
        order = ctx.app.package.entity("order")
        assert order is not None
        with pytest.raises(InvalidError) as refused:
            check_brought(ctx, order.conversions[0], ctx.load("order", id))
    assert [p.path for p in refused.value.problems] == ["/lines/0/shelf"]
    world.engine.database.close()


def two_lines_again(world: World) -> str:
    with world.reading() as ctx:
        goods = world.engine.database.show(ctx.reader.find("goods", None, limit=1)[0].id)
    order = world.create("order", {"lines": [{"goods": goods, "quantity": "1"}]}, submit=True)
    world.fire("order", world.id(order), "approve")
    return str(order["id"])


def test_an_answer_to_no_line_and_one_that_changes_a_line_are_refused(tmp_path: Path) -> None:
    world = with_shelves(tmp_path, *WORKED_OUT)
    id = world.id({"id": two_lines(world)})
    with world.reading() as ctx:
        first, second = (line.id for line in ctx.load("order", id).lines["lines"])
    shelves = {"lines": {first: {"shelf": "S1"}, 4711: {"shelf": "S9"}}}
    with pytest.raises(InvalidError) as refused:
        world.send(Convert("shop", "order", (id,), "deliver", line_values=shelves))
    assert [(p.code, p.path) for p in refused.value.problems] == [("LINE_UNKNOWN", "/lines")]
    sender = world.person("sam", "sender")
    changed = {"lines": {first: {"shelf": "S1"}, second: {"shelf": "S1"}}}
    with pytest.raises(InvalidError) as closed:
        world.send(Convert("shop", "order", (id,), "deliver", line_values=changed), actor=sender)
    assert [(p.code, p.path) for p in closed.value.problems] == [("FIELD_READ_ONLY", "/lines/1/shelf")]
    world.engine.database.close()
