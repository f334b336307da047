"""Hooks: a signed message from outside becomes one record; everything else becomes nothing."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from builder.app import create_app
from builder.commands import SaveConnection
from builder.connectors.signing import WINDOW, signed
from builder.runtime.api.hooks import MOST_BYTES
from tests.runtime.shop import shop_nodes
from tests.runtime.world import World

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


def goods(world: World) -> list[Mapping[str, Any]]:
    with world.reading() as ctx:
        return [dict(record.values) for record in ctx.reader.find("goods")]


def test_a_signed_message_becomes_one_record_however_often_it_comes(hooked: World) -> None:
    first = tell(hooked)
    assert first.status_code == 200, first.get_data(as_text=True)
    for _ in range(4):
        assert tell(hooked).get_json() == first.get_json()
    assert [(g["code"], g["name"], str(g["price"])) for g in goods(hooked)] == [("A1", "米", "2.50")]


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


def test_a_message_that_is_played_again_later_is_refused(hooked: World) -> None:
    data = json.dumps(BODY).encode()
    headers = signed(SECRET, "m1", int(hooked.clock.now().timestamp()), data)
    hooked.later(seconds=WINDOW + 1)
    client = create_app(hooked.engine).test_client()
    answer = client.post("/hooks/shop/web", data=data, headers=headers, content_type="application/json")
    assert answer.status_code == 401
    assert goods(hooked) == []


def test_a_hook_that_is_off_hears_nothing(hooked: World) -> None:
    hooked.send(SaveConnection("shop", "web", PLACE, False))
    assert tell(hooked).status_code == 401


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
