"""Days that are closed, counts and costs, with the numbers of the checklist."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade

PERIODS = f"{APP}/ledgers/stock/periods"


@pytest.mark.requirement("R032")
def test_two_open_documents_keep_a_day_from_being_closed_and_are_named(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 10)
    waiting = [trade.receive(item, quantity) for quantity in (1, 2)]
    answer = trade.finance.post(PERIODS, {"through": "2026-01-05"})
    refused(answer, answer.status_code)
    assert answer.status_code in {409, 422}
    listed = str(trade.finance.read(PERIODS, {"through": "2026-01-05"}))
    for made in waiting:
        assert made["number"] in listed


@pytest.mark.requirement("R030")
def test_a_closed_day_refuses_what_is_dated_into_it(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 10)
    trade.at("2026-01-06 09:00")
    good(trade.finance.post(PERIODS, {"through": "2026-01-05"}), 201)
    for day in ("2026-01-05", "2026-01-04"):
        late = trade.receive(item, 1, business_date=day)
        refused(trade.boss.post(f"{APP}/receipt/{late['id']}/transitions/approve", {}), 422)
    trade.received(item, 1, business_date="2026-01-06")
    assert trade.stock(item) == "11"


@pytest.mark.requirement("R030")
def test_what_was_shipped_on_a_closed_day_arrives_on_a_later_one(trade: Trade) -> None:
    """The day of a posted document stays: not even while goods are on their way, when its lines are filled in. They arrive on the day
    on which somebody receives them, and the closed day is as it was."""
    item = trade.item("A", tax_rate="0")
    trade.received(item, 10)
    transit, there = (
        good(trade.boss.post(f"{APP}/warehouse", {"code": code, "name": code, "type": type_}), 201)["id"]
        for code, type_ in (("T", "transit"), ("E", "central"))
    )
    line = {"item": item, "quantity": "4"}
    places = {"from_warehouse": trade.ids["warehouse"], "to_warehouse": there, "transit": transit}
    sent = trade.make("transfer", {**places, "mode": "two", "lines": [line]})
    trade.move("transfer", sent["id"], "ship")
    trade.at("2026-01-06 09:00")
    good(trade.finance.post(PERIODS, {"through": "2026-01-05"}), 201)
    for who in (trade.keeper, trade.boss):
        moved = who.patch(f"{APP}/transfer/{sent['id']}", {"business_date": "2026-01-06"})
        assert "FIELD_POSTED" in str(refused(moved, 422))
    trade.move("transfer", sent["id"], "receive")
    entries = [e for e in trade.entries("stock") if e["document"]["id"] == sent["id"]]
    days = {(e["dimensions"]["warehouse"]["id"], e["business_date"]) for e in entries}
    assert days == {
        (trade.ids["warehouse"], "2026-01-05"),
        (transit, "2026-01-05"),
        (transit, "2026-01-06"),
        (there, "2026-01-06"),
    }


@pytest.mark.requirement("R099")
def test_the_moving_average_of_100_at_10_and_50_at_13(trade: Trade) -> None:
    """Prices without tax, so that costs are prices: 60 go out for 660.00, 90 are left at 11.00."""
    item = trade.item("A", tax_rate="0")
    trade.received(item, 100, "10.00")
    trade.received(item, 50, "13.00")
    sold = trade.delivered(item, 60)
    (entry,) = [e for e in trade.entries("stock") if e["document"]["id"] == sold["id"]]
    assert (Decimal(entry["measures"]["on_hand"]), entry["measures"]["value"]) == (Decimal(-60), "-660.00")
    assert (trade.stock(item), trade.stock(item, "value")) == ("90", "990")


@pytest.mark.requirement("R034")
def test_a_count_shows_book_counted_difference_and_its_value(trade: Trade) -> None:
    item = trade.item("A", tax_rate="0")
    trade.received(item, 100, "10.00")
    line = {"item": item, "counted": "97", "reason": trade.ids["stocktake"]}
    made = trade.make("stocktake", {"warehouse": trade.ids["warehouse"], "lines": [line]})
    trade.move("stocktake", made["id"], "submit", "approve")
    (counted,) = trade.read("stocktake", made["id"])["lines"]
    told: list[Any] = [Decimal(counted[key]) for key in ("book", "counted", "difference", "difference_value")]
    assert told == [100, 97, -3, -30]
    report = trade.boss.read(f"{APP}/reports/count_differences")
    assert len(report["rows"]) == 1, report["rows"]


@pytest.mark.requirement("R159")
def test_what_is_not_there_is_known_while_ordering(trade: Trade) -> None:
    """The draft says how much can be promised and that it is short, before anybody approves it."""
    item = trade.item("A")
    trade.received(item, 10)
    order = trade.order((item, 12), who="sales")
    (line,) = trade.read("sales_order", order["id"], "sales")["lines"]
    assert (Decimal(line["available"]), line["is_short"]) == (Decimal(10), True)


@pytest.mark.requirement("R041")
def test_thirteen_of_a_thousand_lines_differ(trade: Trade) -> None:
    """987 lines as in the book, 13 one short: 98.7 %."""
    unit, category = trade.ids["unit"], trade.ids["category"]
    ids: list[str] = []
    for part in range(2):
        codes = [f"M{part}{n:03}" for n in range(500)]
        rows = [
            {"code": c, "name": c, "category": category, "base_unit": unit, "tax_rate": "9"} for c in codes
        ]
        made = good(trade.boss.post(f"{APP}/item/bulk", {"rows": rows}), 201)
        ids += [row["id"] for row in made["results"]]
    lines = [{"item": id, "counted": "0"} for id in ids[13:]]
    lines += [{"item": id, "counted": "1", "reason": trade.ids["stocktake"]} for id in ids[:13]]
    count = trade.make("stocktake", {"warehouse": trade.ids["warehouse"], "lines": lines})
    trade.move("stocktake", count["id"], "submit", "approve")
    told = trade.read("stocktake", count["id"])
    assert (told["line_count"], told["difference_count"], told["accuracy"]) == ("1000", "13", "98.70")


def page(trade: Trade, path: str) -> str:
    """A page as finance sees it, in Chinese."""
    headers = {"Authorization": f"Bearer {trade.finance.token}", "Accept-Language": "zh-CN"}
    answer = trade.finance.app.test_client().get(path, headers=headers)
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return answer.get_data(as_text=True)


@pytest.mark.requirement("R103")
def test_what_each_costing_method_suits_is_said_where_it_is_chosen(trade: Trade) -> None:
    trade.received(trade.item("A"), 10)
    trade.at("2026-01-06 09:00")
    good(trade.finance.post(PERIODS, {"through": "2026-01-05"}), 201)
    text = page(trade, "/a/general/ledgers/stock/method")
    assert "价格波动大→移动加权" in text
    assert "稳定进货价→先进先出" in text


@pytest.mark.requirement("R172")
def test_how_many_days_after_the_months_end_it_was_closed(trade: Trade) -> None:
    """January is closed on the first of February: one day. December had been closed on the fifth of January: five."""
    trade.received(trade.item("A"), 10)
    for moment, through in (("2026-01-05 18:00", "2025-12-31"), ("2026-02-01 18:00", "2026-01-31")):
        trade.at(moment)
        good(trade.finance.post(PERIODS, {"through": through}), 201)
    history = trade.finance.read(PERIODS)["history"]
    assert {turn["through"]: turn["days"] for turn in history} == {"2026-01-31": 1, "2025-12-31": 5}
    text = page(trade, "/a/general/ledgers/stock/close")
    assert "期末后 1 天结账" in text
    assert "期末后 5 天结账" in text


@pytest.mark.requirement("R122")
def test_a_month_is_not_closed_without_a_count(trade: Trade) -> None:
    """The warehouse that nobody counted is named; after a full count nothing is in the way, and a switch turns the demand off."""
    item = trade.item("A")
    trade.received(item, 10)
    trade.at("2026-03-02 09:00")
    body = {"through": "2026-02-28"}
    refused(trade.finance.post(PERIODS, body), 422)
    (hurdle,) = [h for h in trade.finance.read(PERIODS, body)["checklist"] if h["code"] == "HEALTH:uncounted"]
    assert (hurdle["severity"], [i["id"] for i in hurdle["items"]]) == (
        "overridable",
        [trade.ids["warehouse"]],
    )
    assert hurdle["text"]["zh-CN"] == "没有盘点就结账"
    line = {"item": item, "counted": "10"}
    count = {
        "warehouse": trade.ids["warehouse"],
        "scope": "full",
        "business_date": "2026-02-28",
        "lines": [line],
    }
    made = trade.make("stocktake", count)
    trade.move("stocktake", made["id"], "submit", "approve")
    assert trade.read("warehouse", trade.ids["warehouse"])["counted_on"] == "2026-02-28"
    good(trade.finance.post(PERIODS, body), 201)


@pytest.mark.requirement("R120")
def test_a_receipt_without_a_price_is_told_or_refused(trade: Trade) -> None:
    """A gift may be free. What costs nothing else is told to buyer and finance; with the switch on it is refused and posts nothing."""
    item = trade.item("A")
    free = trade.receive(item, 10, "0")
    trade.told()
    trade.move("receipt", free["id"], "approve")
    told = [body["title"] for body in trade.told() if "没有单价" in str(body.get("title"))]
    assert len(told) == 2
    trade.setting("receipt_needs_price", True)
    again = trade.receive(item, 5, "0")
    answer = trade.boss.post(f"{APP}/receipt/{again['id']}/transitions/approve", {})
    assert "真实采购价" in str(refused(answer, 422))
    assert trade.stock(item) == "10"
    trade.receive(item, 5, "0")
    gift = trade.make(
        "receipt",
        {
            "supplier": trade.ids["supplier"],
            "warehouse": trade.ids["warehouse"],
            "lines": [{"item": item, "quantity": "1", "price": "0", "is_gift": True}],
        },
    )
    trade.move("receipt", gift["id"], "approve")
    assert trade.stock(item) == "11"
