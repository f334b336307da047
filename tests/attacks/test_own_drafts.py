"""What a role may make void of its own alone it may not delete of others either, nor by calling it its own; the way round is tried too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builder.commands import Actor, RestoreRecord
from builder.errors import ForbiddenError
from builder.runtime.auth import actor_of
from builder.storage import accounts
from tests.api.caller import caller, good, paths, refused
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World, open_world

RECEIPTS = "/apps/shop/receipt"


def role(key: str, *own: str) -> dict[str, Any]:
    may = ["read", "create", "update", "delete"]
    grant = {
        "uid": f"role.{key}.receipt",
        "entity": "receipt",
        "may": may,
        "transitions": ["approve", "void"],
    }
    goods = {"uid": f"role.{key}.goods", "entity": "goods"}
    return {"uid": f"role.{key}", "key": key, "label": key, "grants": [{**grant, "own": list(own)}, goods]}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("own")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    nodes = shop_nodes()
    workflow = nodes["workflow", "receipt"]
    void = {"uid": "workflow.receipt.void", "key": "void", "label": "Void", "void": True, "final": True}
    move = {"uid": "workflow.receipt.t.void", "key": "void", "label": "Void", "from": ["draft"], "to": "void"}
    nodes["workflow", "receipt"] = {
        **workflow,
        "states": [*workflow["states"], void],
        "transitions": [*workflow["transitions"], move],
    }
    boss = nodes["roles", "roles"]["roles"][0]
    nodes["roles", "roles"] = {"roles": [boss, role("keeper", "void"), role("chief")]}
    world.install(nodes, "shop")
    for login, held in {
        "ann": ["keeper"],
        "bob": ["keeper"],
        "cid": ["chief"],
        "dan": ["keeper", "chief"],
    }.items():
        world.person(login, *held)
    world.create("goods", {"code": "G", "name": "Goods"})
    try:
        yield world
    finally:
        world.engine.database.close()


def actor(world: World, login: str) -> Actor:
    with world.engine.database.snapshot() as conn:
        user = accounts.user_by_login(conn, WS, login)
    assert user is not None
    return actor_of(WS, user)


def a_draft(world: World, login: str) -> str:
    goods = caller(world, login).read("/apps/shop/goods")["items"][0]["id"]
    made = caller(world, login).post(RECEIPTS, {"lines": [{"goods": goods, "quantity": "1"}]})
    return f"{RECEIPTS}/{good(made, 201)['id']}"


@pytest.mark.parametrize(("who", "may"), [("ann", True), ("bob", False), ("cid", True), ("dan", True)])
def test_a_draft_is_deleted_by_its_maker_and_by_who_may_make_all_void(
    shop: World, who: str, may: bool
) -> None:
    draft = a_draft(shop, "ann")
    answer = caller(shop, who).send("DELETE", draft)
    if may:
        assert answer.status_code == 204
        # It comes back by the same right, and by no other.
        id = shop.engine.database.read_id(draft.rsplit("/", 1)[1]) or 0
        with pytest.raises(ForbiddenError, match="DELETE_OWN"):
            shop.send(RestoreRecord("shop", "receipt", id), actor=actor(shop, "bob"))
        shop.send(RestoreRecord("shop", "receipt", id), actor=actor(shop, who))
        return
    assert refused(answer, 403)["code"] == "DELETE_OWN"
    assert caller(shop, who).read(draft)["state"] == "draft"


def test_nobody_takes_over_a_draft_to_make_it_void(shop: World) -> None:
    draft, bob = a_draft(shop, "ann"), caller(shop, "bob")
    me = bob.read("/me")["id"]
    assert paths(refused(bob.patch(draft, {"owner": me}), 422)) == {("/owner", "OWNER_OTHER")}
    assert refused(bob.post(f"{draft}/transitions/void", {}), 403)["code"] == "TRANSITION_OWN"
    # The maker hands it over, and whoever may act on all of them does.
    good(caller(shop, "ann").patch(draft, {"owner": me}))
    assert good(bob.post(f"{draft}/transitions/void", {}))["state"] == "void"
    second = a_draft(shop, "ann")
    good(caller(shop, "cid").patch(second, {"owner": me}))
