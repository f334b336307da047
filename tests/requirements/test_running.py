"""What happens by itself: rules, tickets, notices."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from builder.commands import Publish, SaveConnection, SaveDraft
from builder.runtime import lateness
from tests.api.caller import good, refused
from tests.connectors.receiver import Receiver, receiving
from tests.requirements.trade import APP, Trade


def tickets(trade: Trade, who: str = "boss", which: str = "") -> list[Any]:
    return list(trade.callers[who].read("/tickets", {"list": which} if which else None)["items"])


@pytest.mark.requirement("R073")
def test_a_ticket_is_opened_handed_over_and_closed_on_record(trade: Trade) -> None:
    order = trade.order((trade.ids["item"], 1))
    body = {"fields": {"title": "地址不清", "kind": "exception", "due_hours": 2}}
    made = good(trade.boss.post(f"{APP}/sales_order/{order['id']}/tickets", body), 201)
    keeper = trade.keeper.read("/me")["id"]
    good(trade.boss.post(f"/tickets/{made['id']}/hand-over", {"to_user": keeper}))
    (mine,) = tickets(trade, "keeper")
    assert (mine["title"], mine["due_at"]) == ("地址不清", "2026-01-05T03:00:00+00:00"), mine
    refused(trade.keeper.post(f"/tickets/{made['id']}/close", {}), 422)
    good(trade.keeper.post(f"/tickets/{made['id']}/close", {"opinion": "电话核对"}))
    steps = trade.boss.read(f"/tickets/{made['id']}")["steps"]
    assert [(step["action"], step["by"]) for step in steps] == [
        ("opened", "Boss"),
        ("handed_over", "Boss"),
        ("closed", "Keeper"),
    ], steps


@pytest.mark.requirement("R074", "R076")
def test_an_order_that_was_not_shipped_in_time_opens_one_ticket_for_its_owner(trade: Trade) -> None:
    trade.at("2026-01-04 10:00")
    item = trade.item("A")
    trade.received(item, 10)
    body = {
        "customer": trade.ids["customer"],
        "warehouse": trade.ids["warehouse"],
        "promised_date": "2026-01-05",
    }
    order = trade.make("sales_order", {**body, "lines": trade.lines((item, 5), price="20.00")}, "sales")
    trade.move("sales_order", order["id"], "submit", "approve")
    trade.at("2026-01-05 09:00")
    trade.tick()
    assert tickets(trade, "sales") == []
    trade.at("2026-01-06 08:30")
    for _ in range(2):
        trade.tick()
        (ticket,) = tickets(trade, "sales")
    assert ticket["record"] == order["id"]
    told = [n["title"] for n in trade.keeper.read("/notifications")["items"]]
    assert any("超期未发货" in title for title in told), told


@pytest.mark.requirement("R075")
def test_a_purchase_three_days_late_is_not_late_and_four_days_is(trade: Trade) -> None:
    trade.at("2025-12-28 10:00")
    body = {
        "supplier": trade.ids["supplier"],
        "warehouse": trade.ids["warehouse"],
        "expected_date": "2026-01-01",
    }
    order = trade.make("purchase_order", {**body, "lines": trade.lines((trade.ids["item"], 5))}, "buyer")
    trade.move("purchase_order", order["id"], "submit", "approve", who="buyer")
    trade.at("2026-01-04 08:30")
    trade.tick()
    assert tickets(trade, "buyer") == []
    trade.at("2026-01-05 08:30")
    trade.tick()
    assert [t["record"] for t in tickets(trade, "buyer")] == [order["id"]]


@pytest.mark.requirement("R026", "R027", "R028")
def test_below_the_reserve_buyers_get_one_alert_until_it_recovers(trade: Trade) -> None:
    """50 is not below 50; 49 is, once, however often it is looked at."""
    item = trade.item("A", safety_stock="50")
    trade.received(item, 52)

    def open_() -> list[Any]:
        trade.told()
        lateness.see_to(trade.world.engine)
        return [t for t in tickets(trade, "buyer") if "低库存" in t["title"]["zh-CN"]]

    trade.delivered(item, 2)
    assert open_() == []
    trade.delivered(item, 1)
    assert len(open_()) == 1
    trade.delivered(item, 1)
    assert len(open_()) == 1
    alerts = {
        role: sum("低库存" in n["title"] for n in trade.callers[role].read("/notifications")["items"])
        for role in ("buyer", "keeper", "sales", "finance")
    }
    assert alerts == {"buyer": 1, "keeper": 0, "sales": 0, "finance": 0}
    trade.received(item, 10)
    assert open_() == []
    trade.delivered(item, 20)
    assert len(open_()) == 1


@pytest.mark.requirement("R005")
def test_a_receipt_makes_a_payable_with_its_due_day_and_tells_finance(trade: Trade) -> None:
    made = trade.received(trade.ids["item"], 10, "20.00")
    trade.told()
    assert trade.read("receipt", made["id"])["due_date"] == "2026-02-04"
    entries = trade.boss.read(f"{APP}/receipt/{made['id']}/entries")["items"]
    assert [e["measures"]["payable"] for e in entries if e["ledger"] == "payables"] == ["200.00"], entries
    assert sum("新增应付" in n["title"] for n in trade.finance.read("/notifications")["items"]) == 1


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


CONNECTOR = {
    "uid": "connector.books",
    "key": "books",
    "label": {"zh-CN": "财务软件", "en": "Bookkeeping"},
    "kind": "rest",
    "secrets": ["signing"],
    "settings": {"path": "/receipts"},
}
TELL = {
    "uid": "rule.tell_books",
    "key": "tell_books",
    "label": {"zh-CN": "入库通知财务", "en": "Receipts go to the books"},
    "when": {"kind": "transition", "entity": "receipt", "transition": "approve"},
    "timing": "later",
    "then": [
        {
            "uid": "rule.tell_books.call",
            "kind": "call",
            "connector": "books",
            "payload": {"number": "number", "total": "total"},
        }
    ],
}


@pytest.mark.requirement("R007", simulated=True)
def test_an_approved_receipt_is_told_once_and_again_after_a_500(trade: Trade, receiver: Receiver) -> None:
    world = trade.world
    world.engine.settings = replace(
        world.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8"
    )
    receiver.answers = [(500, {}, b"")]
    world.send(SaveDraft("general", "connector", "books", CONNECTOR))
    world.send(SaveDraft("general", "rule", "tell_books", TELL))
    world.send(Publish("general"))
    world.send(
        SaveConnection(
            "general", "books", receiver.url, True, {"signing": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
        )
    )
    trade.received(trade.ids["item"], 10, "20.00")
    for _ in range(3):
        trade.told()
        world.later(minutes=5)
    bodies = [orjson.loads(body)["data"] for _, _, _, body in receiver.heard]
    assert [body["total"] for body in bodies] == ["200.00", "200.00"], "once, and once more after the 500"
    assert len({headers["idempotency-key"] for _, _, headers, _ in receiver.heard}) == 1


@pytest.mark.requirement("R055", "R092")
def test_who_is_told_hears_at_once(trade: Trade) -> None:
    """An open page waits for its stream; what is told wakes it."""
    stream = {"Accept": "text/event-stream"}

    def news(since: str = "") -> dict[str, Any]:
        answer = trade.keeper.get("/events", {"since": since} if since else None, headers=stream)
        fields = dict(line.split(": ", 1) for line in answer.text.strip().splitlines())
        return {"id": fields["id"], **orjson.loads(fields["data"])}

    before = news()
    trade.received(trade.ids["item"], 10)
    order = trade.order((trade.ids["item"], 5))
    trade.move("sales_order", order["id"], "submit", "approve")
    trade.told()
    after = news(before["id"])
    assert after["unread"] == before["unread"] + 1
    assert "待出库" in after["items"][0]["title"]
