"""Patterns: the part of regular expressions that is matched in linear time, for what users may write. Pure.

Allowed: literals, classes (``[A-Z0-9]``, ``\\d``, ``\\w``, ``\\s``, ``.``), anchors at the ends, ``? * + {m,n}`` after one
character or class, groups and ``|`` without a repetition of the group. A pattern matches the whole text. It is walked instead of
tried way by way: four ``.*`` before a letter kept the standard library busy for minutes with 2,000 characters.
"""

from __future__ import annotations

import re
from functools import lru_cache

from builder.metadata.pattern_walk import Atom, Either, Part, Repeat, Walk

LONGEST_PATTERN = 200
LONGEST_TEXT = 2000
UNBOUNDED = 4
"""How many open-ended repetitions one pattern may have."""
MOST_PLACES = 1000
"""How many characters and classes a pattern may have with its counts written out: each one is looked at for each character."""

ESCAPES = frozenset("dDwWsS")
REPEAT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")


class PatternError(ValueError):
    """The pattern is outside the allowed part; the text says why, in English."""


@lru_cache(maxsize=512)
def compile_pattern(source: str) -> Walk:
    """The pattern ready to be walked. Raises ``PatternError``."""
    if len(source) > LONGEST_PATTERN:
        raise PatternError(f"longer than {LONGEST_PATTERN} characters")
    inner = source.removeprefix("^").removesuffix("$")
    whole = _Gate(inner).read()
    try:
        re.compile(inner, re.ASCII)
        return Walk.of(whole)
    except (re.error, OverflowError) as error:
        raise PatternError(str(error)) from None


def matches_pattern(source: str, text: str) -> bool:
    """Whether the whole text has the pattern; a text beyond the longest never does. Raises ``PatternError``."""
    return len(text) <= LONGEST_TEXT and compile_pattern(source).has(text)


class _Gate:
    """Reads a pattern once and refuses what is outside the allowed part."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._unbounded = 0
        self._places = 0
        self._groups: list[list[list[Part]]] = [[[]]]

    def read(self) -> Either:
        while self._at < len(self._source):
            self._one()
        if len(self._groups) > 1:
            raise PatternError("a group is not closed")
        return _either(self._groups[0])

    def _one(self) -> None:
        char = self._source[self._at]
        if char == "(":
            self._group()
        elif char == ")":
            self._close()
        elif char == "|":
            self._at += 1
            self._groups[-1].append([])
        else:
            start = self._at
            self._atom(char)
            self._groups[-1][-1].append(self._repetition(Atom(self._source[start : self._at])))

    def _group(self) -> None:
        self._at += 1
        self._groups.append([[]])
        if self._source.startswith("?", self._at):
            if not self._source.startswith("?:", self._at):
                raise PatternError("only plain groups are allowed")
            self._at += 2

    def _close(self) -> None:
        self._at += 1
        if len(self._groups) == 1:
            raise PatternError("a group is closed that was not opened")
        if self._source[self._at : self._at + 1] in {"*", "+", "?", "{"}:
            raise PatternError("a group may not be repeated")
        group = _either(self._groups.pop())
        self._groups[-1][-1].append(group)

    def _atom(self, char: str) -> None:
        if char in "*+?{":
            raise PatternError("a repetition without anything to repeat")
        if char in "^$":
            raise PatternError("anchors belong at the ends")
        if char == "[":
            self._class()
        elif char == "\\":
            self._escape()
        else:
            self._at += 1

    def _class(self) -> None:
        end = self._at + 2 if self._source.startswith(("[]", "[^]"), self._at) else self._at + 1
        while end < len(self._source) and self._source[end] != "]":
            end += 2 if self._source[end] == "\\" else 1
        if end >= len(self._source):
            raise PatternError("a class is not closed")
        self._at = end + 1

    def _escape(self) -> None:
        following = self._source[self._at + 1 : self._at + 2]
        if not following or (following.isalnum() and following not in ESCAPES):
            raise PatternError("this escape is not allowed")
        self._at += 2

    def _repetition(self, atom: Atom) -> Part:
        least, most = self._counts()
        self._places += max(least, most or 0, 1)
        if self._places > MOST_PLACES:
            raise PatternError(f"more than {MOST_PLACES} characters with all repetitions")
        if most is None:
            self._unbounded += 1
            if self._unbounded > UNBOUNDED:
                raise PatternError(f"more than {UNBOUNDED} open-ended repetitions")
        if (least, most) != (1, 1) and self._source[self._at : self._at + 1] in {"*", "+", "?", "{"}:
            raise PatternError("a repetition may not be repeated")
        return atom if (least, most) == (1, 1) else Repeat(atom, least, most)

    def _counts(self) -> tuple[int, int | None]:
        """How often the atom before may stand; passes what says it."""
        char = self._source[self._at : self._at + 1]
        if char == "{":
            found = REPEAT.match(self._source, self._at)
            if found is None:
                raise PatternError("a repetition count is not readable")
            self._at = found.end()
            least = int(found.group(1))
            if not found.group(2):
                return least, least
            return least, int(found.group(3)) if found.group(3) else None
        counts = {"*": (0, None), "+": (1, None), "?": (0, 1)}
        if char in counts:
            self._at += 1
        return counts.get(char, (1, 1))


def _either(ways: list[list[Part]]) -> Either:
    return Either(tuple(tuple(way) for way in ways))
