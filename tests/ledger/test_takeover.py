"""Takeover: what one ledger picked is a dimension of another one's turnover, an entry for each, on both databases."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from builder.changes import Intent
from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel
from builder.ledger.verify import verify
from builder.metadata.ledger import Costing, Dimension, Grain, IssueOrder, Ledger, Measure
from tests.ledger.conftest import Opener
from tests.ledger.goods import MAIN, TEA, Writer, stock
from tests.ledger.store import PACKAGE, WS, LedgerStore

FIRST, SECOND = 31, 32


def sold() -> LedgerModel:
    """What was sold of each batch, and at what cost."""
    dimensions = (
        Dimension("item", "item", "Item", entity="item"),
        Dimension("batch", "batch", "Batch", entity="batch"),
    )
    measures = (
        Measure("quantity", "quantity", "Quantity", scale=3),
        Measure("revenue", "revenue", "Revenue", kind="value"),
        Measure("cost", "cost", "Cost", kind="value"),
    )
    grains = (Grain("batch", "batch", ("batch",)),)
    return compile_ledger(Ledger("sold", "sold", "Sold", dimensions, measures, grains, kind="turnover"))


@pytest.fixture(params=["append", "replay"])
def store(opened: Opener, request: pytest.FixtureRequest) -> LedgerStore:
    """Tea in two batches: 10 for 10.00 and 10 for 25.00."""
    order = IssueOrder("batch", "batch", "fifo")
    costing = Costing("on_hand", "value", method="batch", identity="batch")
    model = stock(issue_order=order, costing=costing, cost_key=("item",), order=request.param, guards=())
    made, write = opened(model, sold()), Writer()
    for batch, paid in ((FIRST, "10.00"), (SECOND, "25.00")):
        made.post(write.receipt(10, paid, TEA, batch=batch))
    return made


def sale(write: Writer, qty: str, **more: Any) -> list[Intent]:
    line: dict[str, Any] = {"line_id": 900, "record_id": 77}
    out = write("stock", {"item": TEA, "place": MAIN, "batch": None}, on_hand=f"-{qty}", **line)
    into = write(
        "sold",
        {"item": TEA},
        revenue="20.00",
        quantity=qty,
        depends_on="stock",
        dependent={"cost": "-value"},
        picked={"batch": "batch"},
        **line,
        **more,
    )
    return [out, into]


def by_batch(plan: Any) -> list[tuple[int, tuple[int, ...]]]:
    return [(e.key[1], e.measures) for e in plan.entries if e.ledger == "sold"]


def test_each_batch_that_was_picked_has_its_part(store: LedgerStore) -> None:
    write = Writer()
    plan = store.post(*sale(write, "13"))
    # 13 for 20.00: 10 of the first at 10.00, 3 of the second at 7.50. What is said is shared by quantity, to the cent.
    assert by_batch(plan) == [(FIRST, (10000, 1538, 1000)), (SECOND, (3000, 462, 750))]
    with store.snapshot() as conn:
        assert verify(conn, store.models, store.maps, PACKAGE, WS, store.settings) == ()
    undone = [write(e.ledger, {}, record_id=77, line_id=900, reverses=e.id) for e in plan.entries]
    back = store.post(*undone)
    assert by_batch(back) == [(FIRST, (-10000, -1538, -1000)), (SECOND, (-3000, -462, -750))]


def test_one_batch_has_all_of_it(store: LedgerStore) -> None:
    assert by_batch(store.post(*sale(Writer(), "4"))) == [(FIRST, (4000, 2000, 400))]


def test_what_belongs_to_the_posting_together_is_shared_by_its_weights_first(store: LedgerStore) -> None:
    out, into = sale(Writer(), "13", shares={"cost": Decimal(1)})
    assert by_batch(store.post(out, into)) == [(FIRST, (10000, 1538, 1346)), (SECOND, (3000, 462, 404))]


def test_without_anything_picked_nothing_is_posted(store: LedgerStore) -> None:
    plan = store.post(*sale(Writer(), "21"))
    assert [p.code for p in plan.problems] == ["PICK_SHORT"]
