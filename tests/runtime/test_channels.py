"""One event by every channel that is on: the inbox, e-mail, and the robots of three vendors. What is off gets nothing, and what became of
each message can be read afterwards."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import select

from builder.commands import Actor, SaveConnection, SaveNoticeChoices, SaveUser
from builder.runtime.relay import TRIES, Relay
from builder.storage import notifications, rule_runs
from builder.storage.tables.machinery import outbox
from tests.connectors.receiver import Receiver, receiving
from tests.runtime.mail_server import MailServer, mail_server
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, WS, World

TAKEN = {"wecom": b'{"errcode":0}', "dingtalk": b'{"errcode":0}', "feishu": b'{"code":0}'}
CHANNELS = frozenset({"inbox", "email", *TAKEN})


def short(key: str, *then: dict[str, Any]) -> dict[str, Any]:
    """A rule that tells of goods of which fewer than five are left."""
    words = {"title": "Short: {goods.name}", "body": "Only {on_hand} left.", "to": [{"role": "keeper"}]}
    return {
        "uid": f"rule.{key}",
        "key": key,
        "label": "Short of goods",
        "timing": "later",
        "when": {"kind": "threshold", "ledger": "stock", "grain": "goods", "slack": "on_hand - 5"},
        "then": [{"uid": f"rule.{key}.{n}", "kind": "notify", **words, **one} for n, one in enumerate(then)],
    }


@dataclass
class House:
    """A shop with a mail server and three groups; ``ann`` keeps the goods."""

    world: World
    mail: MailServer
    groups: dict[str, Receiver]
    ann: Actor

    def turn(self, on: frozenset[str]) -> None:
        """Turn the channels on or off, as an administrator and Ann do."""
        for vendor, group in self.groups.items():
            self.world.send(SaveConnection("shop", vendor, group.url, vendor in on, {"key": "k"}))
        mode = "now" if "email" in on else "off"
        self.world.send(SaveNoticeChoices({"rule": mode}, handles={"wecom": "anna"}), actor=self.ann)

    def sell(self) -> None:
        """Ten come in and eight go out: two are left."""
        goods = self.world.create("goods", {"code": "A", "name": "米"})["id"]
        for entity, quantity in (("receipt", "10"), ("delivery", "8")):
            lines = [{"goods": goods, "quantity": quantity}]
            self.world.create(entity, {"lines": lines}, submit=True)

    def relay(self) -> None:
        """Everything that waits is told, for as long as it is tried."""
        relay = Relay(self.world.engine, WS, jitter=lambda: Fraction(0))
        for _ in range(TRIES + 2):
            relay.drain()
            self.world.later(hours=2)

    def heard(self) -> dict[str, list[str]]:
        """What each channel was given, in its own form."""
        texts = {
            "wecom": lambda said: said["markdown"]["content"],
            "dingtalk": lambda said: said["markdown"]["text"],
            "feishu": lambda said: said["content"]["text"],
        }
        found = {
            vendor: [texts[vendor](json.loads(body)) for *_, body in group.heard]
            for vendor, group in self.groups.items()
        }
        with self.world.engine.database.snapshot() as conn:
            inbox = notifications.of(conn, WS, self.ann.user_id)
        found["inbox"] = [f"{row.title}\n{row.body}" for row in inbox]
        found["email"] = [f"{m['Subject']}\n{m.get_content().strip()}" for m in self.mail.taken]
        return found

    def log(self) -> list[tuple[str, str, str]]:
        """Each message that left or was to leave: its channel, whether it arrived, and why not."""
        own = outbox.c
        query = select(own.kind, own.body, own.done_at, own.parked_at, own.error).where(
            own.ws == WS, own.kind.in_(("notification", "email", "robot"))
        )
        with self.world.engine.database.snapshot() as conn:
            rows = conn.execute(query.order_by(own.message_id)).all()
        names = {"notification": "inbox", "email": "email"}
        states = {True: "done", False: "parked"}
        return [
            (names.get(r.kind) or r.body["connector"], states[r.done_at is not None], r.error or "")
            for r in rows
            if r.done_at is not None or r.parked_at is not None
        ]


@pytest.fixture
def house(empty: World) -> Iterator[House]:
    with ExitStack() as stack:
        groups = {vendor: stack.enter_context(receiving()) for vendor in TAKEN}
        for vendor, group in groups.items():
            group.answers = [(200, {}, TAKEN[vendor])] * 3
        mail = stack.enter_context(mail_server())
        settings = replace(
            empty.engine.settings,
            egress_allow=",".join(group.url for group in groups.values()),
            egress_private="127.0.0.0/8",
            smtp_host="127.0.0.1",
            smtp_port=mail.port,
            smtp_from="app@example.com",
        )
        world = replace(empty, engine=replace(empty.engine, settings=settings))
        yield open_house(world, mail, groups)


def open_house(world: World, mail: MailServer, groups: dict[str, Receiver]) -> House:
    nodes = shop_nodes()
    roles = nodes["roles", "roles"]["roles"]
    keeper = {
        "uid": "role.keeper",
        "key": "keeper",
        "label": "Keeper",
        "grants": [{"uid": "role.keeper.goods", "entity": "goods", "may": ["read"]}],
        "ledgers": [{"uid": "role.keeper.stock", "ledger": "stock"}],
    }
    nodes["roles", "roles"] = {"roles": [*roles, keeper]}
    nodes["rule", "short"] = short("short", {}, *({"connector": vendor} for vendor in TAKEN))
    for vendor in TAKEN:
        nodes["connector", vendor] = {
            "uid": f"connector.{vendor}",
            "key": vendor,
            "label": vendor,
            "kind": "robot",
            "vendor": vendor,
            "secrets": ["key"],
        }
    world.install(nodes, "shop")
    ann = world.person("ann", "keeper")
    world.send(SaveUser("ann", "Ann", ann.user_id, email="ann@example.com", password=PASSWORD))
    return House(world, mail, groups, ann)


@pytest.mark.requirement("R193", simulated=True)
@pytest.mark.parametrize(
    "on",
    [CHANNELS, *(CHANNELS - {one} for one in sorted(CHANNELS - {"inbox"})), frozenset({"inbox"})],
    ids=lambda on: "+".join(sorted(on)),
)
def test_the_same_event_comes_by_every_channel_that_is_on_and_by_no_other(
    house: House, on: frozenset[str]
) -> None:
    house.turn(on)
    house.sell()
    house.relay()
    said = "Short: 米\nOnly 2 left."
    called = {"wecom": f"{said}\n<@anna>"}
    assert house.heard() == {
        channel: [called.get(channel, said)] if channel in on else [] for channel in CHANNELS
    }
    off = sorted(set(TAKEN) - on)
    assert sorted(house.log()) == sorted(
        [*((channel, "done", "") for channel in on), *((vendor, "parked", "NOT_CONNECTED") for vendor in off)]
    )


def test_the_run_says_whom_it_told_by_which_channel(house: House) -> None:
    house.turn(CHANNELS)
    house.sell()
    house.relay()
    with house.world.reading() as ctx:
        wanted = rule_runs.Wanted(ctx.app.row.app_id, "rule.short")
        (run,) = rule_runs.find(ctx.conn, WS, wanted)
    told = [message for step in run.steps for message in step["messages"]]
    assert [m.get("connector") or m["user_id"] for m in told] == [house.ann.user_id, *TAKEN]
