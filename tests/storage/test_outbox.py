"""The outbox, jobs and schedules: taken by one, in order, and not lost with whoever took them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from builder.changes import Message
from builder.storage import jobs, outbox
from builder.storage.database import Database

WS = 1
NOW = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
LEASE = timedelta(minutes=2)
KINDS = ("rule", "notification")


def leave(database: Database, *messages: Message) -> None:
    with database.write() as conn:
        outbox.append(conn, WS, messages, cmd=1, now=NOW, new_id=database.new_id)


def take(database: Database, *, now: datetime = NOW, limit: int = 10) -> tuple[outbox.OutboxRow, ...]:
    with database.write() as conn:
        return outbox.claim(conn, WS, kinds=KINDS, now=now, lease_until=now + LEASE, limit=limit)


def message(name: str, order: str = "", **more: object) -> Message:
    return Message("rule", {"name": name}, order_key=order, **more)  # type: ignore[arg-type]


def names(rows: tuple[outbox.OutboxRow, ...]) -> list[object]:
    return [row.body["name"] for row in rows]


def test_messages_are_taken_once_and_in_the_order_of_their_key(database: Database) -> None:
    leave(database, message("a1", "a"), message("a2", "a"), message("free"))
    first = take(database)
    assert names(first) == ["a1", "free"]
    assert take(database) == ()
    with database.write() as conn:
        assert outbox.done(conn, WS, first[0].message_id, first[0].fence, NOW)
    assert names(take(database)) == ["a2"]


def test_a_lease_that_ended_is_taken_again_and_the_old_holder_marks_nothing(database: Database) -> None:
    leave(database, message("x"))
    (old,) = take(database)
    (new,) = take(database, now=NOW + LEASE)
    assert (new.fence, new.attempts) == (2, 2)
    with database.write() as conn:
        assert not outbox.done(conn, WS, old.message_id, old.fence, NOW)
        assert outbox.done(conn, WS, new.message_id, new.fence, NOW)


def test_a_known_dedupe_key_is_left_out(database: Database) -> None:
    leave(database, message("x", dedupe_key="k"), message("y", dedupe_key="k"), message("z"), message("z"))
    assert names(take(database)) == ["x", "z", "z"]


def test_what_cannot_be_delivered_holds_nothing_back(database: Database) -> None:
    leave(database, Message("email", {"name": "mail"}, order_key="u"), message("x", "u"))
    assert names(take(database)) == ["x"]


def test_parked_messages_wait_for_somebody(database: Database) -> None:
    leave(database, message("x", "o"), message("y", "o"))
    (row,) = take(database)
    with database.write() as conn:
        outbox.park(conn, WS, row.message_id, row.fence, NOW, "NOT_FOUND")
    with database.snapshot() as conn:
        assert [p.error for p in outbox.parked(conn, WS)] == ["NOT_FOUND"]
    assert names(take(database)) == ["y"]
    with database.write() as conn:
        assert outbox.unpark(conn, WS, row.message_id, NOW)
    assert names(take(database)) == ["x"]


def test_a_retry_rests(database: Database) -> None:
    leave(database, message("x"))
    (row,) = take(database)
    later = NOW + timedelta(minutes=1)
    with database.write() as conn:
        outbox.retry(conn, WS, row.message_id, row.fence, later, "BUSY")
    assert take(database) == ()
    assert names(take(database, now=later)) == ["x"]


def test_jobs_are_taken_oldest_first_by_one(database: Database) -> None:
    with database.write() as conn:
        for id in (1, 2):
            jobs.add(conn, WS, job_id=id, kind="k", args={"n": id}, user_id=7, now=NOW)
        first = jobs.claim(conn, WS, now=NOW, lease_until=NOW + LEASE)
        second = jobs.claim(conn, WS, now=NOW, lease_until=NOW + LEASE)
        assert jobs.claim(conn, WS, now=NOW, lease_until=NOW + LEASE) is None
    assert first is not None
    assert second is not None
    assert (first.job_id, second.job_id, first.state, first.fence) == (1, 2, "running", 1)
    with database.write() as conn:
        assert jobs.advance(conn, WS, 1, 1, cursor={"at": 5}, progress={"done": 5})
        assert not jobs.advance(conn, WS, 1, 1, cursor={"at": 6}, progress={})
        assert jobs.finish(conn, WS, 2, 1, state="done", progress={}, error="")
    with database.snapshot() as conn:
        assert [j.state for j in jobs.of(conn, WS)] == ["done", "waiting"]
        assert [j.cursor for j in jobs.of(conn, WS, 7)] == [None, {"at": 5}]
