"""Computations over HTTP: which there are, what one would come to, and that it comes to it once."""

from __future__ import annotations

import pytest

from tests.api.caller import Api, good, refused
from tests.runtime.kitchen import kitchen_nodes
from tests.runtime.world import World

PLAN = "/apps/kitchen/computations/plan"


@pytest.fixture
def kitchen(api: Api) -> Api:
    world = World(api.world.engine, actor=api.world.actor)
    world.install(kitchen_nodes(), "kitchen")
    cake = world.create("dish", {"name": "Cake"})["id"]
    world.create("wish", {"dish": cake, "count": "3", "day": "2026-01-16"})
    api.callers["boss"] = api.sign_in("boss")
    return api


def test_those_that_may_be_run_are_listed_with_what_they_ask(kitchen: Api) -> None:
    items = {item["key"]: item for item in kitchen.boss.read("/apps/kitchen/computations")["items"]}
    assert set(items) == {"plan", "lists", "worths"}
    assert items["lists"]["parameters"] == [{"key": "until", "label": "Until", "type": "date"}]


def test_it_is_looked_at_and_done_once(kitchen: Api) -> None:
    looked = good(kitchen.boss.post(PLAN, {"dry_run": True}))
    assert (looked["counts"]["new"], looked["rows"][0]["values"]["count"]) == (1, "3.000")
    once = {"Idempotency-Key": "plan-1"}
    done = good(kitchen.boss.post(PLAN, {}, headers=once))
    assert good(kitchen.boss.post(PLAN, {}, headers=once)) == done
    assert good(kitchen.boss.post(PLAN, {}))["counts"] == {"new": 0, "changed": 0, "same": 1, "gone": 0}


def test_a_key_that_is_not_there_is_not_found(kitchen: Api) -> None:
    assert refused(kitchen.boss.post("/apps/kitchen/computations/other", {}), 404)
