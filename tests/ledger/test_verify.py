"""Verify: whatever was changed behind the ledger's back is found, and the row that is off is named."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from builder.ledger.findings import Finding
from builder.ledger.verify import verify
from builder.metadata.ledger import Costing, Guard
from builder.storage.tables import ledgers as t
from tests.ledger.conftest import Opener
from tests.ledger.goods import CUP, DAY, MAIN, PEN, Writer, stock, turnover
from tests.ledger.store import PACKAGE, WS, LedgerStore


@pytest.fixture
def store(opened: Opener) -> LedgerStore:
    made, write = opened(stock(costing=Costing("on_hand", "value", method="fifo")), turnover()), Writer()
    made.post(write.receipt(10, "100.00"), write.receipt(4, "4.00", CUP))
    made.post(write.issue(3), write("profit", {"item": PEN}, revenue=5))
    return made


def found(store: LedgerStore, *tampering: Any) -> list[Finding]:
    with store.write() as conn:
        for statement in tampering:
            conn.execute(statement)
    with store.snapshot() as conn:
        return list(verify(conn, store.models, store.maps, PACKAGE, WS))


def codes(findings: list[Finding]) -> set[str]:
    return {f.code for f in findings}


def test_an_honest_ledger_has_no_findings(store: LedgerStore) -> None:
    assert found(store) == []


def test_a_balance_that_was_changed_is_named(store: LedgerStore) -> None:
    row = t.balance.c
    finding = found(store, update(t.balance).where(row.grain == 1, row.k1 == PEN).values(m1=row.m1 + 1))[0]
    assert (finding.code, finding.table) == ("BALANCE", "balance")
    assert finding.key == {"grain": 1, "item": PEN, "place": MAIN}
    assert (finding.expected[0], finding.found[0]) == (70000, 70001)


def test_a_balance_that_is_gone_is_named(store: LedgerStore) -> None:
    findings = found(store, delete(t.balance).where(t.balance.c.grain == 1, t.balance.c.k1 == PEN))
    assert [(f.code, f.key["item"]) for f in findings] == [("BALANCE_MISSING", PEN)]


def test_a_balance_out_of_nothing_is_named(store: LedgerStore) -> None:
    row = {"ws": WS, "ledger_id": 1, "grain": 1, "k1": 999, "k2": MAIN, "m1": 5}
    assert [(f.code, f.key["item"]) for f in found(store, insert(t.balance).values(row))] == [
        ("BALANCE", 999)
    ]


def test_a_day_that_was_changed_is_named(store: LedgerStore) -> None:
    findings = found(store, update(t.daily).where(t.daily.c.ledger_id == 2).values(in1=1))
    assert [(f.code, f.ledger, f.key["day"]) for f in findings] == [("DAY", "profit", DAY)]
    assert codes(found(store, delete(t.daily).where(t.daily.c.ledger_id == 1))) == {"DAY"}


def test_a_changed_entry_shows_in_everything_that_hangs_on_it(store: LedgerStore) -> None:
    findings = found(store, update(t.entry).where(t.entry.c.m1 < 0).values(m1=-20000))
    assert codes(findings) >= {"BALANCE", "DAY"}


def test_a_layer_that_was_changed_is_named(store: LedgerStore) -> None:
    findings = found(store, update(t.layer).where(t.layer.c.k1 == PEN).values(qty_left=80000))
    assert [(f.code, f.key["item"]) for f in findings] == [("LAYER", PEN), ("LAYERS", PEN)]


def test_an_entry_without_its_journal_is_named(store: LedgerStore) -> None:
    assert "ENTRY_WITHOUT_JOURNAL" in codes(found(store, delete(t.journal)))


def test_a_lane_that_forgot_its_sequence_is_named(store: LedgerStore) -> None:
    findings = found(
        store, update(t.balance).where(t.balance.c.grain == 0, t.balance.c.k1 == PEN).values(seq=0)
    )
    assert [(f.code, f.expected, f.found) for f in findings] == [("LANE_SEQUENCE", 2, 0)]


def test_a_reversal_that_is_not_opposite_is_named(store: LedgerStore) -> None:
    write = Writer()
    with store.snapshot() as conn:
        issue = conn.execute(select(t.entry.c.entry_id).where(t.entry.c.m1 < 0)).scalar_one()
    store.post(write("stock", {}, reverses=issue))
    findings = found(store, update(t.entry).where(t.entry.c.kind == "reversal").values(m4=1))
    assert "REVERSAL_NOT_OPPOSITE" in codes(findings)


def test_a_broken_guard_is_named(opened: Opener) -> None:
    store, write = opened(stock(guards=())), Writer()
    store.post(write.issue(1))
    store.models["stock"] = stock()
    assert "GUARD_BROKEN" in codes(found(store))


def test_a_guard_over_what_was_before_says_nothing_of_what_stands(opened: Opener) -> None:
    still = Guard("still", "still", "place", "-ABS(on_hand - old.on_hand)", "moves", when="held > 0")
    store, write = opened(stock(guards=(still,))), Writer()
    store.post(write.receipt(5, "50.00"))
    store.post(write("stock", {"item": PEN, "place": MAIN}, held=1))
    assert found(store) == []


def test_a_guard_that_was_broken_on_a_day_of_the_past_is_named_with_the_day(opened: Opener) -> None:
    store, write = opened(stock(guards=())), Writer()
    later = DAY + timedelta(days=3)
    store.post(write.issue(1))
    store.post(replace(write.receipt(5, "50.00"), business_date=later))
    store.models["stock"] = stock()
    broken = [f for f in found(store) if f.code == "GUARD_WAS_BROKEN"]
    assert [(f.ledger, f.key["item"], f.key["day"]) for f in broken[:1]] == [("stock", PEN, DAY)]
    assert "GUARD_BROKEN" not in codes(found(store))


def test_what_a_count_saw_is_what_the_entries_before_it_come_to(store: LedgerStore) -> None:
    write = Writer()
    store.post(replace(write("stock", {"item": PEN, "place": MAIN}, on_hand=5), count=True))
    assert found(store) == []
    point = update(t.count_point).values(counted=t.count_point.c.counted + 1)
    assert [(f.code, f.key["item"], f.key["day"]) for f in found(store, point)] == [("COUNT", PEN, DAY)]


def test_a_layer_of_another_value_is_named_with_its_entry(store: LedgerStore) -> None:
    worth = update(t.layer).where(t.layer.c.k1 == CUP).values(value_left=t.layer.c.value_left + 1)
    one, pool = found(store, worth)
    assert (one.code, one.key["item"], one.expected[1], one.found[1]) == ("LAYER", CUP, 400, 401)
    assert (pool.code, pool.key["item"]) == ("LAYERS", CUP)


def test_an_edge_that_was_changed_is_named_by_its_layer_and_its_issue(store: LedgerStore) -> None:
    findings = found(store, update(t.edge).values(qty=t.edge.c.qty - 1))
    assert [f.code for f in findings] == ["LAYER", "LAYER"]
    assert {f.key["item"] for f in findings} == {PEN}


def test_a_layer_that_is_gone_is_named(store: LedgerStore) -> None:
    assert codes(found(store, delete(t.layer).where(t.layer.c.k1 == CUP))) == {"LAYER", "LAYERS"}


@pytest.fixture
def short(opened: Opener) -> LedgerStore:
    """2 of 5 cups were there, at 2.00 each; another receipt has covered 1 of the 3 that were not."""
    made = opened(stock(guards=(), costing=Costing("on_hand", "value", provisional="3")))
    write = Writer()
    made.post(write.receipt(2, "4.00", CUP))
    made.post(write.issue(5, CUP))
    made.post(write.receipt(1, "2.50", CUP))
    return made


def test_what_an_issue_still_lacks_is_found_again(short: LedgerStore) -> None:
    assert found(short) == []
    lacking = update(t.layer).where(t.layer.c.kind == "short")
    [finding] = found(short, lacking.values(qty_left=10000))
    assert (finding.code, finding.expected, finding.found) == ("SHORTAGE", (20000, 600), (10000, 600))
    assert codes(found(short, lacking.values(qty_left=20000, value_left=599))) == {"SHORTAGE"}
    assert codes(found(short, delete(t.layer).where(t.layer.c.kind == "short"))) == {"SHORTAGE"}


def test_a_shortage_of_what_was_taken_back_is_none(short: LedgerStore) -> None:
    write = Writer()
    with short.snapshot() as conn:
        issue = conn.execute(select(t.entry.c.entry_id).where(t.entry.c.m1 < 0)).scalar_one()
    short.post(write("stock", {}, reverses=issue))
    assert found(short) == []


def test_what_an_issue_at_standard_took_is_found_again(opened: Opener) -> None:
    costing = Costing("on_hand", "value", method="standard", standard="2")
    made, write = opened(stock(guards=(), costing=costing)), Writer()
    made.post(write.receipt(5, "12.00", CUP))
    made.post(write.issue(2, CUP))
    assert found(made) == []
    findings = found(made, update(t.entry).where(t.entry.c.m1 < 0).values(m4=-500))
    assert [(f.expected, f.found) for f in findings if f.code == "COST"] == [(-400, -500)]


@pytest.mark.parametrize("order", ["append", "replay"])
def test_every_standard_that_was_is_kept_and_each_entry_held_against_its_own(
    opened: Opener, order: str
) -> None:
    costing = Costing("on_hand", "value", method="standard", standard="setting.standard")
    made, write = opened(stock(guards=(), costing=costing, order=order)), Writer()
    for standard, paid in (("2", "12.00"), ("2", "9.00"), ("2.25", "9.00"), ("3", "9.00"), ("2", "9.00")):
        made.settings["standard"] = Decimal(standard)
        made.post(write.receipt(4, paid, CUP))
    # 20 are worth 45.00: 4 each at 2, 2, 2.25, 3 and 2. Of those that are not there, each costs today's 2.
    made.post(write.issue(25, CUP))
    with made.snapshot() as conn:
        kept = select(t.layer.c.value_left, t.layer.c.qty_left).where(t.layer.c.kind == "standard")
        units = [
            Fraction(value, qty) * 100 for value, qty in conn.execute(kept.order_by(t.layer.c.order_seq))
        ]
        ids = conn.execute(select(t.entry.c.entry_id, t.entry.c.m4).order_by(t.entry.c.seq)).all()
    assert units == [2, Fraction(9, 4), 3, 2]
    assert [value for _, value in ids] == [800, 800, 900, 1200, 800, -5500]
    assert found(made) == []
    for id, value in ids:
        row = update(t.entry).where(t.entry.c.entry_id == id)
        named = [
            f for f in found(made, row.values(m4=value + 100)) if f.code == "COST" and f.key["entry"] == id
        ]
        assert found(made, row.values(m4=value)) == []
        assert [(f.expected, f.found) for f in named] == [(value, value + 100)]
    wrong = update(t.layer).where(t.layer.c.kind == "standard", t.layer.c.order_seq == 3)
    assert [f.key["entry"] for f in found(made, wrong.values(value_left=1)) if f.code == "COST"] == [
        ids[2][0]
    ]
