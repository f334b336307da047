"""What a step keeps from those whom it asks, and which actions it does without; over HTTP and on the page."""

from __future__ import annotations

from tests.api.caller import Api, good, refused
from tests.api.test_approval_pages import deeds, page
from tests.api.test_approvals import ORDER, act, flow_of, person, state, submitted, task, user


def test_who_is_asked_does_not_see_what_the_step_hides(api: Api) -> None:
    flow_of(api, {**user("boss"), "hidden": ["total", "lines"]}, {**user("seller"), "hidden": []})
    order = submitted(api)
    seen = api.boss.read(f"{ORDER}/{order}")
    assert "total" not in seen
    assert "lines" not in seen
    text = page(api, "boss", order)
    assert "1,200.00" not in text
    changes = api.boss.read(f"{ORDER}/{order}/history")["items"]
    assert not {"total", "lines"} & {change["field"] for v in changes for change in v["changes"]}
    assert "1,200.00" not in page(api, "boss", order, "/tasks")
    # Others, and the same person once it is decided, look with their own rights.
    assert api.clerk.read(f"{ORDER}/{order}")["total"] == "1200.00"
    good(act(api.boss, "approve"))
    assert api.boss.read(f"{ORDER}/{order}")["total"] == "1200.00"
    assert "1,200.00" in page(api, "seller", order)


def test_a_step_does_without_the_actions_that_it_names(api: Api) -> None:
    forbidden = ["reject", "return", "transfer", "add_signer", "cc", "comment"]
    flow_of(api, {**user("boss"), "forbids": forbidden})
    order = submitted(api)
    id = task(api.boss)
    clerk = person(api, api.clerk)
    for action, body in (
        ("reject", {}),
        ("return", {}),
        ("transfer", {"to_user": clerk}),
        ("add-signer", {"to_user": clerk, "place": "before"}),
        ("remove-signer", {"to_user": clerk}),
        ("cc", {"users": [clerk]}),
        ("comment", {"opinion": "x"}),
    ):
        assert refused(act(api.boss, action, id, **body), 422)["errors"][0]["code"] == "TASK_ACTION_FORBIDDEN"
    offered = deeds(page(api, "boss", order))
    assert "同意" in offered
    assert not {"驳回", "退回修改", "转交", "抄送", "评论"} & set(offered)
    good(act(api.boss, "approve", id))
    assert state(api, order) == "approved"


def test_what_a_step_lets_people_change_is_asked_when_they_agree(api: Api) -> None:
    flow_of(api, {**user("boss"), "edit": ["remark"]})
    order = submitted(api)
    assert "修改字段并同意" in deeds(page(api, "boss", order))
    good(act(api.boss, "approve", fields={"remark": "seen"}))
    assert api.boss.read(f"{ORDER}/{order}")["remark"] == "seen"
