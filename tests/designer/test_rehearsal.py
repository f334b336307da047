"""Before a draft is published it is tried on what really happened."""

from __future__ import annotations

from flask.testing import FlaskClient

from builder.errors import Problem
from tests.designer.memory import MemoryWorkshop
from tests.designer.test_pages import edit


def test_a_changed_guard_says_what_it_would_have_refused(
    client: FlaskClient, workshop: MemoryWorkshop, trade: str
) -> None:
    params = {"guard": "enough", "count": 14, "since": "2026-02-01", "first": "CK-1、CK-2"}
    path = "ledgers/stock.json#/guards/0"
    workshop.rehearsed = (Problem("WHAT_IF_GUARD", path, params, severity="warning"),)
    assert "CK-1" not in client.get(f"/design/{trade}/release").get_data(as_text=True)
    edit(client, trade, op="words", kind="entity", key="item", at="/label", zh="货品", en="Goods")
    page = client.get(f"/design/{trade}/release").get_data(as_text=True)
    assert "约束“enough”本会拒绝 2026-02-01 以来的 14 张单据：CK-1、CK-2" in page
