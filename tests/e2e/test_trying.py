"""Trying a rule on a record and on last month, and reading what rules did: as somebody does it who builds and looks after an app."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, expect

from builder.app import create_app
from builder.commands import SaveDraft
from builder.runtime import jobs
from builder.runtime.upkeep import tidy as _registers_kinds_of_jobs  # noqa: F401
from tests.answering import answering
from tests.e2e.conftest import Desk, axe
from tests.e2e.hands import Says
from tests.runtime.test_parity import parity_nodes
from tests.runtime.world import WS, World, open_world

pytestmark = pytest.mark.e2e


@dataclass
class Office:
    world: World
    address: str

    def work(self) -> None:
        """Do what waits in the background, here and now."""
        while jobs.run_step(self.world.engine, WS):
            pass


@pytest.fixture
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("trying")
    world = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    nodes = parity_nodes()
    nodes["rule", "rush"] = {**nodes["rule", "rush"], "label": {"zh-CN": "急件优先", "en": "Rush first"}}
    world.install(nodes, "shop")
    world.person("boss", "boss", admin=True)
    for number, subject in enumerate(("rush", "chairs", "rush")):
        world.create("request", {"code": f"R{number}", "subject": subject})
    rush = {**nodes["rule", "rush"], "if": "subject == 'chairs' and urgency != 'high'"}
    world.send(SaveDraft("shop", "rule", "rush", rush))
    with answering(create_app(world.engine)) as address:
        yield Office(world, address)
    world.engine.database.close()


@pytest.fixture
def desk(office: Office, browser: Browser) -> Iterator[Desk]:
    found = Desk(browser, office.address)
    yield found
    found.check()


@pytest.mark.requirement("R022")
@pytest.mark.parametrize(("locale", "width", "theme"), [("zh-CN", 1440, "light"), ("en", 375, "dark")])
def test_a_rule_is_tried_and_the_log_is_read(
    office: Office, desk: Desk, locale: str, width: int, theme: str
) -> None:
    say = Says(locale)
    page = desk.sign_in("boss", locale=locale, width=width, theme=theme)

    # On one record.
    page.goto(f"{office.address}/design/shop/rule/rush")
    page.get_by_role("link", name=say("试一试", "Try it"), exact=True).click()
    page.get_by_label(say("编号或名称", "Code or name")).fill("R1")
    page.get_by_role("button", name=say("查找", "Find"), exact=True).click()
    found = page.get_by_role("list", name=say("找到的记录", "Records found"))
    expect(found.get_by_role("link")).to_have_count(1)
    found.get_by_role("link", name="R1").click()
    result = page.get_by_role("region", name="Request R1")
    expect(result.get_by_text(say("会执行", "It would run"), exact=True)).to_be_visible()
    expect(result.get_by_text("high").first).to_be_visible()
    assert axe(page) == []

    # On last month.
    page.get_by_role("button", name=say("开始试算", "Go through it")).click()
    expect(page.get_by_text(say("正在试算", "Going through it")).first).to_be_visible()
    office.work()
    differing = page.get_by_role("region", name=say("结果不同的记录", "Records that come out otherwise"))
    expect(differing.get_by_role("link", name="Request R0")).to_be_visible()
    expect(differing.get_by_role("link", name="Request R1")).to_be_visible()
    assert axe(page) == []

    # What it really did.
    page.goto(f"{office.address}/a/shop/runs")
    page.get_by_label(say("单号或名称", "Number or name of a record")).fill("R0")
    page.get_by_role("button", name=say("查询", "Search"), exact=True).click()
    expect(page.get_by_text("Request R1")).to_have_count(0)
    assert axe(page) == []
    page.get_by_role("link", name=say("急件优先", "Rush first")).first.click()
    expect(page.get_by_role("heading", name=say("做了什么", "What it did"))).to_be_visible()
    expect(page.get_by_text("Urgency")).to_be_visible()
    expect(page.get_by_text("high")).to_be_visible()
    assert axe(page) == []
    page.get_by_role("link", name="Request R0").first.click()
    expect(page.get_by_role("heading", name="Request R0")).to_be_visible()
    expect(page.get_by_role("heading", name=say("自动处理", "Automation"))).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
