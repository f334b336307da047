"""Takeover: a posting names what another one picked; what was sold at which place, though no line says the place. Both databases."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import select

from builder.storage.tables.ledgers import entry
from tests.runtime.depot import _dimension, _grain, depot_nodes
from tests.runtime.test_replay import Depot
from tests.runtime.world import World


@pytest.fixture(params=["append", "replay"])
def order(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def depot(empty: World, order: str) -> Depot:
    """One pool of cost; an issue without a place takes from the older place first, and profit is by place."""
    nodes = dict(depot_nodes(order=order))
    picks = {"pick": "place", "grain": "goods_place", "order": "fifo"}
    nodes["ledger", "stock"] = {**nodes["ledger", "stock"], "cost_key": ["goods"], "issue_order": picks}
    profit, issue = nodes["ledger", "profit"], nodes["entity", "issue"]
    by_place = {"dimensions": [*profit["dimensions"], _dimension("profit", "place")]}
    grains = [*profit["grains"], _grain("profit", "goods", "place")]
    nodes["ledger", "profit"] = {**profit, **by_place, "grains": grains}
    moved, cost = issue["postings"]
    taken = {**cost, "dimensions": {"goods": "goods", "place": "result.place"}}
    nodes["entity", "issue"] = {**issue, "postings": [moved, taken]}
    empty.install(nodes, "depot")
    return Depot(empty).start()


def profits(depot: Depot) -> list[Decimal]:
    def of(place: str) -> Decimal:
        at = depot.of(depot.goods), depot.of(depot.places[place])
        return Decimal(depot.world.balance("profit", "cost", *at))

    return [of("Main"), of("East")]


def test_profit_is_by_the_place_that_was_picked_and_goes_back_with_it(depot: Depot) -> None:
    depot.post("receipt", 6, quantity=4, amount=40)
    depot.post("receipt", 7, "East", quantity=6, amount=60)
    lines = [{"goods": depot.goods, "quantity": "7"}]
    sold = depot.world.create("issue", {"business_date": "2026-01-10", "lines": lines}, submit=True)
    assert profits(depot) == [40, 30]
    with depot.world.reading() as ctx:
        parts = select(entry.c.part).where(entry.c.line_id == depot.of(sold["lines"][0]["id"]))
        assert sorted(ctx.conn.execute(parts).scalars()) == [0, 0, 1, 1]
    depot.world.fire("issue", depot.of(sold["id"]), "unapprove")
    assert profits(depot) == [0, 0]
    assert depot.findings() == []


def test_what_comes_late_reaches_each_part(depot: Depot, order: str) -> None:
    made = depot.post("receipt", 6, quantity=4, amount=40)
    depot.post("receipt", 7, "East", quantity=6, amount=60)
    lines = [{"goods": depot.goods, "quantity": "7"}]
    depot.world.create("issue", {"business_date": "2026-01-10", "lines": lines}, submit=True)
    depot.post("freight", 12, amount=20, receipt_line=made["lines"][0]["id"])
    # In order of dates 120 for 10 are 12 each, and 4 of Main and 3 of East were sold. Else what is late stays with what is left.
    assert profits(depot) == ([48, 36] if order == "replay" else [40, 30])
    left = Decimal(depot.world.balance("stock", "value", depot.of(depot.goods)))
    assert left == (36 if order == "replay" else 45)
    assert depot.findings() == []
