"""Jobs: steps survive restarts, are taken by one worker, and end where they are stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from builder.changes import Message
from builder.commands import Actor
from builder.errors import NotFoundError
from builder.runtime import jobs
from builder.runtime.engine import Engine
from builder.runtime.jobs import KINDS, LEASE, MOST_DEATHS, Advance, cancel, job_of, run_step, start
from builder.storage import jobs as stored
from builder.storage import outbox
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


# Fencing: who has lost the lease commits nothing more


def aside(do: Callable[[], bool]) -> bool:
    """What another worker comes to: it has leases of its own."""
    with ThreadPoolExecutor(1) as other:
        return other.submit(do).result()


def note(engine: Engine, text: str) -> None:
    """What a step of a job leaves behind."""
    message = Message("event", {"text": text})
    with engine.database.write(job=True) as conn:
        outbox.append(conn, WS, [message], cmd=0, now=engine.clock.now(), new_id=engine.database.new_id)


def notes(world: World) -> list[str]:
    with world.engine.database.write() as conn:
        now = world.clock.now()
        rows = outbox.claim(conn, WS, kinds=["event"], now=now, lease_until=now)
    return [str(row.body["text"]) for row in rows]


def test_what_a_worker_writes_after_it_lost_its_lease_is_not_written(empty: World) -> None:
    """It was held up in the middle of a step; another did the step meanwhile."""
    other = empty.other_process()
    held_up: list[int] = []

    def slow(engine: Engine, row: JobRow, actor: Actor) -> Advance:
        note(engine, f"before {row.fence}")
        if not held_up:
            held_up.append(row.fence)
            engine.clock.advance(LEASE + timedelta(seconds=1))  # type: ignore[attr-defined]  # tests have a clock that stands
            assert aside(lambda: run_step(other.engine))
        note(engine, f"after {row.fence}")
        return Advance(None, {"by": row.fence})

    KINDS.register("slow", slow)
    try:
        id = start(empty.engine, empty.actor, "slow", {})
        assert run_step(empty.engine)
    finally:
        del KINDS._things["slow"]
    row = job_of(empty.engine, empty.actor, id)
    assert (row.state, row.progress) == ("done", {"by": 2})
    assert notes(empty) == ["before 1", "before 2", "after 2"]
    other.engine.database.close()


def test_a_step_that_takes_long_keeps_its_lease(empty: World) -> None:
    """Each commit renews it, and so does the scheduler while the step writes nothing."""
    other = empty.other_process()
    taken: list[bool] = []

    def long(engine: Engine, row: JobRow, actor: Actor) -> Advance:
        keeps: list[Callable[[], None]] = [lambda: note(engine, "x"), lambda: jobs.renew(engine)]
        for keep in keeps:
            engine.clock.advance(LEASE - timedelta(seconds=1))  # type: ignore[attr-defined]  # tests have a clock that stands
            keep()
            taken.append(aside(lambda: run_step(other.engine)))
        return Advance(None)

    KINDS.register("long", long)
    try:
        id = start(empty.engine, empty.actor, "long", {})
        assert run_step(empty.engine)
    finally:
        del KINDS._things["long"]
    assert taken == [False, False]
    assert job_of(empty.engine, empty.actor, id).state == "done"
    other.engine.database.close()


def test_a_step_of_which_every_worker_dies_is_given_up(empty: World) -> None:
    id = start(empty.engine, empty.actor, "count", {})
    assert run_step(empty.engine)
    for _ in range(MOST_DEATHS + 1):
        now = empty.clock.now()
        with empty.engine.database.single() as conn:
            assert stored.claim(conn, WS, now=now, lease_until=now + LEASE) is not None
        empty.clock.advance(LEASE)
    assert run_step(empty.engine)
    row = job_of(empty.engine, empty.actor, id)
    assert (row.state, row.error, row.progress) == ("failed", "JOB_DIED", {"done": 1, "total": 3})
