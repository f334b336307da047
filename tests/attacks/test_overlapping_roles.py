"""Whoever holds two roles reads and writes each record with the role that shows it: rights over one branch open nothing in the other."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.api.caller import caller, good, paths, refused
from tests.runtime.shop import _field, shop_nodes
from tests.runtime.world import World, open_world

GOODS = "/apps/shop/goods"
EAST, WEST = "777.77", "888.888"
"""The price that the role of the west hides, and the weight that the role of the east hides."""


def role(key: str, closed: str, hidden: str) -> dict[str, Any]:
    here = {"field": "branch", "op": "=", "value": key}
    may = ["read", "update", "export"]
    grant = {"uid": f"role.{key}.goods", "entity": "goods", "may": may, "scope": here}
    return {
        "uid": f"role.{key}",
        "key": key,
        "label": key,
        "grants": [{**grant, "read_only": [closed], "hidden": [hidden]}],
    }


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """In the east ``a`` may be changed and weights are hidden, in the west ``b`` and prices. Ann works in both."""
    folder = tmp_path_factory.mktemp("overlapping")
    made = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    more = [_field("goods", key, "text") for key in ("branch", "a", "b")]
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], *more]}
    boss = nodes["roles", "roles"]["roles"][0]
    nodes["roles", "roles"] = {"roles": [boss, role("east", "b", "weight"), role("west", "a", "price")]}
    made.install(nodes, "shop")
    made.person("ann", "east", "west")
    made.person("eve", "east")
    made.person("boss", "boss", admin=True)
    try:
        yield made
    finally:
        made.engine.database.close()


@pytest.fixture(scope="module")
def ids(world: World) -> dict[str, str]:
    rest = {"a": "1", "b": "1", "price": EAST, "weight": WEST}
    return {
        key: str(world.create("goods", {"code": key, "name": key, "branch": key, **rest})["id"])
        for key in ("east", "west")
    }


@pytest.mark.parametrize(("branch", "field", "is_open"), [
    ("east", "a", True), ("east", "b", False), ("west", "a", False), ("west", "b", True),
])  # fmt: skip
def test_a_field_is_changed_by_the_role_of_that_record(
    world: World, ids: dict[str, str], branch: str, field: str, is_open: bool
) -> None:
    ann = caller(world, "ann")
    answer = ann.patch(f"{GOODS}/{ids[branch]}", {field: "changed"})
    if is_open:
        assert good(answer)[field] == "changed"
    else:
        assert paths(refused(answer, 422)) == {(f"/{field}", "FIELD_READ_ONLY")}


def test_what_no_role_of_that_record_shows_does_not_exist(world: World, ids: dict[str, str]) -> None:
    ann = caller(world, "ann")
    for branch, shown, hidden in (("east", "price", "weight"), ("west", "weight", "price")):
        read = ann.read(f"{GOODS}/{ids[branch]}")
        assert shown in read
        assert hidden not in read
        changed = ann.patch(f"{GOODS}/{ids[branch]}", {"a" if branch == "east" else "b": "again"})
        assert hidden not in good(changed)
        assert paths(refused(ann.patch(f"{GOODS}/{ids[branch]}", {hidden: "1"}), 422)) == {
            (f"/{hidden}", "FIELD_UNKNOWN")
        }
        history = ann.get(f"{GOODS}/{ids[branch]}/history").text
        assert (EAST if hidden == "price" else WEST) not in history


def test_lists_and_exports_show_each_record_with_its_own_role(world: World, ids: dict[str, str]) -> None:
    ann, boss = caller(world, "ann"), caller(world, "boss")
    rows = {row["branch"]: row for row in ann.read(GOODS)["items"]}
    assert (rows["east"]["price"], rows["east"].get("weight")) == (EAST, None)
    assert (rows["west"].get("price"), rows["west"]["weight"]) == (None, WEST)
    sheet = ann.get("/apps/shop/exports/goods", {"format": "csv", "fields": "branch,price,weight"}).text
    assert (sheet.count(EAST), sheet.count(WEST)) == (1, 1)
    whole = boss.get("/apps/shop/exports/goods", {"format": "csv", "fields": "branch,price,weight"}).text
    assert (whole.count(EAST), whole.count(WEST)) == (2, 2)


def test_one_role_alone_shows_what_it_always_showed(world: World, ids: dict[str, str]) -> None:
    eve = caller(world, "eve")
    assert eve.read(f"{GOODS}/{ids['east']}")["price"] == EAST
    refused(eve.get(f"{GOODS}/{ids['west']}"), 404)
    # Who works in both may move goods from one to the other.
    moved = world.create("goods", {"code": "m", "name": "m", "branch": "east"})["id"]
    assert good(caller(world, "ann").patch(f"{GOODS}/{moved}", {"branch": "west"}))["branch"] == "west"
