"""The scenarios page: the app's own tests, played beside its data; what came out otherwise is said in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.runtime import jobs
from tests.runtime.pages.test_admin import post, signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world

PAGE = "/a/shop/scenarios"
PEN = {"code": "PEN", "name": "Pen", "price": "2.50"}


def scenario(key: str, label: str, *steps: dict[str, Any]) -> dict[str, Any]:
    return {"uid": f"s.{key}", "key": key, "label": label, "steps": list(steps)}


def adds(price: str, **values: Any) -> dict[str, Any]:
    """A step that adds a pen and expects its price."""
    made = {"do": "create", "as": "role:boss", "entity": "goods", "values": {**PEN, **values}}
    return {**made, "expect": {"values": {"price": price}}}


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    nodes["scenario", "fine"] = scenario("fine", "A pen costs 2.50", adds("2.50"))
    nodes["scenario", "wrong"] = scenario("wrong", "A pen costs 3.00", adds("3.00"))
    nodes["scenario", "refused"] = scenario("refused", "A pen without a name", adds("2.50", name=None))
    world.install(nodes, "shop")
    world.person("boss", "boss", admin=True)
    yield world
    world.engine.database.close()


def text(world: World) -> str:
    """The page's words, without its marks."""
    answer = signed_in(world, "boss").get(PAGE)
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def played(world: World, **form: Any) -> str:
    """What the page says after everything that was asked for was played."""
    client = signed_in(world, "boss")
    assert post(client, PAGE, **form).status_code == 302
    while jobs.run_step(world.engine):
        pass
    return text(world)


def test_they_are_listed_before_anybody_played_them(shop: World) -> None:
    shown = text(shop)
    assert shown.count("Not played") == 3
    assert "A pen costs 2.50" in shown


def test_each_difference_is_said_by_the_labels_of_the_app(shop: World) -> None:
    shown = played(shop)
    assert "3 of 3 played" in shown
    assert "1 holds 2 do not hold" in shown
    assert "Step 1: New: Goods Value · Price: expected 3.00, came to 2.50" in shown
    assert "Refused:" in shown
    assert "expected no refusal" in shown


def test_one_of_them_is_played_alone(shop: World) -> None:
    shown = played(shop, only="fine")
    assert "1 of 1 played" in shown
    assert shown.count("Not played") == 2


def test_nothing_of_the_app_is_touched(shop: World) -> None:
    played(shop)
    with shop.reading() as ctx:
        assert ctx.reader.find("goods") == ()


def test_who_may_not_change_settings_sees_none_of_it(shop: World) -> None:
    shop.person("clerk", "clerk")
    client = signed_in(shop, "clerk")
    assert client.get(PAGE).status_code == 403
    assert post(client, PAGE).status_code == 403
