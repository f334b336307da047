"""Values that come along with a decision or a conversion do not change what the person could not change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from builder.commands import ActOnTask, Actor, Convert, UpdateRecord
from builder.errors import ForbiddenError, InvalidError
from builder.record import Ref
from tests.runtime.shop import Nodes, shop_nodes
from tests.runtime.world import World, open_world


def nodes() -> Nodes:
    """The shop with a chief who decides about orders and a helper who hands them on; both only read them."""
    found = shop_nodes()
    workflow = found["workflow", "order"]
    approve = next(t for t in workflow["transitions"] if t["key"] == "approve")
    approve["approval"]["nodes"][0]["approvers"] = [{"role": "chief"}]
    found["roles", "roles"] = {"roles": [*found["roles", "roles"]["roles"], role("chief"), role("helper")]}
    remark = next(f for f in found["entity", "order"]["fields"] if f["key"] == "remark")
    remark["editable_if"] = "remark == None"
    del found["rule", "deliver"]
    return found


def role(key: str) -> dict[str, Any]:
    grants = [
        {"uid": f"role.{key}.order", "entity": "order", "may": ["read"], "conversions": ["deliver"]},
        {"uid": f"role.{key}.goods", "entity": "goods", "may": ["read"]},
    ]
    return {"uid": f"role.{key}", "key": key, "label": key.title(), "grants": grants}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("shop")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    world.install(nodes(), "shop")
    try:
        yield world
    finally:
        world.engine.database.close()


@pytest.fixture(scope="module")
def people(shop: World) -> dict[str, Actor]:
    return {key: shop.person(key, key) for key in ("chief", "helper", "seller")}


def an_order(shop: World, people: dict[str, Actor], price: str) -> int:
    lines = [a_line(shop, price)]
    return shop.id(shop.create("order", {"lines": lines}, submit=True, actor=people["seller"]))


def a_line(shop: World, price: str) -> dict[str, Any]:
    code = f"G{price}"
    goods = shop.create("goods", {"code": code, "name": code, "price": price})["id"]
    return {"goods": goods, "quantity": "1", "price": price}


def open_task(shop: World, order: int) -> int:
    with shop.reading() as ctx:
        running = ctx.reader.running_approvals(Ref("order", order))
        return next(t.id for _, tasks in running for t in tasks if t.status == "open")


def test_who_decides_without_the_right_to_change_changes_nothing(
    shop: World, people: dict[str, Actor]
) -> None:
    task = open_task(shop, an_order(shop, people, "2000.00"))
    with pytest.raises(ForbiddenError):
        shop.send(ActOnTask(task, "approve", "ok", values={"remark": "other"}), actor=people["chief"])
    assert shop.send(ActOnTask(task, "approve", "ok"), actor=people["chief"])["state"] == "approved"


def test_who_is_not_asked_learns_nothing_about_values(shop: World, people: dict[str, Actor]) -> None:
    task = open_task(shop, an_order(shop, people, "3000.00"))
    with pytest.raises(ForbiddenError) as refused:
        shop.send(ActOnTask(task, "approve", "ok", values={"nonsense": "1"}), actor=people["helper"])
    assert refused.value.code == "TASK_NOT_YOURS"


def test_a_conversion_brings_what_it_maps_and_nothing_else(shop: World, people: dict[str, Actor]) -> None:
    order = an_order(shop, people, "5.00")
    shop.fire("order", order, "approve")
    with shop.reading() as ctx:
        goods = ctx.load("order", order).lines["lines"][0].values["goods"]
    forged = {"lines": [{"goods": goods, "quantity": "500", "price": "0.01"}]}
    with pytest.raises(InvalidError) as refused:
        shop.send(Convert("shop", "order", (order,), "deliver", None, forged), actor=people["helper"])
    assert ("FIELD_READ_ONLY", "/lines") in {(p.code, p.path) for p in refused.value.problems}
    shop.send(Convert("shop", "order", (order,), "deliver"), actor=people["helper"])


def test_a_field_that_its_condition_closes_is_not_written(shop: World, people: dict[str, Actor]) -> None:
    order = shop.id(shop.create("order", {"lines": [a_line(shop, "6.00")]}, actor=people["seller"]))
    shop.send(UpdateRecord("shop", "order", order, {"remark": "first"}), actor=people["seller"])
    with pytest.raises(InvalidError) as refused:
        shop.send(UpdateRecord("shop", "order", order, {"remark": "other"}), actor=people["seller"])
    assert ("FIELD_NOT_EDITABLE", "/remark") in {(p.code, p.path) for p in refused.value.problems}
