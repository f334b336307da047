"""The page of schedules: what happens by the clock, in words, with its next and last run, and the calendar that it keeps to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from builder.runtime.chores import chores_of, run_due
from builder.runtime.relay import Relay
from builder.runtime.scheduler import Scheduler
from tests.runtime.pages.test_admin import post, signed_in
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World, open_world

SHANGHAI = ZoneInfo("Asia/Shanghai")


def rule(key: str, label: str, **when: Any) -> dict[str, Any]:
    notify = {"uid": f"rule.{key}.n", "kind": "notify", "to": [{"role": "boss"}], "title": label}
    return {
        "uid": f"rule.{key}",
        "key": key,
        "label": label,
        "timing": "later",
        "when": when,
        "then": [notify],
    }


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[World]:
    world = open_world(f"sqlite:///{tmp_path}/zhanggui.db", tmp_path)
    nodes = shop_nodes()
    daily = {"kind": "schedule", "entity": "order", "cron": "0 8 * * *", "working_days": "only"}
    nodes["rule", "daily"] = rule("daily", "Look at orders", **daily)
    aged = {"kind": "relative_date", "entity": "goods", "date_field": "made_on", "days": -3}
    nodes["rule", "aged"] = rule("aged", "Look at goods", **aged)
    world.install(nodes, "shop")
    yield world
    world.engine.database.close()


def text(world: World, login: str = "boss") -> str:
    """The page's words, without its marks."""
    answer = signed_in(world, login).get("/a/shop/schedules")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", answer.get_data(as_text=True)).split())


def at(world: World, said: str) -> None:
    world.clock.set(datetime.fromisoformat(said).replace(tzinfo=SHANGHAI))


def test_everything_that_waits_for_a_time_is_said_in_words(shop: World) -> None:
    shop.person("boss", "boss", admin=True)
    at(shop, "2026-09-30T09:00")
    shown = text(shop)
    assert "Every working day at 08:00: each Order" in shown
    assert "3 days before Made_On: each Goods" in shown
    assert "0 8 * * *" not in shown
    assert "2026-10-08 08:00" in shown  # The holiday is over.
    assert "Looked after by Boss" in shown
    assert "Has not run yet" in shown
    assert "Tidying" in shown


def test_the_last_run_says_what_came_of_it_and_who_asked(shop: World) -> None:
    shop.person("boss", "boss", admin=True)
    at(shop, "2026-01-05T07:00")
    item = shop.engine.database.show(shop.id(shop.create("goods", {"code": "A", "name": "Rice"})))
    for _ in range(2):
        shop.create("order", {"lines": [{"goods": item, "quantity": "1"}]})
    Scheduler(shop.engine, WS).run_schedules()
    at(shop, "2026-01-05T08:00")
    Scheduler(shop.engine, WS).run_schedules()
    assert "Last: 2026-01-05 08:00 · 2 records" in text(shop)
    Relay(shop.engine, WS).drain()
    assert "2 records · 2 done" in text(shop)
    at(shop, "2026-01-05T10:00")
    assert post(signed_in(shop, "boss"), "/a/shop/schedules/daily/run", key="k").status_code == 302
    Relay(shop.engine, WS).drain()
    shown = text(shop)
    assert "Last: 2026-01-05 10:00 · 2 records · 2 done" in shown
    assert "asked for by Boss" in shown


def test_a_rule_is_paused_and_resumed_on_record(shop: World) -> None:
    shop.person("boss", "boss", admin=True)
    at(shop, "2026-01-05T07:00")
    client = signed_in(shop, "boss")
    assert post(client, "/a/shop/schedules/daily/pause").status_code == 302
    assert "Paused by Boss on 2026-01-05 07:00" in text(shop)
    assert post(client, "/a/shop/schedules/daily/resume").status_code == 302
    assert "Paused by" not in text(shop)


def test_the_owner_keeps_the_calendar(shop: World) -> None:
    """A holiday that no notice knew: what was to run then runs after it."""
    shop.person("boss", "boss", admin=True)
    at(shop, "2026-11-27T09:00")
    client = signed_in(shop, "boss")
    assert "2026-11-30 08:00" in text(shop)
    holiday = {"first": "2026-11-30", "last": "2026-12-01", "kind": "holiday"}
    assert post(client, "/a/shop/schedules/calendar", **holiday).status_code == 302
    shown = text(shop)
    assert "2026-11-30 to 2026-12-01" in shown
    assert "Next: 2026-12-02 08:00" in shown
    assert "The holidays of 2027 are not in this version" in shown
    assert post(client, "/a/shop/schedules/calendar", **{**holiday, "kind": ""}).status_code == 302
    assert "2026-11-30 08:00" in text(shop)
    wrong = post(client, "/a/shop/schedules/calendar", first="2026-12-01", last="2026-11-30", kind="holiday")
    assert "The last day comes after the first" in wrong.get_data(as_text=True)
    assert post(client, "/a/shop/schedules/calendar", first="30 February").status_code == 200


def test_chores_are_for_administrators_and_nothing_is_for_clerks(shop: World) -> None:
    shop.person("boss", "boss")
    shop.person("clerk", "clerk")
    shop.person("admin", admin=True)
    tidy = next(chore for chore in chores_of(shop.engine) if chore.key == "tidy")
    run_due(shop.engine, WS, tidy)
    assert "Tidying" not in text(shop)
    assert "Tidying" in text(shop, "admin")
    assert post(signed_in(shop, "boss"), "/a/shop/schedules/engine/tidy").status_code == 403
    assert post(signed_in(shop, "admin"), "/a/shop/schedules/engine/tidy").status_code == 302
    assert run_due(shop.engine, WS, tidy)
    for path in ("daily/run", "daily/pause", "calendar"):
        answer = post(
            signed_in(shop, "clerk"), f"/a/shop/schedules/{path}", first="2026-01-05", kind="holiday"
        )
        assert answer.status_code == 403, path
    assert signed_in(shop, "clerk").get("/a/shop/schedules").status_code == 403
