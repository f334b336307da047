"""Trying a rule that watches a ledger: on one balance, with its figures of now, and nothing happens. On both databases."""

from __future__ import annotations

from typing import Any

import pytest

from builder.commands import OpenTicket
from builder.errors import NotFoundError
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.runtime.trying.balance_trial import BalanceTrial, balances_for, try_balance
from tests.runtime.shop import shop_nodes
from tests.runtime.untouched import contents
from tests.runtime.world import World

NEW: dict[str, Any] = {
    "uid": "rule.short",
    "key": "short",
    "label": "Short of goods",
    "timing": "later",
    "when": {"kind": "threshold", "ledger": "stock", "grain": "goods", "slack": "on_hand - 5"},
    "then": [
        {
            "uid": "rule.short.ticket",
            "kind": "ticket",
            "to": [{"role": "clerk"}],
            "title": "Short: {goods.name}, {shortage} missing",
        }
    ],
}


@pytest.fixture
def shop(empty: World) -> World:
    """Four of rice and ten of oil; nobody watches them yet."""
    empty.install(shop_nodes(), "shop")
    empty.person("clerk", "clerk")
    for name, quantity in (("Rice", "4"), ("Oil", "10")):
        item = empty.create("goods", {"code": name[:1], "name": name, "price": "2.50"})["id"]
        made = empty.create("receipt", {"lines": [{"goods": item, "quantity": quantity}]})
        empty.fire("receipt", empty.id(made), "approve")
    return empty


def draft(**more: Any) -> Package:
    return load_trusted({**shop_nodes(), ("rule", "short"): {**NEW, **more}})


def tried(world: World, package: Package, name: str) -> BalanceTrial:
    with world.reading() as ctx:
        [(ids, title)] = balances_for(ctx, package, "short", name)
        assert name in title
        return try_balance(ctx, package, "short", ids)


def test_a_balance_that_is_below_says_what_would_be_done(shop: World) -> None:
    found = tried(shop, draft(), "Rice")
    assert found.ruled.applies is True
    [below] = found.parts
    assert (below.source, below.holds) == ("(on_hand - 5) < 0", True)
    [run] = found.ruled.runs
    assert "Short: Rice, 1 missing" in str(run.steps)


def test_one_that_is_not_below_is_left_alone(shop: World) -> None:
    found = tried(shop, draft(), "Oil")
    assert found.ruled.applies is False
    assert [p.holds for p in found.parts] == [False]
    assert found.ruled.runs == ()


def test_the_condition_is_judged_beside_it(shop: World) -> None:
    found = tried(shop, draft(**{"if": "goods.code == 'X' and on_hand > 0"}), "Rice")
    assert found.ruled.applies is False
    assert [p.holds for p in found.parts] == [True, False, True]


def test_what_cannot_be_judged_says_so(shop: World) -> None:
    assert tried(shop, draft(**{"if": "goods.name > 3"}), "Rice").ruled.applies is None


def test_only_balances_that_are_there_can_be_tried(shop: World) -> None:
    with shop.reading() as ctx:
        assert len(balances_for(ctx, draft(), "short", "")) == 2
        assert balances_for(ctx, draft(), "deliver", "") == []
        with pytest.raises(NotFoundError):
            try_balance(ctx, draft(), "short", [1])


def test_trying_touches_nothing(shop: World) -> None:
    before = contents(shop.engine.database)
    tried(shop, draft(), "Rice")
    assert contents(shop.engine.database) == before


def test_a_ticket_of_a_balance_is_about_the_record_that_it_is_counted_by(shop: World) -> None:
    [ticket] = NEW["then"]
    found = tried(shop, draft(then=[{**ticket, "target": "goods"}]), "Rice")
    [caused] = found.ruled.commands
    assert isinstance(caused.command, OpenTicket)
    with shop.reading() as ctx:
        [rice] = [r for r in ctx.reader.find("goods") if r.get("name") == "Rice"]
    assert (caused.command.entity, caused.command.id) == ("goods", rice.id)
