"""Outside: the cases NET-003 to NET-028 of the case file, by their numbers: refused when saved and when delivered, with no hit and a reason."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest

from builder.changes import Message
from builder.commands import SaveConnection
from builder.connectors.breaker import FAILURES, FIRST_REST, LONGEST_REST, Breaker
from builder.connectors.egress import Egress, Policy, UnreachableError
from builder.connectors.vault import KEY_ID, Connection
from builder.errors import InvalidError
from builder.runtime.connecting import connection_key, vault_of
from builder.runtime.relay import Relay
from builder.storage import connections, outbox
from builder.storage.connections import ConnectionRow
from tests.connectors.receiver import Receiver, receiving
from tests.runtime.shop import shop_nodes
from tests.runtime.world import START, WS, World

PLACES = {
    "NET-003": "http://2130706433:{port}/",
    "NET-004": "http://0x7f.1:{port}/",
    "NET-005": "http://0177.0.0.1:{port}/",
    "NET-007": "http://[::ffff:127.0.0.1]:{port}/",
    "NET-009": "http://[64:ff9b::7f00:1]/",
    "NET-010": "http://[2002:7f00:1::]/",
    "NET-011": "http://100.64.0.1/",
    "NET-012": "http://169.254.169.254/latest/meta-data/",
    "NET-014": "gopher://127.0.0.1:{port}/_x",
    "NET-015": "file:///etc/passwd",
    "NET-017": "http://allowed.example@127.0.0.1:{port}/",
    "NET-019": "http://evil.test#allowed.example",
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def books(empty: World, receiver: Receiver) -> World:
    """A shop with a connector; one public name is allowed, and the receiver."""
    allow = f"https://allowed.example, {receiver.url}"
    settings = replace(empty.engine.settings, egress_allow=allow, egress_private="127.0.0.0/8")
    world = replace(empty, engine=replace(empty.engine, settings=settings))
    node = {
        "uid": "connector.books",
        "key": "books",
        "label": "B",
        "kind": "rest",
        "secrets": ["signing", "token"],
    }
    world.install({**shop_nodes(), ("connector", "books"): node}, "shop")
    return world


def leave(world: World) -> None:
    body = {"app": "shop", "connector": "books", "rule": "tell", "data": {"n": 1}}
    with world.engine.database.write() as conn:
        new_id = world.engine.database.new_id
        outbox.append(conn, WS, [Message("connector", body)], cmd=1, now=world.clock.now(), new_id=new_id)


def slipped_in(world: World, origin: str) -> None:
    """The place in the database all the same, as somebody who writes there could put it."""
    with world.reading() as ctx:
        (connector,) = ctx.app.package.connectors
        key = connection_key(ctx.app.row.app_id, connector)
    sealed = vault_of(world.engine).sealed(Connection(origin, True, {"token": "secret"}))
    with world.engine.database.write() as conn:
        connections.keep(conn, WS, ConnectionRow(key, sealed, KEY_ID, origin))


@pytest.mark.parametrize("case", list(PLACES))
def test_a_place_inside(
    books: World, receiver: Receiver, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    place = PLACES[case].format(port=receiver.port)
    with pytest.raises(InvalidError) as refused:
        books.send(SaveConnection("shop", "books", place, True, {"signing": "s", "token": "t"}))
    assert [(p.code, p.path) for p in refused.value.problems] == [("EGRESS_REFUSED", "/origin")]
    slipped_in(books, place)
    leave(books)
    with caplog.at_level(logging.WARNING):
        (delivered,) = Relay(books.engine, WS).drain()
    assert delivered.error == "EGRESS_REFUSED"
    assert "EGRESS_REFUSED" in caplog.text
    assert receiver.heard == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_no_way_inside(books: World, receiver: Receiver, status: int) -> None:
    """NET-021: the answer is an answer; neither body nor secret goes anywhere else."""
    with receiving() as inside:
        receiver.answers = [(status, {"Location": f"{inside.url}/x"}, b"")] * 10
        books.send(SaveConnection("shop", "books", receiver.url, True, {"signing": "s", "token": "t"}))
        leave(books)
        (delivered,) = Relay(books.engine, WS).drain()
        assert (delivered.error, len(receiver.heard), inside.heard) == ("NOT_TAKEN", 1, [])


def test_a_receiver_without_end_frees_the_worker(receiver: Receiver) -> None:
    """NET-022: a gigabyte is cut at the limit, before it was sent."""
    sent = 0

    def flood(handler: BaseHTTPRequestHandler) -> bool:
        nonlocal sent
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            for _ in range(1000):
                sent += handler.wfile.write(b"x" * 1_000_000)
        except OSError:
            return True
        return True

    receiver.raw = flood
    egress = Egress(Policy.of(receiver.url, "127.0.0.0/8"))
    with pytest.raises(UnreachableError) as refused:
        egress.send("POST", receiver.url, {})
    egress.close()
    assert refused.value.params["why"] == "too_long"
    assert sent < 100_000_000


@pytest.mark.parametrize("secret", ["t\r\nHost: evil", "t\x00"])
def test_no_header_starts_another(books: World, receiver: Receiver, secret: str) -> None:
    """NET-028, by the one way in which a person's text becomes a header."""
    with pytest.raises(InvalidError) as refused:
        books.send(SaveConnection("shop", "books", receiver.url, True, {"signing": "s", "token": secret}))
    assert [p.code for p in refused.value.problems] == ["CONNECTION_SECRET"]


def test_a_header_that_is_no_header_is_refused_when_it_is_sent(books: World, receiver: Receiver) -> None:
    books.send(SaveConnection("shop", "books", receiver.url, True, {"signing": "s", "token": "密"}))
    leave(books)
    (delivered,) = Relay(books.engine, WS).drain()
    assert (delivered.error, receiver.heard) == ("EGRESS_REFUSED", [])


def test_a_clock_that_is_set_back_does_not_lengthen_a_rest() -> None:
    """REL-011: after an hour back a place rests for as long as it may at most, not for an hour more."""
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed("a", START)
    assert breaker.rests_until("a", START) == START + FIRST_REST
    assert breaker.rests_until("a", START - 2 * LONGEST_REST) is None


def test_a_yes_ends_it_whatever_its_body_says(books: World, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, b"not json")]
    books.send(SaveConnection("shop", "books", receiver.url, True, {"signing": "s", "token": "t"}))
    leave(books)
    relay = Relay(books.engine, WS)
    assert [d.error for d in relay.drain()] == [""]
    books.later(hours=3)
    assert relay.drain() == ()
    assert json.loads(receiver.heard[0][3])["data"] == {"n": 1}
