"""Hooks: a signed message from outside becomes one record; everything else becomes nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from builder.app import create_app
from builder.commands import Publish, SaveConnection, SaveDraft
from builder.connectors.signing import WINDOW, signed
from builder.runtime import auth
from builder.runtime.api.hooks import MOST_BYTES
from builder.runtime.hearing import heard
from builder.runtime.mailing import messages
from builder.runtime.relay import Relay
from builder.storage.tables.machinery import notification
from builder.storage.tables.records import file
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, World

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PLACE = "https://web.example"
BODY = {"event": "created", "article": {"sku": "A1", "title": "米", "price": "2.50"}}


@pytest.fixture
def hooked(empty: World) -> World:
    """A shop that hears of new goods from a web shop."""
    settings = {
        "entity": "goods",
        "take.code": "article.sku",
        "take.name": "article.title",
        "take.price": "article.price",
    }
    node = {
        "uid": "connector.web",
        "key": "web",
        "label": "Web shop",
        "kind": "webhook",
        "secrets": ["signing"],
    }
    world = replace(
        empty, engine=replace(empty.engine, settings=replace(empty.engine.settings, egress_allow=PLACE))
    )
    world.install({**shop_nodes(), ("connector", "web"): {**node, "settings": settings}}, "shop")
    world.send(SaveConnection("shop", "web", PLACE, True, {"signing": SECRET}))
    return world


def tell(
    world: World, body: Any = BODY, id: str = "m1", path: str = "/hooks/shop/web", **changed: str
) -> TestResponse:
    data = json.dumps(body).encode() if not isinstance(body, bytes) else body
    now = int(world.clock.now().timestamp())
    headers = {**signed(SECRET, id, now, data), **{k.replace("_", "-"): v for k, v in changed.items()}}
    client = create_app(world.engine).test_client()
    return client.post(
        path, data=data, headers=headers, content_type=changed.get("content_type", "application/json")
    )


def noted(world: World) -> list[str]:
    """What the administrator reads of the connector, the latest first."""
    with world.reading() as ctx:
        found = heard(ctx.conn, ctx.ws, ctx.app.row.app_id)
    assert {one.connector for one in found} <= {"connector.web"}
    return [one.code for one in found]


def goods(world: World) -> list[Mapping[str, Any]]:
    with world.reading() as ctx:
        return [dict(record.values) for record in ctx.reader.find("goods")]


def test_a_signed_message_becomes_one_record_however_often_it_comes(hooked: World) -> None:
    first = tell(hooked)
    assert first.status_code == 200, first.get_data(as_text=True)
    for _ in range(4):
        assert tell(hooked).get_json() == first.get_json()
    assert [(g["code"], g["name"], str(g["price"])) for g in goods(hooked)] == [("A1", "米", "2.50")]


def test_events_that_come_five_times_and_out_of_order_have_one_effect_each(hooked: World) -> None:
    """REL-028: they are taken in the order in which they come first; what comes again changes nothing."""
    for n in (2, 0, 1, 0, 2, 1, 1, 0, 2, 0, 2, 1, 2, 1, 0):
        answer = tell(hooked, {"article": {"sku": f"E{n}", "title": "x", "price": "1"}}, f"e{n}")
        assert answer.status_code == 200
    assert sorted(str(g["code"]) for g in goods(hooked)) == ["E0", "E1", "E2"]


def test_what_is_not_signed_becomes_nothing(hooked: World) -> None:
    said = [
        tell(hooked, webhook_signature="v1,AAAA"),
        tell(hooked, webhook_id="m2"),
        tell(hooked, webhook_timestamp="1"),
        tell(hooked, path="/hooks/shop/nobody"),
        tell(hooked, path="/hooks/nobody/web"),
    ]
    assert {(answer.status_code, answer.get_json()["code"]) for answer in said} == {(401, "UNSIGNED")}
    assert goods(hooked) == []
    # Whoever cannot sign learns nothing; the administrator reads it.
    assert set(noted(hooked)) == {"UNSIGNED"}


def test_what_is_tried_again_and_again_is_noted_once_a_minute(hooked: World) -> None:
    client = create_app(hooked.engine).test_client()
    for seconds in (0, 20, 20, 20, 20):
        hooked.later(seconds=seconds)
        client.post("/hooks/shop/web", data=b"{}", content_type="application/json")
        client.post("/hooks/shop/guessed", data=b"{}", content_type="application/json")
    assert noted(hooked) == ["HOOK_NO_SIGNATURE"] * 2


def test_a_message_that_is_played_again_later_is_refused(hooked: World) -> None:
    data = json.dumps(BODY).encode()
    headers = signed(SECRET, "m1", int(hooked.clock.now().timestamp()), data)
    hooked.later(seconds=WINDOW + 1)
    client = create_app(hooked.engine).test_client()
    answer = client.post("/hooks/shop/web", data=data, headers=headers, content_type="application/json")
    assert (answer.status_code, answer.get_json()["code"]) == (401, "HOOK_OLD")
    assert goods(hooked) == []
    assert noted(hooked) == ["HOOK_OLD"]


def test_a_message_that_comes_again_is_noted(hooked: World) -> None:
    tell(hooked)
    assert noted(hooked) == []
    tell(hooked)
    assert noted(hooked) == ["HOOK_REPEATED"]


def test_another_message_under_the_same_id_is_refused_and_noted(hooked: World) -> None:
    tell(hooked)
    answer = tell(hooked, {**BODY, "article": {"sku": "B2", "title": "x", "price": "1"}})
    assert (answer.status_code, answer.get_json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert (len(goods(hooked)), noted(hooked)) == (1, ["IDEMPOTENCY_KEY_REUSED"])


def test_the_key_of_another_connector_opens_nothing_and_is_noted(hooked: World) -> None:
    hooked.send(SaveConnection("shop", "web", PLACE, True, {"signing": "another"}))
    assert tell(hooked).status_code == 401
    assert noted(hooked) == ["UNSIGNED"]
    hooked.later(minutes=2)
    settings = {"entity": "goods", "take.code": "sku"}
    node = {
        "uid": "connector.other",
        "key": "other",
        "label": "Other",
        "kind": "webhook",
        "secrets": ["signing"],
    }
    hooked.install({**shop_nodes(), ("connector", "other"): {**node, "settings": settings}}, "second")
    hooked.app = "shop"
    hooked.send(SaveConnection("second", "other", PLACE, True, {"signing": SECRET}))
    answer = tell(hooked)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "UNSIGNED")
    assert noted(hooked) == ["HOOK_OTHER_KEY", "UNSIGNED"]
    assert goods(hooked) == []


def test_what_is_too_large_or_unsigned_is_noted(hooked: World) -> None:
    answer = tell(hooked, b"x" * 1_000_001)
    assert answer.status_code == 413
    data = json.dumps(BODY).encode()
    client = create_app(hooked.engine).test_client()
    bare = client.post("/hooks/shop/web", data=data, content_type="application/json")
    assert (bare.status_code, bare.get_json()["code"]) == (401, "UNSIGNED")
    assert noted(hooked) == ["HOOK_NO_SIGNATURE", answer.get_json()["code"]]


def test_files_in_a_message_are_no_files(hooked: World) -> None:
    """NET-027: whatever it declares, it is read as JSON or not at all."""
    parts = b'--b\r\nContent-Disposition: form-data; name="f"; filename="x.txt"\r\n\r\nhello\r\n--b--\r\n'
    assert tell(hooked, parts, "f1", content_type="multipart/form-data; boundary=b").status_code == 415
    assert tell(hooked, parts, "f2").status_code == 400
    files = {"article": {"sku": "F", "title": "x", "price": "1"}, "files": [{"name": "x", "content": "aGk="}]}
    assert tell(hooked, files, "f3").status_code == 200
    with hooked.engine.database.snapshot() as conn:
        assert conn.execute(select(func.count()).select_from(file)).scalar_one() == 0


def test_an_administrator_reads_what_came_and_nobody_else(hooked: World) -> None:
    tell(hooked, webhook_signature="v1,AAAA")
    hooked.person("root", admin=True)
    hooked.person("clerk", "clerk")
    client = create_app(hooked.engine).test_client()
    for login, status in (("clerk", 403), ("root", 200)):
        client.set_cookie("zg", auth.sign_in(hooked.engine, 1, login, PASSWORD).token)
        page = client.get("/a/shop/connections", headers={"Accept-Language": "en"})
        assert page.status_code == status, page.text[:500]
    assert "Web shop" in page.text
    assert messages().text("UNSIGNED", "zh-CN", {}) in page.text


def test_a_hook_that_is_off_hears_nothing(hooked: World) -> None:
    hooked.send(SaveConnection("shop", "web", PLACE, False))
    answer = tell(hooked)
    assert (answer.status_code, answer.get_json()["code"]) == (401, "HOOK_OFF")
    assert noted(hooked) == ["HOOK_OFF"]


def test_what_cannot_be_saved_is_said(hooked: World) -> None:
    answer = tell(hooked, {"article": {"sku": "A1"}})
    assert answer.status_code == 422
    assert [p["code"] for p in answer.get_json()["problems"]] == ["REQUIRED"]
    assert tell(hooked, b"{", "m2").status_code == 400
    assert tell(hooked, BODY, "m3", content_type="text/plain").status_code == 415
    assert tell(hooked, {"article": {"sku": {"files": []}, "title": ["x"]}}, "m4").status_code == 422
    assert goods(hooked) == []


def test_a_message_that_never_ends_is_cut_off(hooked: World) -> None:
    """It comes in pieces and says no length beforehand: what counts is what came."""
    data = json.dumps({**BODY, "filler": "x" * MOST_BYTES}).encode()
    now = int(hooked.clock.now().timestamp())
    client = create_app(hooked.engine).test_client()
    answer = client.post(
        "/hooks/shop/web",
        input_stream=io.BytesIO(data),
        headers={**signed(SECRET, "m1", now, data), "Transfer-Encoding": "chunked"},
        content_type="application/json",
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert (answer.status_code, answer.get_json()["code"]) == (413, "TOO_LARGE")
    assert tell(hooked, data).status_code == 413
    assert goods(hooked) == []


def article(**more: Any) -> bytes:
    return json.dumps({"article": {"sku": "A1", "title": "米", "price": "2.50"}, **more}).encode()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "JSON_BROKEN"),
        (b"[1]", "JSON_OBJECT"),
        (b'"x"', "JSON_OBJECT"),
        (b"null", "JSON_OBJECT"),
        (b"5", "JSON_OBJECT"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "JSON_DEEP"),
        (b"[" * 100_000, "JSON_BROKEN"),
        (b'{"article": {"sku": NaN}}', "JSON_NUMBER"),
        (b'{"article": {}, "article": {}}', "JSON_TWICE"),
        (article().decode().encode("utf-16"), "JSON_BROKEN"),
        (article().decode().encode("utf-32"), "JSON_BROKEN"),
        (b'{"article": {"sku": "A", "title": "\xc3\xd7", "price": "1"}}', "JSON_BROKEN"),
        (b'{"article": {"sku": "A", "title": "\\ud800", "price": "1"}}', "JSON_BROKEN"),
        (b'{"article": {"sku": "A", "title": "x", "price": "1"}, "note": "a\\u0000b"}', "JSON_BROKEN"),
        (b'{"article": {"sku": "A", "title": "x", "price": "1"}, "total": 1e400000000}', "JSON_NUMBER"),
        (b'{"article": {"sku": "A", "title": "x", "price": "1"}, "total": 1e-400000000}', "JSON_NUMBER"),
        (
            b'{"article": {"sku": "A", "title": "x", "price": "1"}, "total": ' + b"9" * 5000 + b"}",
            "JSON_NUMBER",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else f"{value[:24]!r}",
)
def test_a_signed_message_that_is_no_plain_object_is_refused_and_noted(
    heard_by_rules: World, body: bytes, code: str
) -> None:
    """Whoever knows the secret may still be broken: nothing fails by it, nothing is made, and nothing costs much."""
    answer = tell(heard_by_rules, body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, code)
    assert noted(heard_by_rules) == [code]
    assert goods(heard_by_rules) == []
    assert Relay(heard_by_rules.engine).drain() == ()


@pytest.mark.parametrize(
    "type", ["", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"]
)
def test_a_message_says_that_it_is_json(heard_by_rules: World, type: str) -> None:
    assert tell(heard_by_rules, article(), content_type=type).status_code == 415
    assert goods(heard_by_rules) == []


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "latin-1"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["plain", "marked"])
def test_json_is_utf_8_whatever_its_address_says(heard_by_rules: World, charset: str, mark: bytes) -> None:
    body = mark + article(total=7.5)
    answer = tell(heard_by_rules, body, content_type=f"application/json; charset={charset}")
    assert (answer.status_code, answer.get_json()["woken"]) == (200, 1)
    assert [d.error for d in Relay(heard_by_rules.engine).drain()] == ["", ""]
    assert [(g["name"], str(g["weight"])) for g in goods(heard_by_rules)] == [("米", "7.500")]


@pytest.mark.parametrize("total", ["abc", [1], True], ids=repr)
def test_a_value_of_another_kind_fails_the_rule_and_waits_visibly(heard_by_rules: World, total: Any) -> None:
    """The record was made; what the rule could not do stands with the failed ones, and says why."""
    assert tell(heard_by_rules, article(total=total)).status_code == 200
    (done,) = (d for d in Relay(heard_by_rules.engine).drain() if d.kind == "rule")
    assert done.error.startswith("RULE_REFUSED")
    assert [str(g["name"]) for g in goods(heard_by_rules)] == ["米"]


def test_words_of_a_message_are_words_and_nothing_more(heard_by_rules: World) -> None:
    body = {"article": {"sku": "A1", "title": "{code} {{7*7}} <b>", "price": "1"}, "total": 1}
    assert tell(heard_by_rules, body).status_code == 200
    Relay(heard_by_rules.engine).drain()
    with heard_by_rules.engine.database.snapshot() as conn:
        titles = [str(title) for title in conn.execute(select(notification.c.title)).scalars()]
    assert titles == ["{code} {{7*7}} <b> 1"]


@pytest.fixture
def heard_by_rules(hooked: World) -> World:
    """The same shop, in which a rule waits for the message, too."""
    sold = {"field": "code", "op": "=", "value": {"payload": "article.sku"}}
    rule = {
        "uid": "rule.wake",
        "key": "wake",
        "label": "Weigh",
        "timing": "later",
        "when": {"kind": "webhook", "connector": "web", "entity": "goods", "filter": sold},
        "then": [
            {
                "uid": "rule.wake.tell",
                "kind": "notify",
                "to": [{"role": "boss"}],
                "title": "{payload.article.title} {payload.total}",
            },
            {"uid": "rule.wake.set", "kind": "update", "values": {"weight": "payload.total * 1"}},
        ],
    }
    hooked.person("boss", "boss")
    hooked.send(SaveDraft("shop", "rule", "wake", rule))
    hooked.send(Publish("shop"))
    return hooked
