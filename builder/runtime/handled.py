"""Handled: what a handler came to: what is answered, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from builder.commands import Command
from builder.events import Event
from builder.record import Record, Ref
from builder.rules.cause import Caused

Deed: TypeAlias = Callable[[], tuple[Record, list[Event]]]


@dataclass(frozen=True)
class Turn:
    """One of many records that are written one after the other: ``path`` is its place in the command, ``deed`` writes it."""

    path: str
    deed: Deed


@dataclass(frozen=True)
class Handled:
    """``refs`` name what is answered; ``many`` says that the answer is a list of results. ``follow`` are commands of the workflow
    itself (a submitted record's transition, an approval's), ``caused`` those of a rule, ``turns`` what is still to be done."""

    refs: tuple[Ref, ...] = ()
    events: tuple[Event, ...] = ()
    follow: tuple[Command, ...] = ()
    caused: tuple[Caused, ...] = ()
    many: bool = False
    answer: Mapping[str, Any] = field(default_factory=dict)
    turns: tuple[Turn, ...] = ()

    def one_by_one(self) -> Iterator[Handled]:
        """What must be followed to its end before the next is asked: of many records each by itself, as if they had come one after
        the other. A rule that looks at what the record before it changed finds it changed, and each has the budget of a command."""
        if not self.many:
            yield self
            return
        yield replace(self, events=())
        yield from (Handled(events=(event,)) for event in self.events)
