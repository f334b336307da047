"""Upgrading: the template's changes come, the owner's stay, and what both changed is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.commands import DiscardDraft, InstallApp, Publish, SaveDraft
from builder.errors import ConflictError, InvalidError
from builder.runtime.upgrading import plan_upgrade, upgrade
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World, open_world

GOODS = ("entity", "goods")
APP = ("app", "app")


def released(version: str, **labels: str) -> dict[Any, Any]:
    """The template of the shop at a version, with other labels of its goods' fields."""
    nodes = shop_nodes()
    return {**nodes, APP: {**nodes[APP], "version": version}, GOODS: goods(**labels)}


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
    theirs = released("2.0.0", price="List price", theirs="Theirs")
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
    theirs = released("2.0.0", name="Theirs")
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


def test_what_came_with_the_last_upgrade_is_no_change_of_the_owners(shop: World) -> None:
    """The label that version 2 brought is brought again by version 3: the owner is not asked about what they never touched, and what
    version 3 no longer has goes."""
    upgrade(
        shop.engine,
        shop.actor,
        plan_upgrade(shop.engine, WS, "mine", released("2.0.0", price="List price", extra="Extra")),
        publish=True,
    )
    change(shop, goods(price="List price", extra="Extra", ours="Ours"))
    plan = plan_upgrade(shop.engine, WS, "mine", released("3.0.0", price="Net price"))
    assert plan.conflicts == ()
    upgrade(shop.engine, shop.actor, plan, publish=True)
    found = labels(shop)
    assert (found["price"], found["ours"], "extra" in found) == ("Net price", "Ours", False)


def test_an_upgrade_that_never_went_live_is_not_compared_with(shop: World) -> None:
    plan = plan_upgrade(shop.engine, WS, "mine", released("2.0.0", price="List price"))
    upgrade(shop.engine, shop.actor, plan)
    shop.send(DiscardDraft("mine"))
    plan = plan_upgrade(shop.engine, WS, "mine", released("3.0.0", price="List price"))
    upgrade(shop.engine, shop.actor, plan, publish=True)
    assert labels(shop)["price"] == "List price"


def test_what_was_kept_against_the_template_is_not_asked_again(shop: World) -> None:
    change(shop, goods(name="Ours"))
    plan = plan_upgrade(shop.engine, WS, "mine", released("2.0.0", name="Theirs"), take="mine")
    upgrade(shop.engine, shop.actor, plan, publish=True)
    plan = plan_upgrade(shop.engine, WS, "mine", released("3.0.0", name="Theirs", price="Net price"))
    assert plan.conflicts == ()
    upgrade(shop.engine, shop.actor, plan, publish=True)
    assert (labels(shop)["name"], labels(shop)["price"]) == ("Ours", "Net price")


@pytest.mark.parametrize(("version", "code"), [("0.9.0", "UPGRADE_OLDER"), ("1.0.0", "UPGRADE_SAME_VERSION")])
def test_only_a_higher_version_upgrades(shop: World, version: str, code: str) -> None:
    with pytest.raises(ConflictError) as refused:
        plan_upgrade(shop.engine, WS, "mine", released(version, price="List price"))
    assert refused.value.code == code


def test_versions_are_numbers(shop: World) -> None:
    """1.10 comes after 1.9."""
    for version in ("1.9.0", "1.10.0"):
        plan = plan_upgrade(shop.engine, WS, "mine", released(version, price=f"Price {version}"))
        upgrade(shop.engine, shop.actor, plan, publish=True)
    assert labels(shop)["price"] == "Price 1.10.0"


def test_another_template_upgrades_nothing(empty: World) -> None:
    empty.send(InstallApp("mine", shop_nodes(), template_key="shop"))
    other = released("2.0.0", price="List price")
    with pytest.raises(ConflictError) as refused:
        plan_upgrade(empty.engine, WS, "mine", {**other, APP: {**other[APP], "key": "bakery"}})
    assert refused.value.code == "UPGRADE_OTHER_TEMPLATE"


def test_what_cannot_be_published_leaves_nothing_in_the_draft(shop: World) -> None:
    theirs = released("2.0.0")
    theirs[GOODS] = {**theirs[GOODS], "title": "nowhere"}
    plan = plan_upgrade(shop.engine, WS, "mine", theirs)
    with pytest.raises(InvalidError):
        upgrade(shop.engine, shop.actor, plan, publish=True)
    # Neither edits nor a version: the next one that works is taken as if nothing had been.
    assert plan_upgrade(shop.engine, WS, "mine", released("2.0.1", price="List price")).changed
