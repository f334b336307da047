"""First steps: whoever begins with an app sees what to do first, until it is done or put away."""

from __future__ import annotations

import re
from typing import Any

from tests.runtime.pages.test_admin import post, signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World

STEPS: list[dict[str, Any]] = [
    {"uid": "step.large", "label": "Say what is large", "kind": "setting", "setting": "large"},
    {"uid": "step.goods", "label": "Enter the goods", "view": "goods", "help": "Or import them."},
    {
        "uid": "step.dear",
        "label": "Enter something dear",
        "view": "goods",
        "filter": {"field": "price", "op": ">", "value": "100"},
    },
    {"uid": "step.people", "label": "Give somebody a role", "kind": "people"},
    {"uid": "step.order", "label": "Make an order", "view": "orders"},
    {"uid": "step.boss", "label": "For nobody here", "view": "orders", "roles": ["clerk"]},
]


def begun(world: World, steps: list[dict[str, Any]] = STEPS) -> None:
    nodes = shop_nodes()
    for key, entity, field in (("goods", "goods", "name"), ("orders", "order", "number")):
        column = {"uid": f"view.{key}.{field}", "field": field}
        view = {"uid": f"view.{key}", "key": key, "entity": entity, "label": key, "columns": [column]}
        nodes["view", key] = view
    desk = {"uid": "dashboard.desk", "key": "desk", "label": "Desk", "cards": []}
    nodes["dashboard", "desk"] = desk
    nodes["app", "app"] = {**nodes["app", "app"], "first_steps": steps, "home": "dashboards/desk"}
    world.install(nodes, "shop")


def steps_of(client: Any, path: str = "/") -> list[tuple[str, bool]]:
    """Each step that the page shows, with whether it is done."""
    found = re.search(r'<ol class="rows two first-steps">(.*?)</ol>', client.get(path).text, re.DOTALL)
    items = re.findall(r"<li>.*?<span>(.*?)</span>", found[1] if found else "", re.DOTALL)
    return [(item.partition("<")[0], "(done)" in item) for item in items]


def test_the_steps_stand_where_work_starts_and_are_ticked_as_they_are_done(empty: World) -> None:
    begun(empty)
    empty.person("ann", "boss")
    client = signed_in(empty, "ann")
    labels = ["Say what is large", "Enter the goods", "Enter something dear", "Give somebody a role"]
    assert steps_of(client) == [(label, False) for label in [*labels, "Make an order"]]
    assert steps_of(client, "/a/shop/dashboards/desk") == steps_of(client)

    empty.create("goods", {"code": "A", "name": "Pen", "price": "20"})
    empty.setting("large", "2000.00")
    assert [done for _, done in steps_of(client)] == [True, True, False, False, False]
    empty.create("goods", {"code": "B", "name": "Desk", "price": "200"})
    assert [done for _, done in steps_of(client)] == [True, True, True, False, False]
    bob = empty.person("bob", "seller")
    assert bob.user_id
    assert [done for _, done in steps_of(client)] == [True, True, True, True, False]


def test_they_are_gone_once_all_are_done(empty: World) -> None:
    begun(empty, [STEPS[1]])
    empty.person("ann", "boss")
    client = signed_in(empty, "ann")
    assert len(steps_of(client)) == 1
    empty.create("goods", {"code": "A", "name": "Pen"})
    assert steps_of(client) == []
    assert "First steps" not in client.get("/").text


def test_only_those_who_may_do_a_step_see_it(empty: World) -> None:
    begun(empty)
    empty.person("bob", "seller")
    assert [label for label, _ in steps_of(signed_in(empty, "bob"))] == ["Make an order"]


def test_whoever_puts_them_away_is_alone_with_it_and_may_have_them_back(empty: World) -> None:
    begun(empty)
    for login in ("ann", "cy"):
        empty.person(login, "boss")
    ann, cy = signed_in(empty, "ann"), signed_in(empty, "cy")
    post(ann, "/a/shop/first-steps", away="true")
    assert steps_of(ann) == []
    assert steps_of(ann, "/a/shop/dashboards/desk") == []
    assert steps_of(cy)
    assert "again" in ann.get("/").text
    post(ann, "/a/shop/first-steps")
    assert steps_of(ann)


def test_a_form_without_its_proof_puts_nothing_away(empty: World) -> None:
    begun(empty)
    empty.person("ann", "boss")
    client = signed_in(empty, "ann")
    assert client.post("/a/shop/first-steps", data={"away": "true"}).status_code == 403
    assert steps_of(client)
