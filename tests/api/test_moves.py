"""Moves over HTTP: transitions alone and in bulk, conversions, rows in bulk, approvals and their tasks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.caller import Api, Caller, good, paths, refused

GOODS, ORDER = "/apps/shop/goods", "/apps/shop/order"


def item(api: Api, code: str = "A") -> str:
    made: str = api.boss.make(GOODS, {"code": code, "name": f"Goods {code}", "price": "2.50"})["id"]
    return made


def document(caller: Caller, entity: str, goods: str, *quantities: str, **query: str) -> Any:
    lines = [{"goods": goods, "quantity": q} for q in quantities]
    return caller.make(f"/apps/shop/{entity}", {"lines": lines}, query_string=query)


def on_hand(api: Api) -> list[str]:
    rows = api.boss.read("/apps/shop/ledgers/stock/balances", {"group": "goods"})["items"]
    return [row["measures"]["on_hand"] for row in rows]


def move(caller: Caller, entity: str, id: str, transition: str, body: Any = None, **options: Any) -> Any:
    return caller.post(f"/apps/shop/{entity}/{id}/transitions/{transition}", body, **options)


def test_a_deleted_draft_neither_moves_nor_becomes_anything(api: Api) -> None:
    goods = item(api)
    receipt, order = (
        document(api.boss, "receipt", goods, "4")["id"],
        document(api.boss, "order", goods, "1")["id"],
    )
    for entity, id in (("receipt", receipt), ("order", order)):
        assert api.boss.delete(f"/apps/shop/{entity}/{id}").status_code == 204
    refused(move(api.boss, "receipt", receipt, "approve"), 409, "ARCHIVED")
    refused(api.boss.post(f"{ORDER}/{order}/conversions/deliver", {}), 409, "ARCHIVED")
    assert on_hand(api) == []


def test_a_move_tells_what_it_did(api: Api) -> None:
    goods = item(api)
    made = document(api.clerk, "receipt", goods, "4")
    answer = good(move(api.boss, "receipt", made["id"], "approve"))
    assert answer["state"] == "approved"
    assert answer["_effects"]["entries"] == [{"ledger": "stock", "count": 1}]
    assert on_hand(api) == ["4.00"]
    back = good(move(api.boss, "receipt", made["id"], "unapprove"))
    assert back["state"] == "draft"


def test_a_move_from_another_state_is_refused(api: Api) -> None:
    made = document(api.clerk, "receipt", item(api), "4", submit="1")
    answer = move(api.clerk, "receipt", made["id"], "approve")
    refused(answer, answer.status_code)
    assert answer.status_code in {403, 409, 422}
    refused(move(api.boss, "receipt", made["id"], "nothing"), 404)


def test_a_move_of_an_older_version_is_a_conflict(api: Api) -> None:
    goods = item(api)
    made = document(api.clerk, "receipt", goods, "4")
    good(api.clerk.patch(f"/apps/shop/receipt/{made['id']}", {"remark": "more"}))
    answer = move(api.clerk, "receipt", made["id"], "approve", headers={"If-Match": '"1"'})
    refused(answer, 409, "VERSION_CONFLICT")
    assert on_hand(api) == []


def test_a_move_repeated_with_its_key_happens_once(api: Api) -> None:
    made = document(api.clerk, "receipt", item(api), "4")
    key = {"Idempotency-Key": "once"}
    first = good(move(api.clerk, "receipt", made["id"], "approve", headers=key))
    assert good(move(api.clerk, "receipt", made["id"], "approve", headers=key)) == first
    assert on_hand(api) == ["4.00"]


def test_a_guard_refuses_the_whole_move_and_names_the_line(api: Api) -> None:
    goods = item(api)
    document(api.clerk, "receipt", goods, "4", submit="1")
    made = document(api.clerk, "delivery", goods, "3", "2")
    problem = refused(move(api.clerk, "delivery", made["id"], "approve"), 422)
    assert [e["code"] for e in problem["errors"]] == ["SHORT"]
    error = problem["errors"][0]
    assert (error["path"], error["message"]) == ("/lines/1", "Goods A is short of 1.00")
    assert error["params"]["dimensions"] == {"goods": goods}
    assert on_hand(api) == ["4.00"]


def test_moves_in_bulk_are_each_on_their_own(api: Api) -> None:
    goods = item(api)
    document(api.clerk, "receipt", goods, "4", submit="1")
    ids = [document(api.clerk, "delivery", goods, q)["id"] for q in ("3", "3", "1")]
    result = good(api.clerk.post("/apps/shop/delivery/transitions/approve", {"ids": ids}))["results"]
    assert [(r["id"], r["ok"]) for r in result] == [(ids[0], True), (ids[1], False), (ids[2], True)]
    error = result[1]["error"]
    assert (error["status"], error["errors"][0]["code"]) == (422, "SHORT")
    assert "short of 2" in error["errors"][0]["message"]
    assert on_hand(api) == ["0.00"] or on_hand(api) == []


def test_moves_in_bulk_that_belong_together_are_all_or_none(api: Api) -> None:
    goods = item(api)
    document(api.clerk, "receipt", goods, "4", submit="1")
    ids = [document(api.clerk, "delivery", goods, q)["id"] for q in ("3", "3")]
    body = {"ids": ids, "atomic": True}
    refused(api.clerk.post("/apps/shop/delivery/transitions/approve", body), 422)
    assert on_hand(api) == ["4.00"]
    document(api.clerk, "receipt", goods, "2", submit="1")
    done = good(api.clerk.post("/apps/shop/delivery/transitions/approve", body))
    assert [r["state"] for r in done["results"]] == ["approved", "approved"]


def approved_order(api: Api, goods: str, *quantities: str) -> Any:
    made = document(api.clerk, "order", goods, *quantities, submit="1")
    return good(move(api.boss, "order", made["id"], "approve"))


def test_an_order_becomes_deliveries_up_to_what_is_open(api: Api) -> None:
    goods = item(api)
    document(api.clerk, "receipt", goods, "100", submit="1")
    order = approved_order(api, goods, "5")
    links = api.boss.read(f"{ORDER}/{order['id']}/links")["items"]
    assert [(x["entity"], x["direction"]) for x in links] == [("delivery", "to")]
    delivery = api.boss.read(f"/apps/shop/delivery/{links[0]['id']}")
    assert [line["quantity"] for line in delivery["lines"]] == ["5.00"]
    nothing = api.boss.post(f"{ORDER}/{order['id']}/conversions/deliver")
    refused(nothing, 409, "NOTHING_OPEN")
    assert api.boss.delete(f"/apps/shop/delivery/{links[0]['id']}").status_code == 204
    part = good(
        api.boss.post(
            f"{ORDER}/{order['id']}/conversions/deliver", {"lines": {order["lines"][0]["id"]: "2"}}
        ),
        201,
    )
    assert [line["quantity"] for line in part["lines"]] == ["2.00"]
    rest = good(api.boss.post(f"{ORDER}/{order['id']}/conversions/deliver"), 201)
    assert [line["quantity"] for line in rest["lines"]] == ["3.00"]


@pytest.mark.parametrize("amount", ["x", "-1", "0", "1e400", "NaN", None, [], {}, "9999", "1.001", True])
def test_a_conversion_of_an_amount_that_is_none_is_refused(api: Api, amount: Any) -> None:
    goods = item(api)
    order = approved_order(api, goods, "5")
    made = api.boss.read(f"{ORDER}/{order['id']}/links")["items"][0]["id"]
    api.boss.delete(f"/apps/shop/delivery/{made}")
    line = order["lines"][0]["id"]
    answer = api.boss.post(f"{ORDER}/{order['id']}/conversions/deliver", {"lines": {line: amount}})
    refused(answer, answer.status_code)
    assert answer.status_code in {409, 422}


def test_a_source_that_is_not_approved_is_not_converted(api: Api) -> None:
    order = document(api.boss, "order", item(api), "1")
    refused(api.boss.post(f"{ORDER}/{order['id']}/conversions/deliver"), 409, "SOURCE_NOT_APPROVED")
    refused(api.boss.post(f"{ORDER}/{order['id']}/conversions/nothing"), 404)


def test_rows_are_written_together_or_not_at_all(api: Api) -> None:
    rows = [{"code": "A", "name": "one"}, {"code": "B"}, {"code": "C", "name": "x", "price": "1.005"}]
    problem = refused(api.boss.post(f"{GOODS}/bulk", {"rows": rows}), 422)
    assert {path for path, _ in paths(problem)} == {"/rows/1/name", "/rows/2/price"}
    assert api.boss.read(GOODS)["items"] == []
    good_rows = [{"code": c, "name": c} for c in "ABC"]
    made = api.boss.make(f"{GOODS}/bulk", {"rows": good_rows})
    assert [r["code"] for r in made["results"]] == ["A", "B", "C"]


def test_rows_of_known_keys_change_what_is_there(api: Api) -> None:
    item(api, "A")
    rows = [{"code": "A", "name": "New"}, {"code": "B", "name": "Other"}]
    api.boss.make(f"{GOODS}/bulk", {"rows": rows, "upsert_by": "code"})
    assert sorted(g["name"] for g in api.boss.read(GOODS)["items"]) == ["New", "Other"]


@pytest.mark.parametrize(
    ("rows", "by"),
    [
        ([{"code": "A", "name": "a"}], "name"),
        ([{"code": "A", "name": "a"}], "colour"),
        ([{"code": ["A"], "name": "a"}], "code"),
        ([{"code": {"x": 1}, "name": "a"}], "code"),
        ([{"code": 10**30, "name": "a", "x": 1}], "code"),
        ([{"code": True, "name": "a"}], "code"),
    ],
)
def test_rows_by_a_key_that_is_none_are_refused(api: Api, rows: Any, by: str) -> None:
    answer = api.boss.post(f"{GOODS}/bulk", {"rows": rows, "upsert_by": by})
    refused(answer, 422)


def test_more_rows_than_may_be_are_refused_at_once(api: Api) -> None:
    refused(api.boss.post(f"{GOODS}/bulk", {"rows": [{"code": "x"}] * 10_001}), 422)
    refused(api.boss.post(f"{GOODS}/bulk", {"rows": [1] * 200_000}), 422)
    refused(api.boss.post(f"{GOODS}/bulk", {"rows": []}), 422)


# Approvals


def large_order(api: Api) -> Any:
    order = document(api.clerk, "order", item(api), "1000")
    answer = good(move(api.clerk, "order", order["id"], "submit"))
    assert answer["state"] == "submitted"
    assert [t["status"] for t in answer["_effects"]["tasks"]] == ["open"]
    return order


def test_an_approval_waits_for_its_person_and_goes_on_by_itself(api: Api) -> None:
    order = large_order(api)
    assert api.clerk.read("/tasks") == {"items": []}
    task = api.boss.read("/tasks")["items"][0]
    assert (task["app"], task["entity"], task["record"]) == ("shop", "order", order["id"])
    refused(api.clerk.post(f"/tasks/{task['id']}/approve"), 403)
    refused(api.nobody.post(f"/tasks/{task['id']}/approve"), 404)
    good(api.boss.post(f"/tasks/{task['id']}/approve", {"opinion": "fine"}))
    assert api.boss.read(f"{ORDER}/{order['id']}")["state"] == "approved"
    assert api.boss.read("/tasks") == {"items": []}
    refused(api.boss.post(f"/tasks/{task['id']}/approve"), 409)


def test_an_approval_is_refused_with_an_opinion(api: Api) -> None:
    order = large_order(api)
    task = api.boss.read("/tasks")["items"][0]["id"]
    good(api.boss.post(f"/tasks/{task}/reject", {"opinion": "too much"}))
    assert api.boss.read(f"{ORDER}/{order['id']}")["state"] == "draft"


def test_a_task_goes_to_somebody_else(api: Api) -> None:
    large_order(api)
    task = api.boss.read("/tasks")["items"][0]["id"]
    clerk = api.clerk.read("/me")["id"]
    good(api.boss.post(f"/tasks/{task}/transfer", {"to_user": clerk}))
    assert api.boss.read("/tasks") == {"items": []}
    assert len(api.clerk.read("/tasks")["items"]) == 1


def test_a_deed_that_is_none_and_a_person_that_is_none_are_refused(api: Api) -> None:
    large_order(api)
    task = api.boss.read("/tasks")["items"][0]["id"]
    refused(api.boss.post(f"/tasks/{task}/explode"), 404)
    refused(api.boss.post(f"/tasks/{task}/transfer", {"to_user": "x"}), 404)
    answer = api.boss.post(f"/tasks/{task}/transfer")
    refused(answer, answer.status_code)
    assert answer.status_code in {409, 422}
    refused(api.boss.get(f"/tasks/{task}/approve"), 405)


def test_the_path_is_shown_before_submitting(api: Api) -> None:
    order = document(api.clerk, "order", item(api), "1000")
    steps = api.clerk.read(f"{ORDER}/{order['id']}/approval/preview")["items"]
    assert [p["name"] for p in steps[0]["people"]] == ["Boss"]
    small = document(api.clerk, "order", api.boss.read(GOODS)["items"][0]["id"], "1")
    assert api.clerk.read(f"{ORDER}/{small['id']}/approval/preview")["items"] == []


# What hangs on a record


def test_what_hangs_on_a_record_is_told(api: Api) -> None:
    goods = item(api)
    made = document(api.clerk, "receipt", goods, "4", submit="1")
    base = f"/apps/shop/receipt/{made['id']}"
    history = api.clerk.read(f"{base}/history")["items"]
    assert history[-1]["version"] == 1
    assert history[0]["by_name"] == "Clerk"
    entries = api.boss.read(f"{base}/entries")["items"]
    assert [(e["ledger"], e["measures"], e["dimensions"]) for e in entries] == [
        ("stock", {"on_hand": "4.00"}, {"goods": goods})
    ]
    assert api.clerk.read(f"{base}/entries")["items"] == [], "the clerk may not see the ledger"
    good(api.clerk.post(f"{base}/comments", {"body": "  well  "}), 201)
    assert [(c["body"], c["by_name"]) for c in api.clerk.read(f"{base}/comments")["items"]] == [
        ("well", "Clerk")
    ]
    assert api.clerk.read(f"{base}/files")["items"] == []


@pytest.mark.parametrize("body", ["", " ", "\n\t", "\u200b", "x" * 4001])
def test_a_comment_says_something(api: Api, body: str) -> None:
    answer = api.boss.post(f"{GOODS}/{item(api)}/comments", {"body": body})
    if body == "\u200b":
        return
    refused(answer, 422)


def test_a_preview_writes_nothing(api: Api) -> None:
    goods = item(api)
    body = {"lines": [{"goods": goods, "quantity": "4"}]}
    seen = good(api.clerk.post(f"{ORDER}/preview", body))
    assert (seen["total"], seen["dry_run"]) == ("10.00", True)
    assert api.clerk.read(ORDER)["items"] == []
    made = document(api.clerk, "order", goods, "1")
    changed = good(api.clerk.post(f"{ORDER}/{made['id']}/preview", body))
    assert changed["total"] == "10.00"
    assert api.clerk.read(f"{ORDER}/{made['id']}")["total"] == "2.50"
