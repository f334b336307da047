"""The page on which an app's owner takes running approvals over to the live version; and the diagram of an approval on its record."""

from __future__ import annotations

import html
import re

from tests.api.caller import Api, good
from tests.api.test_approval_pages import page
from tests.api.test_approvals import ORDER, act, flow_of, state, submitted, user
from tests.api.test_submitting import signed_in

PAGE = "/a/shop/approvals"


def test_running_approvals_are_moved_after_they_were_looked_at(api: Api) -> None:
    flow_of(api, user("seller"), user("boss"))
    order = submitted(api)
    flow_of(api, {**user("boss"), "uid": "late", "label": "Late"}, user("boss"))
    client = signed_in(api, "boss")
    text = client.get(PAGE).get_data(as_text=True)
    group = re.search(r'name="group" value="([^"]+)"', text)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert group is not None
    assert csrf is not None
    assert 'name="to.n0"' in text
    sent = {"group": group[1], "csrf_token": csrf[1], "do": "look", "to.n0": "late", "to.n1": "n1"}
    looked = client.post(PAGE, data=sent).get_data(as_text=True)
    assert "由 Boss 审批" in looked
    # Looking moved nothing.
    assert api.boss.read("/tasks")["items"] == []
    moved = client.post(PAGE, data={**sent, "do": "move"}).get_data(as_text=True)
    assert "已换到现在的版本" in moved
    assert "没有要换版的审批" not in moved
    assert api.boss.read("/tasks")["items"]
    assert "换" in page(api, "boss", order)
    for _ in range(2):
        good(act(api.boss, "approve"))
    assert state(api, order) == "approved"


def test_a_step_without_a_place_in_the_new_version_is_told(api: Api) -> None:
    flow_of(api, user("seller"))
    submitted(api)
    flow_of(api, {**user("boss"), "uid": "late", "label": "Late"})
    client = signed_in(api, "boss")
    text = client.get(PAGE).get_data(as_text=True)
    group = re.search(r'name="group" value="([^"]+)"', text)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', text)
    assert group is not None
    assert csrf is not None
    told = client.post(PAGE, data={"group": group[1], "csrf_token": csrf[1], "do": "move", "to.n0": ""})
    assert "新版流程里没有对应“Step 0”的步骤" in html.unescape(told.get_data(as_text=True))


def test_only_owners_move_and_only_what_is_old_is_shown(api: Api) -> None:
    flow_of(api, user("boss"))
    submitted(api)
    assert "没有要换版的审批" in signed_in(api, "boss").get(PAGE).get_data(as_text=True)
    assert signed_in(api, "clerk").get(PAGE).status_code == 403
    # The way there is offered to who may go it, once there is something to take over.
    assert "/a/shop/approvals" not in page(api, "boss", "", "/tasks")
    flow_of(api, {**user("boss"), "uid": "late", "label": "Late"})
    assert "/a/shop/approvals" in page(api, "boss", "", "/tasks")
    assert "/a/shop/approvals" not in page(api, "clerk", "", "/tasks")


def states(text: str) -> list[str]:
    return re.findall(r'<li class="(done|now|future|off)"><div class="diagram-node"', text)


def test_the_diagram_shows_how_far_it_has_come(api: Api) -> None:
    ways = [
        {
            "uid": "l",
            "label": "Large",
            "when": "total > 100000",
            "nodes": [{"uid": "l1", "kind": "approver", "label": "L", **user("boss")}],
        },
        {
            "uid": "s",
            "label": "Small",
            "nodes": [{"uid": "s1", "kind": "approver", "label": "S", **user("boss")}],
        },
    ]
    flow_of(
        api,
        {"kind": "auto", "sets": {"remark": "'x'"}},
        user("seller"),
        {"kind": "condition", "branches": ways},
        {"kind": "cc", **user("seller")},
    )
    order = submitted(api)
    assert states(page(api, "boss", order)) == ["done", "now", "future", "off", "future", "future"]
    good(act(api.seller, "approve"))
    assert states(page(api, "boss", order)) == ["done", "done", "now", "off", "now", "future"]
    good(act(api.boss, "approve"))
    assert states(page(api, "boss", order)) == ["done", "done", "done", "off", "done", "done"]
    assert api.boss.read(f"{ORDER}/{order}")["state"] == "approved"
