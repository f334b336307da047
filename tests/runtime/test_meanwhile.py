"""Meanwhile: what somebody else changes between a decision and its commit: versions, rights, records, keys, approvals. It is decided
anew, or the person hears who was first."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from sqlalchemy import text

from builder.commands import (
    ActOnTask,
    Actor,
    CreateRecord,
    GrantRole,
    Publish,
    SaveDraft,
    SaveUser,
    UpdateRecord,
    WriteRecords,
)
from builder.errors import (
    BusyError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ReadOnlyError,
    RefusedError,
)
from builder.record import Ref
from builder.runtime.dispatch import TRIES, body_hash
from builder.storage import apps as stored_apps
from builder.storage import flow
from builder.storage import inbox as stored_inbox
from builder.storage.commands import stored_answer
from builder.storage.errors import RetryError
from tests.runtime.breaking import (
    after,
)
from tests.runtime.receipts import (
    goods,
    lines,
    meanwhile,
    name,
    nothing_written,
    other_one,
    receipt_of,
    received,
    signed_in,
    stock,
)
from tests.runtime.world import WS, World

# What the decision stood on has moved.


def publish_field(world: World, entity: str, key: str) -> int:
    """A new version of the app in which the entity has another field, which says that it is new."""
    field = {"uid": f"{entity}.{key}", "key": key, "type": "text", "label": key, "default": "'new'"}
    with world.reading() as ctx:
        nodes = stored_apps.live_nodes(ctx.conn, WS, ctx.app.row.app_id)
    body = nodes["entity", entity]
    world.send(SaveDraft("shop", "entity", entity, {**body, "fields": [*body["fields"], field]}))
    return int(world.send(Publish("shop"))["version"])


def test_a_version_published_meanwhile_is_decided_on(yard: World) -> None:
    item, key = goods(yard), name("field")
    versions: list[int] = []

    def publish() -> None:
        versions.append(publish_field(other, "receipt", key))

    with other_one(yard) as other, meanwhile(publish) as made:
        done = yard.send(receipt_of(yard, item, "4"))
    assert len(made) == 2
    assert done[key] == "new"
    with yard.reading() as ctx:
        assert ctx.load("receipt", yard.id(done)).package_version == versions[0]
    assert stock(yard, item) == Decimal("4.00")


def test_a_setting_and_a_right_that_move_are_decided_on_anew(yard: World) -> None:
    clerk, item = yard.person(name("clerk"), "clerk"), goods(yard)
    with other_one(yard) as other:
        with meanwhile(lambda: other.setting("large", "900.00")) as made:
            yard.send(receipt_of(yard, item, "4"))
        assert len(made) == 2

        def revoke() -> None:
            other.send(GrantRole("shop", clerk.user_id, "clerk", revoke=True))

        # The receipt is judged by the rights that hold when it is written.
        with meanwhile(revoke), pytest.raises(NotFoundError):
            yard.send(receipt_of(yard, item, "4"), actor=clerk)
    assert stock(yard, item) == Decimal("4.00")


def test_a_record_that_moves_each_time_ends_in_busy(yard: World) -> None:
    item, prices = goods(yard), itertools.count(10)
    with other_one(yard) as other:

        def move() -> None:
            other.update("goods", item, {"price": f"{next(prices)}.00"})

        with meanwhile(move, times=9) as made, pytest.raises(BusyError):
            yard.send(UpdateRecord("shop", "goods", item, {"name": "Never"}))
        assert len(made) == TRIES
        with yard.reading() as ctx:
            assert ctx.load("goods", item).values["name"] != "Never"


def test_the_version_that_a_person_saw_is_a_conflict_even_when_it_moves_meanwhile(yard: World) -> None:
    item = goods(yard)

    def move() -> None:
        other.update("goods", item, {"price": "9.00"})

    with other_one(yard) as other, meanwhile(move), pytest.raises(ConflictError) as caught:
        yard.send(UpdateRecord("shop", "goods", item, {"name": "Mine"}, 1))
    assert (caught.value.code, caught.value.params["current"]) == ("VERSION_CONFLICT", 2)


# The same key twice.


def test_a_twin_in_flight_gives_its_answer(yard: World) -> None:
    """The second is decided before the first has committed, waits for the key, and answers what the first answered."""
    item, key = goods(yard), name("twin")
    command = receipt_of(yard, item, "4")
    reached, decided = threading.Event(), threading.Event()

    def hold(_: Any) -> None:
        reached.set()
        assert decided.wait(10)

    with ThreadPoolExecutor(2) as pool, after("claim", hold, times=1):
        first = pool.submit(yard.send, command, key=key)
        assert reached.wait(10)
        with meanwhile(decided.set):
            second = pool.submit(yard.send, command, key=key)
            assert orjson.dumps(second.result(10)) == orjson.dumps(first.result(10))
    assert stock(yard, item) == Decimal("4.00")
    with yard.reading() as ctx:
        kept = stored_answer(ctx.conn, WS, yard.actor.user_id, "CreateRecord", key)
    assert kept is not None
    assert orjson.loads(kept.answer) == first.result()


def test_a_twin_that_rolled_back_leaves_the_way_free(yard: World) -> None:
    item, key = goods(yard), name("twin")
    command = receipt_of(yard, item, "4")
    reached, decided = threading.Event(), threading.Event()

    def fail(_: Any) -> None:
        reached.set()
        assert decided.wait(10)
        raise ForbiddenError

    with ThreadPoolExecutor(2) as pool, after("claim", fail, times=1):
        first = pool.submit(yard.send, command, key=key)
        assert reached.wait(10)
        with meanwhile(decided.set):
            second = pool.submit(yard.send, command, key=key)
            assert second.result(10)["state"] == "approved"
        with pytest.raises(ForbiddenError):
            first.result(10)
    assert stock(yard, item) == Decimal("4.00")


def test_nothing_is_kept_from_which_a_password_could_be_guessed(yard: World) -> None:
    """What a key was used for is told apart by a quick hash, which must not be one over a secret."""
    one, other = (SaveUser("eve", "Eve", password=p) for p in ("Right-Horse-7-Battery", "Another-Horse-8"))
    assert body_hash(one) == body_hash(other)


def test_a_twin_that_says_something_else_is_refused(yard: World) -> None:
    item, key = goods(yard), name("twin")

    def send() -> None:
        other.send(receipt_of(yard, item, "5"), key=key)

    with other_one(yard) as other, meanwhile(send), pytest.raises(InvalidError) as caught:
        yard.send(receipt_of(yard, item, "4"), key=key)
    assert caught.value.code == "IDEMPOTENCY_KEY_REUSED"
    assert stock(yard, item) == Decimal("5.00")


def test_an_answer_that_was_lost_on_its_way_is_given_again_byte_for_byte(yard: World) -> None:
    item, client = goods(yard), signed_in(yard)
    headers = {"Idempotency-Key": name("lost")}
    request = {"path": "/api/v1/apps/shop/receipt?submit=1", "json": lines(yard, item, "4")}
    first = client.post(**request, headers=headers)
    with nothing_written(yard):
        again = client.post(**request, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.get_data() == again.get_data()
    assert first.headers["ETag"] == again.headers["ETag"]
    assert stock(yard, item) == Decimal("4.00")


# Approvals.


def slip(world: World, item: int, quantity: str) -> int:
    return world.id(world.create("slip", lines(world, item, quantity), submit=True))


def task_of(world: World, paper: int, person: Actor) -> int:
    """The task that this person has with the slip, whatever became of it."""
    with world.reading() as ctx:
        running = ctx.reader.running_approvals(Ref("slip", paper))
        return next(t.id for _, tasks in running for t in tasks if t.assignee_id == person.user_id)


def test_the_approver_who_comes_second_hears_what_became_of_it(yard: World) -> None:
    first, second = (yard.person(name("boss"), "boss") for _ in range(2))
    item = goods(yard)
    received(yard, item, "10")
    paper = slip(yard, item, "4")
    mine, theirs = task_of(yard, paper, first), task_of(yard, paper, second)

    def reject() -> None:
        other.send(ActOnTask(theirs, "reject", "no"), actor=second)

    with other_one(yard) as other, meanwhile(reject), pytest.raises(ConflictError) as caught:
        yard.send(ActOnTask(mine, "approve"), actor=first)
    assert (caught.value.code, caught.value.params["status"]) == ("TASK_NOT_OPEN", "cancelled")
    assert stock(yard, item) == Decimal("10.00")
    with yard.reading() as ctx:
        assert ctx.load("slip", paper).state == "draft"


def test_a_guard_that_refuses_leaves_the_task_open_and_a_note_beside_it(yard: World) -> None:
    boss, item = yard.person(name("boss"), "boss"), goods(yard)
    received(yard, item, "3")
    paper = slip(yard, item, "4")
    task = task_of(yard, paper, boss)
    act = ActOnTask(task, "approve", "we have plenty")
    with nothing_written(yard), pytest.raises(RefusedError) as caught:
        yard.send(act, actor=boss)
    assert [(p.code, p.path) for p in caught.value.problems] == [("SHORT", "/lines/0")]
    with yard.reading() as ctx:
        row = next(r for r in stored_inbox.inbox(ctx.conn, WS, boss.user_id) if r.task.id == task)
        assert row.task.status == "open"
        assert [p["code"] for p in row.attempt] == ["SHORT"]
    received(yard, item, "1")
    assert yard.send(act, actor=boss)["state"] == "approved"
    assert stock(yard, item) == Decimal(0)


@pytest.mark.parametrize("error", [RetryError("BUSY"), ReadOnlyError()])
def test_a_note_that_cannot_be_kept_hides_no_refusal(yard: World, error: Exception) -> None:
    boss, item = yard.person(name("boss"), "boss"), goods(yard)
    paper = slip(yard, item, "4")
    with patch.object(flow, "add_attempt", side_effect=error), pytest.raises(RefusedError):
        yard.send(ActOnTask(task_of(yard, paper, boss), "approve"), actor=boss)
    yard.engine.database.is_writable = True


# Unique keys and numbers.


def test_a_key_that_two_take_at_once_is_taken_once(yard: World) -> None:
    """Both were decided before either was written: the database itself says who comes second."""
    code = name("same")
    first, second = (CreateRecord("shop", "goods", {"code": code, "name": n}) for n in ("first", "second"))
    with (
        other_one(yard) as other,
        meanwhile(lambda: other.send(first)),
        pytest.raises(ConflictError) as caught,
    ):
        yard.send(second)
    assert (caught.value.code, caught.value.status) == ("DUPLICATE", 409)
    [problem] = caught.value.problems
    assert (problem.code, problem.path) == ("DUPLICATE", "/code")
    assert problem.params["title"] in {"first", code}, "it says who holds the key"
    assert problem.params["href"].startswith("/a/shop/goods/")
    with yard.reading() as ctx:
        found = ctx.reader.find("goods", {"field": "code", "op": "=", "value": code})
    assert [r.values["name"] for r in found] == ["first"]


def test_one_key_of_many_rows_that_is_taken_leaves_none_of_them(yard: World) -> None:
    taken = name("taken")
    yard.create("goods", {"code": taken, "name": "x"})
    rows = [{"code": name("row"), "name": "y"}, {"code": taken, "name": "z"}]
    with nothing_written(yard), pytest.raises(ConflictError) as caught:
        yard.send(WriteRecords("shop", "goods", rows))
    assert [p.code for p in caught.value.problems] == ["DUPLICATE"]


@pytest.mark.parametrize("taken", [1, 3])
def test_a_number_that_is_taken_is_passed_over(yard: World, taken: int) -> None:
    """The counter stands where it stood before: numbers were brought along, or its series was changed."""
    item = goods(yard)
    slips = [yard.create("slip", lines(yard, item, "1")) for _ in range(taken)]
    last = max(str(made["number"]) for made in slips)
    with yard.engine.database.write() as conn:
        conn.execute(text("UPDATE counter SET value = 0 WHERE series_uid = 'slip.number.series'"))
    number = yard.create("slip", lines(yard, item, "1"))["number"]
    assert (number[:-3], int(number[-3:])) == (last[:-3], int(last[-3:]) + 1)
    assert yard.create("slip", lines(yard, item, "1"))["number"] > number
