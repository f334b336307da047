"""Connectors: declared in JSON alone, set up by an administrator, told once for certain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest

from builder.changes import Message
from builder.commands import SaveConnection, SaveNoticeChoices
from builder.connectors.breaker import FAILURES
from builder.connectors.signing import UnsignedError, verified
from builder.errors import ForbiddenError, InvalidError
from builder.runtime.relay import TRIES, Delivered, Relay
from builder.storage import outbox
from tests.connectors.receiver import Receiver, receiving
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def connector(**settings: str) -> dict[str, Any]:
    return {
        "uid": "connector.books",
        "key": "books",
        "label": "Bookkeeping",
        "kind": "rest",
        "secrets": ["signing"],
        "settings": {"path": "/receipts", **settings},
    }


RULE: dict[str, Any] = {
    "uid": "rule.tell",
    "key": "tell",
    "label": "Approved receipts go to the books",
    "when": {"kind": "transition", "entity": "receipt", "transition": "approve"},
    "timing": "later",
    "then": [
        {
            "uid": "rule.tell.call",
            "kind": "call",
            "connector": "books",
            "payload": {"number": "number", "remark": "remark", "total": "SUM(lines.amount)"},
        }
    ],
}


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def books(empty: World, receiver: Receiver) -> World:
    """A shop that may speak to the receiver, with the connector that its package declares, not set up yet."""
    settings = replace(empty.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8")
    world = replace(empty, engine=replace(empty.engine, settings=settings))
    world.install({**shop_nodes(), ("connector", "books"): connector(), ("rule", "tell"): RULE}, "shop")
    return world


def connect(world: World, origin: str, *, is_on: bool = True, **secrets: str) -> None:
    world.send(SaveConnection("shop", "books", origin, is_on, secrets or {"signing": SECRET}))


def approved(world: World) -> dict[str, Any]:
    item = world.create("goods", {"code": "A", "name": "Rice", "price": "2.50"})["id"]
    made = world.create("receipt", {"remark": "米", "lines": [{"goods": item, "quantity": "4"}]})
    world.fire("receipt", world.id(made), "approve")
    return dict(made)


def relay_of(world: World) -> Relay:
    return Relay(world.engine, WS, jitter=lambda: Fraction(0))


def outcomes(delivered: tuple[Delivered, ...]) -> list[str]:
    return [d.error for d in delivered if d.kind == "connector"]


def checks_signatures(world: World, seen: set[str]) -> Any:
    def check(headers: dict[str, str], body: bytes) -> int:
        try:
            signed = verified((SECRET,), headers, int(world.clock.now().timestamp()), body)
        except UnsignedError:
            return 401
        seen.add(signed.id)
        return 200

    return check


def test_an_approved_receipt_is_pushed_exactly_once(books: World, receiver: Receiver) -> None:
    seen: set[str] = set()
    receiver.answers = [(500, {}, b"")]
    receiver.check = checks_signatures(books, seen)
    connect(books, receiver.url)
    made = approved(books)
    relay = relay_of(books)
    assert outcomes(relay.drain()) == ["NOT_TAKEN"]
    assert outcomes(relay.drain()) == []
    books.later(seconds=6)
    assert outcomes(relay.drain()) == [""]
    books.later(hours=2)
    assert outcomes(relay.drain()) == []
    assert [path for _, path, _, _ in receiver.heard] == ["/receipts", "/receipts"]
    assert len({headers["idempotency-key"] for _, _, headers, _ in receiver.heard}) == len(seen) == 1
    first, second = (body for *_, body in receiver.heard)
    assert first == second
    said = json.loads(second)
    assert said["record"] == made["id"]
    assert said["data"] == {"number": made["number"], "remark": "米", "total": "10.00"}


def test_a_lost_answer_is_told_again_by_the_same_id(books: World, receiver: Receiver) -> None:
    def lost(handler: Any) -> bool:
        receiver.raw = None
        return True

    receiver.raw = lost
    connect(books, receiver.url)
    approved(books)
    relay = relay_of(books)
    assert outcomes(relay.drain()) == ["UNREACHABLE"]
    books.later(seconds=6)
    assert outcomes(relay.drain()) == [""]
    assert len({headers["webhook-id"] for _, _, headers, _ in receiver.heard}) == 1


def test_what_is_not_set_up_waits_and_is_parked(books: World, receiver: Receiver) -> None:
    approved(books)
    relay = relay_of(books)
    found: list[str] = []
    for _ in range(TRIES):
        found += outcomes(relay.drain())
        books.later(hours=1, seconds=1)
    assert found == ["NOT_CONNECTED"] * TRIES
    with books.engine.database.snapshot() as conn:
        (parked,) = outbox.parked(conn, WS)
    connect(books, receiver.url)
    with books.engine.database.write() as conn:
        outbox.unpark(conn, WS, parked.message_id, books.clock.now())
    assert outcomes(relay.drain()) == [""]


def test_a_place_that_is_not_allowed_is_refused_when_saved(books: World, receiver: Receiver) -> None:
    for origin in (
        "https://elsewhere.example",
        "http://2130706433:80",
        receiver.url + "/path",
        "file:///etc",
        "",
    ):
        with pytest.raises(InvalidError) as refused:
            connect(books, origin)
        assert [p.code for p in refused.value.problems] == ["EGRESS_REFUSED"]
    assert receiver.heard == []


def test_a_place_that_is_allowed_no_longer_hears_nothing(books: World, receiver: Receiver) -> None:
    connect(books, receiver.url)
    approved(books)
    strict = replace(
        books, engine=replace(books.engine, settings=replace(books.engine.settings, egress_allow=""))
    )
    assert outcomes(relay_of(strict).drain()) == ["EGRESS_REFUSED"]
    assert receiver.heard == []


def test_secrets_belong_to_the_place(books: World, receiver: Receiver) -> None:
    connect(books, receiver.url)
    books.send(SaveConnection("shop", "books", receiver.url, True))
    other = replace(books.engine.settings, egress_allow=f"{receiver.url}, http://127.0.0.2:{receiver.port}")
    world = replace(books, engine=replace(books.engine, settings=other))
    with pytest.raises(InvalidError) as refused:
        world.send(SaveConnection("shop", "books", f"http://127.0.0.2:{receiver.port}", True))
    assert [(p.code, p.path) for p in refused.value.problems] == [("REQUIRED", "/secrets/signing")]


def test_only_who_may_change_settings_connects(books: World, receiver: Receiver) -> None:
    clerk = books.person("ann", "clerk")
    with pytest.raises(ForbiddenError):
        books.send(SaveConnection("shop", "books", receiver.url, True, {"signing": SECRET}), actor=clerk)


def test_secrets_lie_sealed_in_the_database(books: World, receiver: Receiver) -> None:
    connect(books, receiver.url, signing="very-secret-text")
    answer = books.send(SaveConnection("shop", "books", receiver.url, True))
    assert "very-secret-text" not in str(answer)
    from builder.storage import connections

    with books.engine.database.snapshot() as conn:
        with books.reading() as ctx:
            key = f"connector:{ctx.app.row.app_id}:connector.books"
        row = connections.get(conn, WS, key)
    assert row is not None
    assert b"very-secret-text" not in row.cipher


def call(number: int) -> Message:
    body = {"app": "shop", "connector": "books", "rule": "tell", "data": {"number": number}}
    return Message("connector", body, order_key=f"r{number}")


def leave(world: World, *messages: Message) -> None:
    with world.engine.database.write() as conn:
        outbox.append(conn, WS, messages, cmd=1, now=world.clock.now(), new_id=world.engine.database.new_id)


def test_a_receiver_that_is_down_is_left_alone_and_hears_everything_later(
    books: World, receiver: Receiver
) -> None:
    connect(books, receiver.url)
    receiver.answers = [(503, {}, b"")] * 1000
    leave(books, *(call(n) for n in range(20)))
    relay = relay_of(books)
    relay.drain()
    assert len(receiver.heard) == FAILURES
    for _ in range(12):
        books.later(minutes=5)
        relay.drain()
    down = len(receiver.heard)
    assert down < 20
    receiver.answers = []
    for _ in range(40):
        books.later(minutes=5)
        relay.drain()
    numbers = [json.loads(body)["data"]["number"] for *_, body in receiver.heard[down:]]
    assert sorted(numbers) == list(range(20))


def test_a_poisoned_message_is_parked_and_the_others_flow(books: World, receiver: Receiver) -> None:
    connect(books, receiver.url)
    receiver.check = lambda headers, body: 400 if json.loads(body)["data"]["number"] == 3 else 200
    leave(books, *(call(n) for n in range(10)))
    relay = relay_of(books)
    assert outcomes(relay.drain()).count("") == 9
    for _ in range(TRIES):
        books.later(hours=1, minutes=1)
        relay.drain()
    with books.engine.database.snapshot() as conn:
        assert [row.body["data"]["number"] for row in outbox.parked(conn, WS)] == [3]


def test_one_records_messages_keep_their_order(books: World, receiver: Receiver) -> None:
    connect(books, receiver.url)
    receiver.answers = [(500, {}, b"")]
    leave(books, *(replace(call(n), order_key="same") for n in range(5)))
    relay = relay_of(books)
    for _ in range(3):
        relay.drain()
        books.later(seconds=10)
    numbers = [json.loads(body)["data"]["number"] for *_, body in receiver.heard]
    assert numbers == [0, 0, 1, 2, 3, 4]


def test_the_body_may_be_signed_as_others_do(books: World, receiver: Receiver) -> None:
    import hashlib
    import hmac

    from builder.connectors.rest import request

    settings = {
        "signature": "hex",
        "signature_header": "X-Hub-Signature-256",
        "prefix": "sha256=",
        "method": "PUT",
    }
    made = request("https://a.example", settings, {"signing": "s", "token": "t"}, "m1", 0, {"b": 1})
    digest = hmac.new(b"s", b'{"b":1}', hashlib.sha256).hexdigest()
    assert made.headers["X-Hub-Signature-256"] == f"sha256={digest}"
    assert made.headers["authorization"] == "Bearer t"
    assert (made.method, made.url, made.body) == ("PUT", "https://a.example/", b'{"b":1}')


@pytest.mark.parametrize("path", ["/in?a=1", "in?a=1"])
def test_a_path_never_continues_the_name_of_the_host(path: str) -> None:
    from builder.connectors.origins import target
    from builder.connectors.rest import request

    made = request("https://a.example", {"path": path}, {"token": "t"}, "m1", 0, {})
    assert (target(made.url).origin.host, target(made.url).path) == ("a.example", "/in?a=1")
    elsewhere = request("https://a.example", {"path": ".other.example/x"}, {"token": "t"}, "m1", 0, {})
    assert target(elsewhere.url).origin.host == "a.example"


def test_a_rest_does_not_count_as_a_try() -> None:
    from datetime import UTC, datetime

    from builder.connectors.breaker import FIRST_REST, Breaker

    now, breaker = datetime(2026, 1, 5, tzinfo=UTC), Breaker()
    for _ in range(FAILURES):
        assert breaker.rests_until("a", now) is None
        breaker.failed("a", now)
    assert breaker.rests_until("a", now) == now + FIRST_REST
    assert breaker.rests_until("b", now) is None
    now += FIRST_REST
    assert breaker.rests_until("a", now) is None
    breaker.failed("a", now)
    assert breaker.rests_until("a", now) == now + 2 * FIRST_REST
    breaker.answered("a")
    assert breaker.rests_until("a", now + timedelta(seconds=1)) is None


# Robots


def group(n: int) -> Message:
    data = {"title": f"缺货 {n}", "text": "货" * 300}
    return Message("robot", {"app": "shop", "connector": "group", "rule": "tell", "data": data})


@pytest.fixture
def robot(empty: World, receiver: Receiver) -> World:
    """A shop whose group robot is the receiver."""
    settings = replace(empty.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8")
    world = replace(empty, engine=replace(empty.engine, settings=settings))
    node = {"uid": "connector.group", "key": "group", "label": "Group", "kind": "robot", "vendor": "wecom"}
    tell = {**RULE, "then": [{**RULE["then"][0], "connector": "group", "payload": {"title": "number"}}]}
    nodes = {**shop_nodes(), ("connector", "group"): {**node, "secrets": ["key"]}, ("rule", "tell"): tell}
    world.install(nodes, "shop")
    world.send(SaveConnection("shop", "group", receiver.url, True, {"key": "k"}))
    return world


def test_a_group_is_told_several_things_in_one_and_no_more_often_than_it_takes(
    robot: World, receiver: Receiver
) -> None:
    receiver.answers = [(200, {}, b'{"errcode":0}')] * 100
    leave(robot, *(group(n) for n in range(10)))
    relay = relay_of(robot)
    relay.drain()
    assert len(receiver.heard) == 1
    for _ in range(20):
        robot.later(seconds=4)
        relay.drain()
    said = "".join(json.loads(body)["markdown"]["content"] for *_, body in receiver.heard)
    assert [said.count(f"缺货 {n}\n") for n in range(10)] == [1] * 10
    assert len(receiver.heard) == 3


def test_those_whom_it_is_for_are_called_if_they_gave_a_name(robot: World, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, b'{"errcode":0}')]
    ann, ben = robot.person("ann"), robot.person("ben")
    robot.send(SaveNoticeChoices({}, handles={"wecom": "anna", "feishu": "ou_1"}), actor=ann)
    body = dict(group(1).body)
    leave(robot, Message("robot", {**body, "mention": [ann.user_id, ben.user_id]}), group(2))
    relay_of(robot).drain()
    said = json.loads(receiver.heard[0][3])["markdown"]["content"]
    first, second = said.split("\n\n")
    assert first.endswith("\n<@anna>")
    assert "<@" not in second


def test_two_processes_keep_one_pace(robot: World, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, b'{"errcode":0}')] * 100
    other = robot.other_process()
    relays = [relay_of(robot), relay_of(other)]
    for n in range(60):
        leave(robot, group(n))
        for relay in relays:
            relay.drain()
        robot.later(seconds=1)
    other.engine.database.close()
    assert 14 <= len(receiver.heard) <= 16


def test_a_group_that_was_told_too_often_is_left_alone_and_no_try_is_lost(
    robot: World, receiver: Receiver
) -> None:
    busy: tuple[int, dict[str, str], bytes] = (200, {}, b'{"errcode":45009}')
    receiver.answers = [busy] * 20 + [(200, {}, b'{"errcode":0}')]
    leave(robot, group(1))
    relay = relay_of(robot)
    for _ in range(20):
        relay.drain()
        robot.later(seconds=30)
        relay.drain()
        robot.later(seconds=30)
    assert len(receiver.heard) == 20
    relay.drain()
    assert len(receiver.heard) == 21
    with robot.engine.database.snapshot() as conn:
        assert outbox.parked(conn, WS) == ()
    robot.later(hours=1)
    assert relay.drain() == ()


@pytest.mark.requirement("R028", simulated=True)
def test_a_rule_tells_a_group_and_a_no_is_tried_again(robot: World, receiver: Receiver) -> None:
    receiver.answers = [(200, {}, b'{"errcode":40008}'), (200, {}, b'{"errcode":0}')]
    made = approved(robot)
    relay = relay_of(robot)
    relay.drain()
    robot.later(seconds=6)
    relay.drain()
    said = [json.loads(body)["markdown"]["content"] for *_, body in receiver.heard]
    assert said == [made["number"]] * 2
    robot.later(hours=1)
    assert relay.drain() == ()
