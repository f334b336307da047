"""Records over HTTP: made, read, changed, removed; versions and keys that make a request safe to repeat."""

from __future__ import annotations

from typing import Any

from tests.api.caller import Api, Caller, good, paths, refused

GOODS = "/apps/shop/goods"


def goods(caller: Caller, code: str = "A", **values: Any) -> Any:
    return caller.make(GOODS, {"code": code, "name": f"Goods {code}", "price": "2.50", **values})


def test_a_record_is_made_and_read_back(api: Api) -> None:
    sent = {"code": "R1", "name": "东北大米", "price": "12.5", "weight": 0.125, "made_on": "2026-01-02"}
    answer = api.boss.post(GOODS, sent)
    made = good(answer, 201)
    assert answer.headers["Location"] == f"/api/v1{GOODS}/{made['id']}"
    assert answer.headers["ETag"] == '"1"'
    read = api.boss.read(f"{GOODS}/{made['id']}")
    told = {key: read[key] for key in (*sent, "version", "state")}
    assert told == {**sent, "price": "12.50", "weight": "0.125", "version": 1, "state": None}


def test_numbers_come_as_strings_and_are_taken_as_strings_or_numbers_without_loss(api: Api) -> None:
    big = "123456789012.34"
    one = api.boss.make(GOODS, {"code": "S", "name": "s", "price": big})
    other = api.boss.post(
        GOODS,
        data=b'{"code": "N", "name": "n", "price": 123456789012.34}',
        content_type="application/json",
    )
    assert one["price"] == good(other, 201)["price"] == big


def test_lines_are_sent_and_answered_under_their_field(api: Api) -> None:
    item = goods(api.boss)["id"]
    order = api.boss.make(
        "/apps/shop/order", {"lines": [{"goods": item, "quantity": "2"}, {"goods": item, "quantity": 1.5}]}
    )
    assert order["total"] == "8.75"
    assert [(line["line_no"], line["amount"]) for line in order["lines"]] == [(1, "5.00"), (2, "3.75")]
    first, second = order["lines"]
    changed = good(
        api.boss.patch(
            f"/apps/shop/order/{order['id']}",
            {"lines": [{"id": second["id"], "quantity": "3"}, {"goods": item, "quantity": "1"}]},
        )
    )
    assert changed["lines"][0]["id"] == second["id"]
    assert first["id"] not in {line["id"] for line in changed["lines"]}
    assert changed["total"] == "10.00"


def test_a_line_of_another_document_is_not_taken(api: Api) -> None:
    item = goods(api.boss)["id"]
    lines = [{"goods": item, "quantity": "1"}]
    one, other = (api.boss.make("/apps/shop/order", {"lines": lines}) for _ in range(2))
    answer = api.boss.patch(
        f"/apps/shop/order/{other['id']}", {"lines": [{"id": one["lines"][0]["id"], "quantity": "9"}]}
    )
    assert ("/lines/0/id", "LINE_UNKNOWN") in paths(refused(answer, 422))


def test_submit_fires_the_main_move_at_once(api: Api) -> None:
    item = goods(api.boss)["id"]
    made = api.boss.make(
        "/apps/shop/receipt", {"lines": [{"goods": item, "quantity": "4"}]}, query_string={"submit": "1"}
    )
    assert made["state"] == "approved"
    assert made["_effects"]["entries"]


def test_an_update_of_an_older_version_is_a_conflict_with_both_versions(api: Api) -> None:
    made = goods(api.boss)
    path = f"{GOODS}/{made['id']}"
    good(api.boss.patch(path, {"name": "New"}, headers={"If-Match": '"1"'}))
    document = refused(
        api.boss.patch(path, {"name": "Newer"}, headers={"If-Match": '"1"'}), 409, "VERSION_CONFLICT"
    )
    assert (document["params"]["yours"], document["params"]["current"]) == (1, 2)
    assert api.boss.read(path)["name"] == "New"
    refused(api.boss.delete(path, headers={"If-Match": '"1"'}), 409, "VERSION_CONFLICT")


def test_a_version_that_is_none_is_refused_not_ignored(api: Api) -> None:
    made = goods(api.boss)
    for text in ("abc", '"x"', "-1", "²", '""'):
        answer = api.boss.patch(f"{GOODS}/{made['id']}", {"name": "N"}, headers={"If-Match": text})
        assert ("If-Match", "IF_MATCH") in paths(refused(answer, 422))


def test_a_change_of_nothing_keeps_the_version(api: Api) -> None:
    made = goods(api.boss)
    assert good(api.boss.patch(f"{GOODS}/{made['id']}", {"name": made["name"]}))["version"] == 1


def test_the_same_key_and_body_give_the_same_answer_once(api: Api) -> None:
    body, key = {"code": "K", "name": "Key"}, {"Idempotency-Key": "order-1"}
    first = good(api.boss.post(GOODS, body, headers=key), 201)
    assert good(api.boss.post(GOODS, body, headers=key), 201) == first
    assert api.boss.read(GOODS, {"count": "exact"})["count"] == 1


def test_the_same_key_with_another_body_is_refused(api: Api) -> None:
    key = {"Idempotency-Key": "order-1"}
    good(api.boss.post(GOODS, {"code": "K", "name": "Key"}, headers=key), 201)
    refused(api.boss.post(GOODS, {"code": "L", "name": "Key"}, headers=key), 422, "IDEMPOTENCY_KEY_REUSED")


def test_a_key_belongs_to_its_person(api: Api) -> None:
    item = goods(api.boss)["id"]
    body = {"lines": [{"goods": item, "quantity": "1"}]}
    key = {"Idempotency-Key": "same"}
    one = good(api.boss.post("/apps/shop/order", body, headers=key), 201)
    other = good(api.clerk.post("/apps/shop/order", body, headers=key), 201)
    assert one["id"] != other["id"]


def test_a_refusal_is_not_kept_under_its_key(api: Api) -> None:
    key = {"Idempotency-Key": "again"}
    goods(api.boss, "A")
    body = {"code": "A", "name": "Twin"}
    refused(api.boss.post(GOODS, body, headers=key), 409, "DUPLICATE")
    first = api.boss.read(GOODS)["items"][0]
    assert api.boss.delete(f"{GOODS}/{first['id']}").status_code == 204
    good(api.boss.post(GOODS, body, headers=key), 201)


def test_a_key_that_is_none_is_refused(api: Api) -> None:
    for text in ("", "x" * 201):
        answer = api.boss.post(GOODS, {"code": "K", "name": "Key"}, headers={"Idempotency-Key": text})
        assert ("Idempotency-Key", "IDEMPOTENCY_KEY") in paths(refused(answer, 422))


def test_a_draft_goes_and_a_master_record_is_archived(api: Api) -> None:
    item = goods(api.boss)["id"]
    order = api.boss.make("/apps/shop/order", {"lines": [{"goods": item, "quantity": "1"}]})
    answer = api.boss.delete(f"/apps/shop/order/{order['id']}")
    assert (answer.status_code, answer.get_data()) == (204, b"")
    assert api.boss.delete(f"{GOODS}/{item}").status_code == 204
    assert api.boss.read(GOODS)["items"] == []
    assert [r["id"] for r in api.boss.read(GOODS, {"archived": "1"})["items"]] == [item]


def test_what_has_posted_is_not_removed(api: Api) -> None:
    item = goods(api.boss)["id"]
    made = api.boss.make(
        "/apps/shop/receipt", {"lines": [{"goods": item, "quantity": "4"}]}, query_string={"submit": "1"}
    )
    assert api.boss.delete(f"/apps/shop/receipt/{made['id']}").status_code in {403, 409}
    assert api.boss.read(f"/apps/shop/receipt/{made['id']}")["state"] == "approved"


def test_what_another_record_holds_is_not_given_twice(api: Api) -> None:
    goods(api.boss, "A")
    document = refused(api.boss.post(GOODS, {"code": "a ", "name": "Twin"}), 409, "DUPLICATE")
    assert {path for path, _ in paths(document)} == {"/code"}


def test_what_a_person_does_not_enter_is_left_alone(api: Api) -> None:
    item = goods(api.boss)["id"]
    order = api.boss.make(
        "/apps/shop/order",
        {
            "total": "999",
            "number": "MINE",
            "state": "approved",
            "version": 99,
            "id": "abc",
            "lines": [{"goods": item, "quantity": "1", "amount": "777"}],
        },
    )
    assert (order["total"], order["state"], order["version"]) == ("2.50", "draft", 1)
    assert order["number"].startswith("ORDER2026")
    assert order["lines"][0]["amount"] == "2.50"


def test_lines_have_no_life_of_their_own(api: Api) -> None:
    item = goods(api.boss)["id"]
    order = api.boss.make("/apps/shop/order", {"lines": [{"goods": item, "quantity": "1"}]})
    line = order["lines"][0]["id"]
    refused(api.boss.post("/apps/shop/order_line", {"goods": item, "quantity": "1"}), 404)
    refused(api.boss.patch(f"/apps/shop/order_line/{line}", {"quantity": "5"}), 404)
    refused(api.boss.delete(f"/apps/shop/order_line/{line}"), 404)
