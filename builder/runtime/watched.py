"""Watched: what rules and checks asked of balances and sums before they let a record pass. Commit asks again when the locks are held: what
was read before them never decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Watched:
    """Answers that a decision to let something pass rests on. Nothing is noted outside ``watching``."""

    balances: dict[tuple[str, str, tuple[Any, ...]], Any] = field(default_factory=dict)
    sums: list[tuple[str, Callable[[], Any], Any]] = field(default_factory=list)
    is_on: bool = False

    @contextmanager
    def watching(self) -> Iterator[None]:
        was, self.is_on = self.is_on, True
        try:
            yield
        finally:
            self.is_on = was

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
