"""What the owner looks at: rankings, what is dear and slow, and numbers that open what they count."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from builder.runtime.installing import template
from tests.requirements.trade import APP, Trade


def report(trade: Trade, key: str, **asked: Any) -> Any:
    return trade.boss.read(f"{APP}/reports/{key}", asked)


@pytest.mark.requirement("R175")
def test_items_are_ranked_by_quantity_amount_and_profit_within_a_period(trade: Trade) -> None:
    """Salt sells most, oil for most, tea with the greatest profit; what was sold before the period does not count."""
    sold = {"SALT": (90, "2.00", "1.00"), "OIL": (10, "50.00", "45.00"), "TEA": (5, "60.00", "10.00")}
    ids = {code: trade.item(code, tax_rate="0") for code in sold}
    old = trade.item("OLD", tax_rate="0")
    trade.received(old, 500)
    trade.delivered(old, 500)
    trade.at("2026-02-02 09:00")
    for code, (quantity, price, cost) in sold.items():
        trade.received(ids[code], 100, cost)
        line = {"item": ids[code], "quantity": str(quantity), "price": price}
        body = {"customer": trade.ids["customer"], "warehouse": trade.ids["warehouse"], "lines": [line]}
        trade.move("delivery", trade.make("delivery", body)["id"], "approve")
    days = {"from_day": "2026-02-01", "to_day": "2026-02-28"}

    def order(by: str, top: int) -> list[str]:
        rows = report(trade, "item_ranking", by=by, limit=top, **days)["rows"]
        names = {id: code for code, id in ids.items()}
        assert [row["rank"] for row in rows] == [str(n) for n in range(1, len(rows) + 1)]
        return [names[row["item"]["id"]] for row in rows]

    assert order("quantity", 3) == ["SALT", "OIL", "TEA"]
    assert order("net", 3) == ["OIL", "TEA", "SALT"]
    assert order("profit", 2) == ["TEA", "SALT"]
    rows = report(trade, "item_ranking", by="net", **days)["rows"]
    told = {r["item"]["id"]: [Decimal(r[k]) for k in ("quantity", "net", "profit")] for r in rows}
    assert told == {ids["SALT"]: [90, 180, 90], ids["OIL"]: [10, 500, 50], ids["TEA"]: [5, 300, 250]}


@pytest.mark.requirement("R176")
def test_olive_oil_that_turns_in_180_days_shall_be_bought_less(trade: Trade) -> None:
    """65 at 60.00, 10 sold in 30 days: (3,900 + 3,300) / 2 x 30 / 600 = 180.0 days, twice the 90 that are slow."""
    olive, rice = trade.item("OLIVE", "进口橄榄油", tax_rate="0"), trade.item("A", tax_rate="0")
    trade.received(olive, 65, "60.00")
    trade.received(rice, 100, "10.00")
    trade.at("2026-02-10 09:00")
    trade.delivered(olive, 10)
    trade.delivered(rice, 90)
    rows = {r["item"]["id"]: r for r in report(trade, "slow_and_dear")["rows"]}
    assert (Decimal(rows[olive]["days"]), rows[olive]["class"], rows[olive]["advice"]) == (
        Decimal(180),
        "a",
        "reduce",
    )
    assert rows[rice]["advice"] == "keep"
    headers = {"Authorization": f"Bearer {trade.boss.token}"}
    answer = trade.boss.app.test_client().get("/a/general/reports/slow_and_dear", headers=headers)
    assert "建议减采" in answer.get_data(as_text=True)
    eased = {r["item"]["id"]: r for r in report(trade, "slow_and_dear", slow_days="180")["rows"]}
    assert eased[olive]["advice"] == "secure"


@pytest.mark.requirement("R177")
def test_the_value_of_what_has_not_left_for_90_days_is_that_of_its_layers(trade: Trade) -> None:
    still, moving = trade.item("STILL", tax_rate="0"), trade.item("MOVING", tax_rate="0")
    trade.received(still, 10, "10.00")
    trade.received(moving, 10, "10.00")
    trade.at("2026-01-20 09:00")
    trade.received(still, 5, "16.00")
    trade.at("2026-04-06 09:00")
    trade.delivered(moving, 1)
    trade.at("2026-04-21 09:00")
    found = report(trade, "slow_movers")
    assert [row["item"]["id"] for row in found["rows"]] == [still]
    layers = [r for r in report(trade, "stock_age")["rows"] if r["item"]["id"] == still]
    assert Decimal(found["totals"]["value"]) == sum(Decimal(r["value"]) for r in layers) == Decimal("180.00")
    trade.delivered(still, 6)
    assert report(trade, "slow_movers")["rows"] == []


@pytest.mark.requirement("R057")
def test_each_number_of_the_owners_dashboard_is_what_it_opens(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 100)
    for quantity in (3, 5):
        trade.delivered(item, quantity)
    for promised in ("2026-01-05", "2026-01-09"):
        made = trade.order((item, 2), promised_date=promised)
        trade.move("sales_order", made["id"], "submit", "approve")
    trade.move("sales_order", trade.order((item, 1))["id"], "submit")
    before = _numbers(trade)
    assert len(before) >= 10
    trade.delivered(item, 7)
    account = trade.all("account")[0]["id"]
    money = {"customer": trade.ids["customer"], "account": account, "method": "cash", "amount": "40.00"}
    trade.move("money_receipt", trade.make("money_receipt", money)["id"], "approve")
    after = _numbers(trade)
    for label, more in (("Sales today", 140), ("Received today", 40), ("Receivable", 140)):
        assert after[label] - before[label] == more
    assert after["Stock value"] < before["Stock value"]


def _numbers(trade: Trade) -> dict[str, Decimal]:
    """Every number by its name; each is compared with what it opens."""
    model = template("general").package.dashboard("boss")
    assert model is not None
    figures = {card.label["en"]: card for card in model.cards if not isinstance(card.label, str)}
    found: dict[str, Decimal] = {}
    for card in trade.boss.read(f"{APP}/dashboards/boss")["cards"]:
        if card["kind"] != "number":
            continue
        label = card["label"]["en"]
        found[label] = Decimal(card["value"] or 0)
        assert found[label] == _opened(trade, figures[label], card["opens"]), label
    return found


def _opened(trade: Trade, card: Any, opens: Any) -> Decimal:
    """What the list, the balances or the report behind a number come to."""
    if opens["report"]:
        return Decimal(report(trade, opens["report"])["totals"].get(card.column) or 0)
    if opens["ledger"]:
        rows = trade.boss.read(f"{APP}/ledgers/{opens['ledger']}/balances")["items"]
        return sum((Decimal(row["measures"][card.figure.measure]) for row in rows), Decimal(0))
    rows = trade.all(opens["entity"], filter=json.dumps(opens["filter"]))
    if card.figure.op == "count":
        return Decimal(len(rows))
    return sum((Decimal(row[card.figure.field] or 0) for row in rows), Decimal(0))
