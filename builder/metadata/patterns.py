"""Patterns: the part of regular expressions that is matched in linear time, for what users may write. Pure.

Allowed: literals, classes (``[A-Z0-9]``, ``\\d``, ``\\w``, ``\\s``, ``.``), anchors at the ends, ``? * + {m,n}`` after one
character or class, groups and ``|`` without a repetition of the group. A pattern matches the whole text.
"""

from __future__ import annotations

import re
from functools import lru_cache

LONGEST_PATTERN = 200
LONGEST_TEXT = 2000
UNBOUNDED = 4
"""How many open-ended repetitions one pattern may have: each one multiplies the ways to fail."""

ESCAPES = frozenset("dDwWsS")
REPEAT = re.compile(r"\{(\d{1,3})(,(\d{0,3}))?\}")


class PatternError(ValueError):
    """The pattern is outside the allowed part; the text says why, in English."""


@lru_cache(maxsize=512)
def compile_pattern(source: str) -> re.Pattern[str]:
    """The compiled pattern. Raises ``PatternError``."""
    if len(source) > LONGEST_PATTERN:
        raise PatternError(f"longer than {LONGEST_PATTERN} characters")
    _Gate(source.removeprefix("^").removesuffix("$")).check()
    try:
        return re.compile(source.removeprefix("^").removesuffix("$"), re.ASCII)
    except (re.error, OverflowError) as error:
        raise PatternError(str(error)) from None


def matches_pattern(source: str, text: str) -> bool:
    """Whether the whole text has the pattern; a text beyond the longest never does. Raises ``PatternError``."""
    return len(text) <= LONGEST_TEXT and compile_pattern(source).fullmatch(text) is not None


class _Gate:
    """Walks over a pattern once and refuses what could backtrack."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._open = 0
        self._unbounded = 0

    def check(self) -> None:
        while self._at < len(self._source):
            self._one()
        if self._open:
            raise PatternError("a group is not closed")

    def _one(self) -> None:
        char = self._source[self._at]
        if char == "(":
            self._group()
        elif char == ")":
            self._close()
        elif char == "|":
            self._at += 1
        else:
            self._atom(char)
            self._repetition()

    def _group(self) -> None:
        self._at += 1
        self._open += 1
        if self._source.startswith("?", self._at):
            if not self._source.startswith("?:", self._at):
                raise PatternError("only plain groups are allowed")
            self._at += 2

    def _close(self) -> None:
        self._open -= 1
        self._at += 1
        if self._open < 0:
            raise PatternError("a group is closed that was not opened")
        if self._source[self._at : self._at + 1] in {"*", "+", "?", "{"}:
            raise PatternError("a group may not be repeated")

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

    def _repetition(self) -> None:
        char = self._source[self._at : self._at + 1]
        if char in {"*", "+"}:
            self._count_unbounded()
            self._at += 1
        elif char == "?":
            self._at += 1
        elif char == "{":
            found = REPEAT.match(self._source, self._at)
            if found is None:
                raise PatternError("a repetition count is not readable")
            if found.group(2) == ",":
                self._count_unbounded()
            self._at = found.end()
        else:
            return
        if self._source[self._at : self._at + 1] in {"*", "+", "?", "{"}:
            raise PatternError("a repetition may not be repeated")

    def _count_unbounded(self) -> None:
        self._unbounded += 1
        if self._unbounded > UNBOUNDED:
            raise PatternError(f"more than {UNBOUNDED} open-ended repetitions")
