"""A new form begins with the only record that a reference may point to and with the next free code; nothing else ever fills them in."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.commands import DeleteRecord
from builder.errors import ConflictError, InvalidError
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World

PLACE = {"field": "open", "op": "=", "value": True}


def field(of: str, key: str, type: str, **more: Any) -> dict[str, Any]:
    return {"uid": f"{of}.{key}", "key": key, "type": type, "label": key.title(), **more}


@pytest.fixture
def shop(empty: World) -> World:
    """Orders name a place, which says how long it takes; goods and places count their codes."""
    nodes = shop_nodes()

    def code(of: str, pattern: str) -> dict[str, Any]:
        series = {"uid": f"{of}.code.series", "pattern": pattern, "reset": "never"}
        return field(of, "code", "text", required=True, unique=True, series=series)

    fields = [code("place", "P{01}"), field("place", "days", "integer"), field("place", "open", "boolean")]
    place = {"uid": "place", "key": "place", "kind": "master", "label": "Place", "title": "code"}
    nodes["entity", "place"] = place | {"fields": fields}
    goods = nodes["entity", "goods"]
    rest = [f for f in goods["fields"] if f["key"] != "code"]
    nodes["entity", "goods"] = {**goods, "fields": [code("goods", "G{001}"), *rest]}
    order = nodes["entity", "order"]
    more = [
        field("order", "place", "reference", entity="place", required=True, filter=PLACE),
        field("order", "days", "integer", default="place.days"),
        field("order", "other", "reference", entity="place"),
    ]
    nodes["entity", "order"] = {**order, "fields": [*order["fields"], *more]}
    empty.install(nodes, "shop")
    return empty


def begins(client: FlaskClient, entity: str) -> dict[str, Any]:
    """The values with which the form of a new record opens."""
    text = client.get(f"/a/shop/{entity}/new").text
    found = re.search(r"<zg-form[^>]*><script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert found is not None
    values: dict[str, Any] = json.loads(found[1])["values"]
    return values


def by(world: World) -> FlaskClient:
    world.person("ann", "boss")
    return signed_in(world, "ann")


# The only choice


def test_a_required_reference_begins_with_the_only_record_there_is_and_what_comes_along(shop: World) -> None:
    client = by(shop)
    assert begins(client, "order")["place"] == ""
    shop.create("place", {"code": "P01", "days": 3, "open": True})
    shop.create("place", {"code": "P02", "days": 5, "open": False})
    found = begins(client, "order")
    assert (found["place"]["label"], found["days"]) == ("P01", "3")
    # Nobody asks for the other place.
    assert found["other"] == ""


def test_with_two_to_choose_from_nobody_guesses(shop: World) -> None:
    client = by(shop)
    first = shop.create("place", {"code": "P01", "open": True})
    shop.create("place", {"code": "P02", "open": True})
    assert begins(client, "order")["place"] == ""
    shop.send(DeleteRecord(shop.app, "place", shop.id(first)))
    assert begins(client, "order")["place"]["label"] == "P02"


def test_what_may_not_be_seen_is_not_filled_in(shop: World) -> None:
    shop.create("place", {"code": "P01", "open": True})
    shop.person("bob", "seller")
    assert begins(signed_in(shop, "bob"), "order")["place"] == ""


def test_programs_say_which_place_they_mean_also_where_there_is_one(shop: World) -> None:
    shop.create("place", {"code": "P01", "open": True})
    with pytest.raises(InvalidError) as refused:
        shop.create("order", {})
    assert [(p.code, p.path) for p in refused.value.problems] == [("REQUIRED", "/place")]


# Codes


def test_a_new_record_is_offered_the_next_code_after_the_last_one(shop: World) -> None:
    client = by(shop)
    assert begins(client, "goods")["code"] == "G001"
    shop.create("goods", {"code": "G001", "name": "Pen"})
    assert begins(client, "goods")["code"] == "G002"
    shop.later(minutes=1)
    shop.create("goods", {"code": "INK-09", "name": "Ink"})
    assert begins(client, "goods")["code"] == "INK-10"


def test_a_code_that_somebody_has_or_had_is_not_offered(shop: World) -> None:
    client = by(shop)
    gone = shop.create("goods", {"code": "G002", "name": "Pen"})
    shop.create("goods", {"code": "g003", "name": "Ink"})
    shop.send(DeleteRecord(shop.app, "goods", shop.id(gone)))
    shop.later(minutes=1)
    shop.create("goods", {"code": "G001", "name": "Nib"})
    assert begins(client, "goods")["code"] in {"G003", "G004"}


def test_a_barcode_as_a_code_is_not_counted_on(shop: World) -> None:
    client = by(shop)
    shop.create("goods", {"code": "6901234567892", "name": "Pen"})
    assert begins(client, "goods")["code"] == "G001"


def test_looking_at_forms_takes_no_code_and_of_two_at_once_the_second_is_told(shop: World) -> None:
    client = by(shop)
    assert [begins(client, "goods")["code"] for _ in range(3)] == ["G001"] * 3
    shop.create("goods", {"code": "G001", "name": "Pen"})
    with pytest.raises(ConflictError) as refused:
        shop.create("goods", {"code": "G001", "name": "Ink"})
    assert [p.path for p in refused.value.problems] == ["/code"]
    assert begins(client, "goods")["code"] == "G002"


def test_programs_send_their_codes(shop: World) -> None:
    with pytest.raises(InvalidError) as refused:
        shop.create("goods", {"name": "Pen"})
    assert [(p.code, p.path) for p in refused.value.problems] == [("REQUIRED", "/code")]
