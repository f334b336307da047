"""Jobs: steps survive restarts, are taken by one worker, and end where they are stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from builder.commands import Actor
from builder.errors import NotFoundError
from builder.runtime import jobs
from builder.runtime.engine import Engine
from builder.runtime.jobs import KINDS, LEASE, Advance, cancel, job_of, run_step, start
from builder.storage import jobs as stored
from builder.storage.jobs import JobRow
from tests.runtime.world import WS, World


def count_to_three(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    at = (row.cursor or 0) + 1
    if at == row.args.get("fail_at"):
        raise ValueError("no")
    return Advance(at if at < 3 else None, {"done": at, "total": 3})


@pytest.fixture(autouse=True)
def _kind() -> Iterator[None]:
    KINDS.register("count", count_to_three)
    yield
    del KINDS._things["count"]


def test_a_job_is_done_step_by_step(empty: World) -> None:
    id = start(empty.engine, empty.actor, "count", {})
    assert [run_step(empty.engine) for _ in range(4)] == [True, True, True, False]
    row = job_of(empty.engine, empty.actor, id)
    assert (row.state, row.progress) == ("done", {"done": 3, "total": 3})


def test_a_failing_job_says_so_and_stops(empty: World) -> None:
    id = start(empty.engine, empty.actor, "count", {"fail_at": 2})
    while run_step(empty.engine):
        pass
    row = job_of(empty.engine, empty.actor, id)
    assert (row.state, row.progress) == ("failed", {"done": 1, "total": 3})
    assert "ValueError" in row.error


def test_a_stopped_job_goes_no_further(empty: World) -> None:
    id = start(empty.engine, empty.actor, "count", {})
    run_step(empty.engine)
    cancel(empty.engine, empty.actor, id)
    assert not run_step(empty.engine)
    assert job_of(empty.engine, empty.actor, id).state == "cancelled"


def test_a_job_whose_worker_died_is_taken_again_and_the_dead_one_writes_nothing(empty: World) -> None:
    start(empty.engine, empty.actor, "count", {})
    now = empty.clock.now()
    with empty.engine.database.single() as conn:
        dead = stored.claim(conn, WS, now=now, lease_until=now + LEASE)
    assert dead is not None
    assert not run_step(empty.engine)
    empty.clock.advance(LEASE + timedelta(seconds=1))
    assert run_step(empty.engine)
    with empty.engine.database.single() as conn:
        assert not stored.advance(conn, WS, dead.job_id, dead.fence, cursor=9, progress={})


def test_another_s_job_does_not_exist(shop: World) -> None:
    id = start(shop.engine, shop.person("ann"), "count", {})
    with pytest.raises(NotFoundError):
        job_of(shop.engine, shop.person("bob"), id)
    with pytest.raises(KeyError):
        jobs.start(shop.engine, shop.actor, "nothing", {})
