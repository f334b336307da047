"""What the reports measure, with the numbers of the checklist."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.requirements.trade import APP, Trade


def report(trade: Trade, key: str, **parameters: str) -> Any:
    """A report as the boss reads it."""
    return trade.boss.read(f"{APP}/reports/{key}", parameters)


def count(trade: Trade, item: str, counted: str, **values: Any) -> Any:
    """An approved count of one item."""
    line = {"item": item, "counted": counted, "reason": trade.ids["stocktake"]}
    made = trade.make("stocktake", {"warehouse": trade.ids["warehouse"], "lines": [line], **values})
    trade.move("stocktake", made["id"], "submit", "approve")
    return made


@pytest.mark.requirement("R001")
def test_stock_accuracy_is_computed_and_opens_each_differing_item(trade: Trade) -> None:
    good, bad = trade.item("A", tax_rate="0"), trade.item("B", tax_rate="0")
    trade.received(good, 10)
    trade.received(bad, 10)
    count(trade, good, "10")
    count(trade, bad, "9")
    found = report(trade, "stock_accuracy")
    (row,) = found["rows"]
    assert (row["lines"], row["differing"], Decimal(row["accuracy"])) == ("2", "1", Decimal(50))
    page = trade.boss.app.test_client().get(
        "/a/general/reports/stock_accuracy", headers={"Authorization": f"Bearer {trade.boss.token}"}
    )
    assert "/a/general/reports/count_differences?" in page.get_data(as_text=True)
    (listed,) = report(trade, "count_differences", warehouse=trade.ids["warehouse"])["rows"]
    assert listed["item"]["id"] == bad


@pytest.mark.requirement("R003")
def test_a_loss_of_30_lowers_what_is_available_and_raises_what_is_suggested(trade: Trade) -> None:
    item = trade.item("A", safety_stock="100", supplier=trade.ids["supplier"])
    trade.received(item, 80)

    def suggested() -> Decimal:
        rows = report(trade, "replenishment")["rows"]
        return next(Decimal(row["suggest"]) for row in rows if row["item"]["id"] == item)

    before = suggested()
    count(trade, item, "50")
    assert trade.stock(item) == "50"
    assert suggested() - before == Decimal(30)


@pytest.mark.requirement("R033")
def test_48_of_50_documents_approved_on_their_day_are_96_percent(trade: Trade) -> None:
    item = trade.item("A")
    waiting = [trade.receive(item, 1)["id"] for _ in range(50)]
    for id in waiting[:48]:
        trade.move("receipt", id, "approve")
    trade.at("2026-01-06 09:00")
    trade.move("receipt", waiting[48], "approve")
    (row,) = report(trade, "approved_same_day", from_day="2026-01-05", to_day="2026-01-05")["rows"]
    assert (row["documents"], row["same_day"], Decimal(row["rate"])) == ("50", "48", Decimal(96))


@pytest.mark.requirement("R035", "R036")
def test_a_weekly_count_of_a_tenth_and_a_monthly_one_of_everything(trade: Trade) -> None:
    """200 items: 20 of them on Monday at eight, the dearest; all of them on the first of the month."""
    items = [trade.item(f"W{n:03}", tax_rate="0") for n in range(200)]
    lines = [{"item": i, "quantity": "1", "price": str(n + 1)} for n, i in enumerate(items)]
    body = {"supplier": trade.ids["supplier"], "warehouse": trade.ids["warehouse"], "lines": lines}
    trade.move("receipt", trade.make("receipt", body)["id"], "approve")

    def made(scope: str) -> list[Any]:
        where = [r for r in trade.all("stocktake") if r["scope"] == scope]
        return [line["item"] for r in where for line in trade.read("stocktake", r["id"])["lines"]]

    trade.tick()
    trade.at("2026-01-12 08:01")
    trade.tick()
    assert sorted(made("spot")) == sorted(items[180:])
    assert made("full") == []
    trade.at("2026-02-01 08:01")
    trade.tick()
    assert sorted(made("full")) == sorted(items)


@pytest.mark.requirement("R082")
def test_310_000_of_stock_and_300_000_of_cost_in_30_days_are_31_days(trade: Trade) -> None:
    item = trade.item("A", tax_rate="0")
    trade.received(item, 30000, "10.00")
    trade.at("2026-01-06 09:00")
    trade.received(item, 32000, "10.00")
    trade.delivered(item, 30000)
    found = report(trade, "stock_turnover", from_day="2026-01-06", to_day="2026-02-04")
    (row,) = found["rows"]
    assert (Decimal(row["average"]), Decimal(row["cost"])) == (Decimal(310000), Decimal(300000))
    assert Decimal(row["days"]) == Decimal(31)
    assert Decimal(found["totals"]["days"]) == Decimal(31)


@pytest.mark.requirement("R127")
def test_stock_is_set_against_the_general_ledger(trade: Trade) -> None:
    """What was imported says 950, the stock is worth 1,000: 50 too much here. Equal accounts say so, others wait for their figure."""
    trade.received(trade.item("A", tax_rate="0"), 100, "10.00")
    trade.at("2026-02-01 09:00")
    day = "2026-01-31"
    rows = [
        {"account": "stock", "day": day, "amount": "950"},
        {"account": "payable", "day": day, "amount": "1000"},
    ]
    trade.finance.make(f"{APP}/gl_balance/bulk", {"rows": rows})
    told = {
        r["account"]: r for r in trade.finance.read(f"{APP}/reports/stock_and_books", {"day": day})["rows"]
    }
    assert (told["stock"]["book"], told["stock"]["ledger"], told["stock"]["difference"]) == (
        "1000.00",
        "950.00",
        "50.00",
    )
    assert told["stock"]["judged"] == "differs"
    assert told["payable"]["judged"] == "equal"


@pytest.mark.requirement("R128")
def test_a_margin_that_moved_by_more_than_five_points_is_flagged(trade: Trade) -> None:
    """From 30 % to 24 % is flagged, from 30 % to 26 % is not."""
    moved, steady = trade.item("A", tax_rate="0"), trade.item("B", tax_rate="0")

    def sell(item: str, price: str) -> None:
        line = {"item": item, "quantity": "10", "price": price, "tax_rate": "0"}
        body = {"customer": trade.ids["customer"], "warehouse": trade.ids["warehouse"], "lines": [line]}
        trade.move("delivery", trade.make("delivery", body)["id"], "approve")

    for item in (moved, steady):
        trade.received(item, 100, "7.0000")
        sell(item, "10.0000")
    trade.at("2026-02-05 09:00")
    for item, cost in ((moved, "7.6000"), (steady, "7.4000")):
        trade.received(item, 100000000, cost)
        sell(item, "10.0000")
    rows = report(trade, "margin_moves", from_day="2026-01-31", to_day="2026-03-02")["rows"]
    told = {row["item"]["id"]: (Decimal(row["change"]), row["judged"]) for row in rows}
    assert told == {moved: (Decimal("-6.0"), "moved"), steady: (Decimal("-4.0"), "steady")}
