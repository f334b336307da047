"""What the engine promises to who is new: help on every list, and a first tour of each role whose end is on record."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.api.caller import good, refused
from tests.requirements.test_channels import DESK, browser
from tests.requirements.trade import APP, Trade


def tour_on(page: str) -> Any:
    """The first-run tour that the page offers; None where it offers none."""
    found = re.search(r'<zg-tour hidden><script type="application/json">(.*?)</script>', page, re.DOTALL)
    return json.loads(found[1]) if found else None


@pytest.mark.requirement("R186", "R178")
def test_each_list_has_help_and_each_role_a_first_tour_whose_end_is_on_record(trade: Trade) -> None:
    """The keeper's tour names the keeper's menu; seen to its end it is offered no more; the general manager sees who has got how far."""
    keeper = browser(trade, "keeper", DESK)
    tour = tour_on(keeper.page("/a/general/delivery"))
    assert tour["role"] == "keeper"
    texts = " ".join(step["title"] + step["text"] for step in tour["steps"])
    assert "仓管" in texts
    assert "出库" in texts
    assert "客户" not in {step["title"] for step in tour["steps"]}
    seller = tour_on(browser(trade, "sales", DESK).page("/a/general/sales_order"))
    assert seller["role"] == "sales"
    assert [s["title"] for s in seller["steps"]] != [s["title"] for s in tour["steps"]]

    before = trade.boss.read(f"{APP}/tours")
    assert before["completion"] == 0
    keeper.send("POST", f"{APP}/tours", {"role": "keeper", "outcome": "done"}, 200)
    assert tour_on(keeper.page("/a/general/delivery")) is None
    after = trade.boss.read(f"{APP}/tours")
    (mine,) = [row for row in after["people"] if row["role"] == "keeper"]
    assert (mine["name"], mine["outcome"]) == ("Keeper", "done")
    assert after["completion"] == 100 // len(after["people"])
    assert "people" not in trade.keeper.read(f"{APP}/tours")

    keeper.send("POST", f"{APP}/tours", {"role": "keeper", "outcome": "again"}, 200)
    assert tour_on(keeper.page("/a/general/delivery")) is not None
    refused(trade.keeper.post(f"{APP}/tours", {"role": "boss"}), 404)
    refused(trade.keeper.post(f"{APP}/tours", {"role": "keeper", "outcome": "maybe"}), 422)


def test_the_help_of_every_list_says_what_it_is_for_and_what_waits(trade: Trade) -> None:
    """Three receipts are not approved yet: the help of their list says so, with the way to them."""
    for _ in range(3):
        trade.receive(trade.ids["item"], 1)
    desk = browser(trade, "boss", DESK)
    entities = {view["entity"] for view in trade.boss.read(APP)["views"]}
    assert len(entities) > 40
    for entity in sorted(entities):
        answer = desk.client.get(f"/a/general/{entity}/help", headers=desk.headers)
        assert answer.status_code == 200, entity
        assert "在这里可以做什么" in answer.get_data(as_text=True), entity
    assert "data-help" in desk.page("/a/general/receipt")
    piece = desk.page("/a/general/receipt/help")
    assert "有 3 张还是" in piece
    english = desk.client.get("/a/general/receipt/help", headers={**desk.headers, "Accept-Language": "en"})
    assert english.status_code == 200
    good(trade.keeper.get(f"{APP}/tours"))
