"""A reference to a line of another document offers the lines of the document that was chosen, and those alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builder.runtime.installing import template
from tests.runtime.pages.test_admin import signed_in
from tests.runtime.played import played
from tests.runtime.world import World

FACTORY = template("discrete_mfg").package


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A factory with a released order, just before somebody asks for more material than it needs."""
    folder = tmp_path_factory.mktemp("lines")
    with played(
        folder, FACTORY, "over_issue_approved", lambda step: step.conversion == "to_over_issue"
    ) as made:
        made.person("keeper", "keeper")
        yield made


def of(world: World, entity: str) -> list[Any]:
    with world.reading() as ctx:
        return list(ctx.reader.find(entity, None, limit=50))


def asked(world: World, entity: str, field: str, query: str) -> list[str]:
    got = signed_in(world, "keeper").get(f"/a/{world.app}/lookup/{entity}/{field}?{query}")
    assert got.status_code == 200
    return [item["label"] for item in got.get_json()["items"]]


def test_a_keeper_chooses_the_material_of_an_order(world: World) -> None:
    (order,) = of(world, "work_order")
    shown = world.engine.database.show(order.id)
    named = [line.values["item_name"] for line in of(world, "work_order_material")]
    assert named
    assert asked(world, "over_issue", "material", f"order={shown}") == named
    assert asked(world, "over_issue", "material", f"order={shown}&q={named[0]}") == named[:1]
    assert asked(world, "over_issue", "material", "") == []


def test_a_keeper_chooses_a_unit_of_the_item(world: World) -> None:
    item = of(world, "item")[0]
    shown = world.engine.database.show(item.id)
    units = [u.values["name"] for u in of(world, "item_unit") if u.parent_id == item.id]
    assert asked(world, "receipt_line", "unit", f"item={shown}") == units
