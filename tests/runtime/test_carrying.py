"""Carrying: the heads of the command chains reach the connectors that ask for them, signed, once and in order; and nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from builder.commands import SaveConnection
from builder.connectors.signing import verified
from builder.runtime import anchoring
from builder.runtime.relay import Relay
from tests.connectors.receiver import Receiver, receiving
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


def node(key: str, events: str) -> dict[str, Any]:
    settings = {"path": f"/{key}", **({"events": events} if events else {})}
    return {
        "uid": f"connector.{key}",
        "key": key,
        "label": key,
        "kind": "rest",
        "secrets": ["signing"],
        "settings": settings,
    }


@pytest.fixture
def kept(empty: World, receiver: Receiver) -> World:
    """A shop with a place for anchors, one that did not ask, and one that asked and is off."""
    settings = replace(empty.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8")
    world = replace(empty, engine=replace(empty.engine, settings=settings))
    asks = {"safe": "other.topic, anchor.heads", "plain": "", "off": "anchor.heads"}
    world.install(
        {**shop_nodes(), **{("connector", key): node(key, events) for key, events in asks.items()}}, "shop"
    )
    for key in asks:
        world.send(SaveConnection("shop", key, receiver.url, key != "off", {"signing": SECRET}))
    return world


def test_heads_go_where_they_are_asked_for(kept: World, receiver: Receiver) -> None:
    relay = Relay(kept.engine, WS)
    for _ in range(3):
        anchoring.keep(kept.engine, WS)
        anchoring.keep(kept.engine, WS)
        relay.drain()
        kept.later(hours=1)
    assert [path for _, path, _, _ in receiver.heard] == ["/safe"] * 3
    _, _, headers, body = receiver.heard[0]
    assert verified((SECRET,), headers, int(kept.clock.now().timestamp()) - 3 * 3600, body).id
    said = [json.loads(body) for *_, body in receiver.heard]
    assert {one["type"] for one in said} == {anchoring.TOPIC}
    assert [one["data"]["anchor"]["at"] for one in said] == sorted(
        {one["data"]["anchor"]["at"] for one in said}
    )
    assert len({one["id"] for one in said}) == 3


def test_an_hour_without_the_receiver_is_made_up_for_in_order(kept: World, receiver: Receiver) -> None:
    receiver.answers = [(503, {}, b"")] * 3
    relay = Relay(kept.engine, WS)
    for _ in range(8):
        anchoring.keep(kept.engine, WS)
        relay.drain()
        kept.later(minutes=40)
    for _ in range(5):
        relay.drain()
        kept.later(minutes=40)
    taken = [json.loads(body) for *_, body in receiver.heard[3:]]
    times = [one["data"]["anchor"]["at"] for one in taken]
    assert times == sorted(times)
    assert len({one["id"] for one in taken}) == len(taken) == 5


def test_what_was_received_is_as_good_as_the_file(kept: World, receiver: Receiver, tmp_path: Any) -> None:
    anchoring.keep(kept.engine, WS)
    Relay(kept.engine, WS).drain()
    (tmp_path / "received.json").write_bytes(receiver.heard[0][3])
    found = anchoring.read_file(tmp_path / "received.json")
    assert found["heads"] == anchoring.heads_now(kept.engine)["heads"]
