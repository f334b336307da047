"""Often: figures of places, asked for one by one until somebody asks for so many that one question for all of them is cheaper."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Generic, TypeAlias, TypeVar

T = TypeVar("T")
Place: TypeAlias = tuple[int, ...]

OFTEN = 200
"""Whoever asks for more places is a report over all of them."""


class Often(Generic[T]):
    """What was asked of one state of the database. ``what`` tells apart figures that are not asked for together."""

    def __init__(self) -> None:
        self._times: dict[Hashable, int] = {}
        self._all: dict[Hashable, Mapping[Place, T] | None] = {}

    def ask(
        self,
        what: Hashable,
        place: Place,
        alone: Callable[[], T],
        together: Callable[[], Mapping[Place, T] | None],
        nothing: T,
    ) -> T:
        """The figure of a place. ``together`` gives those of all places, ``nothing`` stands for one that is not among them; where it gives
        None, they are too many and stay with ``alone``."""
        if what not in self._all:
            self._times[what] = self._times.get(what, 0) + 1
            if self._times[what] <= OFTEN:
                return alone()
            self._all[what] = together()
        known = self._all[what]
        return alone() if known is None else known.get(place, nothing)

    def forget(self) -> None:
        self._times.clear()
        self._all.clear()
