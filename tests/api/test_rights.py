"""Rights over HTTP: what a person may not know is not there, and nothing tells it from what never was."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from builder.commands import GrantRole, InstallApp, SaveOrgUnit
from tests.api.caller import Api, Caller, good, paths, refused
from tests.runtime.shop import shop_nodes

GOODS = "/apps/shop/goods"
CANARY = "7.125"


def item(api: Api, **values: Any) -> str:
    made = api.boss.make(GOODS, {"code": "A", "name": "Rice", "price": "2.50", "weight": CANARY, **values})
    found: str = made["id"]
    return found


def order(caller: Caller, goods: str, quantity: str = "1") -> Any:
    return caller.make("/apps/shop/order", {"lines": [{"goods": goods, "quantity": quantity}]})


def same(one: Any, other: Any) -> None:
    """Two refusals that nobody can tell apart but by what was asked."""
    first, second = refused(one, 404), refused(other, 404)
    assert {**first, "params": None} == {**second, "params": None}
    assert first.get("params", {}).keys() == second.get("params", {}).keys()


def test_a_hidden_field_is_nowhere(api: Api) -> None:
    goods = item(api)
    api.boss.patch(f"{GOODS}/{goods}", {"weight": "8.125"})
    order(api.clerk, goods)
    seen = [
        api.clerk.get(GOODS),
        api.clerk.get(f"{GOODS}/{goods}"),
        api.clerk.get(f"{GOODS}/{goods}/history"),
        api.clerk.get(f"{GOODS}/lookup", {"q": "A"}),
        api.clerk.post(f"{GOODS}/lookup", {"resolve": ["A"]}),
        api.clerk.get("/apps/shop/order", {"expand": "lines.goods"}),
        api.clerk.get("/apps/shop"),
        api.clerk.get("/apps/shop/openapi.json"),
        api.clerk.get("/apps/shop/health"),
        api.clerk.get("/apps/shop/ledgers/stock/balances"),
    ]
    for answer in seen:
        text = answer.get_data(as_text=True)
        assert "weight" not in text.lower(), text[:300]
        assert CANARY not in text


@pytest.mark.parametrize(
    ("hidden", "absent"),
    [
        ({"filter": json.dumps({"field": "weight", "op": ">", "value": "1"})},
         {"filter": json.dumps({"field": "colour", "op": ">", "value": "1"})}),
        ({"sort": "weight"}, {"sort": "colour"}),
        ({"fields": "code,weight"}, {"fields": "code,colour"}),
    ],
)  # fmt: skip
def test_asking_by_a_hidden_field_is_like_asking_by_none(api: Api, hidden: Any, absent: Any) -> None:
    item(api)
    one, other = refused(api.clerk.get(GOODS, hidden), 422), refused(api.clerk.get(GOODS, absent), 422)
    assert paths(one) == paths(other)


def test_a_hidden_field_is_not_written_nor_suggested(api: Api) -> None:
    api.world.send(GrantRole("shop", api.world.id(api.clerk.read("/me")), "clerk"))
    goods = item(api)
    answer = api.clerk.patch(f"{GOODS}/{goods}", {"weight": "1"})
    assert answer.status_code == 403
    document = api.clerk.get("/apps/shop/order", {"sort": "lines.goods.weight"})
    refused(document, 422)


def test_what_is_not_seen_answers_like_what_is_not_there(api: Api) -> None:
    goods = item(api)
    theirs = order(api.clerk, goods)["id"]
    database = api.world.engine.database
    absent = database.show(database.new_id())
    deeds: tuple[Callable[[str], Any], ...] = (
        lambda id: api.seller.get(f"/apps/shop/order/{id}"),
        lambda id: api.seller.patch(f"/apps/shop/order/{id}", {"remark": "x"}),
        lambda id: api.seller.delete(f"/apps/shop/order/{id}"),
        lambda id: api.seller.post(f"/apps/shop/order/{id}/transitions/submit"),
        lambda id: api.seller.get(f"/apps/shop/order/{id}/history"),
        lambda id: api.seller.get(f"/apps/shop/order/{id}/links"),
        lambda id: api.seller.get(f"/apps/shop/order/{id}/entries"),
        lambda id: api.seller.get(f"/apps/shop/order/{id}/files"),
        lambda id: api.seller.get(f"/apps/shop/order/{id}/comments"),
        lambda id: api.seller.post(f"/apps/shop/order/{id}/comments", {"body": "x"}),
        lambda id: api.seller.get(f"/apps/shop/order/{id}/approval/preview"),
        lambda id: api.seller.post(f"/apps/shop/order/{id}/preview", {"remark": "x"}),
    )
    for deed in deeds:
        same(deed(theirs), deed(absent))
        refused(deed("0" * len(theirs)), 404)
        same(deed(theirs), deed(goods))


def test_an_entity_without_a_grant_is_like_none(api: Api) -> None:
    same(api.seller.get("/apps/shop/delivery"), api.seller.get("/apps/shop/nothing"))
    same(api.seller.post("/apps/shop/delivery", {}), api.seller.post("/apps/shop/nothing", {}))
    same(api.seller.get("/apps/shop/ledgers/stock/balances"), api.seller.get("/apps/shop/ledgers/x/balances"))


def test_an_app_without_a_role_is_like_none(api: Api) -> None:
    item(api)
    for rest in ("", "/goods", "/settings", "/openapi.json", "/ledgers/stock/balances", "/reports/x"):
        same(api.nobody.get(f"/apps/shop{rest}"), api.nobody.get(f"/apps/nothing{rest}"))
    assert api.nobody.read("/apps") == {"items": []}
    assert [a["key"] for a in api.clerk.read("/apps")["items"]] == ["shop"]


def test_own_records_only_are_listed_counted_and_moved(api: Api) -> None:
    goods = item(api)
    mine, theirs = order(api.seller, goods), order(api.clerk, goods, "7")
    page = api.seller.read("/apps/shop/order", {"count": "exact"})
    assert ([o["id"] for o in page["items"]], page["count"]) == ([mine["id"]], 1)
    assert api.seller.read("/apps/shop/order", {"q": theirs["number"]})["items"] == []
    result = good(api.seller.post("/apps/shop/order/transitions/submit", {"ids": [mine["id"], theirs["id"]]}))
    assert [r["ok"] for r in result["results"]] == [True, False]
    assert result["results"][1]["error"]["status"] == 404


def test_lines_are_seen_where_their_document_is(api: Api) -> None:
    goods = item(api)
    mine, theirs = order(api.seller, goods), order(api.clerk, goods, "7")
    listed = api.seller.read("/apps/shop/order_line")["items"]
    assert [line["id"] for line in listed] == [mine["lines"][0]["id"]]
    refused(api.seller.get(f"/apps/shop/order_line/{theirs['lines'][0]['id']}"), 404)
    assert api.seller.read(f"/apps/shop/order_line/{mine['lines'][0]['id']}")["quantity"] == "1.00"


def test_a_grant_for_one_unit_shows_its_lines_alone(api: Api) -> None:
    for key in ("north", "south"):
        api.world.send(SaveOrgUnit(key, key.title()))
    goods = item(api)
    seen = []
    for key in ("north", "south"):
        person = api.world.person(f"{key}er", org_unit=key)
        api.world.send(GrantRole("shop", person.user_id, "clerk", key))
        caller = api.sign_in(f"{key}er")
        made = order(caller, goods)
        seen.append((caller, made))
    for caller, made in seen:
        assert [o["id"] for o in caller.read("/apps/shop/order")["items"]] == [made["id"]]
        lines = [line["id"] for line in caller.read("/apps/shop/order_line")["items"]]
        assert lines == [made["lines"][0]["id"]]


def test_what_may_be_read_but_not_done_is_forbidden(api: Api) -> None:
    goods = item(api)
    refused(api.clerk.post(GOODS, {"code": "N", "name": "n"}), 403, "FORBIDDEN")
    refused(api.clerk.patch(f"{GOODS}/{goods}", {"name": "n"}), 403, "FORBIDDEN")
    refused(api.clerk.delete(f"{GOODS}/{goods}"), 403, "FORBIDDEN")
    refused(api.clerk.get("/apps/shop/settings"), 403, "FORBIDDEN")
    refused(api.clerk.put("/apps/shop/settings/large", {"value": "1"}), 403, "FORBIDDEN")
    refused(api.clerk.get("/users"), 403, "FORBIDDEN")
    refused(api.clerk.post("/users", {"login": "x", "name": "X"}), 403, "FORBIDDEN")
    refused(api.clerk.post("/org-units", {"key": "x", "name": "X"}), 403, "FORBIDDEN")
    refused(api.clerk.post("/apps/shop/ledgers/stock/periods", {"through": "2026-01-01"}), 403, "FORBIDDEN")


def test_nobody_gives_rights_to_oneself(api: Api) -> None:
    me = api.clerk.read("/me")["id"]
    refused(api.clerk.post("/apps/shop/grants", {"user": me, "role": "boss"}), 403, "FORBIDDEN")
    body = {"login": "clerk", "name": "Clerk", "is_admin": True}
    refused(api.clerk.patch(f"/users/{me}", body), 403, "FORBIDDEN")
    assert api.clerk.read("/me")["is_admin"] is False


def test_a_role_taken_away_ends_at_once(api: Api) -> None:
    me = api.clerk.read("/me")["id"]
    assert api.clerk.get("/apps/shop/order").status_code == 200
    api.boss.post("/apps/shop/grants", {"user": me, "role": "clerk", "revoke": True})
    refused(api.clerk.get("/apps/shop/order"), 404)


def other_app(api: Api) -> str:
    """Another app, of which an administrator may make a token."""
    nodes = shop_nodes()
    nodes["app", "app"] = {**nodes["app", "app"], "key": "other"}
    api.world.send(InstallApp("other", nodes))
    return "other"


def test_a_reading_token_reads_only_and_a_token_of_another_app_sees_nothing(api: Api) -> None:
    goods = item(api)
    reading = api.with_token(api.boss, ["shop:read"])
    assert reading.get(GOODS).status_code == 200
    for answer in (
        reading.post(GOODS, {"code": "N", "name": "n"}),
        reading.patch(f"{GOODS}/{goods}", {"name": "n"}),
        reading.delete(f"{GOODS}/{goods}"),
        reading.put("/apps/shop/settings/large", {"value": "1"}),
        reading.post("/apps/shop/ledgers/stock/periods", {"through": "2026-01-01"}),
        reading.post("/tokens", {"name": "more"}),
        reading.post("/users", {"login": "x", "name": "X"}),
    ):
        refused(answer, answer.status_code)
        assert answer.status_code in {403, 404}
    elsewhere = api.with_token(api.boss, [f"{other_app(api)}:write"])
    refused(elsewhere.get(GOODS), 404)
    refused(elsewhere.get("/apps/shop"), 404)
    refused(elsewhere.post(GOODS, {"code": "N", "name": "n"}), 404)
    refused(elsewhere.get("/users"), 403)
    assert [app["key"] for app in elsewhere.read("/apps")["items"]] == ["other"]


def test_a_reading_token_decides_nothing(api: Api) -> None:
    goods = item(api)
    order(api.clerk, goods, "1000")
    made = api.clerk.read("/apps/shop/order")["items"][0]["id"]
    good(api.clerk.post(f"/apps/shop/order/{made}/transitions/submit"))
    reading = api.with_token(api.boss, ["shop:read"])
    task = reading.read("/tasks")["items"][0]["id"]
    refused(reading.post(f"/tasks/{task}/approve"), 403, "FORBIDDEN")
    assert api.with_token(api.boss, [f"{other_app(api)}:read"]).read("/tasks") == {"items": []}
    good(api.with_token(api.boss, ["shop:write"]).post(f"/tasks/{task}/approve"))


def test_a_token_is_its_persons_alone(api: Api) -> None:
    made = api.clerk.make("/tokens", {"name": "mine", "scope": ["*:write"]})
    caller = Caller(api.app, made["token"])
    refused(caller.post("/users", {"login": "x", "name": "X"}), 403)
    refused(caller.post(GOODS, {"code": "N", "name": "n"}), 403)
    api.boss.delete(f"/tokens/{made['prefix']}")
    assert caller.get("/me").status_code == 200, "nobody revokes the token of another by its prefix"
    assert api.clerk.delete(f"/tokens/{made['prefix']}").status_code == 204
    refused(caller.get("/me"), 401)
    assert made["token"] not in json.dumps(api.clerk.read("/tokens"))


def test_a_closed_account_is_out_at_once(api: Api) -> None:
    me = api.clerk.read("/me")["id"]
    good(api.boss.patch(f"/users/{me}", {"login": "clerk", "name": "Clerk", "status": "disabled"}))
    refused(api.clerk.get("/apps"), 401)
