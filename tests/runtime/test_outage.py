"""Outage: a receiver that is down for an hour, whatever that looks like, hears everything afterwards: in each record's order, each effect once.

The cases REL-016, REL-018, REL-028 and F15 of the case file, on a clock that tests move."""

from __future__ import annotations

import json
import socket
import struct
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from http.server import BaseHTTPRequestHandler

import pytest

from builder.changes import Message
from builder.commands import SaveConnection
from builder.runtime.relay import TRIES, Relay
from builder.storage import outbox
from tests.connectors.receiver import Receiver, receiving
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World

RECORDS, EACH = 10, 6


@dataclass
class Books:
    """What a receiver that knows ids has done: each message's effect once, whatever comes twice."""

    seen: set[str] = field(default_factory=set)
    effects: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    heard: int = 0

    def take(self, headers: dict[str, str], body: bytes) -> int:
        self.heard += 1
        if headers["webhook-id"] not in self.seen:
            self.seen.add(headers["webhook-id"])
            said = json.loads(body)["data"]
            self.effects[said["record"]].append(said["number"])
        return 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def told(empty: World, receiver: Receiver) -> World:
    """Sixty messages about ten records, mixed, for a connector that is on."""
    settings = replace(empty.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8")
    world = replace(empty, engine=replace(empty.engine, settings=settings))
    node = {
        "uid": "connector.books",
        "key": "books",
        "label": "Books",
        "kind": "rest",
        "secrets": ["signing"],
    }
    world.install({**shop_nodes(), ("connector", "books"): node}, "shop")
    world.send(SaveConnection("shop", "books", receiver.url, True, {"signing": "secret"}))
    leave(world, [message(f"r{n % RECORDS}", n // RECORDS) for n in range(RECORDS * EACH)])
    return world


def message(record: str, number: int) -> Message:
    body = {"app": "shop", "connector": "books", "rule": "tell", "data": {"record": record, "number": number}}
    return Message("connector", body, order_key=record)


def leave(world: World, messages: list[Message]) -> None:
    with world.engine.database.write() as conn:
        new_id = world.engine.database.new_id
        outbox.append(conn, WS, messages, cmd=1, now=world.clock.now(), new_id=new_id)


def reset(handler: BaseHTTPRequestHandler) -> bool:
    """Take the request and break the connection instead of answering."""
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.connection.close()
    return True


def cut(handler: BaseHTTPRequestHandler) -> bool:
    """Promise more than is sent."""
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
    return True


def answering(status: int) -> Callable[[Receiver], None]:
    def down(receiver: Receiver) -> None:
        receiver.check = lambda headers, body: status

    return down


def breaking(raw: Callable[[BaseHTTPRequestHandler], bool]) -> Callable[[Receiver], None]:
    def down(receiver: Receiver) -> None:
        receiver.raw = raw

    return down


DOWN = {
    "500": answering(500),
    "503": answering(503),
    "reset": breaking(reset),
    "cut": breaking(cut),
}


def an_hour(world: World, relay: Relay, minutes: int = 60) -> None:
    for _ in range(minutes):
        relay.drain()
        world.later(minutes=1)


@pytest.mark.parametrize("how", list(DOWN))
def test_an_hour_without_a_receiver(told: World, receiver: Receiver, how: str) -> None:
    DOWN[how](receiver)
    relay = Relay(told.engine, WS, jitter=lambda: Fraction(1, 2))
    an_hour(told, relay)
    down = len(receiver.heard)
    # It was not hammered: it is asked by a few messages that wait longer each time.
    assert 0 < down < 10 * RECORDS
    books = Books()
    receiver.raw, receiver.check = None, books.take
    an_hour(told, relay, 100)
    assert dict(books.effects) == {f"r{n}": list(range(EACH)) for n in range(RECORDS)}
    with told.engine.database.snapshot() as conn:
        assert outbox.parked(conn, WS) == ()
        assert not outbox.waiting(conn, WS, kinds=["connector"], now=told.clock.now())


def test_a_receiver_that_did_it_and_lost_the_answer_does_it_once(told: World, receiver: Receiver) -> None:
    """REL-016: the effect is there, the answer is not."""
    books, lost = Books(), iter(range(1000))

    def half(handler: BaseHTTPRequestHandler) -> bool:
        if next(lost) % 3:
            return False
        books.take(*receiver.heard[-1][2:])
        return reset(handler)

    receiver.raw, receiver.check = half, books.take
    relay = Relay(told.engine, WS, jitter=lambda: Fraction(0))
    an_hour(told, relay, 240)
    assert dict(books.effects) == {f"r{n}": list(range(EACH)) for n in range(RECORDS)}
    assert books.heard > RECORDS * EACH


def test_a_poisoned_message_holds_up_its_record_until_it_is_parked(told: World, receiver: Receiver) -> None:
    """REL-018: the others of its record wait for it, in order; those of other records do not."""
    books = Books()

    def check(headers: dict[str, str], body: bytes) -> int:
        said = json.loads(body)["data"]
        return 400 if (said["record"], said["number"]) == ("r3", 2) else books.take(headers, body)

    receiver.check = check
    relay = Relay(told.engine, WS, jitter=lambda: Fraction(0))
    relay.drain()
    assert books.effects["r3"] == [0, 1]
    assert all(books.effects[f"r{n}"] == list(range(EACH)) for n in range(RECORDS) if n != 3)
    for _ in range(TRIES):
        told.later(hours=1, minutes=1)
        relay.drain()
    assert books.effects["r3"] == [0, 1, 3, 4, 5]
    with told.engine.database.snapshot() as conn:
        (parked,) = outbox.parked(conn, WS)
    assert (parked.body["data"]["number"], parked.attempts, parked.error) == (2, TRIES, "NOT_TAKEN")


def test_a_place_that_rests_gives_back_all_that_waits_at_once(told: World, receiver: Receiver) -> None:
    leave(told, [message(f"x{n}", 0) for n in range(400)])
    receiver.check = lambda headers, body: 503
    relay = Relay(told.engine, WS, jitter=lambda: Fraction(0))
    relay.drain()
    assert len(receiver.heard) == 5
    assert relay.drain() == ()
    assert len(receiver.heard) == 5


def test_who_refuses_for_good_is_asked_ten_times_and_then_waits_for_somebody(
    told: World, receiver: Receiver
) -> None:
    """410: each message is parked; sent again, it arrives by the same id."""
    receiver.check = lambda headers, body: 410
    relay = Relay(told.engine, WS, jitter=lambda: Fraction(0))
    an_hour(told, relay, 600)
    tries: dict[str, int] = defaultdict(int)
    for _, _, headers, _ in receiver.heard:
        tries[headers["webhook-id"]] += 1
    assert set(tries.values()) == {TRIES}
    books = Books()
    receiver.check = books.take
    with told.engine.database.write() as conn:
        parked = outbox.parked(conn, WS)
        for row in parked:
            outbox.unpark(conn, WS, row.message_id, told.clock.now())
    relay.drain()
    assert dict(books.effects) == {f"r{n}": list(range(EACH)) for n in range(RECORDS)}
    assert books.seen == set(tries)
