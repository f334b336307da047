"""Own eyes: tickets, notices and refusals tell each reader what their roles show them, and no field more."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from builder.app import create_app
from builder.runtime import auth
from builder.runtime.relay import Relay
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, WS, World

SECRET = "4,321.00"
"""What the order comes to: the clerks of this shop are not shown amounts."""


def large() -> dict[str, Any]:
    """A rule that tells the boss and the clerks of large orders, and gives the boss a ticket."""
    words = {"zh-CN": "{number} 金额 {total}", "en": "{number} comes to {total}"}
    tell = {"to": [{"role": "boss"}, {"role": "clerk"}], "title": words, "body": words}
    return {
        "uid": "rule.large",
        "key": "large",
        "label": {"zh-CN": "大单", "en": "Large order"},
        "when": {"kind": "record_created", "entity": "order"},
        "timing": "later",
        "then": [
            {"uid": "rule.large.told", "kind": "notify", **tell},
            {"uid": "rule.large.ticket", "kind": "ticket", **tell},
        ],
    }


def refused() -> dict[str, Any]:
    """A rule that refuses orders without a remark and says what they come to."""
    message = {"zh-CN": "金额 {total} 要有备注", "en": "An order of {total} needs a remark"}
    return {
        "uid": "rule.refused",
        "key": "refused",
        "label": {"zh-CN": "要备注", "en": "Remark needed"},
        "when": {"kind": "record_created", "entity": "order"},
        "if": "remark == 'none'",
        "timing": "before",
        "then": [{"uid": "rule.refused.refuse", "kind": "refuse", "message": message}],
    }


def short() -> dict[str, Any]:
    """A rule with a ticket for the boss where little of something is left; clerks read goods, and nothing of the ledger."""
    ticket = {
        "uid": "rule.short.ticket",
        "kind": "ticket",
        "to": [{"role": "boss"}],
        "title": {"zh-CN": "{goods.name} 快没了", "en": "Little {goods.name}"},
        "body": {"zh-CN": "还剩 {on_hand}", "en": "{on_hand} left"},
        "target": "goods",
    }
    return {
        "uid": "rule.short",
        "key": "short",
        "label": {"zh-CN": "快没了", "en": "Short"},
        "when": {"kind": "threshold", "ledger": "stock", "grain": "goods", "slack": "on_hand - 5"},
        "timing": "later",
        "then": [ticket],
    }


@pytest.fixture
def told(empty: World) -> World:
    """A shop whose clerks see neither amounts nor stock, with the boss Bo and the clerk Cleo."""
    nodes = shop_nodes()
    roles = [dict(role) for role in nodes["roles", "roles"]["roles"]]
    for role in roles:
        if role["key"] == "clerk":
            hidden = {"order": ["total", "lines.amount", "lines.price"]}
            role["grants"] = [{**g, "hidden": hidden.get(g["entity"], [])} for g in role["grants"]]
    rules = {("rule", one["key"]): one for one in (large(), refused(), short())}
    empty.install({**nodes, ("roles", "roles"): {"roles": roles}, **rules}, "shop")
    empty.person("bo", "boss")
    empty.person("cleo", "clerk")
    return empty


def client(world: World, login: str) -> FlaskClient:
    found = create_app(world.engine).test_client()
    session = auth.sign_in(world.engine, WS, login, PASSWORD).token
    found.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {session}"
    return found


def ordered(world: World) -> str:
    """An order over 4,321.00; its number."""
    goods = world.create("goods", {"code": "A", "name": "Rice", "price": "4321.00"})["id"]
    number = world.create("order", {"remark": "x", "lines": [{"goods": goods, "quantity": "1"}]})["number"]
    Relay(world.engine, WS).drain()
    return str(number)


def surfaces(reader: FlaskClient, about: str) -> dict[str, str]:
    """Everything that tells of tickets and notices, as somebody reads it."""
    listed = reader.get("/api/v1/tickets?list=all").get_json()["items"]
    ticket = next(t["id"] for t in listed if about in str(t["title"]) + str(t["body"]))
    record = next(t for t in listed if t["id"] == ticket)
    where = f"/a/shop/{record['entity']}/{record['record']}"
    paths = {
        "tickets over the API": "/api/v1/tickets?list=all",
        "a ticket over the API": f"/api/v1/tickets/{ticket}",
        "the list of tickets": "/tickets?list=all",
        "the page of a ticket": f"/tickets/{ticket}",
        "the record's page": where,
        "notices": "/inbox",
        "notices over the API": "/api/v1/notifications",
        "what is new": "/api/v1/events",
        "search": "/search?q=4%2C321",
        "search over the API": "/api/v1/search?q=4%2C321",
        "export": f"/api/v1/apps/shop/{record['entity']}/export?format=csv",
    }
    json = {"HTTP_ACCEPT": "application/json"}
    return {
        name: reader.get(path, environ_overrides=json if "new" in name else {}).get_data(as_text=True)
        for name, path in paths.items()
    }


def test_a_ticket_and_a_notice_tell_no_amount_to_whom_amounts_are_hidden(told: World) -> None:
    number = ordered(told)
    for name, text in surfaces(client(told, "cleo"), number).items():
        assert SECRET not in text, name
        assert "4321.00" not in text, name


def test_the_place_of_what_one_may_not_see_is_starred(told: World) -> None:
    number = ordered(told)
    notices = client(told, "cleo").get("/api/v1/notifications").get_json()["items"]
    (notice,) = (one for one in notices if one["body"])
    assert notice["title"] in {f"{number} comes to ***", f"{number} 金额 ***"}
    assert notice["body"] == notice["title"]
    tickets = client(told, "cleo").get("/api/v1/tickets?list=all").get_json()["items"]
    (ticket,) = (one for one in tickets if one["rule"] == "large")
    assert ticket["title"] == {"zh-CN": f"{number} 金额 ***", "en": f"{number} comes to ***"}


def test_who_sees_the_amount_is_told_it(told: World) -> None:
    number = ordered(told)
    found = surfaces(client(told, "bo"), number)
    for name in (
        "tickets over the API",
        "the page of a ticket",
        "the list of tickets",
        "notices",
        "the record's page",
    ):
        assert SECRET in found[name], name


def test_a_ticket_that_is_handed_over_is_announced_in_words_for_the_new_owner(told: World) -> None:
    ordered(told)
    boss = client(told, "bo")
    ticket = next(t for t in boss.get("/api/v1/tickets").get_json()["items"] if t["rule"] == "large")
    cleo = told.person("carl", "clerk")
    to = {"to_user": told.engine.database.show(cleo.user_id), "opinion": "yours"}
    boss.post(f"/api/v1/tickets/{ticket['id']}/hand-over", json=to, headers={"Idempotency-Key": "h"})
    Relay(told.engine, WS).drain()
    text = client(told, "carl").get("/api/v1/notifications").get_data(as_text=True)
    assert "***" in text
    assert SECRET not in text


def test_a_refusal_tells_no_amount_either(told: World) -> None:
    goods = told.create("goods", {"code": "A", "name": "Rice", "price": "4321.00"})["id"]
    body = {"remark": "none", "lines": [{"goods": goods, "quantity": "1"}]}
    texts = [
        client(told, login)
        .post("/api/v1/apps/shop/order", json=body, headers={"Idempotency-Key": login})
        .get_data(as_text=True)
        for login in ("bo", "cleo")
    ]
    assert SECRET in texts[0]
    assert "***" in texts[1]
    assert "4321" not in texts[1].replace(",", "")


def test_a_ticket_of_a_balance_tells_its_figures_to_readers_of_the_ledger_alone(told: World) -> None:
    goods = told.create("goods", {"code": "A", "name": "Rice"})["id"]
    for entity, quantity in (("receipt", "9"), ("delivery", "6")):
        made = told.create(entity, {"lines": [{"goods": goods, "quantity": quantity}]})
        told.fire(entity, told.id(made), "approve")
    Relay(told.engine, WS).drain()
    bodies = {}
    for login in ("bo", "cleo"):
        found = client(told, login).get("/api/v1/tickets?list=all").get_json()["items"]
        bodies[login] = next(t["body"]["en"] for t in found if t["rule"] == "short")
    assert bodies == {"bo": "3 left", "cleo": "*** left"}
