"""The whole story in a browser: sell, buy, receive, deliver, return and count; change the app; and still it adds up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Page, expect

from builder.runtime.engine import Engine
from builder.runtime.verifying import verify_all
from tests.e2e.conftest import Desk
from tests.e2e.hands import Says, approve, choose, find, line, number_of, press, state, submit

pytestmark = pytest.mark.e2e


@dataclass
class Story:
    """One telling: who sits where, in which language, and the numbers of the documents so far."""

    desk: Desk
    say: Says
    item: str
    customer: str
    people: dict[str, Page] = field(default_factory=dict)

    def at(self, login: str, path: str = "") -> Page:
        """The screen of somebody, signed in on first use."""
        if login not in self.people:
            self.people[login] = self.desk.sign_in(login, locale=self.say.locale)
        if path:
            self.people[login].goto(f"{self.desk.address}/a/general/{path}")
        return self.people[login]

    def look(self, login: str, number: str) -> Page:
        page = self.at(login)
        find(page, self.desk.address, number)
        return page


def order(story: Story, quantity: str, price: str) -> str:
    """A sales order, submitted."""
    say, page = story.say, story.at("sales", "sales_order/new")
    choose(page, say("客户", "Customer"), story.customer)
    choose(page, say("发货仓库", "From warehouse"), "ZC")
    line(page, say, story.item, quantity, price)
    submit(page, say)
    return number_of(page)


def buy_and_receive(story: Story) -> str:
    say, buyer = story.say, story.at("buyer", "purchase_order/new")
    choose(buyer, say("供应商", "Supplier"), "S002")
    expect(buyer.get_by_label(say("预计到货日", "Expected on"))).not_to_have_value("")
    choose(buyer, say("到货仓库", "To warehouse"), "ZC")
    line(buyer, say, story.item, "200", "40")
    expect(buyer.locator("[data-total=total]")).to_have_text("8,000.00")
    submit(buyer, say)
    approve(buyer, say)
    keeper = story.look("keeper", number_of(buyer))
    press(keeper, say("生成采购入库单", "Make a receipt"), sure=False)
    expect(keeper.get_by_role("heading", level=1)).to_contain_text(say("采购入库单", "Receipt"))
    approve(keeper, say)
    return number_of(keeper)


def sell(story: Story) -> tuple[str, str]:
    """Two orders: one that anybody in charge approves, one that the general manager is asked about. Gives their deliveries."""
    say = story.say
    small, large = order(story, "10", "60"), order(story, "100", "600")
    owner = story.look("owner", small)
    approve(owner, say)
    owner.get_by_role("link", name=re.compile(say("待我审批", "Waiting for me"))).first.click()
    task = owner.get_by_role("region", name=re.compile(large))
    task.get_by_label(say("审批意见", "Opinion")).fill(say("可以", "Go ahead"))
    task.get_by_role("button", name=say("同意", "Approve")).click()
    expect(task).to_have_count(0)
    sales = story.look("sales", large)
    expect(state(sales, say("已审核", "Approved"))).to_be_visible()
    expect(sales.get_by_text(say("可以", "Go ahead"))).to_be_visible()
    return delivery_of(story, small), delivery_of(story, large)


def delivery_of(story: Story, sold: str) -> str:
    page = story.look("keeper", sold)
    page.locator("aside").get_by_role("link", name=re.compile("XSCK")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("XSCK")
    return number_of(page)


def quantity(story: Story, page: Page, name: tuple[str, str], amount: str) -> None:
    """Change the quantity of the first line of the document that is open."""
    say = story.say
    page.get_by_role("link", name=say("编辑", "Edit"), exact=True).click()
    page.get_by_label(say.cell(*name, 1)).fill(amount)
    page.get_by_role("button", name=say("保存", "Save"), exact=True).click()
    expect(page.get_by_role("link", name=say("编辑", "Edit"), exact=True)).to_be_visible()


def deliver(story: Story, small: str, large: str) -> None:
    """More than was ordered is refused with what is missing; then both go out."""
    say, page = story.say, story.look("keeper", small)
    page.get_by_role("link", name=say("编辑", "Edit"), exact=True).click()
    amount = page.get_by_label(say.cell("出库数量", "Quantity delivered", 1))
    amount.fill("500")
    page.get_by_role("button", name=say("保存", "Save"), exact=True).click()
    expect(page.get_by_role("alert").first).to_contain_text("490")
    amount.fill("10")
    page.get_by_role("button", name=say("保存", "Save"), exact=True).click()
    approve(page, say)
    approve(story.look("keeper", large), say)


def collect(story: Story, delivery: str) -> None:
    say, page = story.say, story.look("finance", delivery)
    press(page, say("收款", "Receive money"), sure=False)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").fill("YH")
    dialog.get_by_role("option").first.click()
    dialog.get_by_role("button", name=say("收款", "Receive money")).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(say("收款单", "Receipt of money"))
    approve(page, say)


def return_both_ways(story: Story, delivery: str, receipt: str) -> None:
    say, returned = story.say, ("退货数量", "Quantity returned")
    page = story.look("keeper", delivery)
    press(page, say("生成销售退货单", "Make a sales return"), sure=False)
    expect(page.get_by_role("heading", level=1)).to_contain_text(say("销售退货单", "Sales return"))
    quantity(story, page, returned, "4")
    approve_with_reason(story, page, "XT-ZL")
    buyer = story.look("buyer", receipt)
    press(buyer, say("生成采购退货单", "Make a purchase return"), sure=False)
    expect(buyer.get_by_role("heading", level=1)).to_contain_text(say("采购退货单", "Purchase return"))
    quantity(story, buyer, returned, "20")
    approve_with_reason(story, story.look("keeper", number_of(buyer)), "CT-ZL")


def approve_with_reason(story: Story, page: Page, reason: str) -> None:
    """The reason of a return is asked for when it is approved, and not before it is said."""
    approved = story.say("审核", "Approve")
    press(page, approved, sure=False)
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name=approved, exact=True).click()
    expect(dialog.get_by_role("combobox")).to_have_attribute("aria-invalid", "true")
    dialog.get_by_role("combobox").fill(reason)
    dialog.get_by_role("option").first.click()
    dialog.get_by_role("button", name=approved, exact=True).click()
    expect(state(page, story.say("已审核", "Approved"))).to_be_visible()


def move_and_count(story: Story) -> None:
    """30 go to another warehouse; of the 44 that are left, 41 are found."""
    say, page = story.say, story.at("keeper", "transfer/new")
    choose(page, say("调出仓库", "From warehouse"), "ZC")
    choose(page, say("调入仓库", "To warehouse"), "KS")
    line(page, say, story.item, "30", of=say.cell("调拨数量", "Quantity", 1))
    submit(page, say)
    approve(page, say)
    page = story.at("keeper", "stocktake/new")
    choose(page, say("仓库", "Warehouse"), "ZC")
    line(page, say, story.item, "41", of=say.cell("实盘数", "Counted", 1))
    choose(page, say.cell("差异原因", "Reason", 1), "PD-PS")
    submit(page, say)
    finance = story.look("finance", number_of(page))
    approve(finance, say)
    row = finance.locator("tbody tr").first
    expect(row).to_contain_text("44")
    expect(row).to_contain_text("-3")


def change_the_app(story: Story) -> None:
    """A new field on the form and a higher threshold; both live at once. Then back again."""
    say, owner = story.say, story.at("owner")
    name = say("合同号", "Contract")
    owner.goto(f"{story.desk.address}/design/general/entity/sales_order")
    adder = owner.locator(".add-field").first
    adder.get_by_label(say("名称（中文）", "Name (Chinese)")).fill("合同号")
    adder.get_by_label(say("名称（英文）", "Name (English)")).fill("Contract")
    adder.get_by_role("button", name=say("添加", "Add")).click()
    expect(owner.locator(".how .panel-head")).to_contain_text(name)
    owner.goto(f"{story.desk.address}/design/general/app/app")
    owner.get_by_role("link", name=re.compile(say("大额订单金额", "Large order from"))).click()
    threshold = owner.locator(".how").get_by_label(say("默认值", "Default"))
    threshold.fill("90000")
    threshold.press("Tab")
    expect(owner.locator("#undo")).to_be_enabled()
    owner.wait_for_load_state("networkidle")
    owner.goto(f"{story.desk.address}/design/general/release")
    expect(owner.locator(".changes").first).to_contain_text(name)
    owner.get_by_role("button", name=re.compile(say("发布为版本", "Publish as version"))).click()
    expect(owner.get_by_text(say("已发布，立即生效。", "Published; it is live now."))).to_be_visible()

    page = story.at("sales", "sales_order/new")
    expect(page.get_by_label(name, exact=True)).to_be_visible()
    owner = story.look("owner", order(story, "40", "1500"))
    approve(owner, say)


def go_back(story: Story) -> None:
    say, owner = story.say, story.at("owner")
    owner.goto(f"{story.desk.address}/design/general/versions")
    owner.locator("tbody tr").nth(1).get_by_role("link").first.click()
    owner.get_by_role("button", name=re.compile(say("回到版本", "Go back to version"))).click()
    page = story.at("sales", "sales_order/new")
    expect(page.get_by_label(say("客户", "Customer")).first).to_be_visible()
    expect(page.get_by_label(say("合同号", "Contract"), exact=True)).to_have_count(0)


def adds_up(story: Story, engine: Engine) -> None:
    """200 bought, 20 sent back, 110 sold, 4 brought back, 30 moved, 3 lost: 41 here and 30 there, 40 of them promised."""
    say, page = story.say, story.at("owner")
    find(page, story.desk.address, story.item, titled=False)
    for label, amount in (
        (("现存量", "On hand"), "71"),
        (("占用量", "Reserved"), "40"),
        (("可用量", "Available"), "31"),
    ):
        fact = page.locator("dl.facts > div").filter(has=page.get_by_text(say(*label), exact=True))
        expect(fact.locator("dd")).to_have_text(amount)
    assert verify_all(engine, app="general").findings == ()


@pytest.mark.parametrize(
    ("locale", "item", "customer"),
    [("zh-CN", "ZL002", "C002"), pytest.param("en", "ZL001", "C001", marks=pytest.mark.long)],
)
def test_the_whole_story(desk: Desk, engine: Engine, locale: str, item: str, customer: str) -> None:
    story = Story(desk, Says(locale), item, customer)
    receipt = buy_and_receive(story)
    small, large = sell(story)
    deliver(story, small, large)
    collect(story, large)
    return_both_ways(story, small, receipt)
    move_and_count(story)
    change_the_app(story)
    go_back(story)
    adds_up(story, engine)
