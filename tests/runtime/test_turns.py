"""Turns: each of many records is followed before the next is written, and everything that is wrong is told at once."""

from __future__ import annotations

import pytest

from builder.errors import BuilderError, InvalidError, Problem
from builder.events import Event, RecordCreated
from builder.record import Record, Ref
from builder.runtime.handled import Turn
from builder.runtime.turns import in_turn


class Diary:
    """What was written and followed, in order."""

    def __init__(self, *, wrong: tuple[int, ...] = (), refused: tuple[int, ...] = ()) -> None:
        self.said: list[str] = []
        self._wrong, self._refused = wrong, refused

    def turns(self, count: int) -> list[Turn]:
        return [Turn(f"/rows/{n}", lambda n=n: self._write(n)) for n in range(count)]  # type: ignore[misc]

    def _write(self, n: int) -> tuple[Record, list[Event]]:
        self.said.append(f"write {n}")
        if n in self._wrong:
            raise InvalidError(problems=[Problem("REQUIRED", "/name")])
        record = Record("thing", n, {})
        return record, [RecordCreated(record)]

    def follow(self, event: Event) -> None:
        assert isinstance(event, RecordCreated)
        self.said.append(f"follow {event.record.id}")
        if event.record.id in self._refused:
            raise InvalidError("RULE_REFUSED", problems=[Problem("RULE_REFUSED", "/name")])


def test_each_is_followed_before_the_next_is_written() -> None:
    diary = Diary()
    assert in_turn(diary.turns(2), diary.follow) == (Ref("thing", 0), Ref("thing", 1))
    assert diary.said == ["write 0", "follow 0", "write 1", "follow 1"]


def test_after_a_wrong_one_the_others_are_only_judged() -> None:
    diary = Diary(wrong=(0, 2))
    with pytest.raises(InvalidError) as told:
        in_turn(diary.turns(3), diary.follow)
    assert diary.said == ["write 0", "write 1", "write 2"]
    assert [p.path for p in told.value.problems] == ["/rows/0/name", "/rows/2/name"]


def test_what_a_rule_refuses_is_told_with_what_is_wrong_in_others() -> None:
    diary = Diary(wrong=(2,), refused=(0, 1))
    with pytest.raises(InvalidError) as told:
        in_turn(diary.turns(3), diary.follow)
    assert diary.said == ["write 0", "follow 0", "write 1", "write 2"]
    found = sorted((p.path, p.code) for p in told.value.problems)
    assert found == [("/rows/0/name", "RULE_REFUSED"), ("/rows/2/name", "REQUIRED")]


def test_a_refusal_alone_is_raised_as_it_is() -> None:
    diary = Diary(refused=(1,))
    with pytest.raises(BuilderError) as told:
        in_turn(diary.turns(2), diary.follow)
    assert told.value.code == "RULE_REFUSED"
    assert [p.path for p in told.value.problems] == ["/name"]
