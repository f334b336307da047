"""Figures of a ledger whose place is itself worked out, and formulas that fail only until a rule has said what they need."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builder.errors import InvalidError
from builder.runtime.live import with_live
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world


def of_goods(entity: str) -> list[dict[str, Any]]:
    """What is asked for, what is taken instead, what is therefore meant, how much of that there is, and what is missing."""

    def field(key: str, type: str, **more: Any) -> dict[str, Any]:
        return {"uid": f"{entity}.{key}", "key": key, "type": type, "label": key.title(), **more}

    balance = {"ledger": "stock", "measure": "on_hand", "dimensions": {"goods": "meant"}}
    return [
        field("asked", "reference", entity="goods"),
        field("instead", "reference", entity="goods"),
        field("wanted", "quantity", scale=2),
        field("missing", "quantity", scale=2, formula="wanted - there"),
        field("dear", "money", formula="meant.price"),
        field("there", "quantity", scale=2, balance=balance),
        field("meant", "reference", entity="goods", formula="IF(instead != None, instead, asked)"),
    ]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    for key in ("order", "order_line"):
        own = nodes["entity", key]
        nodes["entity", key] = {**own, "fields": [*own["fields"], *of_goods(key)]}
    del nodes["rule", "deliver"]
    # What is marked so is taken out of the other bin by a rule.
    nodes["rule", "swap"] = {
        **{"uid": "rule.swap", "key": "swap", "label": "Swap", "timing": "before"},
        "when": {"kind": "record_created", "entity": "order"},
        "if": "remark == 'swap'",
        "then": [{"uid": "rule.then", "kind": "set", "values": {"instead": "asked.other"}}],
    }
    goods = nodes["entity", "goods"]
    other = {"uid": "goods.other", "key": "other", "type": "reference", "label": "Other", "entity": "goods"}
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], other]}
    world.install(nodes, "shop")
    yield world
    world.engine.database.close()


def stocked(world: World) -> dict[str, str]:
    """Seven of A, three of B; B stands in for A."""
    b = world.create("goods", {"code": "B", "name": "B", "price": "4"})["id"]
    a = world.create("goods", {"code": "A", "name": "A", "price": "1", "other": b})["id"]
    lines = [{"goods": a, "quantity": "7"}, {"goods": b, "quantity": "3"}]
    receipt = world.create("receipt", {"lines": lines})
    world.fire("receipt", world.id(receipt), "approve")
    return {"A": a, "B": b}


def told(world: World, id: Any) -> list[tuple[Any, ...]]:
    """How much there is, what is missing and what one costs, by the order and by its line."""
    with world.reading() as ctx:
        order = with_live(ctx, [ctx.load("order", id)])[0]
    return [
        tuple(of.values[k] for k in ("there", "missing", "dear")) for of in (order, order.lines["lines"][0])
    ]


def order(world: World, goods: dict[str, str], **more: Any) -> Any:
    own = {"asked": goods["A"], "wanted": "10"}
    line = {"goods": goods["A"], "quantity": "1", **own}
    header = {**own, **{k: v for k, v in more.items() if k == "remark"}}
    return world.id(world.create("order", {**header, "lines": [{**line}]}))


def test_what_is_missing_goes_by_the_place_that_is_worked_out(world: World) -> None:
    goods = stocked(world)
    id = order(world, goods)
    assert told(world, id) == [(Decimal(7), Decimal(3), Decimal(1))] * 2
    with world.reading() as ctx:
        (line,) = ctx.load("order", id).lines["lines"]
    lines = [{"id": world.engine.database.show(line.id), "instead": goods["B"]}]
    world.update("order", id, {"instead": goods["B"], "lines": lines})
    assert told(world, id) == [(Decimal(3), Decimal(7), Decimal(4))] * 2


def test_what_a_rule_takes_instead_moves_the_place_and_what_is_missing(world: World) -> None:
    id = order(world, stocked(world), remark="swap")
    assert told(world, id)[0] == (Decimal(3), Decimal(7), Decimal(4))


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[World]:
    """A shop in which the share of an order fails without a base, and a rule gives those the base that say so."""
    world = open_world(f"sqlite:///{tmp_path}/failing.db", tmp_path)
    nodes = shop_nodes()
    own = nodes["entity", "order"]
    fields = [
        {"uid": "order.base", "key": "base", "type": "decimal", "label": "Base", "scale": 2},
        {"uid": "order.share", "key": "share", "type": "decimal", "label": "Share", "scale": 2, "formula": "10 / base"},
        {"uid": "order.other", "key": "other", "type": "decimal", "label": "Other", "scale": 2, "formula": "1 / zero"},
        {"uid": "order.zero", "key": "zero", "type": "decimal", "label": "Zero", "scale": 2},
    ]  # fmt: skip
    nodes["entity", "order"] = {**own, "fields": [*own["fields"], *fields]}
    nodes["rule", "base"] = {
        **{"uid": "rule.base", "key": "base", "label": "Base", "timing": "before"},
        "when": {"kind": "record_created", "entity": "order"},
        "if": "remark == 'four'",
        "then": [{"uid": "rule.then", "kind": "set", "values": {"base": "4"}}],
    }
    world.install(nodes, "shop")
    yield world
    world.engine.database.close()


def test_a_formula_that_a_rule_makes_possible_refuses_nothing(failing: World) -> None:
    id = failing.id(failing.create("order", {"remark": "four", "base": "0"}))
    with failing.reading() as ctx:
        assert ctx.load("order", id).values["share"] == Decimal("2.5")


@pytest.mark.parametrize(
    ("values", "places"),
    [
        ({"base": "0"}, {"/share"}),
        # What the rule has not touched fails still.
        ({"base": "0", "zero": "0", "remark": "four"}, {"/other"}),
        ({"base": "0", "zero": "0"}, {"/share", "/other"}),
    ],
)
def test_what_fails_still_is_refused_once(failing: World, values: dict[str, str], places: set[str]) -> None:
    with pytest.raises(InvalidError) as refused:
        failing.create("order", values)
    assert {p.path for p in refused.value.problems} == places
    assert len(refused.value.problems) == len(places)
