"""What the catalog promises to somebody who chooses: a few questions, a template, and why."""

from __future__ import annotations

import pytest

from tests.api.caller import refused
from tests.requirements.trade import Trade

TABLE = {
    "trading": ("general", ("进出频繁、品种多", "多仓库管理", "条码扫描", "客户账期控制")),
    "making": ("discrete_mfg", ("材料核算难、工序复杂", "BOM管理", "工序跟踪", "成本归集")),
    "chain": ("no_stock", ("多门店协同难", "总部集中采购", "门店申领审批", "费用分摊")),
}
"""Kind of business, the template for it, and why."""


@pytest.mark.requirement("R148")
@pytest.mark.parametrize("business", TABLE)
def test_the_kind_of_business_leads_to_a_template_with_its_reasons(trade: Trade, business: str) -> None:
    template, reasons = TABLE[business]
    best = trade.boss.read("/templates/advice", {"business": business})["items"][0]
    assert best["template"] == template
    assert all(reason in best["reasons"][0]["zh-CN"] for reason in reasons)
    headers = {"Authorization": f"Bearer {trade.boss.token}", "Accept-Language": "zh-CN"}
    page = trade.boss.app.test_client().get(f"/design/choose?business={business}", headers=headers)
    text = page.get_data(as_text=True)
    assert page.status_code == 200
    assert all(reason in text for reason in reasons)
    assert f"/design/templates/{template}" in text


def test_other_answers_change_the_advice(trade: Trade) -> None:
    """A chain that keeps stock needs books of stock; what is asked is told, and what was not asked is refused."""

    def best(**answers: str) -> str:
        return str(trade.boss.read("/templates/advice", answers)["items"][0]["template"])

    assert best(business="chain", stock="no", stores="many") == "no_stock"
    assert best(business="chain", stock="yes", stores="many") == "standard"
    assert best(business="food", stock="yes") == "food"
    assert best(business="catering", stores="many") == "standard"
    asked = {q["key"] for q in trade.boss.read("/templates/questions")["items"]}
    assert asked == {"business", "stock", "produces", "stores"}
    refused(trade.boss.get("/templates/advice", {"business": "piracy"}), 422)
    assert trade.boss.read("/templates/advice", {})["items"] == []
