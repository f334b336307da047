"""What the system keeps of a record, read through references: by formulas, defaults, checks and the guards of a ledger."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.errors import InvalidError
from builder.metadata.scopes import SYSTEM as TYPED
from builder.record import SYSTEM
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world

TOLD = ("id", "owner", "version", "created_by", "created_at", "updated_by", "updated_at")
"""What the system keeps of every goods record: none of it is empty."""


def guarded(tmp_path: Path, when: str) -> World:
    """A shop that must not sell what it has not got of goods of which ``when`` is true."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    del nodes["rule", "deliver"]
    stock = nodes["ledger", "stock"]
    nodes["ledger", "stock"] = {**stock, "guards": [{**guard, "when": when} for guard in stock["guards"]]}
    world.install(nodes, "shop")
    return world


def sell(world: World) -> None:
    """What nobody has: refused where the guard judges."""
    anna = world.person("anna", admin=True)
    goods = world.create("goods", {"code": "A", "name": "Goods A"}, actor=anna)["id"]
    made = world.create("delivery", {"lines": [{"goods": goods, "quantity": "1"}]})
    world.fire("delivery", world.id(made), "approve")


@pytest.mark.parametrize("name", TOLD)
def test_a_guard_reads_what_the_system_keeps_of_a_record(tmp_path: Path, name: str) -> None:
    world = guarded(tmp_path, f"goods.{name} != None")
    with pytest.raises(InvalidError) as refused:
        sell(world)
    assert [p.code for p in refused.value.problems] == ["SHORT"]
    world.engine.database.close()


def test_a_guard_knows_what_was_archived(tmp_path: Path) -> None:
    world = guarded(tmp_path, "goods.archived_at != None")
    sell(world)
    world.engine.database.close()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop whose deliveries say of the goods of their first order line when and by whom they were entered."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    line = nodes["entity", "delivery_line"]
    number: dict[str, Any] = {"type": "integer", "label": "X"}
    fields = [
        {**number, "uid": "dl.known", "key": "known", "formula": "IF(goods.created_at != None, 1, 0)"},
        {**number, "uid": "dl.gone", "key": "gone", "default": "IF(goods.archived_at == None, 1, 0)"},
        {**number, "uid": "dl.seen", "key": "seen", "default": "order_line.parent.version"},
    ]
    nodes["entity", "delivery_line"] = {**line, "fields": [*line["fields"], *fields]}
    world.install(nodes, "shop")
    yield world
    world.engine.database.close()


def test_formulas_and_defaults_read_it_through_references(world: World) -> None:
    goods = world.create("goods", {"code": "A", "name": "Goods A", "price": "2"})["id"]
    order = world.create("order", {"lines": [{"goods": goods, "quantity": "1"}]}, submit=True)
    world.fire("order", world.id(order), "approve")
    with world.reading() as ctx:
        (found,) = ctx.reader.find("delivery", None, limit=2)
        delivery = ctx.load("delivery", found.id)
    values = delivery.lines["lines"][0].values
    assert [values[key] for key in ("known", "gone", "seen")] == [1, 1, 2]


def test_what_expressions_may_name_is_what_they_are_told() -> None:
    assert set(TYPED) == set(SYSTEM)
