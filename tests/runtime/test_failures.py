"""Failures: whatever goes wrong while a command is decided or committed, everything of it is there or nothing, and the
person hears what to do. One part for each row of the failure table."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from builder.app import create_app
from builder.commands import (
    ActOnTask,
    Actor,
    Command,
    CreateRecord,
    FireTransition,
    FireTransitions,
    GrantRole,
    Publish,
    SaveDraft,
    SaveUser,
    UpdateRecord,
    WriteRecords,
)
from builder.errors import (
    BuilderError,
    BusyError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ReadOnlyError,
    RefusedError,
)
from builder.record import Ref
from builder.runtime import dispatch
from builder.runtime.decide import decide
from builder.runtime.dispatch import TRIES, body_hash
from builder.storage import apps as stored_apps
from builder.storage import flow, records, sessions
from builder.storage import inbox as stored_inbox
from builder.storage.commands import stored_answer
from builder.storage.errors import RetryError
from tests.runtime.breaking import (
    BEFORE_COMMIT,
    after,
    failing_disk,
    failing_with,
    full_disk,
    impatient,
    losing_connection,
    rival,
    standing_still,
    wire,
)
from tests.runtime.footprint import footprint, written
from tests.runtime.world import PASSWORD, WS, World

NUMBERS = itertools.count(1)


def name(what: str = "n") -> str:
    return f"{what}{next(NUMBERS)}"


def goods(world: World) -> int:
    code = name("G")
    return world.id(world.create("goods", {"code": code, "name": f"Goods {code}", "price": "2.50"}))


def lines(world: World, item: int, quantity: str) -> Mapping[str, Any]:
    return {"lines": [{"goods": world.engine.database.show(item), "quantity": quantity}]}


def received(world: World, item: int, quantity: str) -> int:
    return world.id(world.create("receipt", lines(world, item, quantity), submit=True))


def receipt_of(world: World, item: int, quantity: str = "1") -> Command:
    """A command that takes every step there is: records, a number, lanes, entries."""
    return CreateRecord("shop", "receipt", lines(world, item, quantity), submit=True)


def stock(world: World, item: int) -> Decimal:
    return world.balance("stock", "on_hand", item)


@contextmanager
def nothing_written(world: World, *aside: str) -> Iterator[None]:
    """Everything that the database holds is afterwards as it was."""
    before = footprint(world)
    yield
    assert {t: n for t, n in written(before, footprint(world)).items() if t not in aside} == {}


def table_of(world: World, entity: str) -> str:
    """Where its records are kept."""
    with world.reading() as ctx:
        return str(ctx.app.maps.entity(entity).table.name)


def wait_for_lock(conn: Any, pid: int) -> None:
    """Until that backend waits for somebody."""
    waits = text("SELECT count(*) FROM pg_locks WHERE pid = :pid AND NOT granted")
    deadline = time.monotonic() + 10
    while not conn.execute(waits, {"pid": pid}).scalar_one():
        assert time.monotonic() < deadline


def is_postgres(world: World) -> bool:
    return world.engine.database.dialect == "postgresql"


# Decide: nothing is left behind.

REFUSED: Mapping[str, tuple[Callable[[World, int], Command], type[BuilderError]]] = {
    "no such app": (lambda w, _: CreateRecord("elsewhere", "goods", {}), NotFoundError),
    "no such entity": (lambda w, _: CreateRecord("shop", "nothing", {}), NotFoundError),
    "no such record": (lambda w, _: UpdateRecord("shop", "goods", 1, {"name": "x"}), NotFoundError),
    "not allowed": (lambda w, item: UpdateRecord("shop", "goods", item, {"name": "x"}), ForbiddenError),
    "not its version": (
        lambda w, item: UpdateRecord("shop", "goods", item, {"name": "x"}, 7),
        ConflictError,
    ),
    "wrong values": (
        lambda w, _: CreateRecord("shop", "receipt", {"lines": [{}]}, submit=True),
        InvalidError,
    ),
    "no such move": (lambda w, item: FireTransition("shop", "goods", item, "fly"), NotFoundError),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_while_deciding_leaves_nothing(yard: World, case: str) -> None:
    make, error = REFUSED[case]
    clerk, item = yard.person(name("clerk"), "clerk"), goods(yard)
    with nothing_written(yard), pytest.raises(error):
        yard.send(make(yard, item), actor=clerk if error is ForbiddenError else None)


# Locks that are not to be had: decided again, at most three times, then 503.

HELD = {
    "gate": "SELECT pg_advisory_xact_lock(app_id) FROM app WHERE key = 'shop'",
    "key": "LOCK TABLE idempotency IN EXCLUSIVE MODE",
    "records": "LOCK TABLE {receipts} IN EXCLUSIVE MODE",
    "lanes": "LOCK TABLE balance IN EXCLUSIVE MODE",
    "numbers": "LOCK TABLE counter IN EXCLUSIVE MODE",
    "chain": "LOCK TABLE chain IN EXCLUSIVE MODE",
}


@contextmanager
def counted_decisions() -> Iterator[list[Any]]:
    """Grows with every decision that was begun."""
    made: list[Any] = []

    def deciding(*args: Any) -> Any:
        made.append(args)
        return decide(*args)

    with patch.object(dispatch, "decide", deciding):
        yield made


def test_locks_that_are_never_to_be_had_end_in_busy(yard: World) -> None:
    item = goods(yard)
    for held in HELD if is_postgres(yard) else ["everything"]:
        command, key = receipt_of(yard, item), name("busy")
        with impatient(yard) as hasty, nothing_written(yard), counted_decisions() as made:
            with rival(yard) as other:
                if held in HELD:
                    other.execute(HELD[held].format(receipts=table_of(yard, "receipt")))
                with pytest.raises(BusyError) as caught:
                    hasty.send(command, key=key)
            assert caught.value.status == 503
            assert caught.value.params["retry_after"] == 1
            assert len(made) == TRIES == 4
        assert yard.send(command, key=key)["state"] == "approved"
    assert stock(yard, item) == (len(HELD) if is_postgres(yard) else 1)


def test_a_first_id_that_cannot_be_made_is_waited_for(yard: World) -> None:
    """Making ids needs a lease, which is written; a process that has none yet meets the lock while it decides."""
    item = goods(yard)
    with impatient(yard) as hasty, rival(yard) as other:
        if is_postgres(yard):
            other.execute("LOCK TABLE writer_slot IN EXCLUSIVE MODE")
        with pytest.raises(BusyError):
            hasty.send(receipt_of(yard, item))


@pytest.mark.parametrize("step", ["claim", "lanes", "journal", "commit"])
@pytest.mark.parametrize("failures", [1, TRIES - 1])
def test_what_can_be_tried_again_is(yard: World, step: str, failures: int) -> None:
    """Any error of this family, wherever it comes from: as often as there are tries left, nobody hears of it."""
    item = goods(yard)

    def fail(conn: Any) -> None:
        raise RetryError("BUSY")

    with after(step, fail, times=failures) as seen:
        assert yard.send(receipt_of(yard, item, "4"))["state"] == "approved"
    assert len(seen) == failures
    assert stock(yard, item) == Decimal("4.00")


STATES = {
    "40001": "serialization",
    "40P01": "deadlock",
    "55P03": "lock timeout",
    "57014": "statement timeout",
}


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("state", STATES)
def test_every_code_of_a_lost_race_is_decided_again(yard: World, state: str) -> None:
    item = goods(yard)
    with after("journal", failing_with(state), times=2) as seen:
        yard.send(receipt_of(yard, item, "4"))
    assert len(seen) == 2
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
def test_a_deadlock_with_somebody_else_is_survived(yard: World) -> None:
    """A foreign program locks in another order: the server ends our transaction, and the next one finds the way free."""
    item = goods(yard)
    received(yard, item, "1")
    draft = yard.id(yard.create("receipt", lines(yard, item, "4")))

    with impatient(yard, lock_timeout="30s") as hasty, rival(yard, deadlock_timeout="60s") as other:
        pid = other.info.backend_pid
        other.execute("SELECT 1 FROM balance WHERE k1 = %s FOR UPDATE", [item])
        receipts = table_of(yard, "receipt")

        def want() -> None:
            other.execute(f"SELECT 1 FROM {receipts} WHERE id = {draft} FOR UPDATE")
            other.rollback()

        crossing = threading.Thread(target=want)

        def cross(conn: Any) -> None:
            crossing.start()
            wait_for_lock(conn, pid)

        with after("records", cross, times=1), counted_decisions() as made:
            hasty.fire("receipt", draft, "approve")
        crossing.join()
    assert len(made) == 2
    assert stock(yard, item) == Decimal("5.00")


# What the decision stood on has moved.


@contextmanager
def other_one(world: World) -> Iterator[World]:
    """Somebody in another process."""
    other = world.other_process()
    yield other
    other.engine.database.close()


@contextmanager
def meanwhile(do: Callable[[], Any], *, times: int = 1) -> Iterator[list[Any]]:
    """Let something happen between a decision and its commit, the first ``times`` times. What is given back are the decisions made,
    those of what happens left out."""
    seen: list[Any] = []
    busy = threading.Event()

    def deciding(*args: Any) -> Any:
        decided = decide(*args)
        if busy.is_set():
            return decided
        seen.append(args)
        if len(seen) <= times:
            busy.set()
            do()
            busy.clear()
        return decided

    with patch.object(dispatch, "decide", deciding):
        yield seen


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


# A balance that moved although its lane was locked: a bug, or a foreign program.


def move_behind(item: int) -> Callable[[Any], None]:
    """The lane is locked, so that only this transaction itself can do it here."""
    return lambda conn: conn.execute(text(f"UPDATE balance SET ver = ver + 1 WHERE k1 = {item}"))


def test_a_balance_that_moved_under_its_lane_is_logged_and_read_again(
    yard: World, caplog: pytest.LogCaptureFixture
) -> None:
    item = goods(yard)
    received(yard, item, "10")
    with after("read", move_behind(item), times=1) as seen, counted_decisions() as made:
        yard.send(receipt_of(yard, item, "4"))
    assert (len(seen), len(made)) == (1, 2)
    assert stock(yard, item) == Decimal("14.00")
    assert any("moved under its lane" in r.message and str(item) in r.message for r in caplog.records)


def test_a_balance_that_moves_each_time_is_never_written(yard: World) -> None:
    item = goods(yard)
    received(yard, item, "10")
    with after("read", move_behind(item)), pytest.raises(BusyError):
        yard.send(receipt_of(yard, item, "4"))
    assert stock(yard, item) == Decimal("10.00")


# A disk that is full or fails.


@pytest.mark.parametrize("fail", [full_disk, failing_disk])
@pytest.mark.parametrize("step", ["claim", "write", "journal", "commit"])
def test_a_disk_that_says_no_stops_writing_and_nothing_else(yard: World, fail: Any, step: str) -> None:
    item, key, database = goods(yard), name("disk"), yard.engine.database
    command = receipt_of(yard, item, "4")
    with nothing_written(yard), after(step, fail), pytest.raises(ReadOnlyError) as caught:
        yard.send(command, key=key)
    assert caught.value.status == 507
    assert not database.is_writable
    assert stock(yard, item) == 0
    assert yard.send(command, key=key)["state"] == "approved"
    assert database.is_writable
    assert stock(yard, item) == Decimal("4.00")


def signed_in(world: World) -> FlaskClient:
    """A boss over HTTP."""
    world.person(login := name("boss"), "boss", admin=True)
    client = create_app(world.engine).test_client()
    token = client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).get_json()["token"]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client


@pytest.mark.parametrize("error", [ReadOnlyError(), RetryError("BUSY")])
def test_people_go_on_reading_while_nothing_can_be_written(yard: World, error: Exception) -> None:
    """Their sessions would be prolonged by now; writing says what is wrong, and when to come back."""
    client, item = signed_in(yard), goods(yard)
    yard.later(minutes=10)
    with (
        patch.object(sessions, "touch", side_effect=error),
        patch.object(records, "write", side_effect=error),
    ):
        found = client.get(f"/api/v1/apps/shop/goods/{yard.engine.database.show(item)}")
        assert found.status_code == 200
        refused = client.post("/api/v1/apps/shop/goods", json={"code": name("n"), "name": "n"})
    assert refused.status_code == (507 if isinstance(error, ReadOnlyError) else 503)
    assert ("Retry-After" in refused.headers) == isinstance(error, RetryError)
    assert client.post("/api/v1/apps/shop/goods", json={"code": name("n"), "name": "n"}).status_code == 201


def test_signing_in_while_nothing_can_be_written_says_so(yard: World) -> None:
    yard.person(login := name("boss"), "boss")
    client = create_app(yard.engine).test_client()
    with patch.object(sessions, "add", side_effect=RetryError("BUSY")):
        sent = client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    assert (sent.status_code, sent.headers["Retry-After"]) == (503, "1")


# A connection that is lost.


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", BEFORE_COMMIT)
def test_a_connection_lost_before_the_commit_is_made_again(yard: World, step: str) -> None:
    item = goods(yard)
    draft = yard.id(yard.create("receipt", lines(yard, item, "4")))
    update = FireTransition("shop", "receipt", draft, "approve", values={"remark": "again"})
    with after(step, losing_connection(yard), times=1) as seen:
        assert yard.send(update)["remark"] == "again"
    assert len(seen) == 1
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", ["lanes", "commit"])
def test_a_process_that_stands_still_loses_its_locks_and_writes_nothing(yard: World, step: str) -> None:
    """What it goes on with later fails, and is decided again."""
    item = goods(yard)
    with (
        impatient(yard, idle_in_transaction_session_timeout="100ms", lock_timeout="10s") as slow,
        after(step, standing_still(yard), times=1) as seen,
    ):
        assert slow.send(receipt_of(yard, item, "4"))["state"] == "approved"
    assert len(seen) == 1
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("when", ["before", "after", "at once"])
def test_a_connection_lost_around_the_commit_is_found_out_by_its_key(yard: World, when: str) -> None:
    """Whether the server got the COMMIT, committed and could not say so, or neither is known: it happened once."""
    item, key = goods(yard), name("lost")
    command = receipt_of(yard, item, "4")
    with wire(yard) as (far, cut):
        far.send(receipt_of(yard, item, "1"))
        cut(when)
        with counted_decisions() as made:
            done = far.send(command, key=key)
            assert far.send(command, key=key) == done
        assert cut.count == 1
    assert stock(yard, item) == Decimal("5.00")
    if when != "at once":
        assert len(made) == {"before": 2, "after": 1}[when]


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
def test_a_server_that_is_away_for_long_is_said_to_be_busy(yard: World) -> None:
    item, key = goods(yard), name("away")
    command = receipt_of(yard, item, "4")
    with wire(yard) as (far, cut):
        far.send(receipt_of(yard, item, "1"))
        cut("always")
        with pytest.raises(BusyError):
            far.send(command, key=key)
        cut("never")
        far.send(command, key=key)
    assert stock(yard, item) == Decimal("5.00")


# Dry runs.

DRY: Mapping[str, Callable[[World, int, int], Command]] = {
    "create": lambda w, item, _: receipt_of(w, item),
    "update": lambda w, item, _: UpdateRecord("shop", "goods", item, {"name": "Dry"}),
    "move": lambda w, _, draft: FireTransition("shop", "receipt", draft, "approve"),
    "moves": lambda w, _, draft: FireTransitions("shop", "receipt", (draft,), "approve"),
    "many": lambda w, _, __: WriteRecords("shop", "goods", [{"code": name("dry"), "name": "Dry"}]),
    "publish": lambda w, _, __: Publish("shop"),
}


@pytest.mark.parametrize("case", DRY)
def test_a_dry_run_asks_for_no_connection_that_writes(yard: World, case: str) -> None:
    item = goods(yard)
    draft = yard.id(yard.create("receipt", lines(yard, item, "4")))
    command, key = DRY[case](yard, item, draft), name("dry")
    with nothing_written(yard), patch.object(yard.engine.database, "write", side_effect=AssertionError):
        assert yard.send(command, key=key, dry_run=True)
    assert yard.send(command, key=key)


def test_what_a_dry_run_reads_from_cannot_be_written(yard: World) -> None:
    errors = (BusyError, DBAPIError, ReadOnlyError)
    with pytest.raises(errors), yard.engine.database.snapshot() as conn:
        conn.execute(text("DELETE FROM counter"))
