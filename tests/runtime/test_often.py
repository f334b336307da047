"""Often: many places are asked for together, and say what each says alone."""

from __future__ import annotations

from collections.abc import Mapping

from builder.runtime.often import OFTEN, Often, Place


class Ledger:
    """A place has as much as its number says, but for the last, where nothing is; every question is counted."""

    def __init__(self, places: int, *, too_many: bool = False) -> None:
        self.places, self.too_many = places, too_many
        self.alone, self.together = 0, 0

    def one(self, place: int) -> int:
        self.alone += 1
        return place if place < self.places - 1 else 0

    def all(self) -> Mapping[Place, int] | None:
        self.together += 1
        return None if self.too_many else {(n,): n for n in range(self.places - 1)}

    def ask(self, often: Often[int], place: int) -> int:
        return often.ask("stock", (place,), lambda: self.one(place), self.all, 0)


def test_few_are_asked_alone() -> None:
    ledger, often = Ledger(OFTEN), Often[int]()
    assert [ledger.ask(often, n) for n in range(OFTEN)] == [*range(OFTEN - 1), 0]
    assert (ledger.alone, ledger.together) == (OFTEN, 0)


def test_the_rest_of_many_comes_in_one_question_and_says_the_same() -> None:
    ledger, often = Ledger(3 * OFTEN), Often[int]()
    assert [ledger.ask(often, n) for n in range(3 * OFTEN)] == [*range(3 * OFTEN - 1), 0]
    assert (ledger.alone, ledger.together) == (OFTEN, 1)


def test_where_all_are_too_many_each_is_asked_alone() -> None:
    ledger, often = Ledger(2 * OFTEN, too_many=True), Often[int]()
    assert [ledger.ask(often, n) for n in range(2 * OFTEN)] == [*range(2 * OFTEN - 1), 0]
    assert (ledger.alone, ledger.together) == (2 * OFTEN, 1)


def test_what_was_known_is_forgotten() -> None:
    ledger, often = Ledger(2 * OFTEN), Often[int]()
    for n in range(2 * OFTEN):
        ledger.ask(often, n)
    often.forget()
    assert ledger.ask(often, 5) == 5
    assert ledger.alone == OFTEN + 1
