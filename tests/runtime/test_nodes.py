"""Two nodes that are killed and stand still at random: every planned occurrence happens exactly once, and the ledger adds up."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builder.runtime import jobs
from builder.runtime.jobs import KINDS
from builder.runtime.scheduler import Scheduler
from builder.runtime.verifying import verify_all
from tests.runtime import adding
from tests.runtime.breaking import plain_url
from tests.runtime.nodes import FileClock
from tests.runtime.shop import Nodes, shop_nodes
from tests.runtime.world import START, WS, World

ROOT = Path(__file__).parents[2]
GOODS = 3


def nodes_with_a_clock() -> Nodes:
    """A shop in which something of everything arrives every minute."""
    fields = [
        {"uid": "arrival.goods", "key": "goods", "type": "reference", "entity": "goods", "label": "Goods"},
        {"uid": "arrival.quantity", "key": "quantity", "type": "quantity", "scale": 2, "label": "Quantity"},
    ]
    posting = {
        "uid": "arrival.posting.moved",
        "key": "moved",
        "ledger": "stock",
        "on": "created",
        "mode": "follow",
        "dimensions": {"goods": "goods"},
        "measures": {"on_hand": "quantity"},
    }
    rule = {
        "uid": "rule.arrive",
        "key": "arrive",
        "label": "Something arrives every minute",
        "timing": "later",
        "when": {"kind": "schedule", "entity": "goods", "cron": "* * * * *", "catch_up": "all"},
        "then": [
            {
                "uid": "rule.arrive.create",
                "kind": "create",
                "entity": "arrival",
                "values": {"goods": "id", "quantity": "1"},
            }
        ],
    }
    entity = {"uid": "arrival", "key": "arrival", "kind": "log", "label": "Arrival", "fields": fields}
    return {
        **shop_nodes(),
        ("entity", "arrival"): {**entity, "postings": [posting]},
        ("rule", "arrive"): rule,
    }


@pytest.fixture
def clocked(empty: World) -> Iterator[World]:
    """A shop with a clock that other processes see."""
    FileClock(Path(empty.engine.settings.var) / "clock").path.write_text(START.isoformat())
    empty.install(nodes_with_a_clock(), "shop")
    KINDS.register("adding", adding.step)
    yield empty
    del KINDS._things["adding"]


def happened(world: World, deaths: int, seed: int) -> dict[str, Any]:
    """What the two nodes went through."""
    database = world.engine.database
    url = plain_url(world) if database.dialect == "postgresql" else f"sqlite:///{database.url.database}"
    command = [
        sys.executable,
        "-m",
        "tests.runtime.nodes",
        url,
        world.engine.settings.var,
        str(seed),
        str(deaths),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def check(world: World, deaths: int, seed: int) -> None:
    ids = [world.id(world.create("goods", {"code": f"G{i}", "name": f"G{i}"})) for i in range(GOODS)]
    Scheduler(world.engine, WS).run_schedules()
    job = jobs.start(world.engine, world.actor, "adding", {"goods": world.engine.database.show(ids[0])})
    told = happened(world, deaths, seed)
    assert told["kills"] == deaths
    minutes = int((datetime.fromisoformat(told["end"]) - START) / timedelta(minutes=1))
    assert minutes > deaths / 2
    world.clock.set(datetime.fromisoformat(told["end"]))
    assert jobs.job_of(world.engine, world.actor, job).state == "done"
    assert [world.balance("stock", "on_hand", id) for id in ids] == [
        Decimal(minutes + adding.STEPS),
        *[Decimal(minutes)] * (GOODS - 1),
    ]
    with world.reading() as ctx:
        assert len(ctx.reader.find("arrival", limit=10**6)) == GOODS * minutes + adding.STEPS
    assert verify_all(world.engine).findings == ()


def test_every_occurrence_happens_once_whichever_node_dies(clocked: World) -> None:
    check(clocked, deaths=10, seed=7)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_every_occurrence_happens_once_in_a_long_run(clocked: World, seed: int) -> None:
    check(clocked, deaths=100, seed=seed)
