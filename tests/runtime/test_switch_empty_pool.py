"""A pool that is empty when the method is switched: its receipts of before have no layers, and none are missed."""

from __future__ import annotations

from builder.commands import ClosePeriod, SwitchMethod
from builder.runtime.verifying import verify_all
from tests.runtime.depot import depot_nodes
from tests.runtime.test_merging import goods, line
from tests.runtime.world import World


def test_a_pool_that_is_empty_when_the_method_is_switched(empty: World) -> None:
    nodes = depot_nodes(order="append")
    empty.install(nodes, "depot")
    one, two = (empty.create("place", {"name": n})["id"] for n in ("One", "Two"))
    item = goods(empty, "A")
    for place in (one, two):
        empty.create(
            "receipt", {"lines": [line(empty, item, "10", place=place, amount="20.00")]}, submit=True
        )
    empty.create("issue", {"lines": [line(empty, item, "10", place=two)]}, submit=True)
    empty.later(days=3)
    empty.send(ClosePeriod("depot", "stock", "2026-01-06"))
    empty.send(SwitchMethod("depot", "stock", "fifo", reason="test"))
    assert verify_all(empty.engine).findings == ()
