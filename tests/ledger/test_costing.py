"""What every costing method must keep, whatever it costs by; and what each does of its own."""

from __future__ import annotations

import random
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from builder.commands import Override
from builder.ledger.costing import METHODS
from builder.metadata.ledger import Costing, Guard, Measure
from tests.ledger.goods import CUP, DAY, EAST, MAIN, PEN, Writer, stock, stock_definition
from tests.ledger.memory import MemoryLedgers

ALL = METHODS.names()
B1, B2 = 31, 32
DAY_AFTER = DAY + timedelta(days=1)


def ledgers(method: Any, allowed: bool = False, **costing: Any) -> MemoryLedgers:
    """Stock with a measure for variances, at a standard of 10 unless told otherwise."""
    options = {"standard": "setting.standard", "variance": "variance", "identity": "batch", **costing}
    guards = tuple(
        Guard(g.uid, g.key, g.grain, g.slack, g.message, policy="override", override="oversell")
        for g in stock_definition().guards
    )
    made = MemoryLedgers(
        stock(
            costing=Costing("on_hand", "value", method=method, **options),
            measures=(
                *stock_definition().measures,
                Measure("variance", "variance", "Variance", kind="value"),
            ),
            **({"guards": guards} if allowed else {}),  # type: ignore[arg-type]
        )
    )
    made.settings["standard"] = Decimal(10)
    return made


def oversold(store: MemoryLedgers, *intents: Any) -> Any:
    asked = [Override(g.key, "sold first") for g in store.models["stock"].ledger.guards]
    return store.post(*intents, overrides=asked, may=("oversell",))


def worth(store: MemoryLedgers, **where: int) -> tuple[object, object]:
    return store.balance("stock", "on_hand", **where), store.balance("stock", "value", **where)


@pytest.mark.parametrize("method", ALL)
class TestEveryMethod:
    def test_nothing_left_means_nothing_left_in_value(self, method: str) -> None:
        store, write = ledgers(method), Writer()
        store.post(write.receipt(3, "10.00"), write.receipt(4, "99.99"))
        for _ in range(7):
            store.post(write.issue(1))
        assert worth(store) == (0, 0)
        store.check()

    def test_what_came_in_is_what_went_out_what_is_left_and_what_is_variance(self, method: str) -> None:
        store, write, draw = ledgers(method), Writer(), random.Random(method)
        paid = Decimal(0)
        for _ in range(60):
            here = store.balance("stock", "on_hand", item=PEN, place=MAIN)
            if draw.random() < 0.5 or here < 5:
                amount = Decimal(draw.randrange(1, 100_000)).scaleb(-2)
                assert not store.post(write.receipt(draw.randrange(1, 9), amount)).problems
                paid += amount
            else:
                assert not store.post(write.issue(draw.randrange(1, int(here)))).problems
            store.check()
        issued = sum(
            (e.measures[3] for e in store.entries["stock"] if e.measures[0] < 0 or e.kind == "residue"), 0
        )
        kept, variance = store.balance("stock", "value"), store.balance("stock", "variance")
        assert paid == kept + variance - Decimal(issued).scaleb(-2)

    def test_taking_everything_back_leaves_nothing(self, method: str) -> None:
        store, write = ledgers(method), Writer()
        intents = [write.receipt(5, "50.00"), write.receipt(5, "80.00"), write.issue(7)]
        for intent in intents:
            store.post(intent)
        for entry in reversed(list(store.entries["stock"])):
            assert not store.post(write("stock", {}, reverses=entry.id)).problems
        assert worth(store) == (0, 0)
        assert store.balance("stock", "variance") == 0
        store.check()

    def test_a_return_comes_back_at_what_it_left_for(self, method: str) -> None:
        store, write = ledgers(method), Writer()
        store.post(write.receipt(4, "40.00"), write.receipt(4, "40.00"))
        sold = write.issue(6)
        store.post(sold)
        store.post(write("stock", {"item": PEN, "place": MAIN}, on_hand=6, cost_of=sold.line_id))
        assert worth(store) == (8, 80)
        store.check()

    def test_a_transfer_within_a_pool_changes_no_cost(self, method: str) -> None:
        store, write = ledgers(method), Writer()
        store.post(write.receipt(3, "30.00"), write.receipt(3, "30.00"))
        before = dict(store.layers["stock"])
        moved(store, write, 4)
        assert worth(store) == (6, 60)
        assert {k: [x.qty for x in v.values() if x.qty] for k, v in before.items()} == {
            k: [x.qty for x in v.values() if x.qty] for k, v in store.layers["stock"].items()
        }

    def test_what_is_not_there_yet_is_settled_by_what_comes(self, method: str) -> None:
        store, write = ledgers(method, allowed=True, provisional="setting.standard"), Writer()
        assert not oversold(store, write.issue(4)).problems
        store.post(write.receipt(10, "120.00"))
        qty, value = worth(store)
        assert qty == 6
        assert value + store.balance("stock", "variance") == (72 if method != "standard" else 80)
        store.check()

    def test_items_do_not_see_each_other(self, method: str) -> None:
        store, write = ledgers(method), Writer()
        store.post(write.receipt(1, "10.00", item=PEN), write.receipt(1, "20.00", item=CUP))
        store.post(write.issue(1, item=PEN))
        assert worth(store, item=CUP)[0] == 1
        assert worth(store, item=PEN) == (0, 0)

    def test_a_new_unit_value_is_worth_its_difference(self, method: str) -> None:
        store, write = ledgers(method), Writer()
        store.post(write.receipt(3, "30.00"), write.receipt(2, "20.00"))
        store.post(write("stock", {"item": PEN, "place": MAIN}, revalue=Decimal(15)))
        assert worth(store) == (5, 75)
        assert store.balance("stock", "variance") == -25
        store.post(write.issue(5))
        assert worth(store) == (0, 0)


def moved(store: MemoryLedgers, write: Writer, qty: int, **out: Any) -> None:
    leaves = write.issue(qty, **out)
    into = write(
        "stock",
        {"item": PEN, "place": EAST},
        day=leaves.business_date,
        posting="into",
        line_id=leaves.line_id,
        depends_on="stock",
        dependent={"on_hand": "-on_hand", "value": "-value"},
    )
    assert not store.post(leaves, into).problems


class TestBatch:
    def test_each_batch_keeps_its_own_cost(self) -> None:
        store, write = ledgers("batch"), Writer()
        store.post(write.receipt(10, "100.00", batch=B1), write.receipt(10, "200.00", batch=B2))
        store.post(write.issue(5, batch=B2))
        assert store.entries["stock"][-1].measures[3] == -10000
        assert worth(store, batch=B1) == (10, 100)

    def test_units_of_one_batch_cost_alike_and_name_their_receipts(self) -> None:
        store, write = ledgers("batch"), Writer()
        store.post(write.receipt(1, "10.00", batch=B1), write.receipt(3, "60.00", batch=B1))
        store.post(write.issue(2, batch=B1))
        assert store.entries["stock"][-1].measures[3] == -3500
        assert [(e.qty, e.value) for e in store.edges["stock"]] == [(10000, 1750), (10000, 1750)]
        store.post(write.issue(2, batch=B1))
        assert worth(store) == (0, 0)

    def test_a_serial_number_costs_what_it_cost(self) -> None:
        store, write = ledgers("batch"), Writer()
        store.post(*(write.receipt(1, price, batch=B1 + n) for n, price in enumerate(["7.10", "8.20"])))
        store.post(write.issue(1, batch=B1 + 1))
        assert worth(store) == (1, Decimal("7.10"))

    def test_a_late_cost_stays_with_its_batch(self) -> None:
        store, write = ledgers("batch"), Writer()
        first = write.receipt(4, "40.00", batch=B1)
        store.post(first, write.receipt(4, "40.00", batch=B2))
        store.post(write.issue(1, batch=B1))
        store.post(write("stock", {"item": PEN, "place": MAIN, "batch": B1}, value=8, cost_of=first.line_id))
        assert worth(store, batch=B1) == (3, 36)
        assert worth(store, batch=B2) == (4, 40)


class TestStandard:
    def test_what_was_paid_beyond_the_standard_is_variance(self) -> None:
        store, write = ledgers("standard"), Writer()
        store.post(write.receipt(10, "113.00"))
        store.post(write.issue(4))
        assert worth(store) == (6, 60)
        assert store.balance("stock", "variance") == 13

    def test_a_late_cost_changes_no_standard(self) -> None:
        store, write = ledgers("standard"), Writer()
        first = write.receipt(10, "100.00")
        store.post(first)
        store.post(write("stock", {"item": PEN, "place": MAIN}, value=5, cost_of=first.line_id))
        assert worth(store) == (10, 100)
        assert store.balance("stock", "variance") == 5

    def test_without_a_standard_nothing_is_posted(self) -> None:
        store, write = ledgers("standard", standard=None), Writer()
        assert [p.code for p in store.post(write.receipt(1, "1.00")).problems] == ["STANDARD_MISSING"]

    def test_a_receipt_taken_back_after_a_new_standard_leaves_the_others_at_it(self) -> None:
        store, write = ledgers("standard"), Writer()
        store.post(write.receipt(10, "100.00"))
        store.post(write.receipt(10, "100.00"))
        store.post(write("stock", {"item": PEN, "place": MAIN}, revalue=Decimal(15)))
        store.post(write("stock", {}, reverses=store.entries["stock"][0].id))
        assert worth(store) == (10, 150)


class TestQueues:
    def test_layers_that_move_to_another_pool_keep_their_age(self) -> None:
        store, write = between_places("old_place"), Writer()
        assert outgoing(store, write) == -1000

    def test_or_queue_at_the_end_where_the_ledger_says_so(self) -> None:
        store, write = between_places("end"), Writer()
        assert outgoing(store, write) == -2000

    def test_what_comes_back_queues_at_the_end_or_at_its_old_place(self) -> None:
        left = {}
        for returned in ("end", "old_place"):
            store, write = ledgers("fifo", returned=returned), Writer()
            store.post(write.receipt(1, "10.00"))
            store.post(write.receipt(1, "20.00"))
            sold = write.issue(1)
            store.post(sold)
            store.post(write("stock", {"item": PEN, "place": MAIN}, on_hand=1, cost_of=sold.line_id))
            store.post(write.issue(1))
            left[returned] = worth(store)[1]
        assert left == {"end": 10, "old_place": 20}


def between_places(transferred: Any) -> MemoryLedgers:
    return MemoryLedgers(
        stock(
            cost_key=("item", "place"), costing=Costing("on_hand", "value", "fifo", transferred=transferred)
        )
    )


def outgoing(store: MemoryLedgers, write: Writer) -> int:
    """What the next issue costs at a place that has 1 at 20, after 1 at 10, received before, has moved there."""
    store.post(write.receipt(1, "10.00", place=MAIN))
    store.post(write.receipt(1, "20.00", place=EAST, day=DAY_AFTER))
    moved(store, write, 1, day=DAY_AFTER)
    store.post(write.issue(1, place=EAST, day=DAY_AFTER))
    return store.entries["stock"][-1].measures[3]
