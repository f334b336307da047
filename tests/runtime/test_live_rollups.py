"""Figures over the records that refer to one: those of many records are one question a field, and say what each one alone would."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from benchmarks.statements import watched
from builder.runtime.context import Context
from builder.runtime.live import with_live
from builder.runtime.reader import Overlay
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World

GOODS = 12
OPS = ("count", "sum", "min", "max", "avg")


def rollup(op: str, **more: Any) -> dict[str, Any]:
    source = {"entity": "order_line", "reference": "goods", "op": op, **more.pop("source", {})}
    source = source if op == "count" else {**source, "field": "quantity"}
    key = more.pop("key", op)
    return {"uid": f"goods.{key}", "key": key, "label": key, "type": "quantity", "scale": 4, "rollup": source}


@pytest.fixture
def world(empty: World) -> World:
    """A shop whose goods show how often, how much and how little of them is ordered."""
    nodes = shop_nodes()
    goods = nodes["entity", "goods"]
    large = rollup("sum", key="large", source={"filter": {"field": "quantity", "op": ">", "value": "4"}})
    nodes["entity", "goods"] = {**goods, "fields": [*goods["fields"], *map(rollup, OPS), large]}
    del nodes["rule", "deliver"]
    empty.install(nodes, "shop")
    return empty


@pytest.mark.parametrize("many", [True, False])
def test_what_counts_may_be_a_setting_of_the_app(
    empty: World, monkeypatch: pytest.MonkeyPatch, many: bool
) -> None:
    """Of orders over 3, 5 and 8 pieces those of more than the setting says: first 4, then 6."""
    nodes = shop_nodes()
    goods, app = nodes["entity", "goods"], nodes["app", "app"]
    over = {"filter": {"field": "quantity", "op": ">", "value": {"setting": "many"}}}
    kept = {"uid": "shop.many", "key": "many", "label": "Many", "type": "decimal", "default": "4"}
    nodes["app", "app"] = {**app, "settings": [*app["settings"], kept]}
    nodes["entity", "goods"] = {
        **goods,
        "fields": [*goods["fields"], rollup("sum", key="large", source=over)],
    }
    del nodes["rule", "deliver"]
    empty.install(nodes, "shop")
    ids = [empty.create("goods", {"code": c, "name": c, "price": "1.00"})["id"] for c in "AB"]
    for quantity in ("3", "5", "8"):
        empty.create("order", {"lines": [{"goods": id, "quantity": quantity} for id in ids]})
    if not many:
        monkeypatch.setattr(Overlay, "aggregate_each", lambda *_: None)
    said = []
    for limit in ("4", "6"):
        empty.setting("many", limit)
        with empty.reading() as ctx:
            records = [ctx.load("goods", empty.id({"id": id})) for id in ids]
            said.append([record.values["large"] for record in with_live(ctx, records)])
    assert said == [[13, 13], [8, 8]]


@pytest.fixture
def ids(world: World) -> list[int]:
    """Goods of which the first is ordered never and every other one twice."""
    made = [
        world.create("goods", {"code": f"G{n}", "name": "Goods", "price": "1.00"})["id"] for n in range(GOODS)
    ]
    lines = [{"goods": id, "quantity": str(n)} for n, id in enumerate(made) if n]
    for _ in range(2):
        world.create("order", {"lines": [*lines, {"goods": made[1], "quantity": "7"}]})
    return [world.id({"id": id}) for id in made]


def figures(ctx: Context, ids: list[int]) -> list[tuple[Any, ...]]:
    records = [ctx.load("goods", id) for id in ids]
    return [tuple(r.values[key] for key in (*OPS, "large")) for r in with_live(ctx, records)]


def asked(sent: list[str]) -> int:
    """How many questions put figures together are among these statements."""
    return sum(any(f"{of}(" in text.lower() for of in ("count", "sum", "min", "max")) for text in sent)


def test_the_figures_of_all_records_are_one_question_a_field(world: World, ids: list[int]) -> None:
    with world.reading() as ctx, watched() as sent:
        shown = figures(ctx, ids)
    assert [row[0] for row in shown] == [Decimal(0), Decimal(4), *[Decimal(2)] * (GOODS - 2)]
    assert shown[0] == (0, None, None, None, None, None)
    assert shown[1] == (4, 16, 1, 7, 4, 14)
    # Averages are asked one by one: what they are rounded to must be the same as for one record.
    assert asked(sent) == len(OPS) + GOODS


def test_together_they_say_what_each_says_alone(
    world: World, ids: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with world.reading() as ctx:
        together = figures(ctx, ids)
    monkeypatch.setattr(Overlay, "aggregate_each", lambda *_: None)
    with world.reading() as ctx, watched() as sent:
        assert figures(ctx, ids) == together
    assert asked(sent) == (len(OPS) + 1) * GOODS
