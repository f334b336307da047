"""Approvals over HTTP: the way before submitting, what people do on it, and who was first."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from builder.commands import ActOnTask, Publish, SaveDraft
from builder.errors import ConflictError
from builder.record import Ref
from builder.runtime import lateness
from builder.runtime.auth import actor_of
from builder.runtime.dispatch import Dispatcher
from builder.storage import accounts, flow
from tests.api.caller import Api, Caller, good, paths, refused
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD

GOODS, ORDER = "/apps/shop/goods", "/apps/shop/order"


def flow_of(api: Api, *nodes: dict[str, Any], **more: Any) -> None:
    """The order's approval has these nodes from now on."""
    workflow = shop_nodes()["workflow", "order"]
    made = [
        {"uid": f"n{i}", "kind": "approver", "label": f"Step {i}", **node} for i, node in enumerate(nodes)
    ]
    for transition in workflow["transitions"]:
        if "approval" in transition:
            transition["approval"] = {**transition["approval"], "material": [], **more, "nodes": made}
    api.world.send(SaveDraft("shop", "workflow", "order", workflow))
    api.world.send(Publish("shop"))


def grants_of(api: Api, role: int, change: dict[str, Any]) -> None:
    """The role has other rights to orders from now on."""
    roles = shop_nodes()["roles", "roles"]["roles"]
    changed = [{**g, **change} if g["entity"] == "order" else g for g in roles[role]["grants"]]
    roles[role]["grants"] = [{k: v for k, v in g.items() if v is not None} for g in changed]
    api.world.send(SaveDraft("shop", "roles", "roles", {"roles": roles}))


def user(login: str) -> dict[str, Any]:
    return {"approvers": [{"user": login}]}


def submitted(api: Api, code: str = "A", **options: Any) -> str:
    goods = good(api.boss.post(GOODS, {"code": code, "name": code, "price": "600.00"}), 201)["id"]
    good(
        api.boss.post(
            "/apps/shop/receipt", {"lines": [{"goods": goods, "quantity": "9"}]}, query_string={"submit": "1"}
        ),
        201,
    )
    made: str = good(api.clerk.post(ORDER, {"lines": [{"goods": goods, "quantity": "2"}]}), 201)["id"]
    good(api.clerk.post(f"{ORDER}/{made}/transitions/submit", options or None))
    return made


def task(caller: Caller) -> str:
    return str(caller.read("/tasks")["items"][0]["id"])


def act(caller: Caller, action: str, id: str | None = None, **body: Any) -> Any:
    return caller.post(f"/tasks/{id or task(caller)}/{action}", body)


def state(api: Api, id: str) -> str:
    return str(api.boss.read(f"{ORDER}/{id}")["state"])


def person(api: Api, caller: Caller) -> str:
    login = next(login for login, one in api.callers.items() if one is caller)
    with api.world.engine.database.snapshot() as conn:
        found = accounts.user_by_login(conn, 1, login)
    assert found is not None
    return api.world.engine.database.show(found.user_id)


def test_parallel_ways_votes_and_return_to_a_step(api: Api) -> None:
    ways = [
        {
            "uid": "l",
            "label": "l",
            "nodes": [{"uid": "l1", "kind": "approver", "label": "Left", **user("clerk")}],
        },
        {
            "uid": "r",
            "label": "r",
            "nodes": [{"uid": "r1", "kind": "approver", "label": "Right", **user("boss")}],
        },
    ]
    flow_of(api, user("seller"), {"kind": "parallel", "branches": ways})
    order = submitted(api)
    good(act(api.seller, "approve"))
    good(act(api.clerk, "approve"))
    refused(act(api.boss, "return", node="nothing"), 422)
    good(act(api.boss, "return", node="n0", straight=True, opinion="again"))
    assert api.boss.read("/tasks")["items"] == []
    good(act(api.seller, "approve"))
    for caller in (api.clerk, api.boss):
        if caller.read("/tasks")["items"]:
            good(act(caller, "approve"))
    assert state(api, order) == "approved"


def test_an_automatic_step_and_a_wait(api: Api) -> None:
    flow_of(
        api,
        {"kind": "auto", "sets": {"remark": "'checked'"}},
        {"kind": "wait", "due_hours": 1},
        user("boss"),
    )
    order = submitted(api)
    assert api.boss.read(f"{ORDER}/{order}")["remark"] == "checked"
    assert api.boss.read("/tasks")["items"] == []
    api.world.later(hours=1)
    assert lateness.see_to(api.world.engine) == 1
    good(act(api.boss, "approve"))
    assert state(api, order) == "approved"


def test_a_node_lets_its_people_change_what_it_names_and_nothing_else(api: Api) -> None:
    flow_of(api, {**user("seller"), "edit": ["remark"]})
    order = submitted(api)
    assert act(api.seller, "approve", fields={"total": "1.00"}).status_code in {403, 404, 422}
    good(act(api.seller, "approve", fields={"remark": "as agreed"}))
    assert api.boss.read(f"{ORDER}/{order}")["remark"] == "as agreed"


@pytest.mark.parametrize("action", ["comment", "cc", "urge", "withdraw"])
def test_what_a_node_lets_change_goes_along_with_the_decision_alone(api: Api, action: str) -> None:
    """Whoever has part in an approval says something about it, and changes nothing by the rights of who decides."""
    grants_of(api, 1, {"read_only": ["remark"]})
    flow_of(api, {**user("seller"), "edit": ["remark"]})
    order = submitted(api)
    body = {"opinion": "x", "users": [person(api, api.boss)], "fields": {"remark": "mine"}}
    refused(act(api.clerk, action, task(api.seller), **body), 403, "STATE_CLOSED")
    assert api.boss.read(f"{ORDER}/{order}")["remark"] != "mine"
    assert state(api, order) == "submitted"


@pytest.mark.parametrize("action", ["transfer", "add-signer", "cc"])
def test_nobody_is_asked_or_told_to_whom_the_app_is_closed(api: Api, action: str) -> None:
    """The task would wait where nobody can find it."""
    flow_of(api, user("seller"))
    submitted(api)
    outside = person(api, api.nobody)
    problem = refused(act(api.seller, action, to_user=outside), 422)
    assert {code for _, code in paths(problem)} == {"TASK_PERSON_LEFT"}


def test_the_path_is_foretold_to_who_may_submit(api: Api) -> None:
    grants_of(api, 2, {"may": ["read"], "scope": None, "transitions": []})
    flow_of(api, user("boss"))
    goods = good(api.boss.post(GOODS, {"code": "A", "name": "A", "price": "600.00"}), 201)["id"]
    order = good(api.clerk.post(ORDER, {"lines": [{"goods": goods, "quantity": "2"}]}), 201)["id"]
    assert len(api.clerk.read(f"{ORDER}/{order}/approval/preview")["items"]) == 1
    assert api.seller.read(f"{ORDER}/{order}/approval/preview")["items"] == []


def test_the_submitter_chooses_and_is_shown_among_whom(api: Api) -> None:
    flow_of(api, {"approvers": [{"choice": True, "role": "boss"}]})
    goods = good(api.boss.post(GOODS, {"code": "A", "name": "A", "price": "600.00"}), 201)["id"]
    order = good(api.clerk.post(ORDER, {"lines": [{"goods": goods, "quantity": "2"}]}), 201)["id"]
    shown = api.clerk.read(f"{ORDER}/{order}/approval/preview")["items"][0]
    boss = person(api, api.boss)
    assert (shown["choice"], [p["id"] for p in shown["among"]]) == (True, [boss])
    problem = refused(api.clerk.post(f"{ORDER}/{order}/transitions/submit"), 422)
    assert paths(problem) == {(f"/approvers/{shown['uid']}", "APPROVAL_CHOOSE")}
    good(api.clerk.post(f"{ORDER}/{order}/transitions/submit", {"approvers": {shown["uid"]: [boss]}}))
    assert len(api.boss.read("/tasks")["items"]) == 1


def test_withdrawing_urging_commenting_copying_and_reopening(api: Api) -> None:
    flow_of(api, user("seller"))
    order = submitted(api)
    id = task(api.seller)
    good(act(api.clerk, "urge", id))
    refused(act(api.clerk, "urge", id), 422)
    good(act(api.seller, "cc", users=[person(api, api.clerk)]))
    good(act(api.clerk, "comment", id, opinion="please"))
    refused(act(api.clerk, "terminate", id), 403)
    good(act(api.boss, "terminate", id))
    assert state(api, order) == "draft"
    good(act(api.boss, "reopen", id))
    assert state(api, order) == "submitted"
    good(act(api.seller, "approve"))
    assert state(api, order) == "approved"
    refused(act(api.boss, "reopen", id), 409)


def test_who_stands_in_finds_the_task_and_decides_on_behalf(api: Api) -> None:
    """Also a task that was opened before: a person who falls ill delegates what lies there already."""
    flow_of(api, user("seller"))
    order = submitted(api)
    assert api.boss.read("/tasks")["items"] == []
    client = signed_in(api, "seller")
    day = api.world.clock.now().date().isoformat()
    fields = {"to_user": person(api, api.boss), "from_day": day, "to_day": day}
    assert client("/account/delegations", **fields).status_code == 302
    assert client("/account/delegations", **{**fields, "to_user": person(api, api.seller)}).status_code == 200
    good(act(api.boss, "approve"))
    assert state(api, order) == "approved"
    with api.world.reading() as ctx:
        number = api.world.engine.database.read_id(order)
        trail = flow.trail(ctx.conn, ctx.app.maps, 1, Ref("order", number or 0))
    seller = api.world.engine.database.read_id(person(api, api.seller))
    assert [(t.action, t.on_behalf_of) for t in trail][-1] == ("approve", seller)


def signed_in(api: Api, login: str) -> Any:
    """A person at the pages: posts forms."""
    client = api.app.test_client()
    token = r'name="csrf_token" value="([^"]+)"'
    form = re.search(token, client.get("/sign-in").get_data(as_text=True))
    assert form is not None
    client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": form[1]})
    page = re.search(token, client.get("/account").get_data(as_text=True))
    assert page is not None
    return lambda path, **fields: client.post(path, data={**fields, "csrf_token": page[1]})


def test_many_tasks_are_decided_at_once_each_with_its_own_result(api: Api) -> None:
    flow_of(api, user("seller"))
    orders = [submitted(api, code=code) for code in ("A", "B")]
    ids = [t["id"] for t in api.seller.read("/tasks")["items"]]
    body = {"ids": [*ids, task_of_nobody(api)], "action": "approve", "opinion": "fine"}
    results = good(api.seller.post("/tasks", body))["results"]
    assert [r["ok"] for r in results] == [True, True, False]
    assert [state(api, order) for order in orders] == ["approved", "approved"]
    again = good(api.seller.post("/tasks", {"ids": ids, "action": "approve"}))["results"]
    assert {r["error"]["code"] for r in again} == {"TASK_NOT_OPEN"}


def task_of_nobody(api: Api) -> str:
    return api.world.engine.database.show(api.world.engine.database.new_id())


def test_a_running_approval_stays_on_its_version_until_it_is_moved(api: Api) -> None:
    """Looked at first: nothing is written; then moved, with where the old step is now."""
    flow_of(api, user("seller"))
    order = submitted(api)
    workflow = [{**user("clerk"), "uid": "checked"}, user("boss")]
    flow_of(api, *workflow)
    assert len(api.seller.read("/tasks")["items"]) == 1
    where = f"{ORDER}/{order}/approval/move"
    body = {"transition": "approve", "mapping": {"n0": "checked"}, "dry_run": True}
    refused(api.clerk.post(where, body), 403)
    lost = refused(api.boss.post(where, {"transition": "approve"}), 422)
    assert paths(lost) == {("/mapping/n0", "APPROVAL_MAP_NODE")}
    seen = good(api.boss.post(where, body))
    assert seen["asked"] == [{"node": "checked", "name": "Clerk"}]
    assert len(api.seller.read("/tasks")["items"]) == 1
    good(api.boss.post(where, {**body, "dry_run": False}))
    assert api.seller.read("/tasks")["items"] == []
    good(act(api.clerk, "approve"))
    good(act(api.boss, "approve"))
    assert state(api, order) == "approved"


def test_lists_of_what_one_decided_submitted_and_got_copies_of(api: Api) -> None:
    flow_of(api, {**user("seller"), "kind": "cc"}, user("boss"))
    order = submitted(api)
    good(act(api.boss, "approve"))
    found = {
        (login, which): [(t["record"], t["state"]) for t in caller.read("/tasks", {"list": which})["items"]]
        for login, caller in (("boss", api.boss), ("clerk", api.clerk))
        for which in ("done", "started", "cc")
    }
    there = [(order, "approved")]
    assert found == {
        ("boss", "done"): there, ("boss", "started"): [], ("boss", "cc"): [],
        ("clerk", "done"): [], ("clerk", "started"): there, ("clerk", "cc"): [],
    }  # fmt: skip
    refused(api.boss.get("/tasks", {"list": "x"}), 422)


def race(api: Api, id: str) -> list[str]:
    """The seller agrees and rejects at the same moment; what each was answered."""
    engine = api.world.engine
    number = engine.database.read_id(id)
    assert number is not None
    with engine.database.snapshot() as conn:
        found = accounts.user_by_login(conn, 1, "seller")
    assert found is not None
    actor = actor_of(1, found)
    barrier = threading.Barrier(2)
    said: list[str] = []

    def decide(action: str) -> None:
        barrier.wait()
        try:
            Dispatcher(engine)(actor, ActOnTask(number, action))
            said.append(action)
        except ConflictError as error:
            said.append(error.code)

    threads = [threading.Thread(target=decide, args=(a,)) for a in ("approve", "reject")]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    return said


@pytest.fixture
def rounds() -> Iterator[int]:
    return iter(range(8))


def test_approve_against_reject_has_one_winner(api: Api, rounds: Iterator[int]) -> None:
    flow_of(api, user("seller"))
    goods = good(api.boss.post(GOODS, {"code": "A", "name": "A", "price": "600.00"}), 201)["id"]
    stock = {"lines": [{"goods": goods, "quantity": "99"}]}
    good(api.boss.post("/apps/shop/receipt", stock, query_string={"submit": "1"}), 201)
    for _ in rounds:
        body = {"lines": [{"goods": goods, "quantity": "2"}]}
        order = good(api.clerk.post(ORDER, body, query_string={"submit": "1"}), 201)["id"]
        said = race(api, task(api.seller))
        winner = next(iter({"approve", "reject"} & set(said)))
        assert sorted(said) == sorted([winner, "TASK_NOT_OPEN"])
        assert state(api, order) == {"approve": "approved", "reject": "draft"}[winner]
