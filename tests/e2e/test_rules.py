"""Rules in a browser: one of each trigger and each action is built by picking, published, and those within the house run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from builder.app import create_app, open_engine
from builder.commands import PressButton
from builder.config import Settings
from builder.errors import InvalidError
from builder.record import Ref
from builder.runtime.context import Context
from builder.runtime.opening import open_reading
from builder.runtime.relay import Relay
from builder.storage import notifications
from tests.answering import answering
from tests.e2e.conftest import Desk
from tests.runtime.offers import offers
from tests.runtime.world import WS, World

pytestmark = pytest.mark.e2e


def nodes() -> dict[Any, Any]:
    """Offers without rules, and everything that rules may speak of."""
    made = offers()
    offer = made["entity", "offer"]
    again = {"uid": "offer.again", "key": "again", "label": "Again", "to": "note", "map": {"text": "code"}}
    made["entity", "offer"] = {**offer, "conversions": [again]}
    made["connector", "books"] = {"uid": "c.books", "key": "books", "label": "Books", "kind": "rest"}
    made["connector", "group"] = {"uid": "c.group", "key": "group", "label": "Group", "kind": "robot", "vendor": "wecom", "secrets": ["key"]}  # fmt: skip
    return made


@dataclass
class Place:
    """Where the app listens, and what stands behind it."""

    world: World
    address: str


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("offers")
    engine = open_engine(Settings(database=f"sqlite:///{folder}/zhanggui.db", var=str(folder)))
    engine.database.migrate()
    world = World(engine)
    world.install(nodes(), "shop")
    world.actor = world.person("boss", "boss", admin=True)
    with answering(create_app(engine)) as address:
        yield Place(world, address)
    engine.database.close()


@pytest.fixture
def people(place: Place, browser: Browser) -> Iterator[Desk]:
    found = Desk(browser, place.address)
    yield found
    found.check()


class Maker:
    """Hands of somebody who writes rules. Everything is picked or said; nothing is JSON."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address = page, address

    @contextmanager
    def settled(self) -> Iterator[None]:
        """What is done within is saved, and the bench shows what came of it."""
        with self.page.expect_response(lambda answer: answer.request.method == "POST"):
            yield
        expect(self.page.locator("#bench[aria-busy]")).to_have_count(0)

    def begin(self, name: str, trigger: str, entity: str = "") -> None:
        """A new rule with that trigger."""
        self.page.goto(f"{self.address}/design/shop/rule/")
        self.page.locator("#a-zh").fill(name)
        self.page.locator("#a-en").fill(name)
        self.page.locator("#a-e").select_option("offer")
        self.page.locator(".adder button.primary").click()
        self.page.locator("[name='when.kind']").wait_for()
        if trigger != "record_created":
            self.pick("when.kind", trigger)
        if entity:
            self.pick("when.entity", entity)

    def pick(self, name: str, value: str) -> None:
        with self.settled():
            self.page.locator(f"select[name='{name}']").select_option(value)

    def say(self, name: str, text: str) -> None:
        field = self.page.locator(f"[name='{name}']")
        with self.settled():
            field.fill(text)
            field.press("Tab")

    def check(self, name: str, value: str) -> None:
        box = self.page.locator(f"input[name='{name}'][value='{value}']")
        if not box.is_visible():
            self.page.locator("details.more.inline > summary").click()
        with self.settled():
            box.check()

    def act(self, kind: str, at: str = "then.0") -> None:
        if self.page.locator(f"select[name='{at}.kind']").input_value() != kind:
            self.pick(f"{at}.kind", kind)

    def give(self, field: str, source: str, at: str = "then.0") -> None:
        """A field of what is made or changed gets a value."""
        self.pick(f"{at}.values.new", field)
        self.say(f"{at}.values.0.source", source)

    def note(self, text: str, at: str = "then.0") -> None:
        self.act("create", at)
        self.pick(f"{at}.entity", "note")
        self.give("text", text, at)

    def more(self, at: str) -> None:
        with self.settled():
            self.page.locator(f"button[name='add'][value='{at}']").click()

    def said(self, text: str) -> None:
        expect(self.page.locator(".sentence")).to_contain_text(text)


@pytest.mark.requirement("R022")
def test_one_rule_of_each_trigger_and_action_is_built_by_picking_and_runs(people: Desk, place: Place) -> None:
    page = people.sign_in("boss")
    make = Maker(page, people.address)
    for build in (_of_records, _of_moves, _of_time, _of_lines, _of_outside):
        build(make)
    page.goto(f"{people.address}/design/shop/release")
    page.get_by_label("说明").fill("规则")
    page.get_by_role("button", name="发布为版本 2").click()
    expect(page.get_by_text("已发布，立即生效。")).to_be_visible()
    _run(place.world)


def _of_records(make: Maker) -> None:
    make.begin("made", "record_created")
    make.note("CONCAT('made ', code)")
    make.begin("changed", "record_changed")
    make.check("when.fields", "remark")
    make.say("when.to", "go")
    make.act("notify")
    make.check("then.0.to", "actor")
    make.say("then.0.title.zh", "备注 {code}")
    make.said("变为")
    make.begin("gone", "record_deleted")
    make.act("ticket")
    make.check("then.0.to", "role:boss")
    make.begin("imported", "import_finished")
    make.act("notify")
    make.begin("failed", "rule_failed")
    make.act("notify")


def _of_moves(make: Maker) -> None:
    make.begin("moved", "transition")
    make.pick("when.transition", "approve")
    make.act("convert")
    make.pick("then.0.conversion", "again")
    make.begin("asked", "approval")
    make.act("assign")
    make.check("then.0.to", "head:0")
    make.said("主管")
    make.begin("pressed", "button")
    make.act("start_approval")
    make.pick("then.0.transition", "approve")
    make.begin("print_it", "button")
    make.act("print")
    make.pick("then.0.print", "sheet")
    make.said("打印成文件")


def _of_time(make: Maker) -> None:
    make.begin("nightly", "schedule")
    make.act("update")
    make.give("remark", "'night'")
    make.begin("due", "relative_date")
    make.pick("when.date_field", "business_date")
    make.act("transition")
    make.pick("then.0.transition", "reject")
    make.begin("short", "threshold")
    make.pick("when.ledger", "stock")
    make.pick("when.grain", "goods")
    make.say("when.slack", "on_hand - 5")
    make.act("call")
    make.pick("then.0.connector", "books")


def _of_lines(make: Maker) -> None:
    make.begin("least", "line_added", "offer_line")
    make.act("set")
    make.give("quantity", "MAX(quantity, 1)")
    make.begin("most", "line_changed", "offer_line")
    make.check("when.fields", "quantity")
    make.pick("if.0.about", "path:quantity")
    make.pick("if.0.op", ">")
    make.say("if.0.value", "100")
    make.act("refuse")
    make.say("then.0.message.zh", "太多了")
    make.begin("went", "line_removed", "offer_line")
    make.act("branch")
    make.pick("then.0.if.0.about", "path:what")
    make.pick("then.0.if.0.op", "==")
    make.say("then.0.if.0.value", "dear")
    make.note("CONCAT('went ', what)", "then.0.then.0")
    make.more("then.0.else")
    make.note("'went'", "then.0.else.0")
    make.said("否则：")
    expect(make.page.locator(".sentence .in-1")).to_have_count(2)


def _of_outside(make: Maker) -> None:
    make.begin("heard", "webhook")
    make.pick("when.connector", "bank")
    make.pick("when.filter.0.field", "code")
    make.pick("when.filter.0.kind", "payload")
    make.say("when.filter.0.value", "offer.code")
    make.act("each")
    make.pick("then.0.each", "lines")
    make.act("update", "then.0.then.0")
    make.give("what", "outer.code", "then.0.then.0")
    make.said("消息里的“offer › code”")
    make.begin("told_group", "button")
    make.pick("then.0.connector", "group")
    make.said("Group")


@contextmanager
def reading(world: World) -> Iterator[Context]:
    with world.engine.database.snapshot() as conn:
        yield open_reading(world.engine, conn, world.actor, "shop", world.engine.clock.now())


def _run(world: World) -> None:
    """What runs within the house does what it says."""
    rows = [{"what": "dear", "quantity": "0.5", "price": "1"}, {"what": "b", "quantity": "2", "price": "1"}]
    id = world.id(world.create("offer", {"code": "O1", "lines": rows}))
    with reading(world) as ctx:
        record = ctx.reader.get("offer", [id])[id]
        (first, second), package = record.lines["lines"], ctx.app.package
    kinds = {rule.when.kind for rule in package.rules if rule.key != "deliver"}
    assert len(kinds) == 15
    assert str(first.get("quantity")) == "1.00"
    with pytest.raises(InvalidError):
        world.update("offer", id, {"lines": [{"id": first.id}, {"id": second.id, "quantity": "101"}]})
    world.update("offer", id, {"remark": "go", "lines": [{"id": second.id}]})
    world.send(PressButton("shop", "offer", id, "pressed"))
    other = world.id(world.create("offer", {"code": "O2"}))
    world.fire("offer", other, "approve")
    Relay(world.engine, WS).drain()
    with reading(world) as ctx:
        assert ctx.reader.running_approvals(Ref("offer", id))
        notes = {str(r.get("text")) for r in ctx.reader.find("note")}
        told = [row.title for row in notifications.of(ctx.conn, WS, world.actor.user_id)]
    assert {"made O1", "made O2", "went dear", "O2"} <= notes
    assert "备注 O1" in told
