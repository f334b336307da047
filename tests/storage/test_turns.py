"""Turns: one writes at a time, people before jobs, however often the file is opened."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from builder.storage.database import Database
from builder.storage.errors import RetryError
from builder.storage.turns import Turns, turns_of


def test_people_come_before_jobs_that_waited_longer() -> None:
    turns = Turns()
    order: list[str] = []

    def take(name: str, *, job: bool) -> None:
        with turns.turn(job=job):
            order.append(name)

    with turns.turn():
        job = threading.Thread(target=take, args=("job",), kwargs={"job": True})
        job.start()
        people = [threading.Thread(target=take, args=(f"p{n}",), kwargs={"job": False}) for n in range(3)]
        for person in people:
            person.start()
        while turns.people < len(people):
            threading.Event().wait(0)
    for thread in (job, *people):
        thread.join()
    assert order[-1] == "job"
    assert sorted(order[:-1]) == ["p0", "p1", "p2"]


def test_who_waits_too_long_is_told_to_try_again() -> None:
    turns = Turns(patience=0)
    failed: list[RetryError] = []

    def take() -> None:
        try:
            with turns.turn():
                pass
        except RetryError as error:
            failed.append(error)

    with turns.turn():
        thread = threading.Thread(target=take)
        thread.start()
        thread.join()
    assert [error.code for error in failed] == ["BUSY"]
    take()
    assert len(failed) == 1


def test_a_turn_ends_however_its_block_ends() -> None:
    turns = Turns(patience=0)
    with pytest.raises(ZeroDivisionError), turns.turn():
        raise ZeroDivisionError
    with turns.turn(job=True):
        pass


def test_databases_on_one_file_take_turns_together(tmp_path: Path) -> None:
    one, two = (Database(f"sqlite:///{tmp_path}/{name}") for name in ("x.db", "./x.db"))
    assert one._turns is two._turns is turns_of(str(tmp_path / "x.db"))
    one.close()
    two.close()
