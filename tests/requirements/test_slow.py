"""What has not moved for long."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.requirements.trade import APP, Trade


@pytest.mark.requirement("R059")
def test_what_has_not_gone_out_for_90_days_is_listed_with_its_value(trade: Trade) -> None:
    trade.at("2025-10-01 10:00")
    idle, sold = trade.item("A", tax_rate="0"), trade.item("B", tax_rate="0")
    for item in (idle, sold):
        trade.received(item, 100, "10.00")
    trade.at("2025-12-30 10:00")
    trade.delivered(sold, 10)
    trade.at("2026-01-05 10:00")
    rows = trade.boss.read(f"{APP}/reports/slow_movers")["rows"]
    told = [(row["item"]["id"], Decimal(row["idle"]), Decimal(row["value"])) for row in rows]
    assert told == [(idle, Decimal(96), Decimal(1000))]
