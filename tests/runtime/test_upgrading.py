"""Upgrading: the template's changes come, the owner's stay, and what both changed is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.commands import Publish, SaveDraft
from builder.errors import ConflictError
from builder.runtime.upgrading import plan_upgrade, upgrade
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World, open_world

GOODS = ("entity", "goods")


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.install(shop_nodes(), "mine")
    yield world
    world.engine.database.close()


def goods(**labels: str) -> dict[str, Any]:
    """The goods with other labels of fields; those that are not there are added."""
    body = dict(shop_nodes()[GOODS])
    fields = [{**f, "label": labels.pop(f["key"], f["label"])} for f in body["fields"]]
    fields += [{"uid": f"goods.{k}", "key": k, "type": "text", "label": v} for k, v in labels.items()]
    return {**body, "fields": fields}


def labels(world: World) -> dict[str, Any]:
    with world.reading() as ctx:
        entity = ctx.app.package.entity("goods")
        assert entity is not None
        return {f.key: f.label for f in entity.fields}


def change(world: World, body: dict[str, Any]) -> None:
    world.send(SaveDraft("mine", *GOODS, body))
    world.send(Publish("mine"))


def test_both_sides_changes_come_together(shop: World) -> None:
    change(shop, goods(name="Our name", ours="Ours"))
    theirs = {**shop_nodes(), GOODS: goods(price="List price", theirs="Theirs")}
    plan = plan_upgrade(shop.engine, WS, "mine", theirs)
    assert plan.conflicts == ()
    assert upgrade(shop.engine, shop.actor, plan, publish=True) == 3
    found = labels(shop)
    assert (found["name"], found["ours"], found["price"], found["theirs"]) == (
        "Our name",
        "Ours",
        "List price",
        "Theirs",
    )


def test_what_both_changed_is_asked(shop: World) -> None:
    change(shop, goods(name="Ours"))
    theirs = {**shop_nodes(), GOODS: goods(name="Theirs")}
    assert len(plan_upgrade(shop.engine, WS, "mine", theirs).conflicts) == 1
    plan = plan_upgrade(shop.engine, WS, "mine", theirs, take="theirs")
    upgrade(shop.engine, shop.actor, plan, publish=True)
    assert labels(shop)["name"] == "Theirs"


def test_an_open_draft_is_not_published_along(shop: World) -> None:
    shop.send(SaveDraft("mine", *GOODS, goods(name="Half done")))
    with pytest.raises(ConflictError):
        plan_upgrade(shop.engine, WS, "mine", shop_nodes())


def test_without_changes_nothing_is_written(shop: World) -> None:
    plan = plan_upgrade(shop.engine, WS, "mine", shop_nodes())
    assert plan.changed == {}
    assert upgrade(shop.engine, shop.actor, plan, publish=True) is None
