"""The page on which an administrator sets up connectors, and the list of what could not be delivered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from builder.changes import Message
from builder.storage import outbox
from tests.connectors.receiver import Receiver, receiving
from tests.runtime.pages.test_admin import post, signed_in, text
from tests.runtime.shop import shop_nodes
from tests.runtime.test_connecting import SECRET, connector, leave
from tests.runtime.world import WS, World, open_world

PLACE = "https://ledger.example.org"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.engine.settings = replace(world.engine.settings, egress_allow=PLACE)
    world.install({**shop_nodes(), ("connector", "books"): connector()}, "shop")
    yield world
    world.engine.database.close()


@pytest.fixture
def client(shop: World) -> FlaskClient:
    shop.person("boss", "boss", admin=True)
    return signed_in(shop, "boss")


def test_a_connector_is_set_up_on_its_page(shop: World, client: FlaskClient) -> None:
    assert "Bookkeeping" in text(client, "/a/shop/connections")
    assert "/a/shop/connections" in text(client, "/a/shop/settings")
    path = "/a/shop/connections/books"
    answer = post(client, path, origin=PLACE, is_on="1", **{"secret.signing": SECRET})
    assert answer.status_code == 302
    shown = text(client, "/a/shop/connections")
    assert SECRET not in shown
    assert PLACE in shown
    assert "Filled in" in shown


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (200, "took the test message"),
        (401, "the secret is wrong"),
        (404, "no such place"),
        (503, "The other system failed"),
    ],
)
def test_a_test_message_says_what_came_of_it(tmp_path: Path, status: int, said: str) -> None:
    with receiving() as receiver:
        world, client = _connected(tmp_path, receiver)
        receiver.answers = [(status, {}, b"{}")]
        path = "/a/shop/connections/books/test"
        assert said in post(client, path).get_data(as_text=True)
        [(_, place, headers, body)] = receiver.heard
        assert place == "/receipts"
        assert "webhook-signature" in headers
        assert json.loads(body)["type"] == "test"
        # Once in a few seconds: nobody floods the other side from here.
        assert "try again" in post(client, path).get_data(as_text=True)
        world.later(seconds=5)
    assert "nothing answers" in post(client, path).get_data(as_text=True)
    world.engine.database.close()


def _connected(tmp_path: Path, receiver: Receiver) -> tuple[World, FlaskClient]:
    """A shop whose books are the receiver; they are set up and not turned on yet."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.engine.settings = replace(
        world.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8"
    )
    world.install({**shop_nodes(), ("connector", "books"): connector()}, "shop")
    world.person("boss", "boss", admin=True)
    client = signed_in(world, "boss")
    post(client, "/a/shop/connections/books", origin=receiver.url, **{"secret.signing": SECRET})
    return world, client


def test_a_place_that_is_allowed_no_longer_is_not_tested(shop: World, client: FlaskClient) -> None:
    path = "/a/shop/connections/books"
    post(client, path, origin=PLACE, **{"secret.signing": SECRET})
    shop.engine.settings = replace(shop.engine.settings, egress_allow="")
    assert "nothing was sent" in post(client, f"{path}/test").get_data(as_text=True)


def test_who_only_listens_needs_no_address(tmp_path: Path) -> None:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.install({**shop_nodes(), ("connector", "books"): {**connector(), "kind": "webhook"}}, "shop")
    world.person("boss", "boss", admin=True)
    client = signed_in(world, "boss")
    answer = post(client, "/a/shop/connections/books", origin="", is_on="1", **{"secret.signing": SECRET})
    assert answer.status_code == 302
    shown = text(client, "/a/shop/connections")
    assert "/hooks/shop/books" in shown
    assert "Send a test message" not in shown
    world.engine.database.close()


def test_what_is_not_allowed_is_said(client: FlaskClient) -> None:
    path = "/a/shop/connections/books"
    answer = post(client, path, origin="http://127.0.0.1:80", is_on="1", **{"secret.signing": SECRET})
    shown = answer.get_data(as_text=True)
    assert "may not be spoken to" in shown
    assert SECRET not in shown


def test_only_who_looks_after_the_app_sees_it(shop: World) -> None:
    shop.person("ann", "clerk")
    ann = signed_in(shop, "ann")
    assert ann.get("/a/shop/connections").status_code in {403, 404}
    assert post(ann, "/a/shop/connections/books", origin=PLACE).status_code in {403, 404}
    shop.person("boss", "boss", admin=True)
    assert PLACE not in text(signed_in(shop, "boss"), "/a/shop/connections")
    assert post(ann, "/a/shop/connections/books/test").status_code in {403, 404}


def test_a_parked_message_is_discarded_by_a_button(shop: World, client: FlaskClient) -> None:
    leave(shop, Message("connector", {"app": "shop", "connector": "books", "rule": "tell"}))
    now = shop.clock.now()
    with shop.engine.database.write() as conn:
        (row,) = outbox.claim(conn, WS, kinds=("connector",), now=now, lease_until=now)
        outbox.park(conn, WS, row.message_id, row.fence, now, "NOT_CONNECTED")
    assert "the connector is not on yet" in text(client, "/a/shop/runs/failed").lower()
    chosen = {"message": shop.engine.database.show(row.message_id), "do": "discard"}
    path = "/a/shop/runs/failed"
    assert "said=reason_wanted" in post(client, path, **chosen).headers["Location"]
    assert post(client, path, **chosen, why="told by telephone").status_code == 302
    with shop.engine.database.write() as conn:
        assert outbox.parked(conn, WS) == ()
        assert not outbox.unpark(conn, WS, row.message_id, now)
    assert post(client, path, **chosen, why="once more").status_code == 404
