"""How orders are answered, promised, shipped and agreed, with the numbers of the checklist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade


def report(trade: Trade, key: str, who: str = "boss", **asked: Any) -> Any:
    """A report as the API tells it."""
    return trade.callers[who].read(f"{APP}/reports/{key}", asked)


def fire(trade: Trade, entity: str, ids: Sequence[str], *transitions: str) -> None:
    """Move many documents at once."""
    for transition in transitions:
        found = good(trade.boss.post(f"{APP}/{entity}/transitions/{transition}", {"ids": list(ids)}))
        assert all(row.get("error") is None for row in found["results"])


def orders(trade: Trade, item: str, count: int, **values: Any) -> list[str]:
    """So many draft orders of one piece."""
    line = {"item": item, "quantity": "1", "price": "20.00"}
    row = {"customer": trade.ids["customer"], "warehouse": trade.ids["warehouse"], "lines": [line], **values}
    made = good(trade.boss.post(f"{APP}/sales_order/bulk", {"rows": [row] * count}), 201)
    return [one["id"] for one in made["results"]]


def deliveries(trade: Trade, of: Sequence[str]) -> list[str]:
    """The drafts that approved orders made."""
    return [d["id"] for d in trade.all("delivery") if d["order"] in of]


@pytest.mark.requirement("R079")
def test_91_of_100_orders_are_shipped_by_the_day_that_was_promised(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 200)
    made = orders(trade, item, 100, promised_date="2026-01-07")
    fire(trade, "sales_order", made, "submit", "approve")
    days = {"from_day": "2026-01-01", "to_day": "2026-01-31"}
    assert Decimal(report(trade, "orders_on_time", **days)["totals"]["rate"]) == 0
    trade.at("2026-01-07 16:00")
    fire(trade, "delivery", deliveries(trade, made[:91]), "approve")
    trade.at("2026-01-08 09:00")
    fire(trade, "delivery", deliveries(trade, made[91:]), "approve")
    totals = report(trade, "orders_on_time", **days)["totals"]
    assert [Decimal(totals[k]) for k in ("due", "on_time", "late", "rate")] == [100, 91, 9, Decimal("91.0")]
    late = {r["id"] for r in trade.all("sales_order") if r["completed_on"] == "2026-01-08"}
    assert late == set(made[91:])


@pytest.mark.requirement("R081")
def test_first_answers_went_from_60_hours_to_6(trade: Trade) -> None:
    """Two orders before and two after, answered by approval or by rejection."""
    item = trade.item("A")
    trade.received(item, 50)
    for day, hours in (("2026-01-12 08:00", (50, 70)), ("2026-02-10 08:00", (4, 8))):
        trade.at(day)
        ids = [trade.order((item, 1), promised_date="2026-03-30")["id"] for _ in hours]
        for id in ids:
            trade.move("sales_order", id, "submit")
        for id, spent, answer in zip(ids, hours, ("approve", "reject"), strict=True):
            trade.at(_later(day, spent))
            good(trade.boss.post(f"{APP}/sales_order/{id}/transitions/{answer}", {"opinion": "缺少地址"}))
    asked = {"from_day": "2026-02-01", "to_day": "2026-02-28", "compare": "previous"}
    row = report(trade, "order_times", **asked)["rows"][0]
    told = [Decimal(row[k]) for k in ("hours", "hours:earlier", "hours:difference", "hours:change")]
    assert told == [Decimal("6.0"), Decimal("60.0"), Decimal(-54), Decimal(-90)]


def _later(day: str, hours: int) -> str:
    return (datetime.fromisoformat(day) + timedelta(hours=hours)).strftime("%Y-%m-%d %H:%M")


@pytest.mark.requirement("R171")
def test_from_order_to_approved_delivery_it_takes_45_minutes(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 50)
    for minutes in (30, 60):
        trade.at("2026-01-06 09:00")
        order = trade.order((item, 1))
        trade.at(f"2026-01-06 09:{minutes - 5}")
        trade.move("sales_order", order["id"], "submit", "approve")
        trade.at(f"2026-01-06 {9 + minutes // 60:02}:{minutes % 60:02}")
        fire(trade, "delivery", deliveries(trade, [order["id"]]), "approve")
        assert trade.read("sales_order", order["id"])["handling_minutes"] == str(minutes)
    days = {"from_day": "2026-01-01", "to_day": "2026-01-31"}
    row = report(trade, "order_times", **days)["rows"][0]
    assert (Decimal(row["minutes"]), row["orders"]) == (Decimal("45.0"), "2")


@pytest.mark.requirement("R088")
def test_how_much_is_agreed_in_the_system_is_100_once_everything_is(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 50)
    ways = ("system", "phone", "wechat", "system")
    made = [trade.order((item, 1), confirm_channel=way)["id"] for way in ways]
    fire(trade, "sales_order", made, "submit")
    line = {"item": item, "quantity": "1", "price": "10.00"}
    bought = {
        "supplier": trade.ids["supplier"], "warehouse": trade.ids["warehouse"],
        "confirm_channel": "email", "lines": [line],
    }  # fmt: skip
    buy = trade.make("purchase_order", bought)
    trade.move("purchase_order", buy["id"], "submit")
    before = report(trade, "agreed_by", from_day="2026-01-01", to_day="2026-01-31")["totals"]
    assert [Decimal(before[k]) for k in ("agreed", "inside", "rate")] == [5, 2, Decimal(40)]
    trade.at("2026-02-02 09:00")
    fire(trade, "sales_order", orders(trade, item, 3), "submit")
    after = report(trade, "agreed_by", from_day="2026-02-01", to_day="2026-02-28", compare="previous")
    row = next(r for r in after["rows"] if r["kind"] == "sales")
    assert (Decimal(row["rate"]), Decimal(row["rate:difference"])) == (Decimal(100), Decimal(50))


@pytest.mark.requirement("R008")
def test_the_daily_close_lists_the_order_that_left_without_a_delivery(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 50)
    trade.setting("auto_delivery", False)
    seeded = trade.order((item, 2), waybill="SF1000000000001")
    fine = trade.order((item, 2), waybill="SF1000000000002")
    plain = trade.order((item, 2))
    fire(trade, "sales_order", [seeded["id"], fine["id"], plain["id"]], "submit", "approve")
    (made,) = (good(trade.convert("sales_order", fine["id"], "to_delivery"), 201),)
    trade.move("delivery", made["id"], "approve")
    trade.at("2026-01-06 09:00")
    periods = f"{APP}/ledgers/stock/periods"
    told = str(trade.finance.read(periods, {"through": "2026-01-05"}))
    assert seeded["number"] in told
    assert fine["number"] not in told
    assert plain["number"] not in told
    refused(trade.finance.post(periods, {"through": "2026-01-05"}), 422)
    late = good(trade.convert("sales_order", seeded["id"], "to_delivery"), 201)
    good(trade.boss.patch(f"{APP}/delivery/{late['id']}", {"business_date": "2026-01-05"}))
    trade.move("delivery", late["id"], "approve")
    good(trade.finance.post(periods, {"through": "2026-01-05"}), 201)
