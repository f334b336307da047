"""Receipts of the yard, and ways to look at what a command does to the database while something else goes on."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from typing import Any
from unittest.mock import patch

from flask.testing import FlaskClient
from sqlalchemy import text

from builder.app import create_app
from builder.commands import (
    Command,
    CreateRecord,
)
from builder.runtime import dispatch
from builder.runtime.decide import decide
from tests.runtime.footprint import footprint, written
from tests.runtime.world import PASSWORD, World

NUMBERS = itertools.count(1)


def name(what: str = "n") -> str:
    return f"{what}{next(NUMBERS)}"


def goods(world: World) -> int:
    code = name("G")
    return world.id(world.create("goods", {"code": code, "name": f"Goods {code}", "price": "2.50"}))


def lines(world: World, item: int, quantity: str) -> Mapping[str, Any]:
    return {"lines": [{"goods": world.engine.database.show(item), "quantity": quantity}]}


def received(world: World, item: int, quantity: str) -> int:
    return world.id(world.create("receipt", lines(world, item, quantity), submit=True))


def receipt_of(world: World, item: int, quantity: str = "1") -> Command:
    """A command that takes every step there is: records, a number, lanes, entries."""
    return CreateRecord("shop", "receipt", lines(world, item, quantity), submit=True)


def stock(world: World, item: int) -> Decimal:
    return world.balance("stock", "on_hand", item)


@contextmanager
def nothing_written(world: World, *aside: str) -> Iterator[None]:
    """Everything that the database holds is afterwards as it was."""
    before = footprint(world)
    yield
    assert {t: n for t, n in written(before, footprint(world)).items() if t not in aside} == {}


def table_of(world: World, entity: str) -> str:
    """Where its records are kept."""
    with world.reading() as ctx:
        return str(ctx.app.maps.entity(entity).table.name)


def wait_for_lock(conn: Any, pid: int) -> None:
    """Until that backend waits for somebody."""
    waits = text("SELECT count(*) FROM pg_locks WHERE pid = :pid AND NOT granted")
    deadline = time.monotonic() + 10
    while not conn.execute(waits, {"pid": pid}).scalar_one():
        assert time.monotonic() < deadline


def is_postgres(world: World) -> bool:
    return world.engine.database.dialect == "postgresql"


@contextmanager
def counted_decisions() -> Iterator[list[Any]]:
    """Grows with every decision that was begun."""
    made: list[Any] = []

    def deciding(*args: Any) -> Any:
        made.append(args)
        return decide(*args)

    with patch.object(dispatch, "decide", deciding):
        yield made


@contextmanager
def other_one(world: World) -> Iterator[World]:
    """Somebody in another process."""
    other = world.other_process()
    yield other
    other.engine.database.close()


@contextmanager
def meanwhile(do: Callable[[], Any], *, times: int = 1) -> Iterator[list[Any]]:
    """Let something happen between a decision and its commit, the first ``times`` times. What is given back are the decisions made,
    those of what happens left out."""
    seen: list[Any] = []
    busy = threading.Event()

    def deciding(*args: Any) -> Any:
        decided = decide(*args)
        if busy.is_set():
            return decided
        seen.append(args)
        if len(seen) <= times:
            busy.set()
            do()
            busy.clear()
        return decided

    with patch.object(dispatch, "decide", deciding):
        yield seen


def signed_in(world: World) -> FlaskClient:
    """A boss over HTTP."""
    world.person(login := name("boss"), "boss", admin=True)
    client = create_app(world.engine).test_client()
    token = client.post("/api/v1/session", json={"login": login, "password": PASSWORD}).get_json()["token"]
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return client
