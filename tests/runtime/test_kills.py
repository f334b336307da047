"""kill -9 of server and worker while people work: nothing that was answered is lost, nothing is done twice, and what is told outside is told at
least once, always under the same id."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from benchmarks.serving import free_port
from builder.commands import SaveConnection
from builder.runtime.auth import sign_in
from builder.runtime.chores import chores_of, run_due
from builder.runtime.scheduler import Scheduler
from builder.runtime.verifying import verify_all
from builder.storage import outbox
from tests.connectors.receiver import Receiver, receiving
from tests.runtime.breaking import plain_url
from tests.runtime.serving import PATIENCE, Killed, moment
from tests.runtime.shop import Nodes, shop_nodes
from tests.runtime.world import PASSWORD, WS, World

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
CLIENTS = 3
RELAYED = ("rule", "notification", "event", "connector", "search")


def told_nodes() -> Nodes:
    """A shop whose approved receipts are told to the books, and echoed by a later rule."""
    connector = {
        "uid": "connector.books",
        "key": "books",
        "label": "Bookkeeping",
        "kind": "rest",
        "secrets": ["signing"],
        "settings": {"path": "/receipts"},
    }
    remark = {"uid": "echo.remark", "key": "remark", "type": "text", "label": "Remark"}
    call = {"kind": "call", "connector": "books", "payload": {"remark": "remark"}}
    create = {"kind": "create", "entity": "echo", "values": {"remark": "remark"}}
    return {
        **shop_nodes(),
        ("connector", "books"): connector,
        ("entity", "echo"): {
            "uid": "echo", "key": "echo", "kind": "log", "label": "Echo", "title": "remark", "fields": [remark],
        },
        ("rule", "tell"): _rule("tell", call),
        ("rule", "echo"): _rule("echo", create),
    }  # fmt: skip


def _rule(key: str, action: dict[str, Any]) -> dict[str, Any]:
    return {
        "uid": f"rule.{key}",
        "key": key,
        "label": key,
        "timing": "later",
        "when": {"kind": "transition", "entity": "receipt", "transition": "approve"},
        "then": [{"uid": f"rule.{key}.do", **action}],
    }


@dataclass
class Clients:
    """People who post receipts one after the other and ask again with the same key until they are answered."""

    port: int
    token: str
    goods: str
    answered: dict[str, str] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)

    def start(self) -> None:
        self.threads = [threading.Thread(target=self._work, args=(n,)) for n in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """No more new ones; what was begun is asked for until it is answered."""
        self.over.set()
        for thread in self.threads:
            thread.join()

    def await_answers(self, more: int) -> None:
        """Return when so many more were answered."""
        wanted = len(self.answered) + more
        for _ in range(PATIENCE):
            if len(self.answered) >= wanted or self.refused:
                break
            moment()
        assert len(self.answered) >= wanted, self.refused

    def _work(self, number: int) -> None:
        count = 0
        while not self.over.is_set():
            count += 1
            key = f"c{number}-{count}"
            id = None
            while id is None and not self.refused:
                id = self._posted(key)
                if id is None:
                    moment()
            if id is not None:
                self.answered[key] = id

    def _posted(self, key: str) -> str | None:
        """The id in the answer; None where there was none, and nobody knows whether it was done."""
        conn = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        lines = [{"goods": self.goods, "quantity": "1"}]
        body = json.dumps({"remark": key, "lines": lines})
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        with closing(conn), suppress(OSError, http.client.HTTPException):
            conn.request("POST", "/api/v1/apps/shop/receipt?submit=1", body, headers)
            answer = conn.getresponse()
            said = json.loads(answer.read())
            if answer.status in {200, 201}:
                return str(said["id"])
            if answer.status < 500 and answer.status != 429:
                self.refused.append(f"{answer.status} {said}")
        return None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def told(empty: World, receiver: Receiver) -> World:
    """The shop, set up to tell the receiver, at the time that it is: servers have the machine's clock."""
    settings = replace(empty.engine.settings, egress_allow=receiver.url, egress_private="127.0.0.0/8")
    world = replace(empty, engine=replace(empty.engine, settings=settings))
    world.clock.set(datetime.now(UTC))
    world.install(told_nodes(), "shop")
    world.send(SaveConnection("shop", "books", receiver.url, True, {"signing": SECRET}))
    return world


def families(world: World, port: int) -> list[Killed]:
    """On SQLite one server that does everything; on PostgreSQL a server and a worker."""
    database, settings = world.engine.database, world.engine.settings
    is_server = database.dialect == "postgresql"
    environment = {
        "BUILDER_DATABASE": plain_url(world) if is_server else settings.database,
        "BUILDER_VAR": settings.var,
        "BUILDER_EGRESS_ALLOW": settings.egress_allow,
        "BUILDER_EGRESS_PRIVATE": settings.egress_private,
        "BUILDER_WORKER": "0" if is_server else "1",
    }
    serve = Killed(("serve", "--port", str(port)), environment)
    return [serve, Killed(("worker",), environment)] if is_server else [serve]


def work_and_kill(world: World, kills: int, seed: int) -> dict[str, str]:
    """What was answered, by key, while processes were killed at random."""
    chance = random.Random(seed)
    world.person("clerk", "clerk")
    goods = str(world.create("goods", {"code": "A", "name": "Rice"})["id"])
    token = sign_in(world.engine, WS, "clerk", PASSWORD).token
    clients = Clients(free_port(), token, goods)
    running = families(world, clients.port)
    for family in running:
        family.start()
    clients.start()
    try:
        for _ in range(kills // len(running)):
            clients.await_answers(chance.randint(1, 12))
            for victim in running:
                victim.kill()
                victim.start()
        clients.await_answers(CLIENTS)
    finally:
        clients.stop()
        for family in running:
            family.kill()
    assert clients.refused == []
    return clients.answered


def settle(world: World) -> None:
    """Another process does what is left, when the leases of the dead are over."""
    scheduler = Scheduler(world.engine, WS)
    for _ in range(50):
        world.later(hours=2)
        scheduler.run_jobs()
        for chore in chores_of(world.engine):
            run_due(world.engine, WS, chore)
        scheduler.relay.drain()
        with world.engine.database.snapshot() as conn:
            if not outbox.waiting(conn, WS, kinds=RELAYED, now=world.clock.now() + timedelta(hours=2)):
                return
    raise AssertionError("something is never done")


def check(world: World, receiver: Receiver, kills: int, seed: int) -> None:
    answered = work_and_kill(world, kills, seed)
    assert len(answered) > kills
    world.clock.set(datetime.now(UTC))
    settle(world)
    assert nothing_is_lost_or_doubled(world, answered) == {}
    assert verify_all(world.engine).findings == ()
    ids: defaultdict[str, set[str]] = defaultdict(set)
    for _, _, headers, body in receiver.heard:
        ids[json.loads(body)["data"]["remark"]].add(headers["webhook-id"])
    assert set(ids) == set(answered)
    assert {len(one) for one in ids.values()} == {1}
    assert len({id for one in ids.values() for id in one}) == len(answered)


def nothing_is_lost_or_doubled(world: World, answered: dict[str, str]) -> dict[str, Any]:
    """What differs between what was answered and what is there: nothing."""
    with world.reading() as ctx:
        receipts = ctx.reader.find("receipt", limit=10**6)
        echoes = ctx.reader.find("echo", limit=10**6)
        item = ctx.reader.find("goods")[0].id
    show = world.engine.database.show
    numbers = sorted(str(r.values["number"]) for r in receipts)
    found = {
        "receipts": sorted((str(r.values["remark"]), show(r.id)) for r in receipts)
        == sorted(answered.items()),
        "echoes": sorted(str(e.values["remark"]) for e in echoes) == sorted(answered),
        "stock": world.balance("stock", "on_hand", item) == Decimal(len(answered)),
        "numbers": len(set(numbers)) == len(receipts),
        "state": {r.state for r in receipts} == {"approved"},
    }
    return {name: right for name, right in found.items() if not right}


def test_kills_lose_and_double_nothing(told: World, receiver: Receiver) -> None:
    """Four times one server on SQLite, three times a server and a worker on PostgreSQL."""
    check(told, receiver, kills=4 if told.engine.database.dialect == "sqlite" else 6, seed=3)


@pytest.mark.long
def test_a_hundred_kills_lose_and_double_nothing(told: World, receiver: Receiver) -> None:
    check(told, receiver, kills=50, seed=11)
