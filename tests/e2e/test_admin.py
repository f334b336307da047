"""Looking after the system through its pages: imports, people, settings, exports, health, backups, one's own account."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Browser, Page, expect

from builder.app import create_app, open_engine
from builder.config import Settings
from builder.runtime import backups, jobs
from builder.runtime.engine import Engine
from builder.runtime.imports import running, undoing
from builder.runtime.installing import Installer, loaded
from builder.runtime.playing import system
from tests.answering import answering
from tests.e2e.conftest import PASSWORD, Desk, axe
from tests.e2e.hands import Says, choose, line, press, state

pytestmark = pytest.mark.e2e

WORKERS = (backups, running, undoing)
"""The modules that know the kinds of jobs that the tests run."""
FIRST = "Green-Tea-4-Everyone"
ITEMS = (
    ("商品编码", "商品名称", "类别", "基本单位", "税率%", "销售价(含税)"),
    ("NEW1", "黄小米", "LY-DM", "DAI", "9", "18.00"),
    ("NEW2", "黑芝麻", "LY-DM", "DAI", "9", "many"),
    ("NEW3", "", "LY-DM", "DAI", "9", "20"),
    ("NEW4", "紫薯干粉", "LY-DM", "DAI", "9", "12.50"),
)
PARTNERS = (
    ("编码", "名称", "客户", "供应商", "账期(天)"),
    ("P901", "新客户甲", "是", "否", "30"),
    ("P902", "新客户乙", "是", "否", "soon"),
    ("", "没有编码", "是", "否", "30"),
    ("P904", "新供应商丁", "否", "是", "15"),
)


class Office:
    """A product of its own, so that changed settings and people are nobody else's."""

    def __init__(self, engine: Engine, address: str) -> None:
        self.engine, self.address = engine, address

    def work(self) -> None:
        """Do what waits in the background, here and now."""
        assert WORKERS
        while jobs.run_step(self.engine):
            pass


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    package = loaded(Path(__file__).resolve().parents[2] / "templates_catalog/general")
    people = {user["login"]: PASSWORD for data in package.data for user in data.users}
    Installer(engine, system(1)).install(package, "general", template_key="general", passwords=people)
    with answering(create_app(engine)) as address:
        yield Office(engine, address)
    engine.database.close()


@pytest.fixture
def desk(office: Office, browser: Browser) -> Iterator[Desk]:
    found = Desk(browser, office.address)
    yield found
    found.check()


def workbook(rows: Sequence[Sequence[str]], to: Path) -> Path:
    book = Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    book.save(to)
    return to


def sheet(path: Path) -> list[list[str]]:
    """The first sheet's rows as text."""
    book = load_workbook(io.BytesIO(path.read_bytes()))
    first = book.worksheets[0]
    return [[str(cell or "") for cell in row] for row in first.iter_rows(values_only=True)]


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("status").filter(has_text=text)).to_be_visible()


def jobs_of(page: Page, text: str) -> None:
    expect(page.get_by_role("region", name="我的导入").get_by_text(text).first).to_be_visible()


@pytest.mark.parametrize(
    ("entity", "rows", "kept"), [("商品", ITEMS, "紫薯干粉"), ("往来单位", PARTNERS, "新客户甲")]
)
def test_a_workbook_with_two_bad_rows_is_imported_without_them_and_taken_back(
    desk: Desk, office: Office, tmp_path: Path, entity: str, rows: Sequence[Sequence[str]], kept: str
) -> None:
    page = desk.sign_in("owner")
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name="导入", exact=True).click()

    page.locator("summary", has_text="下载空白模板").click()
    with page.expect_download() as template:
        page.get_by_role("link", name=entity, exact=True).click()
    assert rows[0][1] in " ".join(sheet(template.value.path())[0])

    page.get_by_label("导入到").select_option(label=entity)
    page.get_by_label("文件").set_input_files(workbook(rows, tmp_path / "new.xlsx"))
    page.get_by_role("button", name="先看看").click()
    refused = page.get_by_role("alert")
    expect(refused.get_by_role("listitem")).to_have_count(2)
    page.get_by_role("button", name="导入", exact=True).click()
    jobs_of(page, "等待中")

    office.work()
    page.goto(f"{office.address}/a/general/import")
    jobs_of(page, "成功 2，拒绝 2")
    with page.expect_download() as errors:
        page.get_by_role("link", name="下载被拒绝的行").first.click()
    wrong = sheet(errors.value.path())
    assert [row[1] for row in wrong[1:]] == [rows[2][1], rows[3][1]]
    assert all(row[-1] for row in wrong[1:])

    key = "item" if entity == "商品" else "partner"
    page.goto(f"{office.address}/a/general/{key}?q={kept}")
    expect(page.get_by_role("cell", name=kept).first).to_be_visible()

    page.goto(f"{office.address}/a/general/import")
    page.get_by_role("button", name="撤销导入").first.click()
    office.work()
    page.goto(f"{office.address}/a/general/{key}?q={kept}")
    expect(page.get_by_text("没有符合条件的记录")).to_be_visible()


def test_a_person_comes_gets_a_role_and_goes_again(desk: Desk) -> None:
    admin = desk.sign_in("owner")
    admin.get_by_role("link", name="人员与权限").click()
    admin.get_by_role("link", name="添加人员").click()
    admin.get_by_label("姓名").fill("林新")
    admin.get_by_role("textbox", name="账号").fill("Newbie")
    admin.get_by_label("部门").select_option(label="销售部")
    admin.get_by_label("初始密码").fill(FIRST)
    admin.get_by_role("button", name="添加人员").click()
    said(admin, "账号已建立")

    roles = admin.get_by_role("region", name="角色")
    roles.get_by_label("角色").select_option(label="销售")
    roles.get_by_label("范围").select_option(label="销售部")
    roles.get_by_role("button", name="分配角色").click()
    said(admin, "角色已分配")
    expect(roles.get_by_text("· 销售部")).to_be_visible()

    newbie = desk.open("/sign-in")
    newbie.get_by_label("账号", exact=True).fill("newbie")
    newbie.get_by_label("密码").fill(FIRST)
    newbie.get_by_role("button", name="登录").click()
    newbie.goto(desk.address + "/a/general/sales_order/new")
    expect(newbie.get_by_role("combobox", name="客户")).to_be_visible()
    newbie.goto(desk.address + "/people")
    expect(newbie.get_by_role("heading", level=1)).not_to_have_text("人员与权限")

    admin.get_by_role("button", name="停用账号").click()
    said(admin, "账号已停用")
    newbie.goto(desk.address + "/account")
    expect(newbie.get_by_role("button", name="登录")).to_be_visible()


def test_an_impatient_second_click_sends_a_form_once(desk: Desk) -> None:
    page = desk.sign_in("buyer")
    page.goto(desk.address + "/account")
    # What goes to the server is seen last of all, and kept from going.
    page.evaluate(
        """() => {
            window.held = [];
            window.addEventListener('submit', event => { window.held.push(event.defaultPrevented); event.preventDefault(); });
        }"""
    )
    page.get_by_label("用途").fill("手机")
    button = page.get_by_role("button", name="生成令牌")
    button.dispatch_event("click")
    expect(button).to_have_attribute("aria-busy", "true")
    button.dispatch_event("click")
    assert page.evaluate("window.held") == [False, True]


def test_somebody_changes_the_own_password_and_makes_a_token(desk: Desk) -> None:
    page, elsewhere = desk.sign_in("finance"), desk.sign_in("finance")
    page.goto(desk.address + "/account")

    page.get_by_label("原密码").fill("not the old one")
    page.get_by_label("新密码", exact=True).fill(FIRST)
    page.get_by_label("再输一次新密码").fill(FIRST)
    page.get_by_role("button", name="更改密码").click()
    expect(page.get_by_role("alert").filter(has_text="原密码不对").first).to_be_visible()

    page.get_by_label("原密码").fill(PASSWORD)
    page.get_by_label("新密码", exact=True).fill(FIRST)
    page.get_by_label("再输一次新密码").fill(FIRST)
    page.get_by_role("button", name="更改密码").click()
    said(page, "密码已更改")
    elsewhere.goto(desk.address + "/account")
    expect(elsewhere.get_by_role("button", name="登录")).to_be_visible()

    page.get_by_label("用途").fill("网店")
    page.get_by_role("button", name="生成令牌").click()
    assert page.get_by_label("令牌", exact=True).input_value().startswith("1.")
    page.goto(desk.address + "/account")
    page.get_by_role("button", name="作废 网店").click()
    said(page, "令牌已作废")
    expect(page.get_by_role("button", name="作废 网店")).to_have_count(0)


def test_a_threshold_holds_from_the_moment_it_is_changed(desk: Desk) -> None:
    owner = desk.sign_in("owner")
    owner.get_by_role("link", name="参数设置").click()
    owner.get_by_label("大额订单金额").fill("-5")
    owner.get_by_role("button", name="保存").click()
    expect(owner.get_by_role("alert").first).to_be_visible()
    owner.get_by_label("大额订单金额").fill("60,000")
    owner.get_by_label("缺货处理").select_option(value="backorder")
    owner.get_by_role("button", name="保存").click()
    said(owner, "参数已保存")
    expect(owner.get_by_role("region", name="变更记录").get_by_text("60,000.00")).to_be_visible()

    say = Says("zh-CN")
    manager = desk.sign_in("salesmgr")
    manager.goto(desk.address + "/a/general/sales_order/new")
    choose(manager, "客户", "C001")
    choose(manager, "发货仓库", "ZC")
    line(manager, say, "DM001", "500", "100")
    expect(manager.locator("[data-field=total] output")).to_have_text("50,000.00")
    manager.get_by_role("button", name="保存并提交").click()
    expect(state(manager, "待审核")).to_be_visible()
    press(manager, "审核")
    expect(state(manager, "已审核")).to_be_visible()
    owner.goto(desk.address + "/tasks")
    expect(owner.get_by_text("没有待审批的单据")).to_be_visible()


def test_a_list_is_exported(desk: Desk) -> None:
    page = desk.sign_in("owner")
    page.goto(desk.address + "/a/general/item")
    page.locator("main").get_by_label("更多").click()
    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("导出.*Excel|导出.*XLSX", re.IGNORECASE)).click()
    rows = sheet(taken.value.path())
    assert "商品名称" in rows[0]
    assert any("东北大米" in row for row in rows)


def test_health_says_what_is_wrong_and_where(desk: Desk) -> None:
    page = desk.sign_in("owner")
    page.get_by_role("navigation", name="主菜单").get_by_role("link", name="数据体检").click()
    expect(page.get_by_role("heading", name="数据体检", level=1)).to_be_visible()
    assert page.locator("main section.card").count() > 3


def test_a_backup_is_made_and_taken_away(desk: Desk, office: Office) -> None:
    page = desk.sign_in("owner")
    page.get_by_role("link", name="备份与恢复").click()
    page.get_by_role("button", name="立即备份").click()
    said(page, "正在备份")
    office.work()
    page.goto(desk.address + "/backup")
    with page.expect_download() as taken:
        page.get_by_role("link", name=re.compile("^下载 zhanggui-")).click()
    with zipfile.ZipFile(taken.value.path()) as made:
        assert "manifest.json" in made.namelist()
    page.get_by_role("link", name=re.compile("^恢复 zhanggui-")).click()
    expect(page.get_by_text("完整", exact=True)).to_be_visible()
    expect(page.get_by_label("备份日期")).to_be_visible()

    seller = desk.sign_in("sales")
    seller.goto(desk.address + "/backup")
    expect(seller.get_by_text("您没有这样做的权限")).to_be_visible()


@pytest.mark.parametrize(("width", "theme", "locale"), [(1440, "light", "en"), (375, "dark", "zh-CN")])
def test_the_pages_fit_and_are_accessible(desk: Desk, width: int, theme: str, locale: str) -> None:
    page = desk.sign_in("owner", locale=locale, width=width, theme=theme)
    for path in (
        "/account",
        "/people",
        "/people/new",
        "/people/units",
        "/backup",
        "/a/general/settings",
        "/a/general/runs",
        "/a/general/schedules",
    ):
        page.goto(desk.address + path)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert "admin." not in page.locator("body").inner_text(), path
