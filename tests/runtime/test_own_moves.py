"""What a role may do with its own records alone: a draft is made void by who made it and by who decides about it, not by a colleague."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from builder.commands import Actor, CreateRecord, FireTransition
from builder.errors import ForbiddenError
from builder.runtime.permissions import Kernel
from builder.runtime.widening import widened
from tests.runtime.pages.test_admin import signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World


def role(key: str, *own: str) -> dict[str, Any]:
    may = ["read", "create", "update"]
    grant = {"uid": f"role.{key}.receipt", "entity": "receipt", "may": may, "transitions": ["approve"]}
    goods = {"uid": f"role.{key}.goods", "entity": "goods"}
    return {"uid": f"role.{key}", "key": key, "label": key, "grants": [{**grant, "own": list(own)}, goods]}


@pytest.fixture(scope="module")
def shop(bare: World) -> World:
    nodes = shop_nodes()
    boss = nodes["roles", "roles"]["roles"][0]
    nodes["roles", "roles"] = {"roles": [boss, role("keeper", "approve"), role("chief")]}
    bare.install(nodes, "shop")
    return bare


@pytest.fixture(scope="module")
def people(shop: World) -> dict[str, Actor]:
    held = {"ann": ["keeper"], "bob": ["keeper"], "cid": ["chief"], "dan": ["keeper", "chief"]}
    return {login: shop.person(login, *roles) for login, roles in held.items()}


def receipt(shop: World, actor: Actor) -> int:
    goods = shop.create("goods", {"code": f"G{shop.clock.now().timestamp()}", "name": "Goods"})["id"]
    shop.later(seconds=1)
    lines = [{"goods": goods, "quantity": "1"}]
    return shop.id(shop.send(CreateRecord("shop", "receipt", {"lines": lines}), actor=actor))


@pytest.mark.parametrize(("who", "may"), [("ann", True), ("bob", False), ("cid", True), ("dan", True)])
def test_a_draft_is_moved_by_its_maker_and_by_who_may_move_all(
    shop: World, people: dict[str, Actor], who: str, may: bool
) -> None:
    id = receipt(shop, people["ann"])
    page = text(signed_in(shop, who), f"/a/shop/receipt/{shop.engine.database.show(id)}")
    assert ("/transitions/approve" in page) is may
    move = FireTransition("shop", "receipt", id, "approve")
    if may:
        assert shop.send(move, actor=people[who])["state"] == "approved"
        return
    with pytest.raises(ForbiddenError) as refused:
        shop.send(move, actor=people[who])
    assert refused.value.code == "TRANSITION_OWN"


def test_what_belongs_to_nobody_is_moved_by_either(shop: World, people: dict[str, Actor]) -> None:
    id = receipt(shop, people["ann"])
    with shop.reading(people["bob"]) as ctx:
        record = ctx.load("receipt", id)
        assert not ctx.kernel.may_fire("receipt", "approve", record)
        assert ctx.kernel.may_fire("receipt", "approve", record.but(owner_id=0))


def test_who_publishes_does_not_lift_the_limit_for_others(shop: World) -> None:
    with shop.reading() as ctx:
        package = ctx.app.package
    keeper = next(r for r in package.roles if r.key == "keeper")
    free = replace(keeper, grants=tuple(replace(g, own=()) for g in keeper.grants))
    lifted = replace(package, roles=tuple(free if r.key == "keeper" else r for r in package.roles))
    mine = Kernel(Actor(workspace=1, user_id=7), package, ((keeper, ()),))
    assert [p.code for p in widened(mine, lifted)] == ["RIGHT_LACKED"]
    assert widened(mine, package) == []
