"""A sample of two months leaves its people with the news of the last days, not with everything that they were ever told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from builder.runtime import jobs
from builder.runtime.installing import start_sample
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.storage import notifications
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World

Nodes = dict[tuple[str, str], Mapping[str, Any]]


def made(at: str, code: str) -> dict[str, Any]:
    values = {"code": code, "name": code, "price": "1.00"}
    return {"do": "create", "at": at, "entity": "goods", "values": values}


def telling(steps: Sequence[Mapping[str, Any]]) -> Nodes:
    """A shop that tells its boss of every new record, with a sample of those steps."""
    notify = {"uid": "rule.tell.notify", "kind": "notify", "to": [{"role": "boss"}], "title": "New: {name}"}
    tell = {
        "uid": "rule.tell",
        "key": "tell",
        "label": "Tell",
        "when": {"kind": "record_created", "entity": "goods"},
        "timing": "later",
        "then": [notify],
    }
    data = {"uid": "data.sample", "key": "sample", "sample": True, "steps": list(steps)}
    return {**shop_nodes(), ("rule", "tell"): tell, ("data", "sample"): data}


def filled(world: World, *steps: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """What the boss has read when the sample is filled in, and what is news."""
    world.install(telling(steps), "shop")
    boss = world.person("boss", "boss")
    start_sample(world.engine, system(WS), "shop")
    while jobs.run_step(world.engine, WS):
        pass
    Relay(world.engine, WS).drain()
    with world.engine.database.snapshot() as conn:
        rows = notifications.of(conn, WS, boss.user_id)
    return [r.title for r in rows if r.read_at], [r.title for r in rows if r.read_at is None]


def test_only_the_last_days_are_news(empty: World) -> None:
    read, news = filled(empty, made("-40d 09:00", "A"), made("-5d 09:00", "B"), made("-1d 09:00", "C"))
    assert (sorted(read), news) == (["New: A", "New: B"], ["New: C"])


def test_a_sample_that_ended_long_ago_has_no_news(empty: World) -> None:
    read, news = filled(empty, made("-40d 09:00", "A"))
    assert (read, news) == (["New: A"], [])


def test_what_somebody_was_told_before_the_sample_stays_unread(empty: World) -> None:
    empty.install(telling([made("-40d 09:00", "A")]), "shop")
    boss = empty.person("boss", "boss")
    empty.create("goods", {"code": "X", "name": "X", "price": "1.00"})
    Relay(empty.engine, WS).drain()
    empty.later(hours=1)
    start_sample(empty.engine, system(WS), "shop")
    while jobs.run_step(empty.engine, WS):
        pass
    with empty.engine.database.snapshot() as conn:
        rows = notifications.of(conn, WS, boss.user_id, unread=True)
    assert [r.title for r in rows] == ["New: X"]
