"""The page of a record that waits for approval: it offers what its reader may do now, in words."""

from __future__ import annotations

import html
import json
import re

from tests.api.caller import Api, good
from tests.api.test_approvals import ORDER, act, flow_of, submitted, task, user
from tests.runtime.world import PASSWORD


def page(api: Api, login: str, order: str, path: str = "") -> str:
    client = api.app.test_client()
    form = client.get("/sign-in").get_data(as_text=True)
    csrf = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert csrf is not None
    client.post("/sign-in", data={"login": login, "password": PASSWORD, "csrf_token": csrf[1]})
    answer = client.get(path or f"/a/shop/order/{order}")
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    return answer.get_data(as_text=True)


def deeds(text: str) -> list[str]:
    """The words of every button."""
    return [json.loads(html.unescape(found))["label"] for found in re.findall(r'data-deed="([^"]*)"', text)]


def test_the_person_who_decides_and_the_submitter_are_offered_what_is_theirs(api: Api) -> None:
    flow_of(api, user("boss"), user("seller"))
    order = submitted(api)
    good(act(api.boss, "approve", opinion="fine"))
    mine = deeds(page(api, "seller", order))
    assert {
        "同意",
        "驳回",
        "退回修改",
        "转交",
        "退回到“Step 0”，再依次审批",
        "前加签：先由他人审批",
        "抄送",
    } <= set(mine)
    theirs = deeds(page(api, "clerk", order))
    assert {"催办", "撤回", "抄送", "评论"} <= set(theirs)
    assert "同意" not in theirs
    assert "终止审批" in deeds(page(api, "boss", order))


def test_the_submitter_is_asked_whom_to_choose(api: Api) -> None:
    flow_of(api, {"approvers": [{"choice": True, "role": "boss"}]})
    goods = good(api.boss.post("/apps/shop/goods", {"code": "A", "name": "A", "price": "600.00"}), 201)["id"]
    order = good(api.clerk.post(ORDER, {"lines": [{"goods": goods, "quantity": "2"}]}), 201)["id"]
    found = [
        json.loads(html.unescape(one))
        for one in re.findall(r'data-deed="([^"]*)"', page(api, "clerk", order))
    ]
    asked = [n for deed in found for n in deed.get("needs", ()) if n["key"].startswith("approvers.")]
    assert [(need["key"], [o["label"] for o in need["options"]]) for need in asked] == [
        ("approvers.n0", ["Boss"])
    ]


def test_every_decision_is_told_in_words(api: Api) -> None:
    flow_of(api, {"kind": "auto", "sets": {"remark": "'x'"}}, {**user("boss"), "opinion_required": True})
    order = submitted(api)
    id = task(api.boss)
    good(act(api.clerk, "urge", id))
    good(act(api.boss, "terminate", id, opinion="no more"))
    text = page(api, "boss", order)
    for words in ("自动处理", "催办", "终止了审批", "重新打开审批"):
        assert words in text
    for raw in ("page.voted", "page.act", "late_", "NOTICE_"):
        assert raw not in text


def test_the_page_of_approvals_has_lists_of_what_one_had_to_do_with(api: Api) -> None:
    flow_of(api, user("boss"))
    order = submitted(api)
    good(act(api.boss, "reject", opinion="no"))
    for login, which in (("boss", "done"), ("clerk", "started")):
        text = page(api, login, order, f"/tasks?list={which}")
        assert f"/a/shop/order/{order}" in text
        assert "已驳回" in text
    assert "page." not in re.sub(r"<[^>]*>", "", page(api, "clerk", order, "/tasks?list=cc"))
