"""Tickets over the API: opened on a record, listed, handed over, closed with a reason."""

from __future__ import annotations

from tests.api.caller import Api, good, refused


def test_a_ticket_from_opening_to_closing(api: Api) -> None:
    order = good(api.clerk.post("/apps/shop/order", {"remark": "x"}), 201)["id"]
    fields = {"title": "Call them", "kind": "exception", "due_hours": 2}
    made = good(api.clerk.post(f"/apps/shop/order/{order}/tickets", {"fields": fields}), 201)
    (mine,) = good(api.clerk.get("/tickets"))["items"]
    assert (mine["id"], mine["title"], mine["record"], mine["state"]) == (
        made["id"],
        "Call them",
        order,
        "open",
    )
    boss = good(api.boss.get("/me"))["id"]
    good(api.clerk.post(f"/tickets/{made['id']}/hand-over", {"to_user": boss}))
    assert good(api.clerk.get("/tickets"))["items"] == []
    refused(api.boss.post(f"/tickets/{made['id']}/close", {}), 422)
    good(api.boss.post(f"/tickets/{made['id']}/close", {"opinion": "called"}))
    refused(api.boss.post(f"/tickets/{made['id']}/close", {"opinion": "again"}), 409, "TICKET_CLOSED")
    told = good(api.clerk.get(f"/tickets/{made['id']}"))
    assert [step["action"] for step in told["steps"]] == ["opened", "handed_over", "closed"]
    assert told["reason"] == "called"
    (closed,) = good(api.clerk.get("/tickets?list=all&state=closed"))["items"]
    assert closed["id"] == made["id"]


def test_a_list_that_there_is_not_is_refused(api: Api) -> None:
    refused(api.clerk.get("/tickets?list=yours"), 422)
