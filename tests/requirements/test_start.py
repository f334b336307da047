"""What the engine promises about the start: an app goes live when its data are clean, in one warehouse first, part by part."""

from __future__ import annotations

from decimal import Decimal

import pytest

from builder.runtime.auth import sign_in
from tests.api.caller import Caller, good, refused
from tests.requirements.test_channels import DESK, browser
from tests.requirements.trade import APP, Trade, equal
from tests.runtime.world import PASSWORD, WS


@pytest.mark.requirement("R180")
def test_no_start_with_duplicates_unless_somebody_who_may_says_why(trade: Trade) -> None:
    """Two items whose names differ in width alone hold the start up; the owner of the app may not override, the general manager may."""
    trade.world.person("owner", "app_owner")
    owner = Caller(trade.boss.app, sign_in(trade.world.engine, WS, "owner", PASSWORD).token)
    twins = [trade.item("OIL1", "金龙鱼 5L"), trade.item("OIL2", "金龙鱼５Ｌ")]
    assert owner.read(f"{APP}/stage")["live"] is False
    answer = refused(owner.put(f"{APP}/stage", {"live": True}), 422, "NOT_READY")
    assert "重复的商品" in str(answer)
    refused(owner.put(f"{APP}/stage", {"live": True, "override": True, "reason": "先用起来"}), 403)
    refused(trade.boss.put(f"{APP}/stage", {"live": True, "override": True}), 422)
    refused(trade.keeper.put(f"{APP}/stage", {"live": True}), 403)
    good(trade.boss.put(f"{APP}/stage", {"live": True, "override": True, "reason": "周末合并"}))
    stage = trade.boss.read(f"{APP}/stage")
    assert stage["live"] is True
    (turn,) = stage["history"]
    assert (turn["by"], turn["reason"], turn["found"]) == ("Boss", "周末合并", {"duplicate_items": 1})
    good(owner.put(f"{APP}/stage", {"live": False}))
    good(trade.boss.patch(f"{APP}/item/{twins[1]}", {"status": "inactive"}))
    good(owner.put(f"{APP}/stage", {"live": True}))
    stage = owner.read(f"{APP}/stage")
    assert (stage["live"], stage["hurdles"], len(stage["history"])) == (True, [], 3)


def test_the_health_page_puts_the_app_to_work(trade: Trade) -> None:
    """What is in the way is told on the page; with a reason the general manager goes on."""
    trade.item("OIL1", "金龙鱼 5L")
    trade.item("OIL2", "金龙鱼５Ｌ")
    desk = browser(trade, "boss", DESK)
    assert "试运行" in desk.page("/a/general/health")
    refusal = desk.form("/a/general/health/live", {"live": "true"})
    assert refusal.status_code == 422
    assert "还不能上线" in refusal.get_data(as_text=True)
    answer = desk.form("/a/general/health/live", {"live": "true", "override": "true", "reason": "周末合并"})
    assert answer.status_code == 302
    told = desk.page("/a/general/health", said="went_live")
    assert all(words in told for words in ("已上线", "应用已正式上线", "周末合并", "重复的商品 1"))


def _approved(trade: Trade, warehouse: str, quantity: int) -> str:
    """An order from that warehouse, submitted and approved by the sales manager where nobody else is asked; its state."""
    order = trade.order((trade.ids["item"], quantity), warehouse=trade.ids[warehouse])
    trade.move("sales_order", order["id"], "submit")
    trade.sales_manager.post(f"{APP}/sales_order/{order['id']}/transitions/approve", {})
    return str(trade.read("sales_order", order["id"])["state"])


@pytest.mark.requirement("R183")
def test_what_is_tried_in_one_warehouse_leaves_the_other_alone(trade: Trade) -> None:
    """From the fifth on in the first warehouse alone: the approval of large orders, deliveries made by themselves, the check of what is available."""
    trade.setting("large_order", "100.00")
    for warehouse in ("warehouse", "other"):
        trade.received(trade.ids["item"], 20, warehouse=trade.ids[warehouse])
    first = {"and": [equal("warehouse", trade.ids["warehouse"])]}
    dated = {"field": "business_date", "op": ">=", "value": "2026-01-05"}
    trade.setting("pilot", {"and": [*first["and"], dated]})

    # The approval: 6 × 20.00 is large, in the first warehouse the general manager is asked.
    assert _approved(trade, "warehouse", 6) == "submitted"
    assert _approved(trade, "other", 6) == "approved"
    # The rule: small orders are approved at once; only the first warehouse gets its delivery by itself.
    before = len(trade.all("delivery"))
    assert _approved(trade, "warehouse", 1) == "approved"
    assert len(trade.all("delivery")) == before + 1
    assert _approved(trade, "other", 1) == "approved"
    assert len(trade.all("delivery")) == before + 1
    # The guard: 20 are there in each, of which the small orders hold one; nobody is asked about amounts any more.
    trade.setting("large_order", "50000.00")
    for warehouse, answer in (("warehouse", 422), ("other", 200)):
        made = trade.order((trade.ids["item"], 20), warehouse=trade.ids[warehouse])
        trade.move("sales_order", made["id"], "submit")
        path = f"{APP}/sales_order/{made['id']}/transitions/approve"
        assert trade.boss.post(path, {}).status_code == answer
    trade.setting("large_order", "100.00")

    # From another day on: nothing of it holds yet.
    trade.setting("pilot", {"and": [*first["and"], {**dated, "value": "2026-02-01"}]})
    assert _approved(trade, "warehouse", 6) == "approved"
    # No limit at all: it holds everywhere.
    trade.setting("pilot", None)
    assert _approved(trade, "other", 6) == "submitted"


@pytest.mark.requirement("R188", "R179")
def test_a_part_that_is_off_is_not_there_and_comes_back_with_its_data(trade: Trade) -> None:
    """Retail is off: no menu, no page, no API, for anybody; on again, its data are there. A plan in three phases says which part comes when."""
    phases = [
        {"name": "数据初始化", "start_date": "2026-01-05", "end_date": "2026-01-18", "progress": "100"},
        {"name": "流程上线", "start_date": "2026-01-19", "end_date": "2026-02-01", "progress": "50"},
        {"name": "运行优化", "start_date": "2026-02-02", "end_date": "2026-02-28", "progress": "0"},
    ]
    plan = trade.make("rollout_plan", {"name": "三步上线", "lines": phases})
    assert Decimal(plan["progress"]) == 50
    trade.received(trade.ids["item"], 10)
    opened = {"warehouse": trade.ids["warehouse"], "account": _cash(trade)}
    shift = trade.make("retail_shift", opened)
    desk = browser(trade, "boss", DESK)
    assert "/a/general/retail_sale" in desk.page("/a/general/item")

    trade.setting("module_retail", False)
    refused(trade.keeper.put(f"{APP}/settings/module_retail", {"value": True}), 403)
    for caller in (trade.boss, trade.sales):
        for path in ("retail_sale", "retail_shift", f"retail_shift/{shift['id']}", "exports/retail_sale"):
            refused(caller.get(f"{APP}/{path}"), 404)
        refused(caller.post(f"{APP}/retail_shift", opened), 404)
    assert "retail_sale" not in {e["key"] for e in trade.boss.read(APP)["entities"]}
    assert f"{APP}/retail_sale" not in trade.boss.read(f"{APP}/openapi.json")["paths"]
    assert "retail_sale" not in desk.page("/a/general/item")
    assert desk.client.get("/a/general/retail_sale", headers=desk.headers).status_code == 404
    assert desk.client.get(f"/a/general/retail_shift/{shift['id']}", headers=desk.headers).status_code == 404
    trade.delivered(trade.ids["item"], 1)

    trade.setting("module_retail", True)
    assert trade.read("retail_shift", shift["id"])["id"] == shift["id"]
    assert "/a/general/retail_sale" in desk.page("/a/general/item")
    assert "功能模块" in desk.page("/a/general/settings")


@pytest.mark.requirement("R188")
def test_a_part_that_is_off_leaves_no_field_and_no_list_behind(trade: Trade) -> None:
    """Without styles an item has no style to choose, a list of items no such column, and nobody is offered items of styles."""
    desk, item = browser(trade, "boss", DESK), trade.ids["item"]
    pages = (
        "/a/general/item/new",
        f"/a/general/item/{item}",
        f"/a/general/item/{item}/edit",
        "/a/general/item",
    )
    before = [desk.page(page) for page in pages]
    assert '"style"' in before[0]
    assert all("款式商品" in page for page in before)
    trade.setting("module_styles", False)
    for page in pages:
        shown = desk.page(page)
        assert '"style"' not in shown, page
        assert "款式" not in shown, page
    assert "style" not in trade.read("item", item)
    good(trade.boss.patch(f"{APP}/item/{item}", {"name": "籼米"}))
    trade.setting("module_styles", True)
    assert '"style"' in desk.page(pages[0])
    assert "style" in trade.read("item", item)


def _cash(trade: Trade) -> str:
    return str(next(row["id"] for row in trade.all("account") if row["type"] == "cash"))
