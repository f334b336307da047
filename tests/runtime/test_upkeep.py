"""Upkeep: late approvals are told once, and newly searched fields find what was there before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from builder.commands import ActOnTask, Publish, SaveCalendar, SaveDraft
from builder.record import Ref
from builder.runtime import jobs, lateness, upkeep
from builder.runtime.engine import Engine
from builder.runtime.listing import Wanted, list_records
from builder.runtime.relay import Relay
from builder.storage import flow, notifications
from builder.storage.database import Database
from tests.runtime.shop import shop_nodes
from tests.runtime.world import START, WS, World, open_world


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    """A shop whose approvals are due after a day."""
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    workflow = dict(nodes["workflow", "order"])
    for transition in workflow["transitions"]:
        if "approval" in transition:
            transition["approval"]["nodes"][0]["due_hours"] = 24
    world.install(nodes, "shop")
    yield world
    world.engine.database.close()


def test_a_late_approval_is_told_once(shop: World) -> None:
    boss = shop.person("boss", "boss")
    show = shop.engine.database.show
    item = show(shop.id(shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"})))
    shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True)
    assert lateness.see_to(shop.engine, WS) == 0
    shop.later(hours=25)
    for late in (1, 0):
        assert lateness.see_to(shop.engine, WS) == late
        Relay(shop.engine, WS).drain()
    with shop.engine.database.snapshot() as conn:
        found = [n.kind for n in notifications.of(conn, WS, boss.user_id)]
    assert sorted(found) == ["NOTICE_LATE", "NOTICE_TASK"]


def test_a_late_approval_goes_on_as_its_definition_says(shop: World) -> None:
    """The wait before it ends by the clock as well, though nobody did anything."""
    shop.person("boss", "boss")
    workflow = shop_nodes()["workflow", "order"]
    nodes = next(t for t in workflow["transitions"] if "approval" in t)["approval"]["nodes"]
    nodes[0] |= {"due_minutes": 30, "late": "pass"}
    nodes.insert(0, {"kind": "wait", "uid": "w", "label": "Wait", "due_hours": 1})
    shop.send(SaveDraft("shop", "workflow", "order", workflow))
    shop.send(Publish("shop"))
    show = shop.engine.database.show
    item = show(shop.id(shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"})))
    shop.create("receipt", {"lines": [{"goods": item, "quantity": "5"}]}, submit=True)
    made = shop.id(shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True))
    seen = []
    for _ in range(3):
        with shop.reading() as ctx:
            seen.append(ctx.reader.get("order", [made])[made].state)
        shop.later(hours=1)
        lateness.see_to(shop.engine, WS)
    assert seen == ["submitted", "submitted", "approved"]


def test_what_cannot_go_on_by_itself_is_told_to_the_owners_and_tried_again_later(shop: World) -> None:
    """The last step of the clock would make a move that the document does not allow yet."""
    boss = shop.person("boss", "boss", admin=True)
    workflow = shop_nodes()["workflow", "order"]
    move = next(t for t in workflow["transitions"] if "approval" in t)
    move["required"] = ["remark"]
    move["approval"]["nodes"][0] |= {"due_minutes": 30, "late": "pass"}
    shop.send(SaveDraft("shop", "workflow", "order", workflow))
    shop.send(Publish("shop"))
    show = shop.engine.database.show
    item = show(shop.id(shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"})))
    shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True)
    shop.later(hours=1)
    assert [lateness.see_to(shop.engine, WS) for _ in range(2)] == [1, 0]
    shop.later(hours=1)
    assert lateness.see_to(shop.engine, WS) == 1
    Relay(shop.engine, WS).drain()
    with shop.engine.database.snapshot() as conn:
        found = [n.kind for n in notifications.of(conn, WS, boss.user_id)]
    assert sorted(found) == ["NOTICE_STUCK", "NOTICE_TASK"]


def restarted(world: World) -> World:
    """The engine is gone with everything that it knew; another one is started on what it left."""
    settings, clock = world.engine.settings, world.engine.clock
    world.engine.database.close()
    return replace(world, engine=Engine(settings, Database.open(settings.database), clock))


def test_an_escalation_survives_restarts(shop: World) -> None:
    """Handed on after one restart, passed by the clock after the last: nothing was kept but in the database,
    and nothing that was due while no engine ran is lost or done twice."""
    shop.person("boss", "boss")
    owner = shop.person("owner", admin=True)
    workflow = shop_nodes()["workflow", "order"]
    nodes = next(t for t in workflow["transitions"] if "approval" in t)["approval"]["nodes"]
    nodes[0] |= {"due_hours": 24, "late": "transfer", "late_to": [{"user": "owner"}]}
    nodes.append({**nodes[0], "uid": "second", "due_hours": 4, "late": "pass", "late_to": []})
    shop.send(SaveDraft("shop", "workflow", "order", workflow))
    shop.send(Publish("shop"))
    show = shop.engine.database.show
    item = show(shop.id(shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"})))
    shop.create("receipt", {"lines": [{"goods": item, "quantity": "5"}]}, submit=True)
    made = shop.id(shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True))
    shop.later(hours=23)
    shop = restarted(shop)
    assert lateness.see_to(shop.engine, WS) == 0
    shop.later(hours=2)
    shop = restarted(shop)
    assert [lateness.see_to(shop.engine, WS) for _ in range(2)] == [1, 0]
    shop = restarted(shop)
    assert lateness.see_to(shop.engine, WS) == 0
    with shop.reading() as ctx:
        [(_, tasks)] = ctx.reader.running_approvals(Ref("order", made))
    [open_task] = [task for task in tasks if task.status == "open"]
    assert open_task.assignee_id == owner.user_id
    shop.send(ActOnTask(open_task.id, "approve"), actor=owner)
    shop.later(hours=5)
    shop = restarted(shop)
    assert [lateness.see_to(shop.engine, WS) for _ in range(2)] == [1, 0]
    with shop.reading() as ctx:
        assert ctx.reader.get("order", [made])[made].state == "approved"
        actions = Counter(row.action for row in flow.trail(ctx.conn, ctx.app.maps, WS, Ref("order", made)))
    assert (actions["late_transfer"], actions["late_pass"]) == (1, 1)
    shop.engine.database.close()


def test_due_times_of_approvals_keep_to_the_apps_calendar(shop: World) -> None:
    """Two working days from a Monday of which the owner has given the next two off."""
    shop.person("boss", "boss")
    workflow = shop_nodes()["workflow", "order"]
    nodes = next(t for t in workflow["transitions"] if "approval" in t)["approval"]["nodes"]
    nodes[0] |= {"due_days": 2}
    shop.send(SaveDraft("shop", "workflow", "order", workflow))
    shop.send(Publish("shop"))
    shop.send(
        SaveCalendar("shop", {"2026-01-06": "holiday", "2026-01-07": "holiday", "2026-01-10": "workday"})
    )
    show = shop.engine.database.show
    item = show(shop.id(shop.create("goods", {"code": "A", "name": "Rice", "price": "600.00"})))
    made = shop.id(shop.create("order", {"lines": [{"goods": item, "quantity": "2"}]}, submit=True))
    with shop.reading() as ctx:
        [(_, tasks)] = ctx.reader.running_approvals(Ref("order", made))
    assert tasks[0].due_at is not None
    assert (START.date().isoformat(), tasks[0].due_at.date().isoformat()) == ("2026-01-05", "2026-01-09")


def test_a_newly_searched_field_finds_older_records(shop: World) -> None:
    goods = dict(shop_nodes()["entity", "goods"])
    note = {"uid": "goods.note", "key": "note", "type": "text", "label": "Note"}
    goods["fields"] = [*goods["fields"], note]
    shop.send(SaveDraft("shop", "entity", "goods", goods))
    shop.send(Publish("shop"))
    shop.create("goods", {"code": "A", "name": "Rice", "note": "fragrant"})
    assert upkeep.index_anew(shop.engine, WS) == ()
    goods["fields"] = [*goods["fields"][:-1], {**note, "searchable": True}]
    shop.send(SaveDraft("shop", "entity", "goods", goods))
    shop.send(Publish("shop"))

    def found() -> int:
        with shop.reading() as ctx:
            return len(list_records(ctx, "goods", Wanted(text="fragrant")).records)

    assert found() == 0
    assert len(upkeep.index_anew(shop.engine, WS)) == 1
    assert upkeep.index_anew(shop.engine, WS) == ()
    while jobs.run_step(shop.engine):
        pass
    assert found() == 1


def test_tidying_keeps_what_is_young(shop: World) -> None:
    shop.create("goods", {"code": "A", "name": "Rice"}, key="k")
    upkeep.tidy(shop.engine, WS)
    again = shop.create("goods", {"code": "A", "name": "Rice"}, key="k")
    assert again["code"] == "A"
