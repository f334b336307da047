"""The relay: what commands left goes out once, in order, and what fails waits longer each time until it is parked."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from typing import Any

from builder.changes import Message
from builder.runtime.mailing import one_line
from builder.runtime.relay import LONGEST_PAUSE, TRIES, Delivered, Relay, pause_after
from builder.storage import notifications, outbox
from tests.runtime.world import WS, World


def leave(world: World, *messages: Message) -> None:
    with world.engine.database.write() as conn:
        outbox.append(conn, WS, messages, cmd=1, now=world.clock.now(), new_id=world.engine.database.new_id)


def told(user: int, title: str = "Hello", kind: Any = "notification", **more: Any) -> Message:
    return Message(kind, {"user_id": user, "title": title, "body": "", "app": "shop"}, **more)


def inbox(world: World, user: int) -> list[str]:
    with world.engine.database.snapshot() as conn:
        return [row.title for row in notifications.of(conn, WS, user)]


def test_a_person_is_told_once_in_their_language(shop: World) -> None:
    user = shop.person("ann").user_id
    leave(
        shop,
        Message("notification", {"user_id": user, "title": {"zh-CN": "你好", "en": "Hello"}, "app": "shop"}),
    )
    relay = Relay(shop.engine, WS)
    assert [d.error for d in relay.drain()] == [""]
    assert relay.drain() == ()
    assert inbox(shop, user) == ["你好"]


def test_an_approver_is_told_by_the_number_that_commit_gave(shop: World) -> None:
    boss = shop.person("boss", "boss")
    item = shop.engine.database.show(
        shop.id(shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"}))
    )
    made = shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True)
    Relay(shop.engine, WS).drain()
    assert len(inbox(shop, boss.user_id)) == 1
    assert made["number"] in inbox(shop, boss.user_id)[0]


def test_a_dedupe_key_is_sent_once(shop: World) -> None:
    user = shop.person("ann").user_id
    leave(shop, told(user, dedupe_key="k"))
    leave(shop, told(user, dedupe_key="k"))
    Relay(shop.engine, WS).drain()
    assert len(inbox(shop, user)) == 1


def test_messages_with_a_time_wait_for_it(shop: World) -> None:
    user = shop.person("ann").user_id
    leave(shop, told(user, not_before=shop.clock.now() + timedelta(minutes=5)))
    relay = Relay(shop.engine, WS)
    assert relay.drain() == ()
    shop.later(minutes=6)
    assert len(relay.drain()) == 1


def test_mail_stays_until_there_is_a_server(shop: World) -> None:
    user = shop.person("ann").user_id
    leave(shop, told(user, kind="email"))
    assert Relay(shop.engine, WS).drain() == ()
    sent: list[EmailMessage] = []
    assert len(Relay(shop.engine, WS, sent.append).drain()) == 1


def test_a_failing_message_backs_off_and_is_parked(shop: World) -> None:
    leave(shop, Message("rule", {"app": "gone", "rule": "x", "entity": None, "id": 0, "event": {}}))
    relay = Relay(shop.engine, WS)
    outcomes: list[Delivered] = []
    for _ in range(TRIES):
        outcomes.extend(relay.tick())
        shop.later(hours=1, seconds=1)
    assert [o.parked for o in outcomes] == [False] * (TRIES - 1) + [True]
    assert all("NOT_FOUND" in o.error for o in outcomes)
    assert relay.tick() == ()


def test_one_that_fails_holds_back_only_its_own_order(shop: World) -> None:
    user = shop.person("ann").user_id
    leave(
        shop,
        Message("rule", {"app": "gone", "rule": "x", "entity": None, "id": 0, "event": {}}, order_key="o"),
        told(user, "behind", order_key="o"),
        told(user, "beside", order_key="p"),
    )
    Relay(shop.engine, WS).drain()
    assert inbox(shop, user) == ["beside"]


def test_two_relays_deliver_once(shop: World) -> None:
    user = shop.person("ann").user_id
    leave(shop, *(told(user, f"{n}") for n in range(20)))
    other = shop.other_process()
    first, second = Relay(shop.engine, WS), Relay(other.engine, WS)
    made = [*first.tick(7), *second.tick(7), *first.drain(), *second.drain()]
    other.engine.database.close()
    assert len(made) == 20
    assert sorted(inbox(shop, user)) == sorted(f"{n}" for n in range(20))


def test_pauses_double_up_to_an_hour() -> None:
    assert [pause_after(n).total_seconds() for n in (1, 2, 3)] == [5, 10, 20]
    assert pause_after(50) == LONGEST_PAUSE


def test_a_subject_is_one_line() -> None:
    assert one_line("a\r\nBcc: x") == "a Bcc: x"


# Faults of ours


def test_an_unexpected_error_of_one_message_stops_no_other(shop: World, monkeypatch: Any) -> None:
    """A fault in our own code, whatever it is: the others go out, it comes back, and in the end it stands in the failed list."""
    user = shop.person("ann").user_id
    notify = Relay._notify

    def sick(relay: Relay, row: Any) -> None:
        if row.body["title"] == "Sick":
            raise RecursionError("a fault of ours")
        notify(relay, row)

    monkeypatch.setattr(Relay, "_notify", sick)
    leave(shop, told(user, "Before"), told(user, "Sick"), told(user, "After"))
    relay = Relay(shop.engine, WS)
    assert len(relay.drain()) == 3
    assert set(inbox(shop, user)) == {"Before", "After"}
    for _ in range(TRIES):
        shop.later(hours=2)
        relay.drain()
    with shop.engine.database.snapshot() as conn:
        [given_up] = outbox.parked(conn, WS)
    assert (given_up.body["title"], given_up.attempts) == ("Sick", TRIES)
    assert given_up.error.startswith("RecursionError")


def test_a_message_without_sense_is_given_up_like_any_other(shop: World) -> None:
    user = shop.person("ann").user_id
    leave(
        shop,
        *(Message(kind, {}) for kind in ("rule", "notification", "connector", "robot", "email")),
        told(user, "After"),
    )
    relay = Relay(shop.engine, WS, send=lambda message: None)
    for _ in range(TRIES):
        relay.drain()
        shop.later(hours=2)
    assert inbox(shop, user) == ["After"]
    with shop.engine.database.snapshot() as conn:
        assert len(outbox.parked(conn, WS)) == 5
