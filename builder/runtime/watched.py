"""Watched: what rules and checks asked of balances and sums before they let a record pass. Commit asks again when the locks are held: what
was read before them never decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Watched:
    """Answers that a decision to let something pass rests on. Nothing is noted outside ``watching``."""

    balances: dict[tuple[str, str, tuple[Any, ...]], Any] = field(default_factory=dict)
    sums: list[tuple[str, Callable[[], Any], Any]] = field(default_factory=list)
    is_on: bool = False

    def watching(self) -> _Watching:
        """While this lasts, what is asked is noted."""
        return _Watching(self)

    def note_sum(self, entity: str, ask: Callable[[], Any], found: Any) -> None:
        """A figure over many records of ``entity``, and how it is asked for again."""
        if self.is_on:
            self.sums.append((entity, ask, found))

    def entities(self) -> frozenset[str]:
        """Entities over whose records a figure was asked for."""
        return frozenset(entity for entity, _, _ in self.sums)

    def has_moved(self, written: Mapping[str, Any] | frozenset[str], balance: Callable[..., Any]) -> bool:
        """Whether an answer is another one now: balances by ``balance``, figures over those entities that are ``written``."""
        return any(balance(*at) != found for at, found in self.balances.items()) or any(
            ask() != found for entity, ask, found in self.sums if entity in written
        )


class _Watching:
    """Entered with every record that is written, and within itself."""

    __slots__ = ("_of", "_was")

    def __init__(self, of: Watched) -> None:
        self._of, self._was = of, of.is_on

    def __enter__(self) -> None:
        self._was, self._of.is_on = self._of.is_on, True

    def __exit__(self, *_raised: object) -> None:
        self._of.is_on = self._was
