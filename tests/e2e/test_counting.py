"""Counting blind with a scanner: what is on the books, and what that would come to, is seen when the count is submitted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from builder.app import create_app
from builder.runtime.auth import sign_in
from builder.runtime.engine import Engine
from tests.api.caller import Caller, good
from tests.e2e.conftest import PASSWORD, Desk
from tests.e2e.test_drivers import APP, RICE, delivered, find, scan

pytestmark = pytest.mark.e2e


def test_a_blind_count_shows_its_differences_to_who_looks_it_over(desk: Desk, engine: Engine) -> None:
    owner = Caller(create_app(engine), sign_in(engine, 1, "owner", PASSWORD).token)
    delivered(owner, "5")
    keeper = Caller(owner.app, sign_in(engine, 1, "keeper", PASSWORD).token)
    line = {"item": find(owner, "item", code="DM001")["id"]}
    place = find(owner, "warehouse", code="ZC")["id"]
    made = keeper.make(f"{APP}/stocktake", {"warehouse": place, "blind": True, "lines": [line]})
    page = desk.sign_in("keeper", width=375)
    page.goto(f"{desk.address}/a/general/stocktake/{made['id']}/edit")
    scan(page, RICE)
    scan(page, RICE)
    expect(page.get_by_label("实盘数，第 1 行")).to_have_value("2")
    page.get_by_role("button", name="保存", exact=True).click()
    page.wait_for_url(re.compile(r"/\w{8,}$"))
    lines = page.locator("section", has=page.get_by_role("heading", name="明细")).first
    expect(lines).to_contain_text("实盘数")
    expect(lines).not_to_contain_text("差异")
    good(keeper.post(f"{APP}/stocktake/{made['id']}/transitions/submit", {}))
    page.reload()
    expect(lines).to_contain_text("预计差异")
    expect(lines).not_to_contain_text("金额")
