"""The door: what is written goes through it once, whole, and whatever fails leaves nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from builder.commands import ActOnTask, Convert, CreateRecord, UpdateRecord
from builder.errors import (
    BuilderError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RefusedError,
)
from builder.record import Ref
from builder.runtime.representation import Representation
from builder.storage import chains
from tests.runtime.world import World


def goods(world: World, code: str = "A", **values: Any) -> int:
    return world.id(world.create("goods", {"code": code, "name": f"Goods {code}", "price": "2.50", **values}))


def received(world: World, item: int, quantity: str) -> int:
    """Goods that came in."""
    show = world.engine.database.show
    made = world.create("receipt", {"lines": [{"goods": show(item), "quantity": quantity}]}, submit=True)
    assert made["state"] == "approved"
    return world.id(made)


def codes(error: BuilderError) -> list[str]:
    return [p.code for p in error.problems]


def test_a_record_comes_back_as_it_was_sent(shop: World) -> None:
    made = shop.create(
        "goods",
        {"code": "R1", "name": "东北大米", "price": "12.5", "weight": "0.125", "made_on": "2026-01-02"},
    )
    with shop.reading() as ctx:
        record = ctx.load("goods", shop.id(made))
    assert made["version"] == 1
    assert record.values["price"] == Decimal("12.50")
    assert str(record.values["weight"]) == "0.125"
    assert made["made_on"] == "2026-01-02"


def test_everything_wrong_is_said_at_once(shop: World) -> None:
    with pytest.raises(InvalidError) as caught:
        shop.create("goods", {"price": "1.005", "made_on": "2026-02-30", "colour": "red"})
    assert {p.path for p in caught.value.problems} == {"/code", "/name", "/price", "/made_on", "/colour"}
    with shop.reading() as ctx:
        assert ctx.reader.find("goods") == ()


def test_lines_and_formulas_are_kept_with_their_document(shop: World) -> None:
    item = goods(shop)
    show = shop.engine.database.show
    made = shop.create(
        "order", {"lines": [{"goods": show(item), "quantity": "3"}, {"goods": show(item), "quantity": "1.5"}]}
    )
    assert made["total"] == "11.25"
    assert [line["amount"] for line in made["lines"]] == ["7.50", "3.75"]
    assert made["number"] == "ORDER20260105-001"


def test_a_version_that_moved_is_a_conflict(shop: World) -> None:
    item = goods(shop)
    shop.update("goods", item, {"name": "New"}, version=1)
    with pytest.raises(ConflictError) as caught:
        shop.update("goods", item, {"name": "Newer"}, version=1)
    assert caught.value.code == "VERSION_CONFLICT"
    assert (caught.value.params["yours"], caught.value.params["current"]) == (1, 2)


def test_a_delivery_posts_and_a_shortage_is_refused_whole(shop: World) -> None:
    item, show = goods(shop), shop.engine.database.show
    received(shop, item, "10")
    lines = [{"goods": show(item), "quantity": "6"}, {"goods": show(item), "quantity": "5"}]
    draft = shop.id(shop.create("delivery", {"lines": lines}))
    with pytest.raises(RefusedError) as caught:
        shop.fire("delivery", draft, "approve")
    assert codes(caught.value) == ["SHORT"]
    assert shop.balance("stock", "on_hand", item) == Decimal("10.00")
    shop.update("delivery", draft, {"lines": [lines[0]]})
    assert shop.fire("delivery", draft, "approve")["state"] == "approved"
    assert shop.balance("stock", "on_hand", item) == Decimal("4.00")


def test_a_reversal_gives_back_exactly(shop: World) -> None:
    item = goods(shop)
    receipt = received(shop, item, "7.25")
    assert shop.fire("receipt", receipt, "unapprove")["state"] == "draft"
    assert shop.balance("stock", "on_hand", item) == Decimal(0)
    assert shop.fire("receipt", receipt, "approve")["state"] == "approved"
    assert shop.balance("stock", "on_hand", item) == Decimal("7.25")


def test_what_was_posted_cannot_be_changed(shop: World) -> None:
    item = goods(shop)
    receipt = received(shop, item, "7")
    with pytest.raises(ForbiddenError):
        shop.update("receipt", receipt, {"lines": []}, actor=shop.person("clerk1", "clerk"))


def test_the_same_key_gives_the_same_answer_once(shop: World) -> None:
    command = CreateRecord("shop", "goods", {"code": "K", "name": "Key"})
    first = shop.send(command, key="k1")
    assert shop.send(command, key="k1") == first
    with shop.reading() as ctx:
        assert len(ctx.reader.find("goods")) == 1


def test_the_same_key_with_another_body_is_refused(shop: World) -> None:
    shop.send(CreateRecord("shop", "goods", {"code": "K", "name": "Key"}), key="k1")
    with pytest.raises(InvalidError) as caught:
        shop.send(CreateRecord("shop", "goods", {"code": "L", "name": "Lock"}), key="k1")
    assert caught.value.code == "IDEMPOTENCY_KEY_REUSED"


def test_a_unique_key_is_taken_once(shop: World) -> None:
    goods(shop, "A")
    with pytest.raises(ConflictError) as caught:
        goods(shop, "a")
    assert caught.value.code == "DUPLICATE"
    assert [p.path for p in caught.value.problems] == ["/code"]


def test_a_dry_run_writes_nothing(shop: World) -> None:
    shown = shop.send(CreateRecord("shop", "goods", {"code": "D", "name": "Dry"}), dry_run=True)
    assert shown["dry_run"] is True
    with shop.reading() as ctx:
        assert ctx.reader.find("goods") == ()


def test_a_large_order_waits_for_the_boss_and_is_delivered_by_a_rule(shop: World) -> None:
    boss, clerk = shop.person("boss", "boss"), shop.person("clerk", "clerk")
    item, show = goods(shop), shop.engine.database.show
    received(shop, item, "1000")
    body = {"lines": [{"goods": show(item), "quantity": "400"}]}
    order = shop.create("order", body, submit=True, actor=clerk)
    assert order["state"] == "submitted"
    with pytest.raises(BuilderError):
        shop.fire("order", shop.id(order), "approve", actor=boss)
    task = _open_task(shop, shop.id(order))
    done = shop.send(_approve(task), actor=boss)
    assert done["state"] == "approved"
    assert [r["entity"] for r in done["_effects"]["records"]] == ["delivery"]
    with pytest.raises(ConflictError):
        shop.send(_approve(task), actor=boss)
    with shop.reading() as ctx:
        assert len(ctx.reader.find("delivery")) == 1


def test_a_small_order_opens_no_task(shop: World) -> None:
    item, show = goods(shop), shop.engine.database.show
    order = shop.create("order", {"lines": [{"goods": show(item), "quantity": "4"}]}, submit=True)
    assert order["_effects"]["tasks"] == []
    assert shop.fire("order", shop.id(order), "approve")["state"] == "approved"


def test_what_is_open_is_converted_once(shop: World) -> None:
    item, show = goods(shop), shop.engine.database.show
    order = shop.id(shop.create("order", {"lines": [{"goods": show(item), "quantity": "10"}]}, submit=True))
    shop.fire("order", order, "approve")
    with pytest.raises(ConflictError) as caught:
        shop.send(Convert("shop", "order", (order,), "deliver"))
    assert caught.value.code == "NOTHING_OPEN"


def test_hidden_fields_do_not_exist(shop: World) -> None:
    clerk = shop.person("clerk", "clerk")
    item = goods(shop, weight="1.5")
    with shop.reading(clerk) as ctx:
        assert "weight" not in Representation(ctx.kernel, shop.engine.database.show).record(
            ctx.load("goods", item)
        )
    with pytest.raises(ForbiddenError):
        shop.update("goods", item, {"name": "x"}, actor=clerk)


def test_records_out_of_scope_are_not_found(shop: World) -> None:
    one, other = shop.person("one", "seller"), shop.person("two", "seller")
    item, show = goods(shop), shop.engine.database.show
    order = shop.id(shop.create("order", {"lines": [{"goods": show(item), "quantity": "1"}]}, actor=one))
    with shop.reading(one) as ctx:
        assert ctx.load("order", order).id == order
    with pytest.raises(NotFoundError), shop.reading(other) as ctx:
        ctx.load("order", order)
    with pytest.raises(NotFoundError):
        shop.update("order", order, {"remark": "mine"}, actor=other)


def test_commands_are_chained(shop: World) -> None:
    item = goods(shop)
    received(shop, item, "1")
    with shop.engine.database.snapshot() as conn:
        assert list(chains.broken_links(conn, 1)) == []


def test_a_stale_decision_is_made_again(shop: World) -> None:
    item = goods(shop)
    other = shop.other_process()
    moved: list[int] = []
    original = shop.engine.database.write

    def write(**options: Any) -> Any:
        if not moved:
            moved.append(1)
            other.send(UpdateRecord("shop", "goods", item, {"name": "Second"}))
        return original(**options)

    shop.engine.database.write = write  # type: ignore[method-assign]
    done = shop.send(UpdateRecord("shop", "goods", item, {"price": "9.00"}))
    assert done["version"] == 3
    assert done["name"] == "Second"
    other.engine.database.close()


def _open_task(world: World, order: int) -> int:
    with world.reading() as ctx:
        return next(
            t.id
            for _, tasks in ctx.reader.running_approvals(Ref("order", order))
            for t in tasks
            if t.status == "open"
        )


def _approve(task: int) -> Any:
    return ActOnTask(task, "approve")
