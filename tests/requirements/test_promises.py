"""What buyers and sellers see while they promise: stock, arrivals, credit, one board and one page, with the numbers of the checklist."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade


def page(trade: Trade, who: str, path: str) -> str:
    """A page as that person sees it."""
    caller = trade.callers[who]
    headers = {"Authorization": f"Bearer {caller.token}"}
    answer = caller.app.test_client().get(f"/a/general/{path}", headers=headers)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def buy(trade: Trade, item: str, quantity: Any, **values: Any) -> Any:
    """A purchase order on its way."""
    body = {"supplier": trade.ids["supplier"], "warehouse": trade.ids["warehouse"], **values}
    made = trade.make("purchase_order", {**body, "lines": trade.lines((item, quantity))})
    trade.move("purchase_order", made["id"], "submit", "approve")
    return made


@pytest.mark.requirement("R056")
def test_a_purchase_line_shows_stock_available_in_transit_and_daily_sales(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 200)
    trade.delivered(item, 60)
    order = trade.order((item, 15))
    trade.move("sales_order", order["id"], "submit", "approve")
    buy(trade, item, 40)
    trade.at("2026-01-06 09:00")
    body = {"supplier": trade.ids["supplier"], "warehouse": trade.ids["warehouse"]}
    made = trade.make("purchase_order", {**body, "lines": trade.lines((item, 1))}, "buyer")
    (line,) = trade.read("purchase_order", made["id"], "buyer")["lines"]
    told = [Decimal(line[k]) for k in ("on_hand", "available", "incoming", "daily_sales")]
    ledger = [Decimal(trade.stock(item, m)) for m in ("on_hand", "reserved", "held", "incoming")]
    assert told[:3] == [ledger[0], ledger[0] - ledger[1] - ledger[2], ledger[3]] == [140, 125, 40]
    sold = [e for e in trade.entries("profit") if e["dimensions"]["item"]["id"] == item]
    assert told[3] == sum(Decimal(e["measures"]["quantity"]) for e in sold) / 30 == 2


@pytest.mark.requirement("R071", "R072")
def test_sales_buyers_and_keepers_see_the_same_card_with_its_three_facts(trade: Trade) -> None:
    """100 are ordered, 60 are there: 60 of them are picked, 40 are bought and expected on the 20th."""
    item = trade.item("A", supplier=trade.ids["supplier"])
    trade.received(item, 60)
    trade.setting("shortage_policy", "backorder")
    order = trade.order((item, 100), who="sales")
    trade.move("sales_order", order["id"], "submit", "approve")
    wanted = good(trade.convert("sales_order", order["id"], "to_requisition"), 201)
    trade.move("purchase_requisition", wanted["id"], "submit", "approve")
    trade.told()
    (bought,) = trade.all("purchase_order")
    good(trade.buyer.patch(f"{APP}/purchase_order/{bought['id']}", {"expected_date": "2026-01-20"}))
    trade.move("purchase_order", bought["id"], "submit", "approve")
    (delivery,) = trade.all("delivery")
    lines = trade.read("delivery", delivery["id"])["lines"]
    picked = {"lines": [{"id": lines[0]["id"], "picked": "60"}]}
    good(trade.keeper.patch(f"{APP}/delivery/{delivery['id']}", picked))
    told = trade.read("sales_order", order["id"])
    assert (Decimal(told["picked_rate"]), told["arrives_on"], told["state"]) == (
        Decimal(60),
        "2026-01-20",
        "approved",
    )
    for who in ("sales", "buyer", "keeper"):
        cards = re.findall(r'<a class="board-card.*?</a>', page(trade, who, "board"))
        (card,) = [c for c in cards if order["number"] in c]
        assert re.search(r"缺货预计到货 <b>2026-01-20</b>", card)
        assert re.search(r"备货% <b>60</b>", card)


@pytest.mark.requirement("R077")
def test_a_promise_before_goods_can_be_there_is_warned_of(trade: Trade) -> None:
    item = trade.item("A", lead_days=7)
    trade.received(item, 10)
    trade.setting("shortage_policy", "backorder")
    trade.setting("shortage_lead_days", 0)
    buy(trade, item, 50, expected_date="2026-01-15")

    def order(quantity: int, promised: str) -> Any:
        return trade.read("sales_order", trade.order((item, quantity), promised_date=promised)["id"])

    early = order(30, "2026-01-12")
    assert early["available_on"] == "2026-01-15"
    assert early["promise_at_risk"] is True
    late, fine = order(30, "2026-01-15"), order(10, "2026-01-05")
    assert [one["promise_at_risk"] for one in (late, fine)] == [False, False]
    for one in (early, late, fine):
        trade.move("sales_order", one["id"], "submit")
    warned = [n["title"] for n in trade.told() if "承诺过早" in str(n.get("title"))]
    assert warned
    assert all(early["number"] in str(title) for title in warned)


@pytest.mark.requirement("R149")
def test_a_day_overdue_needs_approval_and_a_cent_above_the_limit_is_refused(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 20_000)
    customer = {"code": "C2", "name": "账期客户", "credit_days": 30, "credit_limit": "50000.00"}
    who = {"customer": trade.make("partner", customer)["id"]}
    trade.setting("large_order", "1000000.00")
    trade.setting("over_limit_policy", "refuse")

    def approve(price: str, by: str = "sales_manager") -> Any:
        body = {**who, "warehouse": trade.ids["warehouse"]}
        line = {"item": item, "quantity": "1", "price": price}
        made = trade.make("sales_order", {**body, "lines": [line]})
        trade.move("sales_order", made["id"], "submit")
        return made["id"], trade.callers[by].post(f"{APP}/sales_order/{made['id']}/transitions/approve", {})

    problem = refused(approve("50000.01")[1], 422)
    assert problem["errors"][0]["code"] == "CREDIT_LIMIT"
    good(approve("49000.00")[1])
    (delivery,) = trade.all("delivery")
    trade.move("delivery", delivery["id"], "approve")
    assert trade.read("delivery", delivery["id"])["due_date"] == "2026-02-04"
    trade.at("2026-02-04 09:00")
    assert Decimal(trade.read("partner", who["customer"])["overdue"]) == 0
    good(approve("100.00")[1])
    trade.at("2026-02-05 09:00")
    assert Decimal(trade.read("partner", who["customer"])["overdue"]) == 49_000
    id, answer = approve("100.00")
    assert refused(answer, 409)["code"] == "APPROVAL_RUNNING"
    for person in ("finance", "boss"):
        (task,) = trade.callers[person].read("/tasks")["items"]
        assert id in str(task)
        assert trade.read("sales_order", id)["state"] == "submitted"
        good(trade.callers[person].post(f"/tasks/{task['id']}/approve", {"opinion": "同意"}))
    assert trade.read("sales_order", id)["state"] == "approved"


@pytest.mark.requirement("R063")
def test_the_page_of_an_order_shows_everything_about_it(trade: Trade) -> None:
    item = trade.item("A", supplier=trade.ids["supplier"])
    trade.received(item, 6)
    trade.setting("shortage_policy", "backorder")
    order = trade.order((item, 10))
    trade.move("sales_order", order["id"], "submit", "approve")
    wanted = good(trade.convert("sales_order", order["id"], "to_requisition"), 201)
    trade.move("purchase_requisition", wanted["id"], "submit", "approve")
    trade.told()
    (bought,) = trade.all("purchase_order")
    trade.move("purchase_order", bought["id"], "submit", "approve")
    receipt = good(trade.convert("purchase_order", bought["id"], "to_receipt"), 201)
    trade.move("receipt", receipt["id"], "approve")
    (delivery,) = trade.all("delivery")
    trade.move("delivery", delivery["id"], "approve")
    invoice = good(
        trade.boss.post(
            f"{APP}/sales_order/{order['id']}/conversions/to_invoice",
            {"fields": {"invoice_no": "12345678901234567890"}},
        ),
        201,
    )
    trade.move("invoice", invoice["id"], "approve")
    money = good(
        trade.boss.post(
            f"{APP}/delivery/{delivery['id']}/conversions/to_money_receipt",
            {"fields": {"account": trade.all("account")[0]["id"], "method": "transfer"}},
        ),
        201,
    )
    trade.move("money_receipt", money["id"], "approve")
    text = page(trade, "boss", f"sales_order/{order['id']}")
    for one in (bought, delivery, invoice, money):
        assert trade.read(*_where(trade, one))["number"] in text
    assert "东北大米" in text


def _where(trade: Trade, one: Any) -> tuple[str, str]:
    kinds = ("purchase_order", "delivery", "invoice", "money_receipt")
    found = next(k for k in kinds if any(r["id"] == one["id"] for r in trade.all(k)))
    return found, one["id"]


def test_a_keeper_sees_on_the_receipt_where_things_go(trade: Trade) -> None:
    """Goods are put away after they were approved, by what the receipt says on the phone: not only on its print."""
    item = trade.item("A")
    place = trade.make("location", {"warehouse": trade.ids["warehouse"], "code": "A-07-02"}, "keeper")
    values = {"item": item, "warehouse": trade.ids["warehouse"], "location": place["id"]}
    trade.make("item_location", values, "keeper")
    receipt = trade.received(item, 10)
    assert "A-07-02" in page(trade, "keeper", f"receipt/{receipt['id']}")


def test_every_ledger_says_what_it_holds_to_the_owner(trade: Trade) -> None:
    """Whatever its measures are called: one is *returning*, a word of SQL."""
    for ledger in trade.boss.read(APP)["ledgers"]:
        for query in ({}, {"as_of": "2026-01-31"}):
            trade.boss.read(f"{APP}/ledgers/{ledger['key']}/balances", query)
        page(trade, "boss", f"ledgers/{ledger['key']}")
