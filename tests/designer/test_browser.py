"""The designer in a browser: a stranger's ten minutes, dragging, the keyboard, and what axe says, with no script error and no CSP violation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from builder.commands import Actor
from builder.metadata.kinds import Nodes
from tests.answering import answering
from tests.designer.demo import CSRF, create_app
from tests.designer.memory import MemoryWorkshop
from tests.web.conftest import Visit, axe

pytestmark = pytest.mark.e2e
ADMIN = Actor(1, 1, is_admin=True)


@contextmanager
def opened(templates: dict[str, Nodes]) -> Iterator[tuple[MemoryWorkshop, str]]:
    """A workshop with the general template installed, and where it listens."""
    shop = MemoryWorkshop(templates)
    app = create_app(shop)
    installed = {"label_zh": "我的进销存", "label_en": "My trade", "key": "trade"}
    app.test_client().post(
        "/design/templates/general/install", data=installed, headers={"X-CSRF-Token": CSRF}
    )
    with answering(app) as address:
        yield shop, address


@pytest.fixture
def server(templates: dict[str, Nodes]) -> Iterator[tuple[MemoryWorkshop, str]]:
    with opened(templates) as found:
        yield found


@pytest.fixture
def visit(server: tuple[MemoryWorkshop, str], browser: Browser) -> Iterator[Visit]:
    visitor = Visit(browser, server[1])
    yield visitor
    visitor.check()


@pytest.fixture(scope="module")
def unchanged(templates: dict[str, Nodes]) -> Iterator[str]:
    """Where a workshop listens that is only looked at."""
    with opened(templates) as (_shop, address):
        yield address


@pytest.fixture
def looking(unchanged: str, browser: Browser) -> Iterator[Visit]:
    visitor = Visit(browser, unchanged)
    yield visitor
    visitor.check()


def settled(page: Page) -> None:
    """The bench shows the answer to what was done last."""
    page.wait_for_load_state("networkidle")
    expect(page.locator("#bench[aria-busy]")).to_have_count(0, timeout=20_000)


def drag(page: Page, source: Locator, target: Locator) -> None:
    """As a hand does it: down, along, up."""
    start, end = source.bounding_box(), target.bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + 20, start["y"] + 15)
    page.mouse.down()
    for x, y in (
        (start["x"] + 40, start["y"] + 20),
        (end["x"] + 50, end["y"] + 18),
        (end["x"] + 40, end["y"] + 20),
    ):
        page.mouse.move(x, y, steps=8)
    page.mouse.up()


@pytest.mark.requirement("R153")
def test_ten_minutes_of_a_stranger(visit: Visit, server: tuple[MemoryWorkshop, str]) -> None:
    """A field on form and list, an approval, a reminder, a chart, published: every step by a label on the page."""
    shop = server[0]
    page = visit("/design/trade/")
    page.get_by_role("link", name=re.compile(r"^实体与字段 \d+ 要")).click()
    page.get_by_role("link", name="采购订单", exact=True).click()
    page.get_by_label("名称（中文）").last.fill("合同号")
    page.get_by_label("放到列表里").check()
    page.locator(".add-field").first.get_by_role("button", name="添加").click()
    expect(page.locator(".how .panel-head")).to_contain_text("合同号")
    page.get_by_role("switch", name="必填").check()
    settled(page)

    page.locator("#sidebar").get_by_role("link", name=re.compile("流程与审批")).click()
    page.get_by_role("link", name="领用流程").click()
    page.locator(".moves").get_by_role("link", name=re.compile("待审核 审核")).click()
    page.get_by_text("添加审批").click()
    page.locator(".moves details select[name=role]").select_option(label="老板 / 总经理")
    page.locator(".moves details").get_by_role("button", name="添加").click()
    expect(page.locator(".flow-node").first).to_contain_text("老板 / 总经理")

    page.locator("#sidebar").get_by_role("link", name=re.compile("自动规则")).click()
    page.get_by_label("名称（中文）").fill("大单提醒")
    page.locator(".adder select[name=entity]").select_option(label="销售订单")
    page.get_by_role("button", name="添加").click()
    page.get_by_label("添加条件").select_option(label="价税合计")
    settled(page)
    page.get_by_label("怎么比较").select_option(label="达到")
    settled(page)
    page.locator(".clause").get_by_label("值", exact=True).fill("50000")
    page.keyboard.press("Tab")
    expect(page.locator(".sentence")).to_contain_text("价税合计达到50,000")

    page.locator("#sidebar").get_by_role("link", name=re.compile("^报表")).click()
    page.get_by_label("名称（中文）").fill("订单构成")
    page.locator(".adder select[name=entity]").select_option(label="销售订单")
    page.get_by_role("button", name="添加").click()
    expect(page.locator(".how")).to_contain_text("图表")

    page.get_by_role("link", name="发布").first.click()
    expect(page.locator(".changes")).to_contain_text("字段：新增“合同号”")
    page.get_by_label("说明").fill("第一次修改")
    page.get_by_role("button", name="发布为版本 2").click()
    expect(page.get_by_text("已发布，立即生效。")).to_be_visible()
    live = shop.live_nodes(ADMIN, "trade")
    field = live["entity", "purchase_order"]["fields"][-1]
    assert field["label"]["zh-CN"] == "合同号"
    assert field["required"] is True
    assert any(c["field"] == field["key"] for c in live["view", "purchase_orders"]["columns"])
    assert any(
        b.get("chart") == "bar" and b["label"]["zh-CN"] == "订单构成"
        for (k, _), b in live.items()
        if k == "report"
    )
    assert [b["if"] for (k, _), b in live.items() if k == "rule" and b["label"]["zh-CN"] == "大单提醒"] == [
        "total >= 50000"
    ]


def test_a_field_is_dragged_from_the_palette_and_within_the_form(
    visit: Visit, server: tuple[MemoryWorkshop, str]
) -> None:
    page = visit("/design/trade/form/sales_order")
    drag(
        page,
        page.locator("[data-palette] button", has_text="负责人"),
        page.locator(".form-cell", has_text="承诺发货日"),
    )
    expect(page.locator(".form-cell", has_text="负责人")).to_be_visible()
    settled(page)
    drag(page, page.locator(".form-cell", has_text="外部单号"), page.locator(".form-cell", has_text="运单号"))
    settled(page)
    form = server[0].draft(ADMIN, "trade").nodes["form", "sales_order"]
    assert [n.get("field") for n in form["nodes"][0]["nodes"]].index("owner") in {5, 6}
    assert "external_number" in [n.get("field") for n in form["nodes"][1]["nodes"]]
    for _ in range(2):
        page.get_by_role("button", name="撤销").click()
        settled(page)
    assert server[0].draft(ADMIN, "trade").nodes == server[0].live_nodes(ADMIN, "trade")


def test_the_keyboard_alone_moves_adds_and_undoes(visit: Visit, server: tuple[MemoryWorkshop, str]) -> None:
    page = visit("/design/trade/form/warehouse")
    cell = page.locator(".form-cell a", has_text="名称")
    cell.focus()
    page.keyboard.press("Alt+ArrowDown")
    settled(page)
    shown = server[0].draft(ADMIN, "trade").nodes["form", "warehouse"]["nodes"][0]["nodes"]
    assert [n["field"] for n in shown][:3] == ["code", "type", "name"]
    page.keyboard.press("Control+z")
    settled(page)
    shown = server[0].draft(ADMIN, "trade").nodes["form", "warehouse"]["nodes"][0]["nodes"]
    assert [n["field"] for n in shown][:2] == ["code", "name"]


def test_typing_goes_on_while_the_page_is_drawn_again(
    visit: Visit, server: tuple[MemoryWorkshop, str]
) -> None:
    page = visit("/design/trade/entity/warehouse?at=/fields/4")
    page.locator("#p--fields-4-label-zh").fill("详细地址")
    page.keyboard.press("Tab")
    page.keyboard.type("Full address")
    settled(page)
    expect(page.locator("#p--fields-4-label-en")).to_have_value("Full address")
    page.keyboard.press("Tab")
    settled(page)
    field = server[0].draft(ADMIN, "trade").nodes["entity", "warehouse"]["fields"][4]
    assert field["label"] == {"zh-CN": "详细地址", "en": "Full address"}


def test_what_is_refused_is_said_and_nothing_is_lost(visit: Visit) -> None:
    page = visit("/design/trade/entity/sales_order")
    page.get_by_role("link", name=re.compile("^价税合计")).click()
    settled(page)
    page.get_by_role("button", name="删除").click()
    page.locator("dialog").get_by_role("button", name="删除").click()
    expect(page.locator("zg-toast")).to_contain_text("还在用它")
    expect(page.locator(".fields")).to_contain_text("价税合计")


def test_the_source_is_edited_and_kept(visit: Visit, server: tuple[MemoryWorkshop, str]) -> None:
    page = visit("/design/trade/view/warehouses/source")
    expect(page.locator(".cm-editor")).to_be_visible()
    page.locator(".cm-content").click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("End")
    page.keyboard.type('"page_size": 20,')
    page.get_by_role("button", name="保存到草稿").click()
    settled(page)
    assert server[0].draft(ADMIN, "trade").nodes["view", "warehouses"]["page_size"] == 20


@pytest.mark.parametrize(
    "look", [("light", "zh-CN", 1440), ("dark", "en", 375)], ids=["light-zh-1440", "dark-en-375"]
)
@pytest.mark.parametrize(
    "path",
    [
        "/design/",
        "/design/templates/general",
        "/design/trade/",
        "/design/trade/entity/sales_order?at=/fields/3",
        "/design/trade/form/sales_order?at=/nodes/0/nodes/3",
        "/design/trade/workflow/sales_order?at=/transitions/1",
        "/design/trade/rule/order_late",
        "/design/trade/ledger/stock?at=/guards/0",
        "/design/trade/roles/roles?at=/roles/3/grants/0",
        "/design/trade/rule/",
        "/design/trade/data/units",
        "/design/trade/view/sales_orders?at=/columns/2",
        "/design/trade/release",
        "/design/trade/versions",
    ],
)
def test_axe_finds_nothing_and_nothing_sticks_out(
    looking: Visit, path: str, look: tuple[str, str, int]
) -> None:
    page = looking(path, theme=look[0], locale=look[1], width=look[2])
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth + 1")


def test_control_k_finds_a_field_and_goes_there(visit: Visit) -> None:
    page = visit("/design/trade/")
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox", name="查找定义").fill("承诺发货日")
    page.get_by_role("link", name=re.compile("^承诺发货日")).first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/design/trade/entity/sales_contract"))
    expect(page.locator(".how .panel-head")).to_contain_text("承诺发货日")
