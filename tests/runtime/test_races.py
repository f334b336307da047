"""Races: whoever comes at the same moment, by whatever way, nothing is sold twice, nobody waits for ever, and the books hold."""

from __future__ import annotations

import itertools
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import patch

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from builder.app import create_app
from builder.commands import (
    ActOnTask,
    ClosePeriod,
    Convert,
    CreateRecord,
    PressButton,
    Publish,
    SaveDraft,
    UpdateRecord,
)
from builder.errors import BuilderError
from builder.record import Ref
from builder.runtime import dispatch
from builder.runtime.decide import decide
from builder.runtime.verifying import verify_all
from builder.storage import apps as stored_apps
from builder.storage import flow
from builder.storage.tables.ledgers import journal, period
from tests.runtime.world import PASSWORD, WS, World

NUMBERS = itertools.count(1)
WRITERS = 16
MANY = 1_000_000
"""More deliveries than the races before can have made, however quick the machine."""
PATIENCE = 600
"""Seconds after which a race hangs; nothing is measured by it."""
Work = Callable[[], Any]


def name(what: str) -> str:
    return f"{what}{next(NUMBERS)}"


def goods(world: World, count: int = 1) -> list[int]:
    codes = [name("G") for _ in range(count)]
    return [world.id(world.create("goods", {"code": c, "name": c, "price": "2.50"})) for c in codes]


def body(world: World, *rows: tuple[int, Any]) -> dict[str, Any]:
    show = world.engine.database.show
    return {"lines": [{"goods": show(item), "quantity": str(quantity)} for item, quantity in rows]}


def received(world: World, *rows: tuple[int, Any]) -> None:
    world.create("receipt", body(world, *rows), submit=True)


def stock(world: World, item: int) -> Decimal:
    return world.balance("stock", "on_hand", item)


def all_at_once(works: Sequence[Work]) -> list[Any]:
    """What became of each: its answer, or the error that its caller got."""
    start = threading.Barrier(len(works))

    def run(work: Work) -> Any:
        start.wait(PATIENCE)
        try:
            return work()
        except BuilderError as error:
            return error

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(PATIENCE) for future in [pool.submit(run, work) for work in works]]


@contextmanager
def decided_together(count: int) -> Iterator[None]:
    """The first ``count`` decisions are all made before any of them is committed."""
    barrier, number = threading.Barrier(count), itertools.count()

    def deciding(*args: Any) -> Any:
        first = next(number) < count
        try:
            return decide(*args)
        finally:
            if first:
                barrier.wait(PATIENCE)

    with patch.object(dispatch, "decide", deciding):
        yield


def codes(outcomes: Sequence[Any]) -> Counter[str]:
    """How often which outcome: ``ok``, or the code of the refusal, a guard's by its own name."""

    def code(outcome: Any) -> str:
        if not isinstance(outcome, BuilderError):
            return "ok"
        return outcome.problems[0].code if outcome.code == "GUARD_REFUSED" else outcome.code

    return Counter(code(outcome) for outcome in outcomes)


@pytest.fixture
def others(yard: World) -> Iterator[list[World]]:
    """The same database in two processes."""
    other = yard.other_process()
    yield [yard, other]
    other.engine.database.close()


@pytest.fixture(autouse=True)
def _books(yard: World) -> Iterator[None]:
    """After every race: each balance is the sum of its entries, no guard is broken, every link of the chain holds."""
    yield
    assert verify_all(yard.engine).findings == ()
    if yard.engine.database.dialect == "postgresql":
        deadlocks = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        with yard.engine.database.snapshot() as conn:
            assert conn.execute(deadlocks).scalar_one() == 0


# Many writers.


def sell(world: World, chance: random.Random, items: Sequence[int]) -> Any:
    rows = [(item, 1) for item in items]
    chance.shuffle(rows)
    return world.send(CreateRecord("shop", "delivery", body(world, *rows), submit=True))


def writers(worlds: Sequence[World], each: int, pick: Callable[[random.Random], Sequence[int]]) -> list[Any]:
    """Sixteen of them, in both processes, each with so many documents."""

    def work(number: int) -> Work:
        chance, world = random.Random(number), worlds[number % len(worlds)]

        def sells() -> list[Any]:
            outcomes = []
            for _ in range(each):
                try:
                    outcomes.append(sell(world, chance, pick(chance)))
                except BuilderError as error:
                    outcomes.append(error)
            return outcomes

        return sells

    return [o for outcomes in all_at_once([work(n) for n in range(WRITERS)]) for o in outcomes]


@pytest.mark.parametrize("each", [2, pytest.param(25, marks=pytest.mark.long)])
def test_the_last_of_a_hot_item_are_sold_once(yard: World, others: list[World], each: int) -> None:
    [item] = goods(yard)
    plenty = WRITERS * each - 10
    received(yard, (item, plenty))
    outcomes = writers(others, each, lambda _: [item])
    assert codes(outcomes) == {"ok": plenty, "SHORT": 10}
    assert stock(yard, item) == 0


@pytest.mark.parametrize("each", [2, pytest.param(25, marks=pytest.mark.long)])
def test_lines_in_any_order_never_end_in_a_deadlock(yard: World, others: list[World], each: int) -> None:
    items = goods(yard, 6)
    received(yard, *((item, 1000) for item in items))
    outcomes = writers(others, each, lambda chance: chance.sample(items, 4))
    assert codes(outcomes) == {"ok": WRITERS * each}
    assert sum(stock(yard, item) for item in items) == 6000 - 4 * WRITERS * each


@pytest.mark.parametrize("each", [1, pytest.param(25, marks=pytest.mark.long)])
def test_scarce_items_in_any_order_are_never_oversold(yard: World, others: list[World], each: int) -> None:
    """Who finds one of its items gone writes nothing of the others."""
    items = goods(yard, 4)
    received(yard, *((item, 5 * each) for item in items))
    outcomes = writers(others, each, lambda chance: chance.sample(items, 2))
    found = codes(outcomes)
    assert set(found) <= {"ok", "SHORT"}
    left = [stock(yard, item) for item in items]
    assert min(left) >= 0
    assert sum(left) == 20 * each - 2 * found["ok"]


def test_lanes_that_nobody_has_made_yet_are_made_by_all(yard: World, others: list[World]) -> None:
    items = goods(yard, 6)

    def receive(number: int) -> Work:
        rows = random.Random(number).sample(items, 6)
        return lambda: others[number % 2].create("receipt", body(yard, *((i, 1) for i in rows)), submit=True)

    outcomes = all_at_once([receive(number) for number in range(WRITERS)])
    assert codes(outcomes) == {"ok": WRITERS}
    assert {stock(yard, item) for item in items} == {Decimal(WRITERS)}


def test_numbers_have_neither_twins_nor_holes(yard: World, others: list[World]) -> None:
    """Refused commands give their number back."""
    [item] = goods(yard)
    received(yard, (item, 4))
    with yard.reading() as ctx:
        before = {r.values["number"] for r in ctx.reader.find("delivery", limit=MANY)}
    outcomes = all_at_once([partial(sell, others[n % 2], random.Random(n), [item]) for n in range(8)])
    assert codes(outcomes) == {"ok": 4, "SHORT": 4}
    with yard.reading() as ctx:
        numbers = [str(r.values["number"]) for r in ctx.reader.find("delivery", limit=MANY)]
    assert len(numbers) == len(before) + 4
    counts = sorted(int(number.rpartition("-")[2]) for number in numbers)
    assert counts == list(range(1, len(numbers) + 1))


# The last ten of an order, by every way there is.


def approved_order(world: World, item: int, quantity: Any = 10) -> int:
    order = world.id(world.create("order", body(world, (item, quantity)), submit=True))
    world.fire("order", order, "approve")
    return order


def boss_client(world: World) -> FlaskClient:
    """Signed in as a boss, over HTTP."""
    world.person(login := name("boss"), "boss")
    made = create_app(world.engine).test_client()
    sent = made.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {sent.get_json()['token']}"
    return made


def over_http(response: Any) -> Any:
    """An HTTP answer as the door gives it."""
    if response.status_code < 400:
        return response.get_json()
    document = response.get_json()
    assert response.status_code in (409, 422), document
    first = document.get("errors", [{}])[0].get("code")
    return BuilderError(first if document["code"] == "GUARD_REFUSED" else document["code"])


@pytest.mark.parametrize("together", [False, True])
def test_the_last_ten_are_converted_by_one_of_four_ways(
    yard: World, others: list[World], *, together: bool
) -> None:
    [item] = goods(yard)
    order = approved_order(yard, item)
    shown = yard.engine.database.show(order)
    at = "/api/v1/apps/shop/order"
    single, bulk = boss_client(yard), boss_client(yard)
    ways: list[Work] = [
        lambda: others[1].send(Convert("shop", "order", (order,), "deliver")),
        lambda: over_http(single.post(f"{at}/{shown}/conversions/deliver", json={})),
        lambda: over_http(bulk.post(f"{at}/conversions/deliver", json={"ids": [shown]})),
        lambda: yard.send(PressButton("shop", "order", order, "press")),
    ]
    random.Random(together).shuffle(ways)
    if together:
        with decided_together(len(ways)):
            outcomes = all_at_once(ways)
    else:
        outcomes = all_at_once(ways)
    found = codes(outcomes)
    assert found.pop("ok") == 1
    assert set(found) <= ({"OVER_ORDER"} if together else {"OVER_ORDER", "NOTHING_OPEN"})
    assert found.total() == 3
    with yard.reading() as ctx:
        [made] = ctx.reader.find("delivery", {"field": "order", "op": "=", "value": order})
        [delivered] = ctx.load("delivery", made.id).lines["lines"]
        [line] = ctx.load("order", order).lines["lines"]
    assert delivered.values["quantity"] == Decimal("10.00")
    assert yard.balance("open", "delivered", line.id) == Decimal("10.00")


def test_parts_of_the_last_ten_never_come_to_more(yard: World, others: list[World]) -> None:
    [item] = goods(yard)
    order = approved_order(yard, item)
    with yard.reading() as ctx:
        [line] = ctx.load("order", order).lines["lines"]
    part = Convert("shop", "order", (order,), "deliver", {line.id: "3"})
    with decided_together(4):
        outcomes = all_at_once([partial(others[n % 2].send, part) for n in range(4)])
    assert codes(outcomes) == {"ok": 3, "OVER_ORDER": 1}
    assert yard.balance("open", "delivered", line.id) == Decimal("9.00")


# Approvals.


def waiting_slip(world: World, item: int, *people: Any) -> tuple[int, list[int]]:
    """A slip, and the task that each of these people has with it."""
    paper = world.id(world.create("slip", body(world, (item, 4)), submit=True))
    with world.reading() as ctx:
        [(_, tasks)] = ctx.reader.running_approvals(Ref("slip", paper))
    return paper, [next(t.id for t in tasks if t.assignee_id == p.user_id) for p in people]


@pytest.mark.parametrize("same_key", [True, False])
def test_an_approval_that_is_sent_twice_doubles_nothing(
    yard: World, others: list[World], *, same_key: bool
) -> None:
    boss, [item] = yard.person(name("boss"), "boss"), goods(yard)
    received(yard, (item, 10))
    paper, [task] = waiting_slip(yard, item, boss)
    key = name("twice") if same_key else None
    act = ActOnTask(task, "approve", "yes")
    with decided_together(2):
        outcomes = all_at_once([partial(w.send, act, actor=boss, key=key) for w in others])
    assert codes(outcomes) == ({"ok": 2} if same_key else {"ok": 1, "TASK_NOT_OPEN": 1})
    if same_key:
        assert outcomes[0] == outcomes[1]
    assert stock(yard, item) == Decimal("6.00")
    assert decisions(yard, paper) == ["approve"]


def test_of_two_approvers_one_decides(yard: World, others: list[World]) -> None:
    first, second = (yard.person(name("boss"), "boss") for _ in range(2))
    [item] = goods(yard)
    received(yard, (item, 10))
    paper, [mine, theirs] = waiting_slip(yard, item, first, second)
    with decided_together(2):
        outcomes = all_at_once(
            [
                lambda: others[0].send(ActOnTask(mine, "approve"), actor=first),
                lambda: others[1].send(ActOnTask(theirs, "reject", "no"), actor=second),
            ]
        )
    assert codes(outcomes) == {"ok": 1, "TASK_NOT_OPEN": 1}
    [action] = decisions(yard, paper)
    with yard.reading() as ctx:
        state = ctx.load("slip", paper).state
    assert (action, state, stock(yard, item)) in {
        ("approve", "approved", Decimal("6.00")),
        ("reject", "draft", Decimal("10.00")),
    }


def decisions(world: World, paper: int) -> list[str]:
    with world.reading() as ctx:
        told = flow.trail(ctx.conn, ctx.app.maps, WS, Ref("slip", paper))
    return [row.action for row in told if row.action != "start"]


def test_two_approvals_of_the_last_goods_are_not_both_given(yard: World, others: list[World]) -> None:
    boss, [item] = yard.person(name("boss"), "boss"), goods(yard)
    received(yard, (item, 4))
    tasks = [waiting_slip(yard, item, boss)[1][0] for _ in range(2)]
    with decided_together(2):
        outcomes = all_at_once(
            [partial(w.send, ActOnTask(t, "approve"), actor=boss) for w, t in zip(others, tasks, strict=True)]
        )
    assert codes(outcomes) == {"ok": 1, "SHORT": 1}
    assert stock(yard, item) == 0


# One record.


def test_two_people_who_saw_the_same_version_do_not_overwrite_each_other(
    yard: World, others: list[World]
) -> None:
    [item] = goods(yard)
    edits = [UpdateRecord("shop", "goods", item, {"name": n}, 1) for n in ("first", "second")]
    with decided_together(2):
        outcomes = all_at_once([partial(w.send, e) for w, e in zip(others, edits, strict=True)])
    assert codes(outcomes) == {"ok": 1, "VERSION_CONFLICT": 1}
    with yard.reading() as ctx:
        record = ctx.load("goods", item)
    assert record.version == 2
    assert record.values["name"] == ("first" if isinstance(outcomes[1], BuilderError) else "second")


def test_edits_of_different_fields_are_both_kept(yard: World, others: list[World]) -> None:
    [item] = goods(yard)
    edits = [UpdateRecord("shop", "goods", item, v) for v in ({"name": "New"}, {"price": "9.00"})]
    with decided_together(2):
        outcomes = all_at_once([partial(w.send, e) for w, e in zip(others, edits, strict=True)])
    assert codes(outcomes) == {"ok": 2}
    with yard.reading() as ctx:
        record = ctx.load("goods", item)
    assert (record.version, record.values["name"], record.values["price"]) == (3, "New", Decimal("9.00"))


def test_a_move_and_an_edit_of_one_document_do_not_mix(yard: World, others: list[World]) -> None:
    """Either the new quantity is posted, or what was posted can no longer be changed."""
    [item] = goods(yard)
    draft = yard.id(yard.create("receipt", body(yard, (item, 4))))
    clerk = yard.person(name("clerk"), "clerk")
    with decided_together(2):
        outcomes = all_at_once(
            [
                lambda: others[0].fire("receipt", draft, "approve"),
                lambda: others[1].update("receipt", draft, body(yard, (item, 7)), actor=clerk),
            ]
        )
    assert not isinstance(outcomes[0], BuilderError)
    edited = not isinstance(outcomes[1], BuilderError)
    assert stock(yard, item) == (Decimal("7.00") if edited else Decimal("4.00"))


def test_one_code_is_taken_once(yard: World, others: list[World]) -> None:
    make = CreateRecord("shop", "goods", {"code": name("same"), "name": "x"})
    with decided_together(8):
        outcomes = all_at_once([partial(others[n % 2].send, make) for n in range(8)])
    assert codes(outcomes) == {"ok": 1, "DUPLICATE": 7}


# What moves under everybody.


def publish_field(world: World, key: str) -> int:
    field = {"uid": f"receipt.{key}", "key": key, "type": "text", "label": key, "default": "'new'"}
    with world.reading() as ctx:
        nodes = stored_apps.live_nodes(ctx.conn, WS, ctx.app.row.app_id)
    old = nodes["entity", "receipt"]
    world.send(SaveDraft("shop", "entity", "receipt", {**old, "fields": [*old["fields"], field]}))
    return int(world.send(Publish("shop"))["version"])


def test_versions_are_published_while_writers_write(yard: World, others: list[World]) -> None:
    """Nobody hears of it, and every record is what its version says."""
    [item] = goods(yard)
    fields = [name("field") for _ in range(2)]

    def write() -> list[Any]:
        return [others[0].create("receipt", body(yard, (item, 1)), submit=True) for _ in range(4)]

    def publish() -> list[int]:
        return [publish_field(others[1], field) for field in fields]

    *written, versions = all_at_once([*[write] * 6, publish])
    assert stock(yard, item) == Decimal(24)
    with yard.reading() as ctx:
        for made in itertools.chain(*written):
            record = ctx.load("receipt", yard.id(made))
            new = [record.values.get(field) == "new" for field in fields]
            assert new == [record.package_version >= version for version in versions]


def test_nothing_is_posted_into_a_period_that_closes(yard: World, others: list[World]) -> None:
    """Whoever comes to the gate after the period was closed finds it closed."""
    [item] = goods(yard)

    def write() -> list[Any]:
        made: list[Any] = []
        for _ in range(5):
            try:
                made.append(others[0].create("receipt", body(yard, (item, 1)), submit=True))
            except BuilderError as error:
                made.append(error)
        return made

    known = ("PERIOD_UNAPPROVED",)
    close = ClosePeriod("shop", "stock", "2026-01-05", reason="drafts of other tests", accept=known)
    *written, closed = all_at_once([*[write] * 6, lambda: others[1].send(close)])
    try:
        assert not isinstance(closed, BuilderError)
        found = codes(list(itertools.chain(*written)))
        assert set(found) <= {"ok", "PERIOD_CLOSED"}
        assert stock(yard, item) == found["ok"]
        with yard.reading() as ctx:
            ledger = ctx.app.ledgers["stock"].ledger_id
            last = select(func.max(journal.c.cmd)).where(journal.c.ledger_id == ledger)
            at = select(period.c.cmd).where(period.c.ledger_id == ledger)
            assert ctx.conn.execute(last).scalar_one() < ctx.conn.execute(at).scalar_one()
    finally:
        yard.send(ClosePeriod("shop", "stock", None, reopen=True, reason="Forgotten"))
