"""Handled: what a handler came to: what is answered, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from builder.commands import Command
from builder.events import Event
from builder.record import Record, Ref
from builder.rules.cause import Caused

Deed: TypeAlias = Callable[[], tuple[Record, list[Event]]]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Turn(NamedTuple):
    """One of many records that are written one after the other: ``path`` is its place in the command, ``deed`` writes it."""

    path: str
    deed: Deed


class Handled(NamedTuple):
    """``refs`` name what is answered; ``many`` says that the answer is a list of results. ``follow`` are commands of the workflow
    itself (a submitted record's transition, an approval's), ``caused`` those of a rule, ``turns`` what is still to be done."""

    refs: tuple[Ref, ...] = ()
    events: tuple[Event, ...] = ()
    follow: tuple[Command, ...] = ()
    caused: tuple[Caused, ...] = ()
    many: bool = False
    answer: Mapping[str, Any] = NOTHING
    turns: tuple[Turn, ...] = ()

    def one_by_one(self) -> Iterator[Handled]:
        """What must be followed to its end before the next is asked: of many records each by itself, as if they had come one after
        the other. A rule that looks at what the record before it changed finds it changed, and each has the budget of a command."""
        if not self.many:
            yield self
            return
        yield self._replace(events=())
        yield from (Handled(events=(event,)) for event in self.events)
