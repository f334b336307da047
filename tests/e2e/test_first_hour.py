"""The first half hour: an empty workspace, a template from the catalog, and what comes first, as a newcomer finds it by its words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from builder.app import create_app, open_engine
from builder.commands import SaveUser
from builder.config import Settings
from builder.runtime.dispatch import Dispatcher
from builder.runtime.playing import system
from tests.answering import answering
from tests.e2e.conftest import PASSWORD, Desk, axe
from tests.e2e.hands import choose

pytestmark = pytest.mark.e2e
FOOD = "/a/food"


@pytest.fixture(scope="module")
def empty_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A workspace with nobody but its administrator and no app."""
    folder = tmp_path_factory.mktemp("first_hour")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(Path(folder))))
    engine.database.migrate()
    Dispatcher(engine)(system(1), SaveUser("owner", "周老板", password=PASSWORD, is_admin=True))
    with answering(create_app(engine)) as address:
        yield address
    engine.database.close()


@pytest.fixture
def newcomer(empty_place: str, browser: Browser) -> Iterator[Page]:
    desk = Desk(browser, empty_place)
    yield desk.sign_in("owner")
    desk.check()


def step(page: Page, name: str) -> None:
    page.get_by_role("region", name="开始使用").get_by_role("link", name=name).click()


def enter(page: Page, label: str, value: str) -> None:
    page.get_by_role("link", name="新建", exact=True).first.click()
    page.get_by_label(label).first.fill(value)
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(value)


def test_a_trader_in_yoghurt_is_led_from_the_catalog_to_the_first_document(newcomer: Page) -> None:
    page = newcomer
    page.get_by_role("link", name="应用目录").first.click()
    card = page.get_by_role("article").filter(has_text="食品进销存系统")
    expect(card.get_by_text("单据", exact=False).first).to_be_visible()
    expect(card.get_by_text("实体")).to_have_count(0)
    card.get_by_role("link", name="安装").click()
    # A large template takes its seconds, more where others are at work beside it.
    page.get_by_role("button", name="安装").click(no_wait_after=True)

    # The work begins here, not in the designer; that is one click away.
    begin = page.get_by_role("region", name="开始使用")
    expect(begin).to_be_visible(timeout=120_000)
    expect(begin.get_by_role("link", name="设计此应用")).to_be_visible()
    assert axe(page) == []

    step(page, "建立仓库")
    expect(page.get_by_text("还没有仓库")).to_be_visible()
    enter(page, "名称", "中心冷库")
    page.goto(page.url.partition("/a/")[0] + FOOD)
    expect(begin.get_by_text("已完成 1/")).to_be_visible()

    step(page, "录入供应商")
    enter(page, "名称", "光明乳业")
    expect(page.get_by_role("term").filter(has_text="供应商").first).to_be_visible()
    expect(page.get_by_role("link", name="再建一个")).to_be_visible()

    page.goto(page.url.partition("/a/")[0] + f"{FOOD}/item/new")
    expect(page.get_by_label("商品编码")).to_have_value("SP001")
    page.get_by_label("商品名称").fill("原味酸奶")
    choose(page, "类别", "乳")
    choose(page, "基本单位", "HE")
    # Whether it has a shelf life goes by a formula that the form does not show.
    page.get_by_label("批次管理").check()
    page.get_by_label("保质期(天)").fill("21")
    page.get_by_role("button", name="保存", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("原味酸奶")

    page.goto(page.url.partition("/a/")[0] + f"{FOOD}/purchase_order/new")
    expect(page.get_by_role("combobox", name="仓库")).to_have_value("中心冷库")
    expect(page.get_by_role("combobox", name="供应商")).to_have_value("光明乳业")


def test_first_steps_are_put_away_and_come_back(newcomer: Page) -> None:
    page = newcomer
    begin = page.get_by_role("region", name="开始使用")
    begin.get_by_role("button", name="收起").click()
    expect(begin).to_have_count(0)
    page.get_by_role("button", name="再看").click()
    expect(begin).to_be_visible()


def test_an_empty_list_says_what_empties_it(newcomer: Page, empty_place: str) -> None:
    page = newcomer
    page.goto(f"{empty_place}{FOOD}/item?q=豆腐")
    expect(page.get_by_text("没有一条符合上面的条件")).to_be_visible()
    page.get_by_role("link", name="清除条件").click()
    expect(page.get_by_role("cell", name="原味酸奶").first).to_be_visible()


def test_a_colleague_gets_a_role_with_the_account_or_is_marked(newcomer: Page, empty_place: str) -> None:
    page = newcomer
    page.goto(f"{empty_place}/people/new")
    page.get_by_label("姓名").fill("王仓管")
    page.get_by_role("textbox", name="账号").fill("keeper")
    page.get_by_role("combobox", name="角色").select_option(label="仓管")
    page.get_by_role("button", name="添加人员").click()
    expect(page.get_by_role("status").filter(has_text="账号和角色都好了")).to_be_visible()
    page.goto(f"{empty_place}/people/new")
    page.get_by_label("姓名").fill("无名")
    page.get_by_role("textbox", name="账号").fill("nobody")
    page.get_by_role("button", name="添加人员").click()
    expect(page.get_by_role("status").filter(has_text="还没有角色").first).to_be_visible()
    page.goto(f"{empty_place}/people")
    expect(page.get_by_role("row", name="无名").get_by_text("没有角色")).to_be_visible()
