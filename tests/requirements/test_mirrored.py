"""What the engine promises about the mirror of how documents went: how long each step took, and what waits too long."""

from __future__ import annotations

import pytest

from tests.requirements.trade import APP, Trade

HOUR = 3600


def step(trade: Trade, entity: str, state: str) -> dict[str, int]:
    found = trade.boss.read(f"{APP}/mirror", {"family": "sales_order"})["steps"]
    return dict(next(s for s in found if (s["entity"], s["state"]) == (entity, state)))


@pytest.mark.requirement("R085")
def test_what_was_submitted_and_waits_for_more_than_a_day_is_listed_by_step(trade: Trade) -> None:
    """Two orders were submitted 25 hours ago and one 23 hours ago; the measure of 24 hours is a setting of the app."""
    trade.received(trade.ids["item"], 100)
    orders = [trade.order((trade.ids["item"], 1))["id"] for _ in range(3)]
    for order in orders[:2]:
        trade.move("sales_order", order, "submit")
    trade.at("2026-01-06 09:00")
    trade.move("sales_order", orders[2], "submit")
    trade.at("2026-01-06 10:00")

    def waiting() -> dict[tuple[str, str], int]:
        mirror = trade.boss.read(f"{APP}/mirror", {"family": "sales_order"})
        return {(w["entity"], w["state"]): w["count"] for w in mirror["waiting"]}

    assert waiting() == {("sales_order", "submitted"): 2}
    trade.setting("mirror_hours", 26)
    assert waiting() == {}
    trade.setting("mirror_hours", 24)
    trade.at("2026-01-07 09:01")
    assert waiting() == {("sales_order", "submitted"): 3}
    for order in orders:
        trade.move("sales_order", order, "approve")
    assert ("sales_order", "submitted") not in waiting()


@pytest.mark.requirement("R086")
def test_the_log_of_moves_tells_the_mean_and_95_of_100_of_each_step(trade: Trade) -> None:
    """Twenty orders waited for one to twenty hours until they were approved: 10.5 hours on average, 19 of twenty at most 19 hours."""
    trade.received(trade.ids["item"], 100)
    orders = [trade.order((trade.ids["item"], 1))["id"] for _ in range(20)]
    for order in orders:
        trade.move("sales_order", order, "submit")
    for order in orders:
        trade.world.later(hours=1)
        trade.move("sales_order", order, "approve")
    found = step(trade, "sales_order", "submitted")
    assert (found["visits"], found["open"]) == (20, 0)
    assert (found["mean"], found["p95"]) == (37_800, 19 * HOUR)
    assert (found["median"], found["p90"]) == (10 * HOUR, 18 * HOUR)
