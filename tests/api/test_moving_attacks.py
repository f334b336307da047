"""Taking a running approval over to another version gives nobody a way round it: not by a race, not by a mapping, not by being asked twice."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from builder.commands import MoveApproval
from builder.errors import BuilderError
from builder.runtime.auth import actor_of
from builder.runtime.dispatch import Dispatcher
from builder.storage import accounts
from tests.api.caller import Api, Caller, good, refused
from tests.api.test_approvals import ORDER, act, flow_of, state, submitted, task, user

MOVE = "/apps/shop/order/{}/approval/move"


def move(api: Api, order: str, login: str = "boss", **mapping: str) -> Any:
    """As the owner does on the page, or somebody else tries to."""
    engine = api.world.engine
    with engine.database.snapshot() as conn:
        found = accounts.user_by_login(conn, 1, login)
    id = engine.database.read_id(order)
    assert found is not None
    assert id is not None
    return Dispatcher(engine)(actor_of(1, found), MoveApproval("shop", "order", id, "approve", mapping))


def refusal(api: Api, order: str, login: str = "boss", **mapping: str) -> str:
    with pytest.raises(BuilderError) as caught:
        move(api, order, login, **mapping)
    return caught.value.problems[0].code if caught.value.problems else caught.value.code


def waiting(caller: Caller) -> list[str]:
    return [str(one["id"]) for one in caller.read("/tasks")["items"]]


def test_nobody_but_an_owner_moves_whoever_is_asked(api: Api) -> None:
    flow_of(api, user("seller"))
    order = submitted(api)
    flow_of(api, {**user("clerk"), "uid": "late"})
    for login in ("clerk", "seller", "nobody"):
        assert refusal(api, order, login, n0="late") in {"TASK_NOT_YOURS", "NOT_FOUND"}
    assert waiting(api.seller)
    assert not waiting(api.clerk)


@pytest.mark.parametrize(
    "mapping", [{"n0": "nowhere"}, {"n0": ""}, {"n0": "way"}, {"n0": "said"}, {"n9": "late"}]
)
def test_a_mapping_leads_to_a_step_that_stops_or_nowhere(api: Api, mapping: dict[str, str]) -> None:
    """Not to what nobody decides at, which would be passed at once."""
    flow_of(api, user("seller"))
    order = submitted(api)
    branch = {
        "uid": "way.else",
        "label": "else",
        "nodes": [{"uid": "late", "kind": "approver", "label": "L", **user("boss")}],
    }
    flow_of(
        api,
        {"uid": "said", "kind": "cc", **user("boss")},
        {"uid": "way", "kind": "condition", "branches": [branch]},
    )
    assert refusal(api, order, **mapping) == "APPROVAL_MAP_NODE"
    assert state(api, order) == "submitted"
    good(act(api.seller, "approve"))
    assert state(api, order) == "approved"


def test_a_task_of_the_old_version_decides_nothing_any_more(api: Api) -> None:
    flow_of(api, user("seller"), user("boss"))
    order = submitted(api)
    old = task(api.seller)
    flow_of(api, {**user("clerk"), "uid": "first"}, {**user("boss"), "uid": "second"})
    move(api, order, n0="first")
    refused(act(api.seller, "approve", old), 409, "TASK_NOT_OPEN")
    good(act(api.clerk, "approve"))
    refused(act(api.seller, "approve", old), 409)
    good(act(api.boss, "approve"))
    assert state(api, order) == "approved"


def test_a_vote_counts_where_the_content_is_the_same_and_only_for_who_gave_it(api: Api) -> None:
    both = {"approvers": [{"user": "seller"}, {"user": "boss"}], "mode": "all"}
    flow_of(api, both)
    order = submitted(api)
    good(act(api.seller, "approve"))
    flow_of(api, {**both, "approvers": [{"user": "seller"}, {"user": "clerk"}], "uid": "late"})
    move(api, order, n0="late")
    assert (waiting(api.seller), bool(waiting(api.clerk)), waiting(api.boss)) == ([], True, [])
    assert state(api, order) == "submitted"
    good(act(api.clerk, "approve"))
    assert state(api, order) == "approved"


def test_what_the_new_version_hides_is_hidden_at_once(api: Api) -> None:
    flow_of(api, user("clerk"))
    order = submitted(api)
    assert "total" in api.clerk.read(f"{ORDER}/{order}")
    flow_of(api, {**user("clerk"), "uid": "late", "hidden": ["total"], "forbids": ["reject"]})
    assert "total" in api.clerk.read(f"{ORDER}/{order}")
    move(api, order, n0="late")
    assert "total" not in api.clerk.read(f"{ORDER}/{order}")
    assert refused(act(api.clerk, "reject"), 422)["errors"][0]["code"] == "TASK_ACTION_FORBIDDEN"


def test_what_has_ended_is_not_moved_to_life(api: Api) -> None:
    flow_of(api, user("seller"))
    order = submitted(api)
    good(act(api.seller, "approve"))
    flow_of(api, {**user("clerk"), "uid": "late"})
    assert refusal(api, order, n0="late") == "NOT_FOUND"
    assert (state(api, order), waiting(api.clerk)) == ("approved", [])


@pytest.mark.parametrize("turn", range(6))
def test_a_decision_and_a_move_at_the_same_moment_have_one_outcome(api: Api, turn: int) -> None:
    """Either it was decided before, and nothing is left to move; or it was moved before, and the old task decides nothing."""
    flow_of(api, user("seller"))
    order = submitted(api)
    flow_of(api, {**user("clerk"), "uid": "late"})
    old, barrier, said = task(api.seller), threading.Barrier(2), {}

    def decide() -> None:
        barrier.wait()
        said["decided"] = act(api.seller, "approve", old).status_code

    def shift() -> None:
        barrier.wait()
        try:
            move(api, order, n0="late")
            said["moved"] = 200
        except BuilderError as error:
            said["moved"] = error.status

    threads = [threading.Thread(target=deed) for deed in ((decide, shift) if turn % 2 else (shift, decide))]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted([said["decided"] < 400, said["moved"] < 400]) == [False, True], said
    if said["moved"] < 400:
        assert (state(api, order), len(waiting(api.clerk))) == ("submitted", 1)
        good(act(api.clerk, "approve"))
    assert state(api, order) == "approved"
    assert len(api.boss.read("/apps/shop/delivery")["items"]) == 1
