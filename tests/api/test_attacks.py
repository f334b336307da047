"""Attacks with known answers (``attacks.json``) and those of the same kinds that are deeds rather than texts."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from builder.runtime import jobs
from builder.runtime.relay import Relay
from builder.web.session import cookie_name
from tests.api.caller import Api, Caller, Ready, good, refused
from tests.runtime.world import PASSWORD

GOODS, ORDER = "/apps/shop/goods", "/apps/shop/order"
CASES: list[dict[str, Any]] = json.loads((Path(__file__).parent / "attacks.json").read_text(encoding="utf-8"))


def texts() -> Iterator[tuple[str, str]]:
    """Every payload as a text; several of one case stand apart from one another by commas."""
    for case in CASES:
        payload = case["payload"]
        if case["payload_kind"] == "generated":
            yield case["id"], str(eval(payload["py"], {}))  # the cases are our own
        elif case["id"] in {"SQL-007", "SQL-014"}:
            parts = str(payload).split(" , " if case["id"] == "SQL-007" else "  |  ")
            yield from ((f"{case['id']}.{n}", part) for n, part in enumerate(parts))
        else:
            yield case["id"], str(payload)


TEXTS = list(texts())


@pytest.fixture(scope="module")
def filled(ready: Ready, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with ready.copy(tmp_path_factory.mktemp("attacks")) as api:
        for code in "ABC":
            api.boss.make(GOODS, {"code": code, "name": f"Goods {code}", "price": "1"})
        yield api


@pytest.mark.parametrize("payload", [text for _, text in TEXTS], ids=[name for name, _ in TEXTS])
def test_a_text_is_only_a_text_wherever_it_is_put(filled: Api, payload: str) -> None:
    boss = filled.boss
    short = payload[:3000]
    by_name = {"field": short, "op": "=", "value": 1}
    names = [
        boss.get(GOODS, {"sort": short}),
        boss.get(GOODS, {"fields": short}),
        boss.get(GOODS, {"expand": short}),
        boss.get(GOODS, {"filter": json.dumps(by_name)}),
        boss.get("/apps/shop/ledgers/stock/balances", {"group": short}),
        boss.get(GOODS, {"count": short}),
        boss.get(GOODS, {"limit": short}),
        boss.get(GOODS, {"cursor": short}),
        boss.post(f"{GOODS}/bulk", {"rows": [{short: 1}], "upsert_by": short}),
        boss.post(GOODS, {short: payload}),
        boss.put("/apps/shop/settings/large", {"value": short}),
    ]
    for answer in names:
        assert 400 <= answer.status_code < 500, (answer.status_code, answer.get_data(as_text=True)[:300])
        refused(answer, answer.status_code)
    for op in ("=", "contains", "starts_with", ">", "in"):
        value = [short] if op == "in" else short
        where = json.dumps({"field": "code", "op": op, "value": value})
        page = boss.read(GOODS, {"filter": where, "limit": "500"})
        expected = {g["code"] for g in boss.read(GOODS)["items"] if _passes(op, g["code"], short)}
        assert op == ">" or {g["code"] for g in page["items"]} == expected
    assert boss.get(GOODS, {"q": short}).status_code == 200
    assert filled.stranger.post("/session", {"login": short[:80], "password": short[:80]}).status_code in {
        401,
        422,
        429,
    }
    assert len(boss.read(GOODS)["items"]) == 3


def _passes(op: str, value: str, wanted: str) -> bool:
    value, wanted = value.casefold(), wanted.casefold()
    return (
        value.startswith(wanted)
        if op == "starts_with"
        else wanted in value
        if op == "contains"
        else value == wanted
    )


@pytest.mark.parametrize(
    "payload", ["x' OR 1=1 --", "x') UNION SELECT 1 --", "..", "%2e%2e%2f", "1", "0", "-1", "²", "a" * 3000]
)
def test_a_text_in_an_address_finds_nothing(filled: Api, payload: str) -> None:
    for path in (
        f"{GOODS}/{payload}",
        f"/apps/{payload}/goods",
        f"/apps/shop/{payload}",
        f"/jobs/{payload}",
        f"{GOODS}/{payload}/history",
    ):
        answer = filled.boss.get(path)
        assert answer.status_code in {404, 405, 308}, (path, answer.status_code)


# Quantities


@pytest.mark.parametrize(
    "quantity", ["0", "-1", "1e-30", "1e30", "NaN", "Infinity", "1,5", "１", "", "0.001", True, [], "1e400"]
)
def test_a_quantity_that_cannot_be_is_refused_and_the_ledger_stays(api: Api, quantity: Any) -> None:
    goods = api.boss.make(GOODS, {"code": "A", "name": "a"})["id"]
    body = {"lines": [{"goods": goods, "quantity": quantity}]}
    refused(api.boss.post("/apps/shop/receipt", body, query_string={"submit": "1"}), 422)
    assert api.boss.read("/apps/shop/receipt")["items"] == []
    assert api.boss.read("/apps/shop/ledgers/stock/balances")["items"] == []


def test_tenths_add_up(api: Api) -> None:
    goods = api.boss.make(GOODS, {"code": "A", "name": "a"})["id"]
    body = {"lines": [{"goods": goods, "quantity": 0.1}] * 10}
    api.boss.make("/apps/shop/receipt", body, query_string={"submit": "1"})
    rows = api.boss.read("/apps/shop/ledgers/stock/balances")["items"]
    assert [r["measures"]["on_hand"] for r in rows] == ["1.00"]


# Rows in bulk


def test_a_flood_of_wrong_rows_is_told_in_part(api: Api) -> None:
    rows = [{f"strange_{n}": 1 for n in range(50)}] * 500
    answer = api.boss.post(f"{GOODS}/bulk", {"rows": rows})
    document = refused(answer, 422)
    assert len(document["errors"]) <= 1000


# States


def test_a_state_moves_by_its_transitions_alone(api: Api) -> None:
    goods = api.boss.make(GOODS, {"code": "A", "name": "a"})["id"]
    lines = [{"goods": goods, "quantity": "1"}]
    made = api.boss.make(ORDER, {"lines": lines, "state": "approved"})
    assert made["state"] == "draft"
    assert good(api.boss.patch(f"{ORDER}/{made['id']}", {"state": "approved"}))["state"] == "draft"
    bulk = api.boss.make(f"{ORDER}/bulk", {"rows": [{"lines": lines, "state": "approved"}]})
    assert bulk["results"][0]["state"] == "draft"
    receipt = api.boss.make("/apps/shop/receipt", {"lines": lines}, query_string={"submit": "1"})
    line = receipt["lines"][0]["id"]
    bodies: tuple[dict[str, Any], ...] = (
        {"lines": []},
        {"lines": [{"id": line, "quantity": "9"}]},
        {"remark": "x"},
    )
    for body in bodies:
        answer = api.clerk.patch(f"/apps/shop/receipt/{receipt['id']}", body)
        refused(answer, answer.status_code)
        assert answer.status_code in {403, 409, 422}
    refused(api.boss.patch(f"/apps/shop/receipt_line/{line}", {"quantity": "9"}), 404)
    assert api.boss.read(f"/apps/shop/receipt/{receipt['id']}")["lines"][0]["quantity"] == "1.00"


def test_a_person_cannot_give_records_away_or_take_them(api: Api) -> None:
    goods = api.boss.make(GOODS, {"code": "A", "name": "a"})["id"]
    body = {"lines": [{"goods": goods, "quantity": "1"}]}
    boss = api.boss.read("/me")["id"]
    answer = api.seller.post(ORDER, {**body, "owner": boss})
    assert answer.status_code in {403, 404, 422}, "a record out of one's own scope cannot be made"
    assert api.boss.read(ORDER)["items"] == []


# Mentions


def test_who_may_not_read_a_record_is_told_nothing_of_it(api: Api) -> None:
    made = api.boss.make(GOODS, {"code": "A", "name": "Secret rice"})
    nobody = api.nobody.read("/me")["id"]
    api.boss.post(f"{GOODS}/{made['id']}/comments", {"body": "Secret words", "mentions": [nobody]})
    Relay(api.world.engine, 1).drain()
    assert "Secret" not in api.nobody.get("/notifications").get_data(as_text=True)


# Fields


def test_no_fields_are_the_id_alone(api: Api) -> None:
    api.boss.make(GOODS, {"code": "A", "name": "a"})
    item = api.boss.read(GOODS, {"fields": ""})["items"][0]
    assert "code" not in item
    assert item["id"]
    refused(api.boss.get(GOODS, {"fields": "*"}), 422)
    refused(api.boss.get(GOODS, {"expand": "*"}), 422)


# Sessions


def test_a_new_password_ends_the_sessions_of_the_old_one(api: Api) -> None:
    me = api.clerk.read("/me")["id"]
    body = {"login": "clerk", "name": "Clerk", "password": PASSWORD + "-2"}
    good(api.boss.patch(f"/users/{me}", body))
    refused(api.clerk.get("/me"), 401)


def test_a_session_is_made_new_at_sign_in(api: Api) -> None:
    planted = {"Cookie": f"{cookie_name(secure=False)}=1.planted"}
    made = Caller(api.app, headers=planted).make("/session", {"login": "clerk", "password": PASSWORD})
    assert made["token"] != "1.planted"
    refused(Caller(api.app, headers=planted).get("/me"), 401)


def test_answers_say_what_browsers_must_not_do(api: Api) -> None:
    for path in ("/me", "/nothing", GOODS):
        headers = api.boss.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in headers["Cache-Control"]
        assert "object-src 'none'" in headers["Content-Security-Policy"]
        assert "base-uri 'none'" in headers["Content-Security-Policy"]


# Imports and exports


def test_an_export_shows_what_the_list_shows(api: Api) -> None:
    api.boss.make(GOODS, {"code": "A", "name": "a", "weight": "7.125"})
    for query in ({}, {"fields": "code,weight"}, {"sort": "weight"}):
        for kind in ("csv", "xlsx"):
            answer = api.clerk.get("/apps/shop/exports/goods", {**query, "format": kind})
            refused(answer, answer.status_code)
            assert answer.status_code in {403, 422}


@pytest.mark.parametrize(
    "query", [{"sort": "nothing"}, {"filter": '{"field": "nothing", "op": "=", "value": 1}'}]
)
def test_what_is_wrong_with_an_export_is_said_before_a_file_begins(api: Api, query: dict[str, str]) -> None:
    for kind in ("csv", "xlsx"):
        refused(api.boss.get("/apps/shop/exports/goods", {**query, "format": kind}), 422)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_end_of_time_are_none(api: Api, day: str) -> None:
    for name in ("from", "to"):
        refused(api.boss.get("/apps/shop/mirror", {name: day}), 422)


def test_an_import_takes_only_what_a_person_may_enter(api: Api) -> None:
    content = b"code,name,id,state,owner,created_by,version\nA,Rice,1,approved,1,1,99\n"
    data = {"file": (io.BytesIO(content), "goods.csv"), "entity": "goods"}
    answer = api.boss.post("/apps/shop/imports", data=data, content_type="multipart/form-data")
    if answer.status_code == 202:
        while jobs.run_step(api.world.engine):
            pass
    found = api.boss.read(GOODS)["items"]
    assert [(g["code"], g["version"], g["state"]) for g in found] in ([("A", 1, None)], [])
