"""Two workspaces in one database, with the same app and people of the same names: nothing of one is seen, changed or set off from the other,
not by its administrator either."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from builder.app import create_app
from builder.changes import Message
from builder.commands import GrantRole, OpenTicket, SaveUser
from builder.runtime.auth import sign_in
from builder.runtime.chores import chores_of, run_due
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.runtime.scheduler import Scheduler
from builder.storage import account_writes, outbox
from builder.storage.tables import metadata
from builder.storage.tables.flow import approval_task
from tests.api.caller import Caller, paths, refused
from tests.runtime.shop import shop_nodes
from tests.runtime.world import PASSWORD, World, open_world

CANARY = "CANARY-W1"
ENDS_SESSION = ("/session", "/sign-out", "/sessions/end", "/hooks/")
RULE: dict[str, Any] = {
    "uid": "rule.hourly",
    "key": "hourly",
    "label": "Every hour",
    "timing": "later",
    "when": {"kind": "schedule", "entity": "goods", "cron": "0 * * * *"},
    "then": [{"uid": "rule.hourly.set", "kind": "update", "values": {"price": "price + 1"}}],
}


@dataclass
class Both:
    """The first workspace is attacked from the second."""

    app: Flask
    first: World
    second: World
    ids: Mapping[str, str]
    own: Mapping[str, str]

    @property
    def attacker(self) -> Caller:
        return Caller(self.app, sign_in(self.first.engine, 2, "boss", PASSWORD).token)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("two")
    first = open_world(f"sqlite:///{folder}/zhanggui.db", folder)
    with first.engine.database.write() as conn:
        account_writes.add_workspace(conn, 2, key="other", name="", timezone="Asia/Shanghai", locale="zh-CN")
    second = replace(first, actor=system(2))
    try:
        yield Both(create_app(first.engine), first, second, fill(first, CANARY), fill(second, "second"))
    finally:
        first.engine.database.close()


def fill(world: World, canary: str) -> Mapping[str, str]:
    """Goods, an order that waits for a decision, a ticket and a notice; their ids by name."""
    world.install({**shop_nodes(), ("rule", "hourly"): RULE}, "shop")
    boss = world.id(world.send(SaveUser("boss", canary, password=PASSWORD, is_admin=True)))
    world.send(GrantRole("shop", boss, "boss"))
    goods = world.create("goods", {"code": canary, "name": canary, "price": "700"})["id"]
    lines = [{"goods": goods, "quantity": "2"}]
    world.create("receipt", {"lines": lines, "remark": canary}, submit=True)
    order = world.create("order", {"lines": lines, "remark": canary}, submit=True)["id"]
    asked = world.send(OpenTicket("shop", canary, "order", world.id({"id": order}), owner=boss))
    with world.engine.database.snapshot() as conn:
        own = approval_task.c
        task = conn.execute(select(own.task_id).where(own.ws == world.actor.workspace)).scalar_one()
    show = world.engine.database.show
    return {"goods": goods, "order": order, "ticket": asked["id"], "task": show(task), "boss": show(boss)}


def addresses(app: Flask, ids: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Every address of the product with each of the ids in it."""
    names = {"app": "shop", "entity": "order", "ledger": "stock", "what": "history", "transition": "approve"}
    binding = app.url_map.bind("here")
    for rule in app.url_map.iter_rules():
        for id in ids.values() if "id" in rule.arguments else [""]:
            values = {name: names.get(name) or _one(rule, name) for name in rule.arguments}
            values |= {"id": id} if "id" in values else {}
            url = binding.build(rule.endpoint, values)
            if not url.startswith("/static") and not any(part in url for part in ENDS_SESSION):
                yield from ((method, url) for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))


def _one(rule: Any, name: str) -> str:
    """Something that may stand there: a number is a word too, and where words are named the first of them."""
    return min(getattr(rule._converters[name], "items", ()), default="1")


def rows_of(world: World, ws: int) -> Mapping[str, list[str]]:
    """Everything that the database holds of a workspace."""
    with world.engine.database.snapshot() as conn:
        return {
            table.name: sorted(
                repr(tuple(row)) for row in conn.execute(select(table).where(table.c.ws == ws))
            )
            for table in metadata.tables.values()
            if "ws" in table.c
        }


def test_no_address_shows_or_changes_anything_of_the_other_workspace(both: Both) -> None:
    before = rows_of(both.first, 1)
    bearer = {"Authorization": f"Bearer {both.attacker.token}"}
    asked = 0
    for method, url in addresses(both.app, both.ids):
        body: dict[str, Any] | None = None if method == "GET" else {}
        answer = both.app.test_client(use_cookies=False).open(url, method=method, json=body, headers=bearer)
        text = answer.get_data().decode(errors="replace")
        asked += 1
        assert answer.status_code != 401, url
        assert answer.status_code < 500, (method, url, text[:300])
        assert CANARY not in text, (method, url)
    assert asked > 300
    assert rows_of(both.first, 1) == before


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/tasks/{task}/approve", {}, 404),
        ("/tickets/{ticket}/close", {"opinion": "x"}, 404),
        ("/apps/shop/order/{order}/comments", {"body": "x"}, 404),
        ("/apps/shop/order/{order}/transitions/reject", {}, 404),
        ("/apps/shop/order/{order}/tickets", {"fields": {"title": "x"}}, 404),
        ("/apps/shop/grants", {"user": "{boss}", "role": "boss"}, 404),
        ("/apps/shop/order", {"lines": [{"goods": "{goods}", "quantity": "1"}]}, 422),
        ("/apps/shop/order", {"owner": "{boss}"}, 422),
        ("/apps/shop/order/{own}/tickets", {"fields": {"title": "x", "owner": "{boss}"}}, 422),
        ("/org-units", {"key": "a", "name": "A", "head": "{boss}"}, 422),
    ],
)
def test_no_deed_reaches_over(both: Both, path: str, body: Any, status: int) -> None:
    before = rows_of(both.first, 1)
    names = {**both.ids, "own": both.own["order"]}
    answer = both.attacker.post(path.format(**names), _filled(body, names))
    refused(answer, status)
    assert CANARY not in answer.text
    assert rows_of(both.first, 1) == before


def _filled(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    return value.format(**names) if isinstance(value, str) else value


def test_many_at_once_reach_no_further(both: Both) -> None:
    before = rows_of(both.first, 1)
    tried = both.attacker.post("/tasks", {"ids": [both.ids["task"]], "action": "approve"}).get_json()
    assert [(one["ok"], one["error"]["code"]) for one in tried["results"]] == [(False, "NOT_FOUND")]
    ids = {"ids": [both.ids["order"]], "atomic": False}
    moved = both.attacker.post("/apps/shop/order/transitions/reject", ids).get_json()
    assert [one["ok"] for one in moved["results"]] == [False]
    where = {"field": "id", "op": "in", "value": [both.ids["goods"]]}
    assert both.attacker.read("/apps/shop/goods", {"filter": json.dumps(where)})["items"] == []
    watched = {"since": "0.-.0", "watch": f"shop/order/{both.ids['order']}@0"}
    assert both.attacker.read("/events", watched)["records"] == []
    assert rows_of(both.first, 1) == before


def test_what_the_clock_and_the_outbox_of_one_do_leaves_the_other_alone(both: Both) -> None:
    first, second = both.first, both.second
    for world in (first, second):
        tell = Message(
            "notification", {"user_id": world.id({"id": both.ids["boss"]}), "title": CANARY, "app": "shop"}
        )
        with world.engine.database.write() as conn:
            new_id, now = world.engine.database.new_id, world.clock.now()
            outbox.append(conn, world.actor.workspace, [tell], cmd=1, now=now, new_id=new_id)
        Scheduler(world.engine, world.actor.workspace).run_schedules()
    first.later(hours=3)
    before = rows_of(first, 1)
    scheduler = Scheduler(second.engine, 2)
    scheduler.run_schedules()
    scheduler.run_jobs()
    for chore in chores_of(second.engine):
        run_due(second.engine, 2, chore)
    Relay(second.engine, 2).drain()
    assert rows_of(first, 1) == before
    # The message of the second workspace that names somebody of the first one finds nobody.
    assert CANARY not in str(rows_of(second, 2)["notification"])
    prices = [row["price"] for row in both.attacker.read("/apps/shop/goods")["items"]]
    assert prices == ["701.00"]


def test_the_same_names_in_both_are_two(both: Both) -> None:
    refused(Caller(both.app, f"1.{both.attacker.token.partition('.')[2]}").get("/me"), 401)
    made = both.attacker.make("/tokens", {"name": "x", "scope": ["*:write"]})
    assert made["token"].startswith("2.")
    refused(Caller(both.app, f"1.{made['token'].partition('.')[2]}").get("/apps"), 401)
    assert paths(refused(both.attacker.post("/tokens", {"scope": ["third:read"]}), 422))
