"""Patterns: what users may write is matched in linear time; the rest is refused when it is saved."""

from __future__ import annotations

import itertools
import re

import pytest

from builder.metadata.pattern_walk import Places, Walk
from builder.metadata.patterns import (
    LONGEST_PATTERN,
    LONGEST_TEXT,
    PatternError,
    compile_pattern,
    matches_pattern,
)


@pytest.mark.parametrize(
    ("pattern", "yes", "no"),
    [
        ("[A-Z]{2}[0-9]{4}", "AB1234", "AB123"),
        (r"\d+", "007", "7a"),
        ("^a?b*$", "bb", "aab"),
        ("(?:red|blue)[0-9]+", "red1", "green1"),
        ("[^,]+", "a b", "a,b"),
        (r"a\.b", "a.b", "axb"),
        ("[]x]+", "]x", "y"),
        ("a{2,}", "aaa", "a"),
    ],
)
def test_a_pattern_means_the_whole_text(pattern: str, yes: str, no: str) -> None:
    assert matches_pattern(pattern, yes)
    assert not matches_pattern(pattern, no)


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "(a|aa)+",
        "(a*)*",
        "a**",
        "a+?",
        "a{2}{3}",
        "*a",
        "(a",
        "a)",
        "[a",
        "a\\",
        r"(a)\1",
        "(?=a)b",
        "(?P<n>a)",
        r"\bword",
        "a^b",
        "x" * (LONGEST_PATTERN + 1),
        "a+b+c+d+e+",
        "a{1,99999}",
        "a{999}b{999}c{9}",
    ],
)
def test_what_could_take_for_ever_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError):
        compile_pattern(pattern)


def test_a_text_beyond_the_longest_never_matches() -> None:
    assert not matches_pattern("a*", "a" * (LONGEST_TEXT + 1))
    assert matches_pattern("a*", "a" * LONGEST_TEXT)


@pytest.mark.parametrize("pattern", [".*.*.*.*b", "a{0,450}a{0,450}b", "(a|a)" * 30 + "a*b", "a*a*a*a*b"])
def test_a_text_is_gone_through_once_whatever_the_pattern(
    pattern: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trying every way took minutes."""
    taken: list[str] = []
    step = Walk._step

    def counted(walk: Walk, places: Places, char: str) -> Places:
        taken.append(char)
        return step(walk, places, char)

    monkeypatch.setattr(Walk, "_step", counted)
    assert not matches_pattern(pattern, "a" * LONGEST_TEXT)
    assert 0 < len(taken) <= LONGEST_TEXT


@pytest.mark.parametrize(
    "pattern",
    ["a*b?a{1,2}", "(ab|a|)(b|ba)", "a|b+", "(a|(b|ab)a)b*", "[^b]{0,2}b{2}|.a", ".{2,}a", ""],
)
def test_a_walk_finds_what_regular_expressions_find(pattern: str) -> None:
    for length in range(6):
        for text in map("".join, itertools.product("ab\n", repeat=length)):
            assert matches_pattern(pattern, text) == (re.fullmatch(pattern, text) is not None), text
