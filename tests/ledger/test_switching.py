"""The plan of a method switch: what ends, what begins, and where it came from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from builder.ledger.outcome import Plan
from builder.ledger.switching import Switch, turn_of
from tests.ledger.goods import DAY, MAIN, TEA, Writer, batched
from tests.ledger.memory import MemoryLedgers

OLD, NEW = 31, 32
LATER = date(2026, 12, 1)


@pytest.fixture
def tea() -> tuple[MemoryLedgers, Writer]:
    """10 of an old batch for 10.00 and 10 of a new one for 20.00; nothing costs by batch yet."""
    ledgers, write = MemoryLedgers(batched()), Writer()
    ledgers.fields["item", TEA] = {"has_batches": True}
    for batch, value in ((OLD, 10), (NEW, 20)):
        ledgers.fields["batch", batch] = {"expires_on": LATER}
        assert not ledgers.post(write.receipt(10, value, TEA, batch=batch)).problems
    return ledgers, write


def switched(ledgers: MemoryLedgers, to: str, **more: Any) -> Plan:
    [name] = ledgers.models
    model = ledgers.models[name]
    assert model.cost is not None
    ledgers.closed[name] = DAY
    key = model.cost.grain.of(tuple({"item": TEA, "warehouse": MAIN}.get(d.key, 0) for d in model.dimensions))
    lots = {key: more.pop("lots")} if "lots" in more else {}
    made_of = {key: more.pop("made_of")} if "made_of" in more else {}
    return ledgers.switch(Switch(name, to, (key,), lots=lots, made_of=made_of, **more))


def test_the_pool_goes_over_as_one_layer_with_a_word_why(tea: tuple[MemoryLedgers, Writer]) -> None:
    ledgers, _ = tea
    plan = switched(ledgers, "fifo")
    [entry] = plan.entries
    assert (entry.kind, any(entry.measures), turn_of(entry.reason)) == (
        "reclass",
        False,
        ("moving_average", "fifo"),
    )
    assert [(c.layer.qty, c.layer.value, c.is_new) for c in plan.layers] == [(200_000, 3_000, True)]
    ledgers.check()


def test_batches_get_a_layer_each_and_the_value_by_quantity(tea: tuple[MemoryLedgers, Writer]) -> None:
    ledgers, _ = tea
    plan = switched(ledgers, "batch", lots={OLD: 150_000, NEW: 50_000, 0: 0})
    assert [(c.layer.key[2], c.layer.qty, c.layer.value) for c in plan.layers] == [
        (OLD, 150_000, 2_250),
        (NEW, 50_000, 750),
    ]


def test_a_batch_below_zero_is_settled_first(tea: tuple[MemoryLedgers, Writer]) -> None:
    plan = switched(tea[0], "batch", lots={OLD: 250_000, NEW: -50_000})
    assert [p.code for p in plan.problems] == ["SWITCH_SHORT"]


def test_edges_lead_from_what_was_there_to_the_switch(tea: tuple[MemoryLedgers, Writer]) -> None:
    ledgers, _ = tea
    first, second = (e.id for entries in ledgers.entries.values() for e in entries)
    plan = switched(ledgers, "fifo", made_of=[(first, 100_000, 1_500), (second, 100_000, 1_500)])
    into = plan.entries[0].id
    assert [(e.from_entry, e.to_entry, e.qty, e.value) for _, e in plan.edges] == [
        (first, into, 100_000, 1_500),
        (second, into, 100_000, 1_500),
    ]
    again = switched(ledgers, "moving_average", posted=())
    assert [(e.from_entry, e.qty, e.value) for _, e in again.edges] == [(into, 200_000, 3_000)]
    assert [(c.layer.entry_id, c.layer.qty) for c in again.layers] == [(into, 0)]
    ledgers.check()


def test_a_unit_value_values_everything_anew(tea: tuple[MemoryLedgers, Writer]) -> None:
    plan = switched(tea[0], "fifo", unit=Decimal("1.505"))
    assert plan.layers[0].layer.value == 3_010
    assert sum(e.measures[tea[0].models[e.ledger].place("value")] for e in plan.entries) == 10
