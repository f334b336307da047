"""What rules and checks read before the locks never decides: of two commands that pass alone but not together, one is refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from builder.commands import CreateRecord, FireTransition, FireTransitions
from builder.errors import BuilderError
from tests.runtime import shop as made
from tests.runtime.shop import shop_nodes
from tests.runtime.test_door import goods, received
from tests.runtime.test_races import all_at_once, decided_together
from tests.runtime.world import World

Way = Callable[[World, str, int], Any]


def refusing(key: str, when: dict[str, Any], condition: str) -> dict[str, Any]:
    message = {"zh-CN": "不行", "en": "No"}
    return {
        "uid": f"rule.{key}", "key": key, "label": key, "when": when, "timing": "before", "if": condition,
        "then": [{"uid": f"rule.{key}.refuse", "kind": "refuse", "message": message}],
    }  # fmt: skip


@pytest.fixture
def strict(empty: World) -> World:
    """The shop with draws of five: none is approved with fewer than six there, and at most one is opened for each of some goods."""
    nodes = shop_nodes()
    draw = made._document("draw", "draw_line", [])
    fields = [f for f in draw["fields"] if f["key"] != "lines"]
    posting = {**made._moved("draw", "-quantity"), "dimensions": {"goods": "goods"}}
    del posting["each"]
    own = [made._ref("draw", "goods", required=True), made._field("draw", "quantity", "quantity", scale=2)]
    nodes["entity", "draw"] = {**draw, "fields": [*fields, *own], "postings": [posting]}
    nodes["workflow", "draw"] = made._workflow("draw")
    rollup = {"entity": "draw", "reference": "goods", "op": "count"}
    item = nodes["entity", "goods"]
    extra = [
        made._field("goods", "draws", "rollup", rollup=rollup),
        made._field("goods", "once", "boolean"),
    ]
    nodes["entity", "goods"] = {**item, "fields": [*item["fields"], *extra]}
    approving = {"kind": "transition", "entity": "draw", "transition": "approve"}
    nodes["rule", "keep"] = refusing("keep", approving, "BALANCE('stock', 'on_hand', goods) < 6")
    once = "goods.once and goods.draws >= 1"
    nodes["rule", "once"] = refusing("once", {"kind": "record_created", "entity": "draw"}, once)
    empty.install(nodes, "shop")
    return empty


def drawn(world: World, item: int) -> dict[str, Any]:
    return {"goods": world.engine.database.show(item), "quantity": "5"}


def by_button(world: World, item: str, id: int) -> Any:
    return world.send(FireTransition("shop", "draw", id, "approve"))


def in_bulk(world: World, item: str, id: int) -> Any:
    answer = world.send(FireTransitions("shop", "draw", (id,), "approve"))
    (result,) = answer["results"]
    if not result["ok"]:
        raise result["error"]
    return answer


def in_one(world: World, item: str, id: int) -> Any:
    return world.send(FireTransitions("shop", "draw", (id,), "approve", atomic=True))


def submitted(world: World, item: str, id: int) -> Any:
    return world.send(CreateRecord("shop", "draw", {"goods": item, "quantity": "5"}, submit=True))


def outcomes(world: World, works: Sequence[Callable[[], Any]]) -> list[str]:
    with decided_together(len(works)):
        found = all_at_once(list(works))
    return sorted(error.code if isinstance(error, BuilderError) else "ok" for error in found)


@pytest.mark.parametrize("way", [by_button, in_bulk, in_one, submitted])
def test_two_that_a_rule_over_a_balance_lets_pass_alone_do_not_pass_together(strict: World, way: Way) -> None:
    item = goods(strict)
    received(strict, item, "10")
    ids = (
        [0, 0]
        if way is submitted
        else [strict.id(strict.create("draw", drawn(strict, item))) for _ in range(2)]
    )
    shown = strict.engine.database.show(item)
    found = outcomes(strict, [partial(way, strict, shown, id) for id in ids])
    assert found == ["INVALID", "ok"]
    assert strict.balance("stock", "on_hand", item) == Decimal(5)


def test_two_that_a_rule_over_other_records_lets_pass_alone_do_not_pass_together(strict: World) -> None:
    item = goods(strict, once=True)
    works = [lambda: strict.create("draw", drawn(strict, item)) for _ in range(3)]
    assert outcomes(strict, works) == ["INVALID", "INVALID", "ok"]


def test_commands_that_do_not_meet_are_decided_once(strict: World) -> None:
    items = [goods(strict, code) for code in "AB"]
    for item in items:
        received(strict, item, "10")
    works = [
        lambda item=item: strict.send(CreateRecord("shop", "draw", drawn(strict, item), submit=True))
        for item in items
    ]
    assert outcomes(strict, works) == ["ok", "ok"]
