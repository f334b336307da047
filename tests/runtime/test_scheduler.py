"""The scheduler: what the clock owes is done once, whoever ticks and however long nobody did."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builder.commands import HastenChore, PauseSchedule, RunSchedule, SaveCalendar
from builder.errors import ForbiddenError, NotFoundError
from builder.runtime import owing
from builder.runtime.chores import Chore, chores_of, run_due
from builder.runtime.relay import Relay
from builder.runtime.scheduler import Scheduler
from builder.storage import notifications, schedules
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World, open_world

SHANGHAI = ZoneInfo("Asia/Shanghai")


def rule(key: str, when: dict[str, Any], **more: Any) -> dict[str, Any]:
    notify = {"uid": f"rule.{key}.n", "kind": "notify", "to": [{"role": "boss"}], "title": key}
    return {
        "uid": f"rule.{key}",
        "key": key,
        "label": key,
        "timing": "later",
        "when": when,
        "then": [notify],
        **more,
    }


def world_with(tmp_path: Path, *rules: dict[str, Any]) -> World:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    for made in rules:
        nodes["rule", made["key"]] = made
    world.install(nodes, "shop")
    return world


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    """Every morning at eight drafts are told of; goods are told of three days after they were made."""
    draft = {"field": "state", "op": "=", "value": "draft"}
    daily = {"kind": "schedule", "entity": "order", "cron": "0 8 * * *", "filter": draft}
    aged = {"kind": "relative_date", "entity": "goods", "date_field": "made_on", "days": 3}
    world = world_with(tmp_path, rule("daily", daily), rule("aged", aged))
    yield world
    world.engine.database.close()


def at(world: World, text: str) -> None:
    world.clock.set(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI))


def tick(world: World) -> list[str]:
    """What one look at the clock makes people hear."""
    Scheduler(world.engine, WS).run_schedules()
    return [str(d.body["title"]) for d in Relay(world.engine, WS).drain() if d.kind == "notification"]


def test_a_schedule_runs_for_each_record_once_a_day(shop: World) -> None:
    shop.person("boss", "boss")
    at(shop, "2026-01-05 07:00")
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    for _ in range(2):
        shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]}, submit=True)
    assert tick(shop) == []
    at(shop, "2026-01-05 08:00")
    assert tick(shop) == ["daily", "daily"]
    assert tick(shop) == []
    at(shop, "2026-01-06 09:30")
    assert tick(shop) == ["daily", "daily"]


def test_missed_days_are_caught_up_once(shop: World) -> None:
    shop.person("boss", "boss")
    at(shop, "2026-01-05 07:00")
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    tick(shop)
    at(shop, "2026-01-10 12:00")
    assert tick(shop) == ["daily"]


def test_a_date_fires_once_and_again_when_it_moves(shop: World) -> None:
    shop.person("boss", "boss")
    at(shop, "2026-01-05 10:00")
    item = shop.id(shop.create("goods", {"code": "A", "name": "Rice", "made_on": "2026-01-04"}))
    assert tick(shop) == []
    at(shop, "2026-01-07 10:00")
    assert tick(shop) == ["aged"]
    assert tick(shop) == []
    shop.update("goods", item, {"made_on": "2026-01-05"})
    at(shop, "2026-01-08 10:00")
    assert tick(shop) == ["aged"]


def test_a_date_entered_on_its_own_day_is_still_due(shop: World) -> None:
    shop.person("boss", "boss")
    at(shop, "2026-01-07 10:00")
    tick(shop)
    shop.create("goods", {"code": "A", "name": "Rice", "made_on": "2026-01-04"})
    assert tick(shop) == ["aged"]


def test_two_processes_do_it_once(shop: World) -> None:
    user = shop.person("boss", "boss").user_id
    at(shop, "2026-01-05 07:00")
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    other = shop.other_process()
    for world in (shop, other):
        Scheduler(world.engine, WS).run_schedules()
    shop.later(hours=2)
    for world in (shop, other):
        Scheduler(world.engine, WS).run_schedules()
        Relay(world.engine, WS).drain()
    other.engine.database.close()
    with shop.engine.database.snapshot() as conn:
        assert [n.title for n in notifications.of(conn, WS, user)] == ["daily"]


def test_it_starts_and_stops(shop: World) -> None:
    scheduler = Scheduler(shop.engine, WS)
    scheduler.start()
    shop.engine.wake.set()
    scheduler.stop()
    assert not scheduler._waiter.is_alive()


# Without a record


def test_a_schedule_may_be_about_no_record(tmp_path: Path) -> None:
    world = world_with(tmp_path, rule("weekly", {"kind": "schedule", "cron": "0 8 * * 1"}))
    world.person("boss", "boss")
    at(world, "2026-01-05T07:00")
    tick(world)
    at(world, "2026-01-12T08:01")
    assert tick(world) == ["weekly"]
    world.engine.database.close()


@pytest.fixture
def closing(tmp_path: Path) -> Iterator[World]:
    """An hour before the shop closes, which its owner says, people are told."""
    nodes = shop_nodes()
    clock = {"uid": "shop.closes", "key": "closes", "label": "Closes at", "type": "text", "default": "18:00"}
    app = nodes["app", "app"]
    nodes["app", "app"] = {**app, "settings": [*app["settings"], clock]}
    early = {"kind": "schedule", "cron": "0 9 * * *", "time": "closes", "minutes": -60}
    nodes["rule", "early"] = rule("early", early)
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.install(nodes, "shop")
    world.person("boss", "boss")
    yield world
    world.engine.database.close()


def heard_at(world: World, *clocks: str) -> list[str]:
    found = []
    for clock in clocks:
        at(world, clock)
        found += [clock] * len(tick(world))
    return found


def test_a_schedule_follows_the_time_of_a_setting(closing: World) -> None:
    day = [f"2026-01-06T{clock}" for clock in ("09:01", "16:59", "17:00", "18:01")]
    assert heard_at(closing, *day) == ["2026-01-06T17:00"]
    assert heard_at(closing, "2026-01-07T00:01") == []
    closing.setting("closes", "20:30")
    day = [f"2026-01-07T{clock}" for clock in ("17:01", "19:29", "19:30", "23:59")]
    assert heard_at(closing, *day) == ["2026-01-07T19:30"]


def test_a_time_that_has_passed_when_it_is_set_is_caught_up(closing: World) -> None:
    assert heard_at(closing, "2026-01-06T00:01", "2026-01-06T12:00") == []
    closing.setting("closes", "11:00")
    assert heard_at(closing, "2026-01-06T12:01", "2026-01-06T17:00") == ["2026-01-06T12:01"]


def test_a_time_does_not_leave_its_day_and_nonsense_leaves_the_rules_own(closing: World) -> None:
    closing.setting("closes", "00:30")
    assert heard_at(closing, "2026-01-06T08:00", "2026-01-07T00:00", "2026-01-07T23:31") == [
        "2026-01-07T00:00"
    ]
    assert heard_at(closing, "2026-01-08T00:01") == ["2026-01-08T00:01"]
    closing.setting("closes", "late")
    assert heard_at(closing, "2026-01-08T08:59", "2026-01-08T09:00") == ["2026-01-08T09:00"]


def test_a_rule_that_is_given_up_wakes_those_that_wait_for_it(tmp_path: Path) -> None:
    call = {"uid": "rule.tell.c", "kind": "call", "connector": "books"}
    made = {"kind": "record_created", "entity": "goods"}
    nodes = shop_nodes()
    nodes["connector", "books"] = {"uid": "c.books", "key": "books", "label": "Books", "kind": "rest"}
    nodes["rule", "tell"] = rule("tell", made, then=[call])
    nodes["rule", "failed"] = rule("failed", {"kind": "rule_failed"})
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    world.install(nodes, "shop")
    world.person("boss", "boss")
    world.create("goods", {"code": "A", "name": "Rice"})
    relay, heard = Relay(world.engine, WS), []
    for _ in range(12):
        heard += [str(d.body["title"]) for d in relay.drain() if d.kind == "notification"]
        world.later(hours=2)
    assert heard == ["failed"]
    world.engine.database.close()


# Working days, and what the owner says of single days


def test_a_schedule_keeps_to_the_apps_own_calendar(tmp_path: Path) -> None:
    """7 October 2025 is a holiday in China, whose day the owner has everybody work; 9 October the owner gives them off."""
    working = {"kind": "schedule", "cron": "0 8 * * *", "working_days": "only", "catch_up": "all"}
    world = world_with(tmp_path, rule("work", working))
    world.person("boss", "boss")
    world.send(SaveCalendar("shop", {"2025-10-07": "workday", "2025-10-09": "holiday"}))
    at(world, "2025-09-30T09:00")
    tick(world)
    heard = []
    for day in range(1, 14):
        at(world, f"2025-10-{day:02d}T08:00")
        heard += [day] * len(tick(world))
    assert heard == [7, 10, 11, 13]
    world.engine.database.close()


def test_a_paused_rule_owes_nothing_and_catches_up_nothing(shop: World) -> None:
    shop.person("boss", "boss")
    at(shop, "2026-01-05 07:00")
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    tick(shop)
    shop.send(PauseSchedule("shop", "daily", True))
    at(shop, "2026-01-06 09:00")
    assert tick(shop) == []
    shop.send(PauseSchedule("shop", "daily", False))
    at(shop, "2026-01-07 07:00")
    assert tick(shop) == []
    at(shop, "2026-01-07 08:00")
    assert tick(shop) == ["daily"]


def test_a_rule_may_be_run_at_any_time_by_who_may(shop: World) -> None:
    boss = shop.person("boss", "boss")
    at(shop, "2026-01-05 07:00")
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    tick(shop)
    assert shop.send(RunSchedule("shop", "daily"), key="k1") == {"rule": "daily", "records": 1}
    assert shop.send(RunSchedule("shop", "daily"), key="k1") == {"rule": "daily", "records": 1}
    assert tick(shop) == ["daily"]
    with pytest.raises(ForbiddenError):
        shop.send(RunSchedule("shop", "daily"), actor=shop.person("clerk", "clerk"))
    with pytest.raises(NotFoundError):
        shop.send(RunSchedule("shop", "nothing"), actor=boss)


def test_more_records_than_a_page_are_all_told_of(shop: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owing, "PAGE", 2)
    shop.person("boss", "boss")
    at(shop, "2026-01-05 07:00")
    tick(shop)
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    for _ in range(5):
        shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    at(shop, "2026-01-05 08:00")
    assert tick(shop) == ["daily"] * 5


def test_a_scheduler_that_lost_its_lease_puts_nothing_down(
    shop: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood still between its look and its commit; another did everything meanwhile."""
    user = shop.person("boss", "boss").user_id
    at(shop, "2026-01-05 07:00")
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    tick(shop)
    at(shop, "2026-01-05 08:00")
    other = shop.other_process()
    late, put_down = Scheduler(shop.engine, WS), Scheduler._put_down

    def stands_still(scheduler: Scheduler, look: Any) -> int:
        if scheduler is late:
            shop.later(minutes=3)
            with ThreadPoolExecutor(1) as aside:
                assert aside.submit(Scheduler(other.engine, WS).run_schedules).result() == 1
        return put_down(scheduler, look)

    monkeypatch.setattr(Scheduler, "_put_down", stands_still)
    assert late.run_schedules() == 0
    Relay(shop.engine, WS).drain()
    with shop.engine.database.snapshot() as conn:
        assert [n.title for n in notifications.of(conn, WS, user)] == ["daily"]
    other.engine.database.close()


# The engine's own work


def test_of_two_nodes_one_does_a_chore_at_its_time(shop: World) -> None:
    done: list[str] = []
    other = shop.other_process()

    def chore(name: str) -> Chore:
        return Chore("dust", timedelta(minutes=5), lambda engine, ws: done.append(name))

    for _ in range(3):
        run_due(shop.engine, WS, chore("one"))
        run_due(other.engine, WS, chore("two"))
    assert done == ["one"]
    shop.later(minutes=5)
    run_due(other.engine, WS, chore("two"))
    run_due(shop.engine, WS, chore("one"))
    assert done == ["one", "two"]
    other.engine.database.close()


def test_a_chore_that_fails_says_so_and_is_done_again(shop: World) -> None:
    def fail(engine: Any, ws: int) -> None:
        raise ValueError("no")

    broken = Chore("dust", timedelta(minutes=5), fail)
    assert run_due(shop.engine, WS, broken)
    with shop.engine.database.snapshot() as conn:
        row = schedules.rows(conn, WS, schedules.EVERYWHERE)[broken.name]
    assert (row.ran_at, row.error) == (shop.clock.now(), "ValueError: no")
    shop.later(minutes=5)
    assert run_due(shop.engine, WS, broken)


def test_a_chore_may_be_hastened_by_an_administrator(shop: World) -> None:
    tidy = next(chore for chore in chores_of(shop.engine) if chore.key == "tidy")
    assert run_due(shop.engine, WS, tidy)
    assert not run_due(shop.engine, WS, tidy)
    shop.send(HastenChore("tidy"))
    assert run_due(shop.engine, WS, tidy)
    with pytest.raises(ForbiddenError):
        shop.send(HastenChore("tidy"), actor=shop.person("clerk", "clerk"))
    with pytest.raises(NotFoundError):
        shop.send(HastenChore("nothing"))
