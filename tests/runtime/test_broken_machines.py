"""Machines that break: a disk that is full or fails, a connection that is lost, a server that is away. Reading goes on, and everything
of a command is there or nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest

from builder.app import create_app
from builder.commands import (
    FireTransition,
)
from builder.errors import (
    BusyError,
    ReadOnlyError,
)
from builder.storage import records, sessions
from builder.storage.errors import RetryError
from tests.runtime.breaking import (
    BEFORE_COMMIT,
    after,
    failing_disk,
    full_disk,
    impatient,
    losing_connection,
    standing_still,
    wire,
)
from tests.runtime.receipts import (
    counted_decisions,
    goods,
    lines,
    name,
    nothing_written,
    receipt_of,
    signed_in,
    stock,
)
from tests.runtime.world import PASSWORD, World

# A disk that is full or fails.


@pytest.mark.parametrize("fail", [full_disk, failing_disk])
@pytest.mark.parametrize("step", ["claim", "write", "journal", "commit"])
def test_a_disk_that_says_no_stops_writing_and_nothing_else(yard: World, fail: Any, step: str) -> None:
    item, key, database = goods(yard), name("disk"), yard.engine.database
    command = receipt_of(yard, item, "4")
    with nothing_written(yard), after(step, fail), pytest.raises(ReadOnlyError) as caught:
        yard.send(command, key=key)
    assert caught.value.status == 507
    assert not database.is_writable
    assert stock(yard, item) == 0
    assert yard.send(command, key=key)["state"] == "approved"
    assert database.is_writable
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.parametrize("error", [ReadOnlyError(), RetryError("BUSY")])
def test_people_go_on_reading_while_nothing_can_be_written(yard: World, error: Exception) -> None:
    """Their sessions would be prolonged by now; writing says what is wrong, and when to come back."""
    client, item = signed_in(yard), goods(yard)
    yard.later(minutes=10)
    with (
        patch.object(sessions, "touch", side_effect=error),
        patch.object(records, "write", side_effect=error),
    ):
        found = client.get(f"/api/v1/apps/shop/goods/{yard.engine.database.show(item)}")
        assert found.status_code == 200
        refused = client.post("/api/v1/apps/shop/goods", json={"code": name("n"), "name": "n"})
    assert refused.status_code == (507 if isinstance(error, ReadOnlyError) else 503)
    assert ("Retry-After" in refused.headers) == isinstance(error, RetryError)
    assert client.post("/api/v1/apps/shop/goods", json={"code": name("n"), "name": "n"}).status_code == 201


def test_signing_in_while_nothing_can_be_written_says_so(yard: World) -> None:
    yard.person(login := name("boss"), "boss")
    client = create_app(yard.engine).test_client()
    with patch.object(sessions, "add", side_effect=RetryError("BUSY")):
        sent = client.post("/api/v1/session", json={"login": login, "password": PASSWORD})
    assert (sent.status_code, sent.headers["Retry-After"]) == (503, "1")


# A connection that is lost.


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", BEFORE_COMMIT)
def test_a_connection_lost_before_the_commit_is_made_again(yard: World, step: str) -> None:
    item = goods(yard)
    draft = yard.id(yard.create("receipt", lines(yard, item, "4")))
    update = FireTransition("shop", "receipt", draft, "approve", values={"remark": "again"})
    with after(step, losing_connection(yard), times=1) as seen:
        assert yard.send(update)["remark"] == "again"
    assert len(seen) == 1
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("step", ["lanes", "commit"])
def test_a_process_that_stands_still_loses_its_locks_and_writes_nothing(yard: World, step: str) -> None:
    """What it goes on with later fails, and is decided again."""
    item = goods(yard)
    with (
        impatient(yard, idle_in_transaction_session_timeout="100ms", lock_timeout="10s") as slow,
        after(step, standing_still(yard), times=1) as seen,
    ):
        assert slow.send(receipt_of(yard, item, "4"))["state"] == "approved"
    assert len(seen) == 1
    assert stock(yard, item) == Decimal("4.00")


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
@pytest.mark.parametrize("when", ["before", "after", "at once"])
def test_a_connection_lost_around_the_commit_is_found_out_by_its_key(yard: World, when: str) -> None:
    """Whether the server got the COMMIT, committed and could not say so, or neither is known: it happened once."""
    item, key = goods(yard), name("lost")
    command = receipt_of(yard, item, "4")
    with wire(yard) as (far, cut):
        far.send(receipt_of(yard, item, "1"))
        cut(when)
        with counted_decisions() as made:
            done = far.send(command, key=key)
            assert far.send(command, key=key) == done
        assert cut.count == 1
    assert stock(yard, item) == Decimal("5.00")
    if when != "at once":
        assert len(made) == {"before": 2, "after": 1}[when]


@pytest.mark.postgres
@pytest.mark.parametrize("bare", ["postgresql"], indirect=True)
def test_a_server_that_is_away_for_long_is_said_to_be_busy(yard: World) -> None:
    item, key = goods(yard), name("away")
    command = receipt_of(yard, item, "4")
    with wire(yard) as (far, cut):
        far.send(receipt_of(yard, item, "1"))
        cut("always")
        with pytest.raises(BusyError):
            far.send(command, key=key)
        cut("never")
        far.send(command, key=key)
    assert stock(yard, item) == Decimal("5.00")
