"""Through the database: lanes, plan and journal leave exactly what the plan said, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select, update

from builder.commands import Override
from builder.ledger import balance, journal, journal_reads, lanes
from builder.ledger.needs import needed
from builder.ledger.plan import plan
from builder.ledger.verify import verify
from builder.metadata.ledger import Costing, Dimension, Grain, Guard
from builder.record import Ref
from builder.storage.errors import DuplicateError, RetryError
from builder.storage.tables import ledgers as t
from tests.ledger.conftest import Opener
from tests.ledger.goods import CUP, DAY, EAST, MAIN, PEN, TEA, Writer, batched, credit, stock, turnover
from tests.ledger.memory import MemoryLedgers
from tests.ledger.store import PACKAGE, WS, LedgerStore


@pytest.fixture
def write() -> Writer:
    return Writer()


def total(store: LedgerStore, measure: str, **where: int) -> Decimal:
    model = store.models["stock"]
    keys = [where.get(d.key) for d in model.ledger.dimensions]
    with store.snapshot() as conn:
        return balance.one(conn, model, WS, measure, keys)


def findings(store: LedgerStore) -> list[str]:
    with store.snapshot() as conn:
        return [f.code for f in verify(conn, store.models, store.maps, PACKAGE, WS)]


def test_what_was_planned_is_read_back(opened: Opener, write: Writer) -> None:
    store = opened(stock(), turnover())
    receipt = write.receipt(10, "100.00")
    assert not store.post(receipt).problems
    assert not store.post(write.issue(3), write("profit", {"item": PEN}, revenue=50)).problems
    assert total(store, "on_hand", item=PEN, place=MAIN) == 7
    assert total(store, "value") == 70
    assert findings(store) == []


def test_a_refused_posting_leaves_nothing_but_an_empty_lane(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    assert store.post(write.issue(1)).problems
    with store.snapshot() as conn:
        assert conn.execute(select(func.count()).select_from(t.entry)).scalar() == 0
        assert conn.execute(select(t.balance.c.grain, t.balance.c.ver)).all() == [(0, 0)]


def test_the_same_history_comes_out_as_in_memory(opened: Opener) -> None:
    """Receipts, issues, returns, late costs, counts and reversals, back-dated too, through SQL and through dictionaries."""
    on_disk, in_memory = opened(batched()), MemoryLedgers(batched())
    left, right = Writer(), Writer()
    for store, write in ((on_disk, left), (in_memory, right)):
        history(store, write)
    place = {"item": PEN, "place": MAIN}
    for measure in ("on_hand", "value"):
        assert total(on_disk, measure) == in_memory.balance("stock", measure)
        assert total(on_disk, measure, **place) == in_memory.balance("stock", measure, **place)
    assert findings(on_disk) == []
    in_memory.check()


def history(store: Any, write: Writer) -> None:
    early, later = DAY - timedelta(days=5), DAY + timedelta(days=3)
    receipt, issue = write.receipt(100, "333.00"), write.issue(40)
    for intents in (
        [receipt, write.receipt(30, "60.00", place=EAST)],
        [issue],
        [write("stock", {"item": PEN, "place": MAIN}, value="12.00", cost_of=receipt.line_id)],
        [write("stock", {"item": PEN, "place": MAIN}, on_hand=7, cost_of=issue.line_id)],
        [write("stock", {"item": PEN, "place": MAIN}, on_hand=60, count=True, day=later)],
        [write.receipt(5, "9.00", day=early)],
        [write.issue(2, day=DAY + timedelta(days=1))],
    ):
        assert not store.post(*intents).problems


def test_back_dating_is_checked_on_the_stored_days(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    store.post(write.receipt(10, "10.00", day=date(2026, 3, 1)))
    store.post(write.issue(8, day=date(2026, 3, 5)))
    store.post(write.receipt(10, "10.00", day=date(2026, 3, 9)))
    assert store.post(write.issue(5, day=date(2026, 3, 2))).problems[0].params["day"] == date(2026, 3, 5)
    assert not store.post(write.issue(2, day=date(2026, 3, 2))).problems
    assert findings(store) == []


def test_picks_and_their_zero_rows_are_found_again(opened: Opener, write: Writer) -> None:
    store = opened(batched(when=None, guards=()))
    store.post(write.receipt(5, 5, TEA, batch=31), write.receipt(5, 5, TEA, batch=32))
    assert [e.key[2] for e in store.post(write.issue(7, TEA)).entries] == [31, 32]
    assert not store.post(write.receipt(5, 5, TEA, batch=31)).problems
    line: dict[str, Any] = {"line_id": 9}
    into = write(
        "stock", {"item": TEA, "place": EAST}, posting="into", depends_on="stock",
        dependent={"on_hand": "-on_hand", "value": "-value"}, **line,
    )  # fmt: skip
    assert not store.post(write.issue(6, TEA, **line), into).problems
    assert total(store, "on_hand", place=EAST, batch=31) == 5
    assert findings(store) == []


def test_a_document_is_taken_back_as_it_was_posted(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    store.post(write.receipt(10, "100.00", record_id=5), write.receipt(5, "5.00", CUP, record_id=5))
    store.post(write.receipt(10, "900.00"))
    with store.snapshot() as conn:
        back = journal_reads.reversals(conn, store.models, store.maps, WS, Ref("delivery", 5), 0, PACKAGE)
    assert [i.dimensions["item"] for i in back] == [CUP, PEN]
    assert not store.post(*back).problems
    assert total(store, "value") == 900
    with store.snapshot() as conn:
        assert (
            journal_reads.reversals(conn, store.models, store.maps, WS, Ref("delivery", 5), 0, PACKAGE) == ()
        )
    assert findings(store) == []


def test_a_posting_cannot_be_posted_or_taken_back_twice(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    receipt = write.receipt(10, "100.00", record_id=5)
    made = store.post(receipt)
    with pytest.raises(DuplicateError):
        store.post(receipt)
    store.post(write.receipt(10, "100.00"))
    undo = write("stock", {}, reverses=made.entries[0].id)
    store.post(undo)
    with pytest.raises(DuplicateError):
        store.post(undo)
    assert total(store, "on_hand") == 10


def test_short_sales_layers_and_overrides_are_kept(opened: Opener, write: Writer) -> None:
    guard = Guard("enough", "enough", "place", "on_hand", "short", policy="override", override="oversell")
    store = opened(stock(guards=(guard,)))
    asked = [Override("enough", "waiting")]
    assert not store.post(write.issue(5, place=EAST), overrides=asked, may=["oversell"]).problems
    store.post(write.receipt(10, "20.00", place=MAIN))
    assert total(store, "value", place=EAST) == -10
    assert total(store, "value") == 10
    with store.snapshot() as conn:
        row = conn.execute(select(t.guard_override)).one()
        assert (row.guard_uid, row.slack, row.reason, row.actor_id) == ("enough", -50000, "waiting", 5)
        assert conn.execute(select(t.layer.c.kind, t.layer.c.qty_left)).all() == [("short", 0)]
        assert conn.execute(select(t.edge.c.qty, t.edge.c.value)).all() == [(50000, 1000)]
    assert findings(store) == []


def test_first_in_first_out_through_the_database(opened: Opener, write: Writer) -> None:
    store = opened(stock(costing=Costing("on_hand", "value", method="fifo")))
    for value in ("10.00", "20.00", "30.00"):
        store.post(write.receipt(10, value))
    issue = write.issue(15)
    made = store.post(issue)
    assert made.entries[0].measures[3] == -2000
    store.post(write("stock", {}, reverses=made.entries[0].id))
    with store.snapshot() as conn:
        left = conn.execute(
            select(t.layer.c.qty_left, t.layer.c.value_left).order_by(t.layer.c.order_seq)
        ).all()
    assert left == [(100000, 1000), (100000, 2000), (100000, 3000)]
    assert findings(store) == []


def test_scalar_dimensions_are_numbered_once(opened: Opener, write: Writer) -> None:
    color = Dimension("color", "color", "Color", type="text", required=False)
    grains = (Grain("color", "color", ("item", "place", "color")),)
    guards = (Guard("enough", "enough", "color", "on_hand", "short"),)
    dimensions = (*stock().ledger.dimensions, color)
    store = opened(stock(dimensions=dimensions, grains=grains, guards=guards))
    for name in ("红", "蓝", "红"):
        at = {"item": PEN, "place": MAIN, "color": name}
        assert not store.post(write("stock", at, on_hand=1, value=1)).problems
    with store.snapshot() as conn:
        assert sorted(conn.execute(select(t.dim_value.c.text)).scalars()) == ["红", "蓝"]
        assert balance.one(conn, store.models["stock"], WS, "on_hand", [PEN, MAIN, None, "红"]) == 2
        assert balance.one(conn, store.models["stock"], WS, "on_hand", [PEN, MAIN, None, "绿"]) == 0


def test_a_row_that_moved_under_the_lock_is_not_written_over(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    store.post(write.receipt(10, "100.00"))
    intents = [write.issue(1)]
    with store.write() as conn:
        locked = lanes.lock(conn, store.models, WS, intents)
        state = lanes.read(conn, store.models, store.maps, PACKAGE, WS, intents, locked)
        made = plan(store.models, state, intents, settings={}, today=store.today, new_id=store.new_id)
        conn.execute(update(t.balance).where(t.balance.c.grain == 1).values(ver=t.balance.c.ver + 1))
        with pytest.raises(RetryError):
            journal.write(conn, store.models, store.maps, made, cmd=99, ws=WS, actor_id=5)
        conn.rollback()
    assert total(store, "on_hand") == 10


def test_a_plan_that_was_only_looked_at_is_not_written(opened: Opener, write: Writer) -> None:
    store = opened(stock())
    with store.snapshot() as conn:
        intents = [write.receipt(1, 1)]
        state = lanes.read(conn, store.models, store.maps, PACKAGE, WS, intents)
    made = plan(store.models, state, intents, settings={}, today=DAY)
    with pytest.raises(ValueError, match="looking"), store.write() as conn:
        journal.write(conn, store.models, store.maps, made, cmd=1, ws=WS, actor_id=5)


def test_lanes_are_locked_in_one_order_whatever_the_order_of_lines(opened: Opener, write: Writer) -> None:
    store = opened(stock(), credit())
    intents = [write.receipt(1, 1, item) for item in (13, 11, 12)] + [
        write("credit", {"customer": 1}, owed=1)
    ]
    with store.snapshot() as conn:
        one = needed(conn, store.models, WS, intents).lanes
        other = needed(conn, store.models, WS, intents[::-1]).lanes
    assert one == other == tuple(sorted(one))
