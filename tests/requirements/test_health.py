"""The data check-up names exactly what was seeded."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade


def found(trade: Trade, check: str) -> dict[str, Any]:
    answer: dict[str, Any] = trade.boss.read(f"{APP}/health/{check}")
    return answer


def records(trade: Trade, check: str) -> set[str]:
    return {r["id"] for one in found(trade, check)["items"] for r in one["records"]}


def test_three_drafts_older_than_a_day_are_listed_with_their_age(trade: Trade) -> None:
    item = trade.item("A")
    old = {trade.receive(item, quantity)["id"] for quantity in (1, 2, 3)}
    trade.at("2026-01-07 10:00")
    trade.receive(item, 4)
    assert records(trade, "stale_drafts") == old
    trade.setting("draft_stale_days", 5)
    assert records(trade, "stale_drafts") == set()


def test_what_was_entered_three_days_late_is_listed(trade: Trade) -> None:
    trade.at("2026-01-04 10:00")
    item = trade.item("A")
    late = trade.receive(item, 1, business_date="2026-01-01")
    trade.receive(item, 1, business_date="2026-01-03")
    assert records(trade, "back_dated") == {late["id"]}


@pytest.mark.requirement("R045")
def test_half_and_full_width_are_one_group_and_a_code_is_there_once(trade: Trade) -> None:
    first, second = trade.item("OIL1", "金龙鱼 5L"), trade.item("OIL2", "金龙鱼５Ｌ")
    trade.item("OIL3", "金龙鱼 10L")
    listed = found(trade, "duplicate_items")
    assert listed["count"] == 1
    assert first in str(listed)
    assert second in str(listed)
    body = {
        "code": "OIL1",
        "name": "别的",
        "category": trade.ids["category"],
        "base_unit": trade.ids["unit"],
        "tax_rate": "9",
    }
    refused(trade.boss.post(f"{APP}/item", body), 409)


@pytest.mark.requirement("R046")
def test_a_loss_here_and_an_equal_surplus_there_look_like_a_transfer(trade: Trade) -> None:
    item, other = trade.item("A"), trade.item("B")
    for one in (item, other):
        trade.received(one, 100)
        trade.received(one, 100, warehouse=trade.ids["other"])
    for warehouse, counted in (
        ("warehouse", {item: "80", other: "95"}),
        ("other", {item: "120", other: "100"}),
    ):
        lines = [
            {"item": one, "counted": count, "reason": trade.ids["stocktake"]}
            for one, count in counted.items()
        ]
        made = trade.make("stocktake", {"warehouse": trade.ids[warehouse], "lines": lines})
        trade.move("stocktake", made["id"], "submit", "approve")
    listed = found(trade, "missed_transfers")
    assert listed["count"] == 1
    assert "20" in str(listed["items"])


@pytest.mark.requirement("R050")
def test_exactly_the_three_returns_that_nobody_approved_are_found(trade: Trade) -> None:
    item = trade.item("A")
    trade.received(item, 100)
    sold = [trade.delivered(item, 10)["id"] for _ in range(4)]
    backs = [good(trade.convert("delivery", one, "to_return"), 201)["id"] for one in sold]
    for back in backs:
        good(trade.boss.patch(f"{APP}/sales_return/{back}", {"reason": trade.ids["sales_return"]}))
    trade.move("sales_return", backs[3], "approve")
    trade.at("2026-01-08 10:00")
    assert trade.stock(item) == "70"
    assert records(trade, "stale_drafts") == set(backs[:3])


@pytest.mark.requirement("R125")
def test_one_issue_at_no_cost_is_found(trade: Trade) -> None:
    dear, free = trade.item("A"), trade.item("B")
    trade.received(dear, 10)
    body = {"supplier": trade.ids["supplier"], "warehouse": trade.ids["warehouse"]}
    gift = {"item": free, "quantity": "10", "price": "0", "is_gift": True}
    made = trade.make("receipt", {**body, "lines": [gift]})
    trade.move("receipt", made["id"], "approve")
    trade.delivered(dear, 1)
    issue = trade.delivered(free, 1)
    listed = found(trade, "zero_cost")
    assert listed["count"] == 1
    assert issue["id"] in str(listed)
