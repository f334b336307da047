"""What the engine promises about documents: moves, versions, keys, switches, links, history."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest

from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade


@pytest.mark.requirement("R006")
def test_a_move_that_there_is_not_is_refused_and_posts_nothing(trade: Trade) -> None:
    """From draft to done is no way."""
    trade.received(trade.ids["item"], 10)
    before = trade.entries("stock")
    made = trade.deliver(trade.ids["item"], 4)
    refused(trade.boss.post(f"{APP}/delivery/{made['id']}/transitions/sign_off", {}), 409)
    assert trade.read("delivery", made["id"])["state"] == "draft"
    assert trade.entries("stock") == before
    assert trade.boss.read(f"{APP}/delivery/{made['id']}/entries")["items"] == []


@pytest.mark.requirement("R012")
def test_balances_are_the_sum_of_their_entries_after_every_document(trade: Trade) -> None:
    item = trade.item("A")
    expected = Decimal(0)
    for came, went in ((50, 20), (7, 30), (13, 20)):
        trade.received(item, came)
        trade.delivered(item, went)
        expected += came - went
        moved = [Decimal(e["measures"]["on_hand"]) for e in trade.entries("stock")]
        assert sum(moved) == expected == Decimal(trade.stock(item))
    assert expected == 0


@pytest.mark.requirement("R013")
def test_one_key_makes_one_document(trade: Trade) -> None:
    body = {
        "customer": trade.ids["customer"],
        "warehouse": trade.ids["warehouse"],
        "lines": trade.lines((trade.ids["item"], 1)),
    }
    key = {"Idempotency-Key": "6f1c8f0e"}
    first, second = (good(trade.boss.post(f"{APP}/sales_order", body, headers=key), 201) for _ in range(2))
    assert first["id"] == second["id"]
    assert len(trade.all("sales_order")) == 1


@pytest.mark.requirement("R013")
def test_of_fifty_buyers_of_thirty_exactly_thirty_succeed(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 30)
    ids = [trade.deliver(item, 1)["id"] for _ in range(50)]

    def buy(id: str) -> int:
        return trade.boss.post(f"{APP}/delivery/{id}/transitions/approve", {}).status_code

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(buy, ids))
    assert (answers.count(200), answers.count(422)) == (30, 20)
    assert trade.stock(item) == "0"


def test_every_write_says_who_when_and_what_was_before(trade: Trade) -> None:
    made = trade.make("warehouse", {"code": "T9", "name": "旧仓", "type": "forward"})
    trade.world.later(hours=1)
    good(trade.sales.patch(f"{APP}/partner/{trade.ids['customer']}", {"contact": "王五"}))
    good(trade.boss.patch(f"{APP}/warehouse/{made['id']}", {"name": "新仓"}))
    change = trade.boss.read(f"{APP}/warehouse/{made['id']}/history")["items"][0]
    other = trade.boss.read(f"{APP}/partner/{trade.ids['customer']}/history")["items"][0]
    assert (other["by_name"], change["by_name"]) == ("Sales", "Boss")
    assert change["at"] == "2026-01-05T02:00:00+00:00"
    (name,) = change["changes"]
    assert (name["field"], name["before"], name["after"]) == ("name", "旧仓", "新仓")


@pytest.mark.requirement("R051")
def test_three_are_approved_at_once_each_with_its_own_answer_or_all_or_none(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 4)
    path = f"{APP}/delivery/transitions/approve"
    ids = [trade.deliver(item, quantity)["id"] for quantity in (3, 3, 1)]
    refused(trade.boss.post(path, {"ids": ids, "atomic": True}), 422)
    assert trade.stock(item) == "4"
    results = good(trade.boss.post(path, {"ids": ids}))["results"]
    assert [r["ok"] for r in results] == [True, False, True]
    assert "还差 2" in results[1]["error"]["errors"][0]["message"]
    trade.received(item, 100)
    ids = [trade.deliver(item, quantity)["id"] for quantity in (3, 3, 1)]
    done = good(trade.boss.post(path, {"ids": ids, "atomic": True}))["results"]
    assert [r["state"] for r in done] == ["approved", "approved", "approved"]


@pytest.mark.requirement("R052", "R053")
def test_nothing_is_made_of_a_draft_while_the_switch_is_on(trade: Trade) -> None:
    trade.received(trade.ids["item"], 50)
    order = trade.order((trade.ids["item"], 5))
    refused(trade.convert("sales_order", order["id"], "to_delivery"), 409, "SOURCE_NOT_APPROVED")
    path = f"{APP}/settings/force_approval"
    for role in ("sales", "keeper", "buyer"):
        assert trade.callers[role].put(path, {"value": False}).status_code in {403, 404}
    trade.setting("force_approval", False)
    good(trade.convert("sales_order", order["id"], "to_delivery"), 201)
    assert len(trade.all("delivery")) == 1
    settings = {s["key"]: s for s in trade.boss.read(f"{APP}/settings")["items"]}
    assert settings["force_approval"]["value"] is False


@pytest.mark.requirement("R054")
def test_a_document_shows_what_it_came_from_and_what_came_of_it(trade: Trade) -> None:
    """Order, delivery, receivable, money."""
    item = trade.item("A")
    trade.received(item, 10)
    order = trade.order((item, 5))
    trade.move("sales_order", order["id"], "submit", "approve")
    (delivery,) = trade.all("delivery")
    trade.move("delivery", delivery["id"], "approve")
    body = {"fields": {"account": trade.all("account")[0]["id"]}}
    path = f"{APP}/delivery/{delivery['id']}/conversions/to_money_receipt"
    money = good(trade.boss.post(path, body), 201)

    def links(entity: str, id: str) -> set[tuple[str, str]]:
        return {(x["entity"], x["direction"]) for x in trade.boss.read(f"{APP}/{entity}/{id}/links")["items"]}

    assert links("sales_order", order["id"]) == {("delivery", "to"), ("money_receipt", "to")}
    assert links("delivery", delivery["id"]) == {("sales_order", "from"), ("money_receipt", "to")}
    assert links("money_receipt", money["id"]) == {("delivery", "from"), ("sales_order", "from")}
    owed = {e["ledger"] for e in trade.boss.read(f"{APP}/delivery/{delivery['id']}/entries")["items"]}
    assert {"stock", "credit"} <= owed


@pytest.mark.requirement("R062")
def test_one_item_is_the_same_in_every_document(trade: Trade) -> None:
    item = trade.item("A")
    documents = [("receipt", trade.received(item, 10)), ("delivery", trade.delivered(item, 2))]
    documents.append(("sales_order", trade.order((item, 1))))
    for entity, made in documents:
        assert trade.read(entity, made["id"])["lines"][0]["item"] == item
    good(trade.boss.patch(f"{APP}/item/{item}", {"name": "五常大米"}))
    for entity, made in documents:
        page = trade.boss.read(f"{APP}/{entity}/{made['id']}", {"expand": "lines.item"})
        assert "五常大米" in str(page), entity


@pytest.mark.requirement("R025", "R087")
def test_from_order_to_signature_in_three_steps_with_nothing_typed_twice(trade: Trade) -> None:
    """An order that came in is approved, shipped and signed; the delivery has taken everything over."""
    item = trade.item("A")
    trade.received(item, 10)
    body = {"customer": trade.ids["customer"], "warehouse": trade.ids["warehouse"]}
    lines = trade.lines((item, 5), price="20.00")
    order = good(trade.sales.post(f"{APP}/sales_order?submit=1", {**body, "lines": lines}), 201)
    trade.move("sales_order", order["id"], "approve", who="sales_manager")
    (delivery,) = trade.all("delivery")
    copied = trade.read("delivery", delivery["id"])
    assert {k: copied[k] for k in body} == body
    assert copied["address"] == "虹口区四平路 1 号"
    assert [
        (line["item"], Decimal(line["quantity"]), Decimal(line["price"])) for line in copied["lines"]
    ] == [(item, Decimal(5), Decimal(20))]
    trade.move("delivery", delivery["id"], "approve", who="keeper")
    signing = f"{APP}/delivery/{delivery['id']}/transitions/sign_off"
    good(trade.sales.post(signing, {"fields": {"signed_by": "陈老板"}}))
    assert trade.read("sales_order", order["id"])["state"] == "done"
