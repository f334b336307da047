"""Own eyes: what the templates' tickets and notices tell each role."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.catalog.looking import Stage, staged
from tests.runtime.world import open_world


def titles(stage: Stage, role: str, rule: str) -> list[str]:
    """What somebody of the role reads of the rule's tickets: titles and bodies, in the list and on their own page."""
    caller = stage.callers[role]
    found: list[Any] = [t for t in caller.read("/tickets?list=all")["items"] if t["rule"] == rule]
    each = [caller.read(f"/tickets/{t['id']}") for t in found]
    return [f"{t['title']['zh-CN']} {(t['body'] or {}).get('zh-CN', '')}" for t in (*found, *each)]


def test_a_swing_of_prices_tells_keepers_no_percentage(tmp_path: Path) -> None:
    """Finance is asked to look at a price that moved; a keeper who opens the receipt reads that something moved, not by how much."""
    stage = staged(open_world(f"sqlite:///{tmp_path}/eyes.db", tmp_path), "general", "price_swing")
    finance, keeper = (titles(stage, role, "price_swing") for role in ("finance", "keeper"))
    assert finance
    assert all("***" not in text for text in finance)
    assert keeper
    assert all("采购价波动 ***%" in text for text in keeper)
    told = stage.callers["keeper"].read("/notifications")["items"]
    assert not any("采购价波动" in one["title"] for one in told)


def test_little_stock_tells_what_is_reserved_to_readers_of_the_ledger(tmp_path: Path) -> None:
    """Buyers read how much is there and reserved; who sees the item alone reads that it is low."""
    stage = staged(open_world(f"sqlite:///{tmp_path}/eyes.db", tmp_path), "standard", "low_stock_once")
    assert any("占用" in text and "***" not in text for text in titles(stage, "buyer", "low_stock"))
    clerk = titles(stage, "store_clerk", "low_stock")
    assert clerk
    assert all("占用 ***" in text for text in clerk)
