"""Costing methods over HTTP: what is costed how, looked at first, switched once, told afterwards."""

from __future__ import annotations

import pytest

from tests.api.caller import Api, good, refused
from tests.runtime.test_replay import Depot
from tests.runtime.test_switching import close, filled, nodes
from tests.runtime.world import World

METHOD = "/apps/depot/ledgers/stock/method"


@pytest.fixture
def depot(api: Api) -> Depot:
    world = World(api.world.engine, actor=api.world.actor)
    world.install(nodes(), "depot")
    return filled(Depot(world).start())


def fresh(api: Api) -> None:
    """Sessions end; who called before signs in again."""
    api.callers["boss"] = api.sign_in("boss")


def test_a_switch_is_looked_at_and_done_once(api: Api, depot: Depot) -> None:
    close(depot, 10)
    fresh(api)
    shown = api.boss.read(METHOD)
    assert (shown["closed_through"], shown["may_switch"], shown["history"]) == ("2026-01-10", True, [])
    assert {m["method"]: m["count"] for m in shown["methods"]} == {
        "moving_average": 1,
        "fifo": 0,
        "batch": 0,
        "standard": 0,
    }
    wanted = {"to": "fifo", "filter": {"field": "goods", "op": "=", "value": depot.goods}, "unit": "16.00"}
    looked = good(api.boss.post(METHOD, {**wanted, "dry_run": True}))
    assert (looked["dry_run"], looked["value_before"], looked["value_after"]) == (True, "285.00", "304.00")
    [row] = looked["pools"]
    assert row["dimensions"]["goods"] == {"id": depot.goods, "title": "Pen"}
    once = {"Idempotency-Key": "switch-1"}
    done = good(api.boss.post(METHOD, {**wanted, "reason": "agreed"}, headers=once))
    assert good(api.boss.post(METHOD, {**wanted, "reason": "agreed"}, headers=once)) == done
    [turn] = api.boss.read(METHOD)["history"]
    assert (turn["to"], turn["from_day"], turn["count"], turn["reason"]) == (
        "fifo",
        "2026-01-11",
        1,
        "agreed",
    )
    assert (turn["value_before"], turn["value_after"], turn["by"]) == ("285.00", "304.00", "Boss")


def test_what_is_in_the_way_has_words_and_a_name(api: Api, depot: Depot) -> None:
    fresh(api)
    assert _codes(api, {"to": "fifo"}) == ["SWITCH_OPEN"]
    close(depot, 8)
    depot.post("issue", 12, quantity=1)
    fresh(api)
    body = refused(api.boss.post(METHOD, {"to": "fifo"}), 422, "SWITCH_REFUSED")
    [error] = body["errors"]
    assert error["message"].startswith("Pen ")
    assert error["params"]["dimensions"]["goods"]["id"] == depot.goods
    assert _codes(api, {"to": "guess"}) == ["COSTING_UNKNOWN"]
    assert _codes(api, {"to": "fifo", "unit": "much"}) == ["SWITCH_UNIT"]
    assert _codes(api, {"to": "fifo", "filter": {"field": "place", "op": "=", "value": "x"}}) == [
        "SWITCH_FILTER"
    ]


def _codes(api: Api, body: object) -> list[str]:
    return [e["code"] for e in refused(api.boss.post(METHOD, body), 422)["errors"]]


def test_who_does_not_belong_to_the_app_finds_nothing(api: Api, depot: Depot) -> None:
    fresh(api)
    assert api.nobody.get(METHOD).status_code in {401, 404}
    refused(api.boss.get("/apps/depot/ledgers/profit/method"), 404)
    refused(api.boss.post("/apps/depot/ledgers/profit/method", {"to": "fifo"}), 404)
