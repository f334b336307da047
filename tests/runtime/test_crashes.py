"""Crashes: a process is killed in the middle of a command. What had not committed was never there, what had is there whole, and
who repeats the command with its key gets it done once."""

from __future__ import annotations

import itertools
import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builder.commands import ActOnTask, Command, CreateRecord, FireTransition
from builder.record import Ref
from builder.runtime.verifying import verify_all
from tests.runtime.breaking import BEFORE_COMMIT, plain_url
from tests.runtime.footprint import footprint, written
from tests.runtime.world import World

ROOT = Path(__file__).parents[2]
NUMBERS = itertools.count(1)
KILLED = f"signal {signal.SIGKILL.value}"


class Doomed:
    """Sends commands from processes that are killed."""

    def __init__(self, world: World) -> None:
        database = world.engine.database
        url = plain_url(world) if database.dialect == "postgresql" else f"sqlite:///{database.url.database}"
        command = [sys.executable, "-m", "tests.runtime.dying", url, world.engine.settings.var]
        self._world = world
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def send(self, step: str, command: Command, key: str, actor: Any = None) -> None:
        """The command, from a process that dies right after ``step``."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        order = {
            "step": step,
            "kind": type(command).__name__,
            "command": asdict(command),
            "actor": asdict(actor or self._world.actor),
            "key": key,
        }
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline().strip() == KILLED

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def doomed(yard: World) -> Iterator[Doomed]:
    made = Doomed(yard)
    yield made
    made.close()


def name(what: str) -> str:
    return f"{what}{next(NUMBERS)}"


def goods(world: World) -> int:
    code = name("G")
    return world.id(world.create("goods", {"code": code, "name": code, "price": "2.50"}))


def body(world: World, item: int, quantity: str) -> Mapping[str, Any]:
    return {"lines": [{"goods": world.engine.database.show(item), "quantity": quantity}]}


def stock(world: World, item: int) -> Decimal:
    return world.balance("stock", "on_hand", item)


def holds(world: World) -> bool:
    return verify_all(world.engine).findings == ()


@pytest.mark.parametrize("step", BEFORE_COMMIT)
def test_a_process_that_dies_before_the_commit_leaves_nothing(yard: World, doomed: Doomed, step: str) -> None:
    """Whatever it had written by then: a move with values takes every step but the number's, which a new document takes."""
    item, key = goods(yard), name("key")
    draft = yard.id(yard.create("receipt", body(yard, item, "4")))
    move = FireTransition("shop", "receipt", draft, "approve", values={"remark": "seen"})
    before = footprint(yard)
    doomed.send(step, move, key)
    assert written(before, footprint(yard)) == {}
    done = yard.send(move, key=key)
    assert (done["state"], done["remark"], stock(yard, item)) == ("approved", "seen", Decimal("4.00"))
    assert yard.send(move, key=key) == done
    assert holds(yard)


@pytest.mark.parametrize("step", ["numbers", "write", "journal", "commit"])
def test_a_new_document_that_died_gets_its_number_when_it_is_sent_again(
    yard: World, doomed: Doomed, step: str
) -> None:
    item, key = goods(yard), name("key")
    make = CreateRecord("shop", "receipt", body(yard, item, "4"), submit=True)
    before = footprint(yard)
    doomed.send(step, make, key)
    assert written(before, footprint(yard)) == {}
    done = yard.send(make, key=key)
    with yard.reading() as ctx:
        numbers = sorted(str(r.values["number"]) for r in ctx.reader.find("receipt"))
    assert done["number"] == numbers[-1]
    assert [int(n.rpartition("-")[2]) for n in numbers] == list(range(1, len(numbers) + 1))
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.parametrize("step", ["records", "journal", "commit"])
def test_an_approval_that_died_leaves_its_task_open(yard: World, doomed: Doomed, step: str) -> None:
    boss, item, key = yard.person(name("boss"), "boss"), goods(yard), name("key")
    yard.create("receipt", body(yard, item, "10"), submit=True)
    paper = yard.id(yard.create("slip", body(yard, item, "4"), submit=True))
    with yard.reading() as ctx:
        [(_, tasks)] = ctx.reader.running_approvals(Ref("slip", paper))
    task = next(t.id for t in tasks if t.assignee_id == boss.user_id)
    before = footprint(yard)
    doomed.send(step, ActOnTask(task, "approve", "yes"), key, boss)
    assert written(before, footprint(yard)) == {}
    assert yard.send(ActOnTask(task, "approve", "yes"), actor=boss, key=key)["state"] == "approved"
    assert stock(yard, item) == Decimal("6.00")


def test_a_process_that_dies_after_the_commit_has_done_everything(yard: World, doomed: Doomed) -> None:
    """Nobody heard its answer; with the key it is given, and nothing is done again."""
    item, key = goods(yard), name("key")
    make = CreateRecord("shop", "receipt", body(yard, item, "4"), submit=True)
    doomed.send("committed", make, key)
    assert stock(yard, item) == Decimal("4.00")
    before = footprint(yard)
    done = yard.send(make, key=key)
    assert done["state"] == "approved"
    assert written(before, footprint(yard)) == {}
    assert holds(yard)


def test_locks_of_the_dead_are_free_at_once(yard: World, doomed: Doomed) -> None:
    """Others do not wait for a process that died with every lock in its hands."""
    item = goods(yard)
    make = CreateRecord("shop", "receipt", body(yard, item, "4"), submit=True)
    for _ in range(3):
        doomed.send("log", make, name("key"))
        yard.send(make)
    assert stock(yard, item) == Decimal("12.00")
    assert holds(yard)


@pytest.mark.long
@pytest.mark.parametrize("step", [*BEFORE_COMMIT, "committed"])
def test_many_deaths_add_up(yard: World, doomed: Doomed, step: str) -> None:
    item = goods(yard)
    make = CreateRecord("shop", "receipt", body(yard, item, "1"), submit=True)
    for count in range(1, 41):
        key = name("key")
        doomed.send(step, make, key)
        yard.send(make, key=key)
        assert stock(yard, item) == count
    assert holds(yard)
