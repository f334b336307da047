"""Pattern walks: whether a whole text has a pattern, in time that grows with the text alone. Pure.

All places of the pattern that the text so far can have reached are kept together, so there is no way back to try. What a character
leads to from such a set is remembered, so that ordinary patterns cost one look-up a character.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

REMEMBERED = 20_000
"""So many places all steps that one pattern remembers may lead to; text that leads further is walked without."""


@dataclass(frozen=True)
class Atom:
    """One character or class, as it is written."""

    source: str


@dataclass(frozen=True)
class Repeat:
    """An atom from ``least`` to ``most`` times, None: any number of times."""

    atom: Atom
    least: int
    most: int | None


@dataclass(frozen=True)
class Either:
    """A group: one of these sequences."""

    ways: tuple[tuple[Atom | Repeat | Either, ...], ...]


Part = Atom | Repeat | Either
Places = frozenset[int]


@dataclass
class Walk:
    """The places of one pattern: at each either a character to pass, or places that are reached without one."""

    passing: list[re.Pattern[str] | None] = field(default_factory=list)
    onward: list[list[int]] = field(default_factory=list)
    _steps: dict[tuple[Places, str], Places] = field(default_factory=dict)
    _kept: int = 0
    _start: Places = frozenset()
    _end: int = 0

    @classmethod
    def of(cls, whole: Either) -> Walk:
        made = cls()
        start = made._place()
        made._end = made._either(whole, start)
        made._start = made._reached([start])
        return made

    def has(self, text: str) -> bool:
        """Whether the whole of ``text`` has the pattern."""
        places = self._start
        for char in text:
            places = self._step(places, char)
            if not places:
                return False
        return self._end in places

    def _step(self, places: Places, char: str) -> Places:
        known = self._steps.get((places, char))
        if known is None:
            atoms = {of: of.fullmatch(char) for at in places if (of := self.passing[at]) is not None}
            known = self._reached(at + 1 for at in places if (of := self.passing[at]) and atoms[of])
            if self._kept < REMEMBERED:
                self._kept += len(known) + 1
                self._steps[places, char] = known
        return known

    def _reached(self, places: Iterable[int]) -> Places:
        """These places and all that are reached from them without a character."""
        found, waiting = set[int](), list(places)
        while waiting:
            at = waiting.pop()
            if at not in found:
                found.add(at)
                waiting.extend(self.onward[at])
        return frozenset(found)

    def _place(self) -> int:
        self.passing.append(None)
        self.onward.append([])
        return len(self.passing) - 1

    def _either(self, group: Either, start: int) -> int:
        ends = [self._sequence(way, start) for way in group.ways]
        end = self._place()
        for at in ends:
            self.onward[at].append(end)
        return end

    def _sequence(self, parts: tuple[Part, ...], start: int) -> int:
        at = self._place()
        self.onward[start].append(at)
        for part in parts:
            at = self._part(part, at)
        return at

    def _part(self, part: Part, at: int) -> int:
        if isinstance(part, Either):
            return self._either(part, at)
        if isinstance(part, Atom):
            return self._pass(part, at)
        return self._repeat(part, at)

    def _pass(self, atom: Atom, at: int) -> int:
        """What passes a character leads to the very next place."""
        fresh = self._place()
        self.onward[at].append(fresh)
        self.passing[fresh] = re.compile(atom.source, re.ASCII)
        return self._place()

    def _repeat(self, part: Repeat, at: int) -> int:
        for _ in range(part.least):
            at = self._pass(part.atom, at)
        if part.most is None:
            again = self._place()
            self.onward[at].append(again)
            self.onward[self._pass(part.atom, again)].append(again)
            return again
        ends = [at]
        for _ in range(part.most - part.least):
            ends.append(self._pass(part.atom, ends[-1]))
        end = self._place()
        for place in ends:
            self.onward[place].append(end)
        return end
