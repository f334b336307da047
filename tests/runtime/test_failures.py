"""Failures: whatever goes wrong while a command is decided or committed, everything of it is there or nothing, and the
person hears what to do. What others do meanwhile is in ``test_meanwhile``, what machines do in ``test_broken_machines``."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from builder.commands import (
    Command,
    CreateRecord,
    FireTransition,
    FireTransitions,
    Publish,
    UpdateRecord,
    WriteRecords,
)
from builder.errors import (
    BuilderError,
    BusyError,
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ReadOnlyError,
)
from builder.runtime.dispatch import TRIES
from builder.storage.errors import RetryError
from tests.runtime.breaking import (
    after,
    failing_with,
    impatient,
    rival,
)
from tests.runtime.receipts import (
    counted_decisions,
    goods,
    is_postgres,
    lines,
    name,
    nothing_written,
    receipt_of,
    received,
    stock,
    table_of,
    wait_for_lock,
)
from tests.runtime.world import World

# Decide: nothing is left behind.

REFUSED: Mapping[str, tuple[Callable[[World, int], Command], type[BuilderError]]] = {
    "no such app": (lambda w, _: CreateRecord("elsewhere", "goods", {}), NotFoundError),
    "no such entity": (lambda w, _: CreateRecord("shop", "nothing", {}), NotFoundError),
    "no such record": (lambda w, _: UpdateRecord("shop", "goods", 1, {"name": "x"}), NotFoundError),
    "not allowed": (lambda w, item: UpdateRecord("shop", "goods", item, {"name": "x"}), ForbiddenError),
    "not its version": (
        lambda w, item: UpdateRecord("shop", "goods", item, {"name": "x"}, 7),
        ConflictError,
    ),
    "wrong values": (
        lambda w, _: CreateRecord("shop", "receipt", {"lines": [{}]}, submit=True),
        InvalidError,
    ),
    "no such move": (lambda w, item: FireTransition("shop", "goods", item, "fly"), NotFoundError),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_while_deciding_leaves_nothing(yard: World, case: str) -> None:
    make, error = REFUSED[case]
    clerk, item = yard.person(name("clerk"), "clerk"), goods(yard)
    with nothing_written(yard), pytest.raises(error):
        yard.send(make(yard, item), actor=clerk if error is ForbiddenError else None)


# Locks that are not to be had: decided again, at most three times, then 503.

HELD = {
    "gate": "SELECT pg_advisory_xact_lock(app_id) FROM app WHERE key = 'shop'",
    "key": "LOCK TABLE idempotency IN EXCLUSIVE MODE",
    "records": "LOCK TABLE {receipts} IN EXCLUSIVE MODE",
    "lanes": "LOCK TABLE balance IN EXCLUSIVE MODE",
    "numbers": "LOCK TABLE counter IN EXCLUSIVE MODE",
    "chain": "LOCK TABLE chain IN EXCLUSIVE MODE",
}


def test_locks_that_are_never_to_be_had_end_in_busy(yard: World) -> None:
    item = goods(yard)
    for held in HELD if is_postgres(yard) else ["everything"]:
        command, key = receipt_of(yard, item), name("busy")
        with impatient(yard) as hasty, nothing_written(yard), counted_decisions() as made:
            with rival(yard) as other:
                if held in HELD:
                    other.execute(HELD[held].format(receipts=table_of(yard, "receipt")))
                with pytest.raises(BusyError) as caught:
                    hasty.send(command, key=key)
            assert caught.value.status == 503
            assert caught.value.params["retry_after"] == 1
            assert len(made) == TRIES == 4
        assert yard.send(command, key=key)["state"] == "approved"
    assert stock(yard, item) == (len(HELD) if is_postgres(yard) else 1)


def test_a_first_id_that_cannot_be_made_is_waited_for(yard: World) -> None:
    """Making ids needs a lease, which is written; a process that has none yet meets the lock while it decides."""
    item = goods(yard)
    with impatient(yard) as hasty, rival(yard) as other:
        if is_postgres(yard):
            other.execute("LOCK TABLE writer_slot IN EXCLUSIVE MODE")
        with pytest.raises(BusyError):
            hasty.send(receipt_of(yard, item))


@pytest.mark.parametrize("step", ["claim", "lanes", "journal", "commit"])
@pytest.mark.parametrize("failures", [1, TRIES - 1])
def test_what_can_be_tried_again_is(yard: World, step: str, failures: int) -> None:
    """Any error of this family, wherever it comes from: as often as there are tries left, nobody hears of it."""
    item = goods(yard)

    def fail(conn: Any) -> None:
        raise RetryError("BUSY")

    with after(step, fail, times=failures) as seen:
        assert yard.send(receipt_of(yard, item, "4"))["state"] == "approved"
    assert len(seen) == failures
    assert stock(yard, item) == Decimal("4.00")


STATES = {
    "40001": "serialization",
    "40P01": "deadlock",
    "55P03": "lock timeout",
    "57014": "statement timeout",
}


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("state", STATES)
def test_every_code_of_a_lost_race_is_decided_again(yard: World, state: str) -> None:
    item = goods(yard)
    with after("journal", failing_with(state), times=2) as seen:
        yard.send(receipt_of(yard, item, "4"))
    assert len(seen) == 2
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
def test_a_deadlock_with_somebody_else_is_survived(yard: World) -> None:
    """A foreign program locks in another order: the server ends our transaction, and the next one finds the way free."""
    item = goods(yard)
    received(yard, item, "1")
    draft = yard.id(yard.create("receipt", lines(yard, item, "4")))

    with impatient(yard, lock_timeout="30s") as hasty, rival(yard, deadlock_timeout="60s") as other:
        pid = other.info.backend_pid
        other.execute("SELECT 1 FROM balance WHERE k1 = %s FOR UPDATE", [item])
        receipts = table_of(yard, "receipt")

        def want() -> None:
            other.execute(f"SELECT 1 FROM {receipts} WHERE id = {draft} FOR UPDATE")
            other.rollback()

        crossing = threading.Thread(target=want)

        def cross(conn: Any) -> None:
            crossing.start()
            wait_for_lock(conn, pid)

        with after("records", cross, times=1), counted_decisions() as made:
            hasty.fire("receipt", draft, "approve")
        crossing.join()
    assert len(made) == 2
    assert stock(yard, item) == Decimal("5.00")


# A balance that moved although its lane was locked: a bug, or a foreign program.


def move_behind(item: int) -> Callable[[Any], None]:
    """The lane is locked, so that only this transaction itself can do it here."""
    return lambda conn: conn.execute(text(f"UPDATE balance SET ver = ver + 1 WHERE k1 = {item}"))


def test_a_balance_that_moved_under_its_lane_is_logged_and_read_again(
    yard: World, caplog: pytest.LogCaptureFixture
) -> None:
    item = goods(yard)
    received(yard, item, "10")
    with after("read", move_behind(item), times=1) as seen, counted_decisions() as made:
        yard.send(receipt_of(yard, item, "4"))
    assert (len(seen), len(made)) == (1, 2)
    assert stock(yard, item) == Decimal("14.00")
    assert any("moved under its lane" in r.message and str(item) in r.message for r in caplog.records)


def test_a_balance_that_moves_each_time_is_never_written(yard: World) -> None:
    item = goods(yard)
    received(yard, item, "10")
    with after("read", move_behind(item)), pytest.raises(BusyError):
        yard.send(receipt_of(yard, item, "4"))
    assert stock(yard, item) == Decimal("10.00")


# Dry runs.

DRY: Mapping[str, Callable[[World, int, int], Command]] = {
    "create": lambda w, item, _: receipt_of(w, item),
    "update": lambda w, item, _: UpdateRecord("shop", "goods", item, {"name": "Dry"}),
    "move": lambda w, _, draft: FireTransition("shop", "receipt", draft, "approve"),
    "moves": lambda w, _, draft: FireTransitions("shop", "receipt", (draft,), "approve"),
    "many": lambda w, _, __: WriteRecords("shop", "goods", [{"code": name("dry"), "name": "Dry"}]),
    "publish": lambda w, _, __: Publish("shop"),
}


@pytest.mark.parametrize("case", DRY)
def test_a_dry_run_asks_for_no_connection_that_writes(yard: World, case: str) -> None:
    item = goods(yard)
    draft = yard.id(yard.create("receipt", lines(yard, item, "4")))
    command, key = DRY[case](yard, item, draft), name("dry")
    with nothing_written(yard), patch.object(yard.engine.database, "write", side_effect=AssertionError):
        assert yard.send(command, key=key, dry_run=True)
    assert yard.send(command, key=key)


def test_what_a_dry_run_reads_from_cannot_be_written(yard: World) -> None:
    errors = (BusyError, DBAPIError, ReadOnlyError)
    with pytest.raises(errors), yard.engine.database.snapshot() as conn:
        conn.execute(text("DELETE FROM counter"))
