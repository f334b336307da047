"""What somebody may try with approvals: to decide twice, against another, for themselves, over a version that is gone, by a link."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest

from builder.commands import (
    ActOnTask,
    Actor,
    CreateRecord,
    MoveApproval,
    Publish,
    SaveDelegation,
    SaveDraft,
)
from builder.errors import BuilderError, ForbiddenError, InvalidError
from builder.record import Ref
from builder.runtime.auth import actor_of
from builder.runtime.dispatch import Dispatcher
from builder.storage import accounts, flow
from tests.api.caller import Api, good
from tests.api.test_approvals import GOODS, act, flow_of, state, submitted, task, user
from tests.api.test_submitting import signed_in
from tests.runtime.shop import shop_nodes

DOCUMENTS = 200
PEOPLE = ("boss", "seller", "clerk")


def actor(api: Api, login: str) -> Actor:
    with api.world.engine.database.snapshot() as conn:
        found = accounts.user_by_login(conn, 1, login)
    assert found is not None
    return actor_of(1, found)


def asked(api: Api) -> list[tuple[str, dict[str, int]]]:
    """Orders that wait, and the task of each person on them."""
    goods = good(api.boss.post(GOODS, {"code": "A", "name": "A", "price": "600.00"}), 201)["id"]
    send, clerk, read = Dispatcher(api.world.engine), actor(api, "clerk"), api.world.engine.database.read_id
    found = []
    for _ in range(DOCUMENTS):
        values = {"lines": [{"goods": goods, "quantity": "2"}]}
        made = send(clerk, CreateRecord("shop", "order", values, submit=True))
        id = read(made["id"])
        assert id is not None
        with api.world.reading() as ctx:
            ((_, tasks),) = flow.running(ctx.conn, 1, ctx.app.maps, Ref("order", id))
            found.append((made["id"], {ctx.directory.name_of(t.assignee_id): t.id for t in tasks}))
    return found


def test_apr_002_approve_against_reject_of_two_people_has_one_winner(api: Api) -> None:
    """Two approvers, one of whom is enough, decide against each other at a barrier."""
    flow_of(api, {"approvers": [{"user": "boss"}, {"user": "seller"}]})
    waiting = asked(api)
    stock = {"lines": [{"goods": api.boss.read(GOODS)["items"][0]["id"], "quantity": "9999"}]}
    good(api.boss.post("/apps/shop/receipt", stock, query_string={"submit": "1"}), 201)
    barrier = threading.Barrier(2)
    said: dict[str, list[str]] = {"Boss": [], "Seller": []}

    def decide(name: str, action: str) -> None:
        send, who = Dispatcher(api.world.engine), actor(api, name.lower())
        for _, tasks in waiting:
            barrier.wait(60)
            try:
                send(who, ActOnTask(tasks[name], action))
                said[name].append("done")
            except BuilderError as error:
                said[name].append(error.code)

    threads = [
        threading.Thread(target=decide, args=pair) for pair in (("Boss", "approve"), ("Seller", "reject"))
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    both = list(zip(said["Boss"], said["Seller"], strict=True))
    assert len(both) == DOCUMENTS
    for (id, _), (approved, rejected) in zip(waiting, both, strict=True):
        assert sorted((approved, rejected)) in (["TASK_NOT_OPEN", "done"], ["RECORD_CHANGED", "done"]), (
            id,
            both,
        )
        assert state(api, id) == ("approved" if approved == "done" else "draft")


def test_apr_003_one_person_counts_once_in_a_vote(api: Api) -> None:
    flow_of(api, {"mode": "votes", "votes": 2, "approvers": [{"user": one} for one in PEOPLE]})
    order = submitted(api)
    number = api.world.engine.database.read_id(task(api.seller))
    assert number is not None
    barrier, said = threading.Barrier(2), []

    def vote() -> None:
        send, who = Dispatcher(api.world.engine), actor(api, "seller")
        barrier.wait(60)
        try:
            send(who, ActOnTask(number, "approve"))
            said.append("done")
        except BuilderError as error:
            said.append(error.code)

    threads = [threading.Thread(target=vote) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(said) == ["TASK_NOT_OPEN", "done"]
    assert state(api, order) == "submitted"
    good(act(api.boss, "approve"))
    assert state(api, order) == "approved"


def away(api: Api, login: str, to: str, first: date, last: date) -> None:
    Dispatcher(api.world.engine)(actor(api, login), SaveDelegation(actor(api, to).user_id, first, last))


def test_apr_006_delegation_gives_nobody_more_than_they_may(api: Api) -> None:
    """In a circle, expired, to the submitter of a document that its submitter must not decide."""
    today = api.world.clock.now().date()
    flow_of(api, {**user("seller"), "self_approval": "skip"}, user("boss"))
    away(api, "seller", "boss", today, today)
    away(api, "boss", "seller", today, today)
    submitted(api)
    # A circle counts for nothing: whoever was meant is asked.
    assert len(api.seller.read("/tasks")["items"]) == 1
    # Nor does somebody who may not use the app, whoever made that account.
    away(api, "boss", "nobody", today, today)
    submitted(api, "N")
    assert api.nobody.read("/tasks")["items"] == []
    with pytest.raises(InvalidError):
        away(api, "clerk", "clerk", today, today)
    with pytest.raises(InvalidError):
        away(api, "clerk", "boss", today - timedelta(days=3), today - timedelta(days=1))
    # The submitter stands in for the approver, but not on their own document.
    away(api, "seller", "clerk", today, today)
    submitted(api, "B")
    tasks = {t["id"] for t in api.seller.read("/tasks")["items"]}
    for id in tasks:
        number = api.world.engine.database.read_id(id)
        assert number is not None
        with pytest.raises(ForbiddenError):
            Dispatcher(api.world.engine)(actor(api, "clerk"), ActOnTask(number, "approve"))


def without_approval(api: Api) -> None:
    workflow = shop_nodes()["workflow", "order"]
    for transition in workflow["transitions"]:
        transition.pop("approval", None)
    api.world.send(SaveDraft("shop", "workflow", "order", workflow))
    api.world.send(Publish("shop"))


def test_apr_008_a_published_version_neither_approves_nor_loses_what_runs(api: Api) -> None:
    flow_of(api, user("seller"), user("boss"))
    order = submitted(api)
    flow_of(api, {**user("boss"), "uid": "other", "label": "Other"})
    number = api.world.engine.database.read_id(order)
    assert number is not None
    assert state(api, order) == "submitted"
    with pytest.raises(InvalidError):
        api.world.send(MoveApproval("shop", "order", number, "approve"), actor=actor(api, "boss"))
    # It stays on its own version, even where the live one has no approval any more.
    without_approval(api)
    good(act(api.seller, "approve"))
    assert state(api, order) == "submitted"
    good(act(api.boss, "approve"))
    assert state(api, order) == "approved"


def test_apr_009_a_link_that_is_fetched_decides_nothing(api: Api) -> None:
    """A mail scanner, or another site, fetches every address there is."""
    flow_of(api, user("boss"))
    order = submitted(api)
    id = task(api.boss)
    client = signed_in(api, "boss")
    for path in (
        f"/api/v1/tasks/{id}/approve",
        "/api/v1/tasks",
        f"/a/shop/order/{order}",
        f"/a/shop/order/{order}/path/approve",
        f"/a/shop/approvals?do=move&group={id}",
        f"/tasks?approve={id}&do=approve",
        f"/a/shop/order/bulk/approve?ids={order}",
    ):
        for method in ("get", "head"):
            getattr(client, method)(path)
    assert state(api, order) == "submitted"
    # A form of another site has no proof of the session.
    client.environ_base.pop("HTTP_X_CSRF_TOKEN")
    answer: Any = client.post(f"/api/v1/tasks/{id}/approve", json={})
    assert answer.status_code in {400, 401, 403}
    assert state(api, order) == "submitted"
    good(act(api.boss, "approve", id))
    assert state(api, order) == "approved"
