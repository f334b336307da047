"""What the trading template does with documents, with the numbers of the checklist."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest

from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade


@pytest.mark.requirement("R014")
def test_balances_cannot_be_written_and_every_entry_names_its_document(trade: Trade) -> None:
    item = trade.item("A")
    made = trade.received(item, 10)
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        answer = trade.boss.send(method, f"{APP}/ledgers/stock/balances", {"on_hand": "99"})
        refused(answer, 405)
    assert trade.boss.put(f"{APP}/item/{item}", {"on_hand": "99"}).status_code == 405
    trade.boss.patch(f"{APP}/item/{item}", {"on_hand": "99"})
    assert trade.stock(item) == "10"
    documents = {(e["document"]["entity"], e["document"]["id"]) for e in trade.entries("stock")}
    assert documents == {("receipt", made["id"])}


@pytest.mark.requirement("R023")
def test_an_approved_order_makes_one_delivery_draft_never_two(trade: Trade) -> None:
    first, second = trade.item("A"), trade.item("B")
    for one in (first, second):
        trade.received(one, 10)
    order = trade.order((first, 1), (second, 2))
    trade.move("sales_order", order["id"], "submit", "approve")
    assert trade.boss.post(f"{APP}/sales_order/{order['id']}/transitions/approve", {}).status_code == 409
    (delivery,) = trade.all("delivery")
    copied = trade.read("delivery", delivery["id"])
    assert (copied["state"], copied["order"]) == ("draft", order["id"])
    assert [line["order_line"] for line in copied["lines"]] == [line["id"] for line in order["lines"]]


@pytest.mark.requirement("R065", "R169")
def test_of_two_approvals_of_the_last_ten_one_passes(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 10)
    ids = [trade.order((item, 10))["id"] for _ in range(2)]
    for id in ids:
        trade.move("sales_order", id, "submit")

    def approve(id: str) -> int:
        return trade.boss.post(f"{APP}/sales_order/{id}/transitions/approve", {}).status_code

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(approve, ids)) == [200, 422]
    assert trade.stock(item, "reserved") == "10"


@pytest.mark.requirement("R058", "R064", "R066")
def test_twelve_of_ten_are_refused_with_what_is_missing_or_put_off(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 10)
    order = trade.order((item, 12))
    assert [Decimal(line["available"]) for line in trade.read("sales_order", order["id"])["lines"]] == [10]
    trade.move("sales_order", order["id"], "submit")
    problem = refused(trade.boss.post(f"{APP}/sales_order/{order['id']}/transitions/approve", {}), 422)
    assert any("短缺 2" in error["message"] for error in problem["errors"])
    trade.setting("shortage_policy", "backorder")
    later = trade.order((item, 12))
    trade.move("sales_order", later["id"], "submit", "approve")
    told = trade.read("sales_order", later["id"])
    assert (told["state"], told["promised_date"]) == ("approved", "2026-01-12")


@pytest.mark.requirement("R024")
def test_a_receipt_raises_what_is_available(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 10)
    assert trade.read("item", item)["available"] == "10.0000"
    trade.received(item, 25)
    assert trade.read("item", item)["available"] == "35.0000"


@pytest.mark.requirement("R091")
def test_one_press_gives_a_keeper_the_task(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 10)
    trade.setting("auto_delivery", False)
    order = trade.order((item, 5))
    trade.move("sales_order", order["id"], "submit", "approve")
    assert trade.keeper.read(f"{APP}/delivery")["items"] == []
    made = good(trade.convert("sales_order", order["id"], "to_delivery", who="keeper"), 201)
    trade.told()
    assert [d["id"] for d in trade.keeper.read(f"{APP}/delivery")["items"]] == [made["id"]]
    assert any(made["number"] in n["title"] for n in trade.keeper.read("/notifications")["items"])


@pytest.mark.requirement("R174")
def test_numbers_change_with_the_approval(trade: Trade) -> None:
    """No nightly job runs between the two looks."""

    def cards() -> dict[str, Any]:
        found = trade.boss.read(f"{APP}/dashboards/boss")["cards"]
        return {str(card["label"]["zh-CN"]): card.get("value") for card in found}

    draft = trade.receive(trade.ids["item"], 100, "10.00")
    before = cards()
    trade.move("receipt", draft["id"], "approve")
    after = cards()
    assert (before["库存金额"], before["应付余额"]) == ("0.00", "0.00")
    assert (after["库存金额"], after["应付余额"]) == ("917.43", "1000.00")


@pytest.mark.requirement("R162")
def test_opening_stock_has_quantity_cost_and_batch_and_can_be_locked(trade: Trade) -> None:
    item = trade.item("A", batch_managed=True, shelf_days=180)
    batch = trade.make("batch", {"number": "B1", "item": item, "made_on": "2026-01-01"})["id"]
    line = {"item": item, "quantity": "40", "unit_cost": "9.50", "batch": batch}
    made = trade.make("opening_stock", {"warehouse": trade.ids["warehouse"], "lines": [line]})
    trade.move("opening_stock", made["id"], "approve")
    (entry,) = [e for e in trade.entries("stock") if e["document"]["entity"] == "opening_stock"]
    assert (Decimal(entry["measures"]["on_hand"]), entry["measures"]["value"]) == (Decimal(40), "380.00")
    trade.setting("opening_locked", True)
    other = trade.make("opening_stock", {"warehouse": trade.ids["warehouse"], "lines": [line]})
    refused(trade.boss.post(f"{APP}/opening_stock/{other['id']}/transitions/approve", {}), 422)
