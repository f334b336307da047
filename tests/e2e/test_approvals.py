"""Approvals in a browser: one step of each kind is built by picking, published, and people go through them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from builder.app import create_app, open_engine
from builder.config import Settings
from tests.answering import answering
from tests.e2e.conftest import Desk, axe
from tests.e2e.hands import Says, press, state
from tests.e2e.requests import request_nodes
from tests.runtime.world import World

pytestmark = pytest.mark.e2e
FLOW = "/design/desk/workflow/request"


@pytest.fixture(scope="module")
def requests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where an app of requests listens: a worker, two managers, an owner who designs."""
    folder = tmp_path_factory.mktemp("requests")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    world = World(engine)
    world.install(request_nodes(), "desk")
    for login, role in (("boss", "boss"), ("manager", "manager"), ("seller", "manager"), ("clerk", "worker")):
        world.person(login, role, admin=login == "boss")
    with answering(create_app(engine)) as address:
        yield address
    engine.database.close()


@pytest.fixture
def people(requests: str, browser: Browser) -> Iterator[Desk]:
    found = Desk(browser, requests)
    yield found
    found.check()


class Builder:
    """Hands of somebody who makes an approval."""

    def __init__(self, page: Page) -> None:
        self.page = page

    @property
    def panel(self) -> Locator:
        return self.page.locator(".how")

    def settled(self) -> None:
        self.page.wait_for_load_state("networkidle")
        expect(self.page.locator("#bench[aria-busy]")).to_have_count(0)

    def add(self, kind: str, within: Locator | None = None) -> None:
        """Add a step at the end of a list of steps, the outermost one unless another is meant."""
        place = within or self.page.locator(".flow-box").first.locator("> .flow")
        place.locator("> .flow-item > .plus > summary").last.click()
        place.locator("> .flow-item > .plus > .pop").last.get_by_role("button", name=kind).click()
        self.settled()

    def name(self, chinese: str) -> None:
        self.panel.get_by_label("名称 (中)").fill(chinese)
        self.panel.get_by_label("名称 (中)").press("Tab")
        self.settled()

    def pick(self, label: str, choice: str) -> None:
        self.panel.get_by_label(label, exact=True).first.select_option(label=choice)
        self.settled()

    def fill(self, label: str, value: str) -> None:
        field = self.panel.get_by_label(label, exact=True)
        field.fill(value)
        field.press("Tab")
        self.settled()

    def go(self, text: str) -> None:
        self.page.locator(".flow-box").locator("a", has_text=text).first.click()
        self.settled()


@pytest.mark.requirement("R155")
def test_one_step_of_each_kind_is_built_by_picking_and_runs(people: Desk) -> None:
    page = people.sign_in("boss")
    page.goto(people.address + FLOW)
    make = Builder(page)
    _ask_a_manager(page, make)
    _go_one_of_two_ways(make)
    _go_both_ways(make)
    _by_itself(make)
    _try_it(page)
    _publish(page)
    _run(people)


def _ask_a_manager(page: Page, make: Builder) -> None:
    page.locator(".moves > li", has_text="审核").locator(".move-head").nth(1).click()
    page.get_by_text("添加审批").click()
    page.locator(".moves details select[name=role]").select_option(label="经理")
    page.locator(".moves details").get_by_role("button", name="添加").click()
    make.settled()
    make.go("经理")
    make.name("经理审批")
    _choose(make, "看不到的字段", "底价")
    _choose(make, "可以修改的字段", "备注")
    make.panel.get_by_role("checkbox", name="转交").uncheck()
    make.settled()
    make.fill("时限（小时）", "8")
    make.pick("超时后", "交给上级")
    expect(page.locator(".flow-node").first).to_contain_text("8 小时后交给上级")


def _choose(make: Builder, label: str, choice: str) -> None:
    """One more of a property that takes several."""
    field = make.panel.locator(".field", has=make.page.get_by_text(label, exact=True))
    field.locator("select").select_option(label=choice)
    make.settled()


def _go_one_of_two_ways(make: Builder) -> None:
    make.add("条件分支")
    make.go("条件一")
    make.panel.get_by_label("条件", exact=False).first.wait_for()
    page = make.page
    make.name("大额")
    rows = make.panel.locator("form.rows")
    rows.get_by_role("button", name="删除条件").first.click()
    make.settled()
    make.panel.locator("details.more > summary").first.click()
    make.panel.get_by_label("添加条件").select_option(label="金额")
    make.settled()
    make.panel.get_by_label("怎么比较").select_option(label="达到")
    make.settled()
    make.panel.get_by_label("值", exact=True).fill("1000")
    page.keyboard.press("Tab")
    make.settled()
    make.add("审批人", page.locator(".flow-branch").first.locator("> .flow"))
    make.name("老板审批")
    make.pick("审批人来源", "指定的人")
    make.pick("哪个人", "Boss")


def _go_both_ways(make: Builder) -> None:
    make.add("并行分支")
    page = make.page
    page.locator(".flow-fork.parallel + .flow-branches .flow-node").nth(0).click()
    make.settled()
    make.name("甲")
    make.pick("审批人来源", "指定的人")
    make.pick("哪个人", "Boss")
    page.locator(".flow-fork.parallel + .flow-branches .flow-node").nth(1).click()
    make.settled()
    make.name("乙")
    make.pick("审批人来源", "指定的人")
    make.pick("哪个人", "Seller")


def _by_itself(make: Builder) -> None:
    """A copy, a value, a wait that is over at once, a part."""
    make.add("抄送")
    make.pick("审批人来源", "提交人自己")
    make.add("自动步骤")
    sets = make.panel.locator(".field", has=make.page.get_by_text("给字段赋值", exact=True))
    sets.locator("select").select_option(label="备注")
    sets.get_by_label("值", exact=True).fill("'已核'")
    sets.get_by_role("button", name="添加").click()
    make.settled()
    make.add("等待")
    make.fill("时限（小时）", "1")
    make.panel.locator("details.more > summary").first.click()
    make.panel.get_by_label("添加条件").select_option(label="金额")
    make.settled()
    make.panel.get_by_label("怎么比较").select_option(label="大于")
    make.settled()
    make.panel.get_by_label("值", exact=True).fill("1")
    make.page.keyboard.press("Tab")
    make.settled()
    make.add("子流程")
    expect(make.page.locator(".flow-box").first.locator(".flow-node").last).to_contain_text("归档")


def _try_it(page: Page) -> None:
    """The path is shown before anything is published, and follows what is typed."""
    page.get_by_role("link", name="试走流程").first.click()
    path = page.locator(".trial-path")
    expect(path).to_contain_text("经理审批")
    expect(path).not_to_contain_text("老板审批")
    page.locator(".trial").get_by_label("金额").fill("2000")
    page.keyboard.press("Tab")
    expect(path).to_contain_text("老板审批")
    expect(page.locator(".flow-node.on-path").first).to_contain_text("Manager")
    assert axe(page) == []


def _publish(page: Page) -> None:
    expect(page.locator(".page-head")).to_contain_text("没有问题")
    page.get_by_role("link", name="发布").first.click()
    page.get_by_label("说明").fill("审批")
    page.get_by_role("button", name="发布为版本 2").click()
    expect(page.locator("main")).to_contain_text("版本 2")


def _run(people: Desk) -> None:
    say = Says("zh-CN")
    clerk = people.sign_in("clerk")
    clerk.goto(people.address + "/a/desk/request/new")
    clerk.get_by_label("事由").fill("买一台机器")
    clerk.get_by_label("金额").fill("2000")
    clerk.get_by_label("底价").fill("不能说的数")
    clerk.get_by_role("button", name="保存并提交").click()
    shown = clerk.get_by_role("dialog")
    expect(shown).to_contain_text("经理审批")
    expect(shown).to_contain_text("老板审批")
    expect(shown).to_contain_text("档案员确认")
    shown.get_by_role("button", name="保存并提交").click()
    expect(state(clerk, "待审核")).to_be_visible()
    record = clerk.url

    manager = people.sign_in("manager")
    manager.goto(record)
    expect(manager.get_by_text("不能说的数")).to_have_count(0)
    manager.get_by_text("更多").last.click()
    expect(manager.get_by_role("button", name="转交", exact=True)).to_have_count(0)
    manager.keyboard.press("Escape")
    manager.get_by_label("审批意见").fill("请说明用途")
    press(manager, "退回修改", sure=False)
    expect(state(manager, "草稿")).to_be_visible()

    clerk.goto(record)
    clerk.get_by_role("button", name="提交", exact=True).click()
    clerk.get_by_role("dialog").get_by_role("button", name="提交", exact=True).click()
    expect(state(clerk, "待审核")).to_be_visible()
    manager.goto(record)
    _ask_before(manager, "Boss")
    boss = people.sign_in("boss")
    boss.goto(record)
    press(boss, "同意", sure=False)
    expect(boss.get_by_role("button", name="同意", exact=True)).to_have_count(0)
    manager.goto(record)
    press(manager, "同意", sure=False)
    expect(manager.get_by_role("button", name="同意", exact=True)).to_have_count(0)

    _submit_small(clerk, people.address)
    _batch(manager, people.address)
    _batch(boss, people.address)
    boss.goto(record)
    press(boss, "同意", sure=False)
    expect(boss.get_by_role("button", name="同意", exact=True)).to_have_count(0)
    seller = people.sign_in("seller")
    seller.goto(record)
    seller.get_by_role("tab", name="流程图").click()
    expect(seller.locator(".diagram-steps > .done", has_text="经理审批")).to_be_visible()
    expect(seller.locator(".diagram-steps > .now", has_text="乙").last).to_be_visible()
    assert axe(seller) == []
    press(seller, "同意", sure=False)
    expect(seller.locator(".task-card")).to_contain_text("档案员确认")
    press(seller, "同意", sure=False)
    expect(state(seller, say("已审核", "Approved"))).to_be_visible()
    clerk.goto(record)
    expect(clerk.locator("dl.facts").first).to_contain_text("已核")


def _submit_small(clerk: Page, address: str) -> None:
    """Two more, so that there are several at once; for one there is no bar."""
    for subject in ("买一把椅子", "买一盏灯"):
        clerk.goto(address + "/a/desk/request/new")
        clerk.get_by_label("事由").fill(subject)
        clerk.get_by_label("金额").fill("10")
        clerk.get_by_role("button", name="保存并提交").click()
        clerk.get_by_role("dialog").get_by_role("button", name="保存并提交").click()
        expect(state(clerk, "待审核")).to_be_visible()


def _batch(page: Page, address: str) -> None:
    """Everything that waits, at once."""
    page.goto(address + "/tasks")
    page.get_by_label("全选").check()
    page.get_by_role("button", name="批量同意").click()
    page.get_by_role("dialog").get_by_role("button", name="批量同意").click()
    expect(page.locator("[data-results]")).to_contain_text("完成")
    expect(page.locator(".task")).to_have_count(0)


def _ask_before(page: Page, name: str) -> None:
    """Add a signer who decides first."""
    page.locator(".task-card").get_by_text("更多").click()
    page.get_by_role("button", name="前加签：先由他人审批").click()
    dialog = page.get_by_role("dialog")
    box = dialog.get_by_role("combobox")
    box.fill(name[:-1])
    expect(page.locator("[role=option]:visible").first).to_contain_text(name)
    box.press("Enter")
    expect(box).to_have_value(name)
    dialog.get_by_role("button", name="前加签：先由他人审批").click()
    expect(page.get_by_role("button", name="同意", exact=True)).to_have_count(0)
