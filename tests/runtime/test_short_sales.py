"""What was sold before it was there: what covers it reaches everything that took its provisional cost over, in a ledger that appends."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from builder.commands import ClosePeriod
from builder.storage.tables.ledgers import entry
from tests.runtime.depot import depot_nodes
from tests.runtime.test_replay import Depot
from tests.runtime.world import World


@pytest.fixture(params=["moving_average", "fifo"])
def depot(empty: World, request: pytest.FixtureRequest) -> Depot:
    """A pen costs 10 until something else is known."""
    nodes = depot_nodes("append", request.param)
    stock = nodes["ledger", "stock"]
    costing = {**stock["costing"], "provisional": "10"}
    nodes["ledger", "stock"] = {**stock, "guards": [], "costing": costing}
    empty.install(nodes, "depot")
    return Depot(empty, request.param).start()


def test_what_covers_a_short_sale_reaches_its_profit(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=1, amount=4)
    depot.post("issue", 7, quantity=3)
    assert (depot.value("Main"), depot.profit()) == (-20, 24)
    depot.post("receipt", 8, quantity=1, amount=12)
    assert (depot.value("Main"), depot.profit()) == (-10, 26)
    depot.post("receipt", 9, quantity=5, amount=45)
    assert (depot.value("Main"), depot.profit()) == (36, 25)
    assert depot.findings() == []


def test_what_moved_before_it_was_there_costs_what_covered_it(depot: Depot) -> None:
    depot.post("move", 7, quantity=4, to="East")
    depot.post("issue", 8, "East", quantity=1)
    assert (depot.value("Main"), depot.value("East"), depot.profit()) == (-40, 30, 10)
    depot.post("receipt", 9, quantity=4, amount=60)
    assert (depot.value("Main"), depot.value("East")) == (0, 45)
    assert depot.findings() == []


def test_a_sale_that_is_taken_back_takes_back_what_was_said_of_it_since(depot: Depot) -> None:
    sale = depot.post("issue", 7, quantity=3)
    depot.post("receipt", 8, quantity=5, amount=100)
    assert (depot.value("Main"), depot.profit()) == (40, 60)
    depot.world.fire("issue", depot.of(sale["id"]), "unapprove")
    assert (depot.value("Main"), depot.profit()) == (100, 0)
    assert depot.findings() == []


def test_what_is_closed_there_gets_it_on_the_first_open_day(depot: Depot) -> None:
    depot.post("issue", 7, quantity=1)
    depot.world.send(ClosePeriod("depot", "profit", "2026-01-12", reason="Known", accept=()))
    depot.post("receipt", 9, quantity=1, amount=14)
    with depot.world.reading() as ctx:
        days = select(entry.c.business_date).where(entry.c.kind == "true_up", entry.c.m1 == 400)
        assert "2026-01-13" in {day.isoformat() for day in ctx.conn.execute(days).scalars()}
    assert depot.profit() == 14
    assert depot.findings() == []
