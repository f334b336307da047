"""Apps over HTTP: what there is, as its caller may see it; settings; a document that programs can be made from."""

from __future__ import annotations

import re
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from builder.runtime.installing import Installer, template
from tests.api.caller import Api, good, paths, refused


def test_apps_are_told_to_who_has_a_role(api: Api) -> None:
    assert [(a["key"], a["version"]) for a in api.clerk.read("/apps")["items"]] == [("shop", 1)]
    answer = api.clerk.get("/apps/shop")
    assert answer.headers["ETag"] == '"1"'
    told = good(answer)
    by_key = {e["key"]: e for e in told["entities"]}
    assert told["roles"] == ["clerk"]
    assert by_key["goods"]["may"] == ["read"]
    assert [f["key"] for f in by_key["goods"]["fields"]] == ["code", "name", "price", "made_on"]
    assert told["ledgers"] == []
    boss = {e["key"]: e for e in api.boss.read("/apps/shop")["entities"]}
    assert "weight" in [f["key"] for f in boss["goods"]["fields"]]


def test_a_setting_is_read_and_changed_and_takes_effect(api: Api) -> None:
    items = {s["key"]: s for s in api.boss.read("/apps/shop/settings")["items"]}
    assert items["large"]["default"] == "1000.00"
    changed = good(api.boss.put("/apps/shop/settings/large", {"value": "1"}))
    assert changed["value"] == "1.00"
    goods = api.boss.make("/apps/shop/goods", {"code": "A", "name": "a", "price": "2"})["id"]
    body = {"lines": [{"goods": goods, "quantity": "1"}]}
    order = api.clerk.make("/apps/shop/order", body, query_string={"submit": "1"})
    assert [t["status"] for t in order["_effects"]["tasks"]] == ["open"]


@pytest.mark.parametrize("value", ["x", "NaN", [], {}, True, "1e400", "1.005"])
def test_a_setting_that_is_none_is_refused(api: Api, value: Any) -> None:
    refused(api.boss.put("/apps/shop/settings/large", {"value": value}), 422)
    refused(api.boss.put("/apps/shop/settings/nothing", {"value": "1"}), 404)
    refused(api.boss.put("/apps/shop/settings/large", {}), 422)


def judged(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()


@pytest.mark.parametrize("who", ["boss", "clerk", "seller"])
def test_the_document_of_the_shop_is_valid_and_shows_what_the_caller_may(api: Api, who: str) -> None:
    document = api.callers[who].read("/apps/shop/openapi.json")
    judged(document)
    assert document["openapi"].startswith("3.1")
    has = "/apps/shop/order" in document["paths"], "/apps/shop/receipt" in document["paths"]
    assert has == (True, who != "seller")
    assert ("/apps/shop/ledgers/stock/balances" in document["paths"]) == (who == "boss")


@pytest.mark.parametrize("key", ["no_stock", pytest.param("general", marks=pytest.mark.long)])
def test_the_document_of_a_template_is_valid_in_both_languages(api: Api, key: str) -> None:
    package = template(key).package
    Installer(api.world.engine, api.world.actor).install(package, key, template_key=key)
    document = api.boss.read(f"/apps/{key}/openapi.json")
    judged(document)
    me = api.boss.read("/me")["id"]
    good(api.boss.patch(f"/users/{me}", {"login": "boss", "name": "Boss", "locale": "en"}))
    english = api.boss.read(f"/apps/{key}/openapi.json")
    judged(english)
    assert english["paths"].keys() == document["paths"].keys()
    assert english["info"]["title"] != document["info"]["title"]


def test_the_document_describes_bodies_that_are_taken(api: Api) -> None:
    schemas = api.boss.read("/apps/shop/openapi.json")["components"]["schemas"]
    goods = schemas["goods"]["properties"]
    assert goods["id"]["readOnly"]
    assert {"code", "name", "price", "weight", "made_on"} <= goods.keys()
    assert schemas["order"]["properties"]["total"]["readOnly"]
    assert schemas["order"]["properties"]["lines"]["items"]["properties"]["quantity"]
    assert schemas["Problem"]


def test_roles_are_given_over_the_api(api: Api) -> None:
    nobody = api.nobody.read("/me")["id"]
    refused(api.boss.post("/apps/shop/grants", {"user": nobody, "role": "nothing"}), 404)
    refused(api.boss.post("/apps/shop/grants", {"user": "x", "role": "clerk"}), 404)
    good(api.boss.post("/apps/shop/grants", {"user": nobody, "role": "clerk"}), 201)
    assert [a["key"] for a in api.nobody.read("/apps")["items"]] == ["shop"]


# Ledgers


def received(api: Api, code: str, quantity: str, day: str | None = None) -> str:
    goods: str = api.boss.make("/apps/shop/goods", {"code": code, "name": code, "price": "1"})["id"]
    body: dict[str, Any] = {"lines": [{"goods": goods, "quantity": quantity}]}
    if day:
        body["business_date"] = day
    api.boss.make("/apps/shop/receipt", body, query_string={"submit": "1"})
    return goods


BALANCES, ENTRIES = "/apps/shop/ledgers/stock/balances", "/apps/shop/ledgers/stock/entries"
PERIODS = "/apps/shop/ledgers/stock/periods"


def test_balances_are_grouped_filtered_and_told_as_of_a_day(api: Api) -> None:
    first, second = received(api, "A", "5", "2026-01-02"), received(api, "B", "7")
    by_goods = api.boss.read(BALANCES, {"group": "goods"})["items"]
    found = {i["dimensions"]["goods"]["id"] if isinstance(i["dimensions"]["goods"], dict) else i["dimensions"]["goods"]:
             i["measures"]["on_hand"] for i in by_goods}  # fmt: skip
    assert found == {first: "5.00", second: "7.00"}
    assert [i["measures"] for i in api.boss.read(BALANCES, {"group": ""})["items"]] == [{"on_hand": "12.00"}]
    where = f'{{"field": "goods", "op": "=", "value": "{first}"}}'
    assert [i["measures"]["on_hand"] for i in api.boss.read(BALANCES, {"filter": where})["items"]] == ["5.00"]
    where = '{"field": "goods.code", "op": "=", "value": "B"}'
    assert [i["measures"]["on_hand"] for i in api.boss.read(BALANCES, {"filter": where})["items"]] == ["7.00"]
    as_of = api.boss.read(BALANCES, {"group": "", "as_of": "2026-01-03"})["items"]
    assert [i["measures"]["on_hand"] for i in as_of] == ["5.00"]


@pytest.mark.parametrize(
    "query",
    [
        {"group": "colour"}, {"group": "goods.code; --"}, {"filter": "x"}, {"filter": "[]"}, {"as_of": "2026-02-30"},
        {"filter": '{"field": "colour", "op": "=", "value": 1}'}, {"as_of": "x"},
        {"filter": '{"field": "goods.password", "op": "=", "value": 1}'},
        {"filter": '{"field": "goods", "op": "regex", "value": 1}'},
    ],
)  # fmt: skip
def test_a_question_to_a_ledger_that_is_none_is_refused(api: Api, query: dict[str, str]) -> None:
    answer = api.boss.get(BALANCES, query)
    refused(answer, answer.status_code)
    assert answer.status_code in {400, 422}
    if "group" not in query:
        entries = {("from" if k == "as_of" else k): v for k, v in query.items()}
        answer = api.boss.get(ENTRIES, entries)
        refused(answer, answer.status_code)
        assert answer.status_code in {400, 422}


def test_entries_come_in_pages_with_their_document_and_running_balance(api: Api) -> None:
    goods = received(api, "A", "5", "2026-01-02")
    for quantity in ("1", "2"):
        body = {"lines": [{"goods": goods, "quantity": quantity}]}
        api.boss.make("/apps/shop/receipt", body, query_string={"submit": "1"})
    found, cursor = [], None
    for _ in range(4):
        page = api.boss.read(ENTRIES, {"limit": "2", **({"cursor": cursor} if cursor else {})})
        found += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [e["measures"]["on_hand"] for e in found] == ["5.00", "1.00", "2.00"]
    assert all(e["document"]["entity"] == "receipt" for e in found)
    assert len(api.boss.read(ENTRIES, {"from": "2026-01-03"})["items"]) == 2
    assert len(api.boss.read(ENTRIES, {"to": "2026-01-02"})["items"]) == 1


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT", "DELETE"])
def test_nobody_writes_to_a_ledger_directly(api: Api, method: str) -> None:
    received(api, "A", "5")
    for path in (BALANCES, ENTRIES):
        refused(api.boss.send(method, path, {"on_hand": "99"}), 405)


def test_a_closed_period_takes_nothing_until_it_is_reopened(api: Api) -> None:
    goods = received(api, "A", "5", "2026-01-02")
    closed = good(api.boss.post(PERIODS, {"through": "2026-01-03"}), 201)
    assert closed["closed_through"] == "2026-01-03"
    body = {"lines": [{"goods": goods, "quantity": "1"}], "business_date": "2026-01-02"}
    answer = api.boss.post("/apps/shop/receipt", body, query_string={"submit": "1"})
    refused(answer, 422)
    good(api.boss.delete(PERIODS, {"through": "2026-01-01", "reason": "a bill was missing"}))
    api.boss.make("/apps/shop/receipt", body, query_string={"submit": "1"})


@pytest.mark.parametrize("through", ["2026-02-30", "x", "", "2027-01-01", "２０２６-01-01"])
def test_a_period_that_is_none_is_refused(api: Api, through: str) -> None:
    assert {p for p, _ in paths(refused(api.boss.post(PERIODS, {"through": through}), 422))} == {"/through"}


def as_described(rule: str) -> str:
    """The path of a route as the document of the shop calls it, with orders for the entity; only masters are merged."""
    entity = "goods" if "merge" in rule else "order"
    path = re.sub(r"<any\(.*\):what>", "history", rule.removeprefix("/api/v1"))
    path = path.replace("/<id>/transitions/<transition>", "/<id>/transitions/submit")
    path = path.replace("/<id>/conversions/<conversion>", "/<id>/conversions/deliver")
    path = (
        path.replace("<app>/<entity>", f"shop/{entity}").replace("<app>", "shop").replace("<ledger>", "stock")
    )
    return path.replace("<", "{").replace(">", "}")


def test_every_route_is_in_the_document(api: Api) -> None:
    """A program that reads the document finds everything that the API does."""
    described = api.boss.read("/apps/shop/openapi.json")["paths"]
    for rule in api.app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v1/"):
            continue
        path = as_described(rule.rule)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            assert method.lower() in described.get(path, {}), (method, path)
