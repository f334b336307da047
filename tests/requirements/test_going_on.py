"""What goes on after the start: a newer template, an event that could not be told, an installation from nothing."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from builder.commands import Publish, SaveConnection, SaveDraft
from builder.metadata.catalog import template_nodes
from builder.runtime.upgrading import plan_upgrade, upgrade
from builder.storage import outbox
from tests.connectors.receiver import Receiver, receiving
from tests.requirements.test_running import CONNECTOR, TELL
from tests.requirements.trade import APP, Trade
from tests.runtime.pages.test_admin import post, signed_in, text
from tests.runtime.world import WS

Nodes = dict[tuple[str, str], Any]
ITEM = ("entity", "item")


def shipped() -> Nodes:
    nodes = template_nodes("general")
    assert nodes is not None
    return copy.deepcopy(dict(nodes))


def relabelled(nodes: Nodes, entity: str, label: str) -> None:
    nodes["entity", entity]["label"] = {"zh-CN": label, "en": label}


@pytest.mark.requirement("R189")
def test_a_field_of_ones_own_and_its_data_outlive_an_upgrade(trade: Trade) -> None:
    mine = shipped()[ITEM]
    mine["fields"].append(
        {"uid": "item.origin", "key": "origin", "type": "text", "label": {"zh-CN": "产地", "en": "Origin"}}
    )
    mine["label"] = {"zh-CN": "我的货", "en": "My goods"}
    trade.world.send(SaveDraft("general", *ITEM, mine))
    trade.world.send(Publish("general"))
    item = trade.item("A", origin="黑龙江")
    theirs = shipped()
    relabelled(theirs, "item", "新品")
    relabelled(theirs, "warehouse", "新仓")
    theirs["app", "app"]["version"] = "1.1.0"
    plan = plan_upgrade(trade.world.engine, WS, "general", theirs)
    assert [c.path for c in plan.conflicts] == ["entity/item/label/zh-CN", "entity/item/label/en"]
    upgrade(trade.world.engine, trade.world.actor, plan, publish=True)
    assert trade.read("item", item)["origin"] == "黑龙江"
    labels = {e["key"]: e["label"]["zh-CN"] for e in trade.boss.read(APP)["entities"]}
    assert (labels["item"], labels["warehouse"]) == ("我的货", "新仓")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.mark.requirement("R146", simulated=True)
def test_what_failed_outside_is_sent_again_by_a_press(trade: Trade, receiver: Receiver) -> None:
    world = trade.world
    world.engine.settings = replace(
        world.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8"
    )
    world.send(SaveDraft("general", "connector", "books", CONNECTOR))
    world.send(SaveDraft("general", "rule", "tell_books", TELL))
    world.send(Publish("general"))
    world.send(
        SaveConnection(
            "general", "books", receiver.url, True, {"signing": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}
        )
    )
    receiver.answers = [(500, {}, b"")] * 10
    trade.received(trade.ids["item"], 10, "20.00")
    for _ in range(30):
        trade.told()
        world.later(hours=2)
    page = signed_in(world, "boss")
    with world.reading() as ctx:
        (parked,) = outbox.parked(ctx.conn, WS)
    assert receiver.answers == []
    assert "/a/general/runs" in text(page, "/a/general/runs/failed")
    id = world.engine.database.show(parked.message_id)
    assert post(page, "/a/general/runs/failed", do="retry", message=[id]).status_code == 302
    heard = len(receiver.heard)
    trade.told()
    assert len(receiver.heard) == heard + 1
    assert orjson.loads(receiver.heard[-1][3])["data"]["total"] == "200.00"
    with world.reading() as ctx:
        assert outbox.parked(ctx.conn, WS) == ()


@pytest.mark.requirement("R133")
def test_a_template_is_installed_within_a_minute_with_menus_and_roles(trade: Trade) -> None:
    page = signed_in(trade.world, "boss")
    begun = time.monotonic()
    answer = post(page, "/design/templates/general/install", label_zh="第二家", key="second")
    assert answer.status_code == 303, answer.get_data(as_text=True)[:500]
    assert time.monotonic() - begun < 60
    roles = text(page, "/design/second/roles/roles/source")
    for role in ("boss", "buyer", "keeper", "finance"):
        assert role in roles
    shown = text(page, "/a/second/item")
    for entry in ("sales_order", "purchase_order", "receipt", "delivery"):
        assert f"/a/second/{entry}" in shown
    assert trade.boss.read("/apps/second/item")["items"] == [], "without sample data unless asked for"
