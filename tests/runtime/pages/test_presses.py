"""The buttons of rules on a record's page: for whoever may change it, where the rule would act, and over HTTP as well."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.runtime.kitchen import kitchen_nodes
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.world import World

BUTTON = {
    "uid": "rule.double",
    "key": "double",
    "label": "Double",
    "when": {"kind": "button", "entity": "wish", "label": "Wish for twice as much"},
    "if": "count < 5",
    "then": [{"uid": "rule.double.then", "kind": "update", "values": {"count": "count * 2"}}],
}
ADDRESS = "/api/v1/apps/kitchen/wish"


@pytest.fixture
def kitchen(empty: World) -> World:
    nodes: dict[tuple[str, str], Any] = dict(kitchen_nodes())
    nodes["rule", "double"] = BUTTON
    cook, guest = nodes["roles", "roles"]["roles"]
    sees = {"uid": "guest.wish", "entity": "wish", "may": ["read"]}
    nodes["roles", "roles"] = {"roles": [cook, {**guest, "grants": [*guest["grants"], sees]}]}
    empty.install(nodes, "kitchen")
    empty.person("ann", "cook")
    empty.person("guest", "guest")
    return empty


def _wish(world: World, count: str) -> str:
    made: str = world.create("wish", {"count": count})["id"]
    return made


def _page(world: World, who: str, wish: str) -> str:
    return signed_in(world, who).get(f"/a/kitchen/wish/{wish}").get_data(as_text=True)


def test_the_button_is_there_while_the_rule_would_act_and_does_it(kitchen: World) -> None:
    wish = _wish(kitchen, "3")
    client = signed_in(kitchen, "ann")
    page = client.get(f"/a/kitchen/wish/{wish}").get_data(as_text=True)
    assert "Wish for twice as much" in page
    token = re.search(r'name="csrf" content="([^"]+)"', page)
    assert token is not None
    sent = client.post(f"{ADDRESS}/{wish}/buttons/double", headers={"X-CSRF-Token": token[1]})
    assert sent.status_code == 200, sent.get_data(as_text=True)
    with kitchen.reading() as ctx:
        assert str(ctx.reader.find("wish")[0].values["count"]) == "6.000"
    assert "Wish for twice as much" not in _page(kitchen, "ann", wish), "five is enough"


def test_who_may_not_change_the_record_gets_no_button(kitchen: World) -> None:
    wish = _wish(kitchen, "3")
    page = _page(kitchen, "guest", wish)
    assert "Wish" in page
    assert "Wish for twice as much" not in page
