"""Balances that records show but do not store: those of many records are one question to the ledger, and say what each one alone would."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from benchmarks.statements import watched
from builder.record import Record
from builder.runtime import committed
from builder.runtime.context import Context
from builder.runtime.live import with_live
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World, open_world

LINES = 30


def live(uid: str, ledger: str, measure: str, **dimensions: str) -> dict[str, Any]:
    balance = {"ledger": ledger, "measure": measure, "dimensions": dimensions}
    named = {"key": uid.split(".")[1], "label": measure, "scale": 2}
    return {"uid": uid, "type": "quantity", "balance": balance, **named}


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A shop whose order lines show what is there of their goods and what is still open of themselves."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    line = nodes["entity", "order_line"]
    stock = live("order_line.there", "stock", "on_hand", goods="goods")
    still = live("order_line.still", "open", "ordered - delivered", order_line="id")
    lately = live("order_line.lately", "stock", "on_hand", goods="goods")
    lately["balance"]["days"] = "7"
    nodes["entity", "order_line"] = {**line, "fields": [*line["fields"], stock, still, lately]}
    del nodes["rule", "deliver"]
    world.install(nodes, "shop")
    yield world
    world.engine.database.close()


def ordered(world: World) -> int:
    """An order of thirty lines; of every third goods nothing ever came."""
    goods = [
        world.create("goods", {"code": f"G{n}", "name": "Goods", "price": "1.00"})["id"] for n in range(LINES)
    ]
    came = [{"goods": id, "quantity": str(n + 1)} for n, id in enumerate(goods) if n % 3]
    world.create("receipt", {"lines": came}, submit=True)
    return world.id(world.create("order", {"lines": [{"goods": id, "quantity": "2"} for id in goods]}))


def asked(sent: list[str]) -> int:
    """How many questions about balances are among these statements."""
    return sum(" balance" in text for text in sent)


def figures(ctx: Context, order: int) -> list[tuple[Any, Any]]:
    lines = with_live(ctx, [ctx.load("order", order)])[0].lines["lines"]
    return [(line.values["there"], line.values["still"]) for line in lines]


def lately(ctx: Context, order: int) -> list[Any]:
    lines = with_live(ctx, [ctx.load("order", order)])[0].lines["lines"]
    return [line.values["lately"] for line in lines]


def test_the_balances_of_all_lines_are_one_question_a_ledger(world: World) -> None:
    order = ordered(world)
    with world.reading() as ctx, watched() as sent:
        shown = figures(ctx, order)
    assert shown == [(Decimal(n + 1) if n % 3 else Decimal(0), Decimal(2)) for n in range(LINES)]
    assert asked(sent) == 2


def test_what_moved_lately_is_one_question_for_all_lines(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was one for each of the first two hundred places, and two hundred items are a page of a report."""
    order = ordered(world)
    world.later(days=1)
    with world.reading() as ctx, watched() as sent:
        shown = lately(ctx, order)
    assert shown == [Decimal(n + 1) if n % 3 else Decimal(0) for n in range(LINES)]
    assert sum(" daily" in text for text in sent) == 1
    monkeypatch.setattr(committed, "WIDER", 0)
    with world.reading() as ctx, watched() as sent:
        assert lately(ctx, order) == shown
    assert sum(" daily" in text for text in sent) == LINES


def test_together_they_say_what_each_says_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    order = ordered(world)
    with world.reading() as ctx:
        together = figures(ctx, order)
    monkeypatch.setattr(committed, "WIDER", 0)
    with world.reading() as ctx, watched() as sent:
        assert figures(ctx, order) == together
    assert asked(sent) == 2 * LINES


def test_what_is_posted_by_the_same_decision_counts_too(world: World) -> None:
    order = ordered(world)
    with world.reading() as ctx:
        record: Record = ctx.load("order", order)
        keys = [(line.id,) for line in record.lines["lines"]]
        ctx.reader.look_ahead("open", keys)
        assert {ctx.reader.balance("open", "ordered", key) for key in keys} == {Decimal(2)}
