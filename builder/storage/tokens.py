"""Tokens: what a text is found by. Characters and pairs of Chinese, words and triples of Latin, pinyin and initials. Pure.

A token is letters and digits only, with the workspace and the entity in front and a letter that says its kind, so that an index of
whole tokens answers for the records of one entity alone.
"""

from __future__ import annotations

import importlib
import os
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TypeAlias

LONGEST = 1000
"""Characters of one value that are searched."""
RUNS = 8
"""Words of one question that are looked at."""
WORD = 40
SIZE = 3
READINGS = 2
PLAIN, SPOKEN, INITIALS = "z", "y", "x"

DENSE = re.compile(
    "[\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff]+"
)
"""Scripts that are written without spaces."""

Alternatives: TypeAlias = "tuple[tuple[str, ...], ...]"


@dataclass(frozen=True, slots=True)
class Asked:
    """One word of a question: a text holds it if it has all tokens of one of the ``alternatives``; with ``exact`` it also contains it."""

    word: str
    alternatives: Alternatives
    exact: bool


def normal(text: str) -> str:
    """A text as it is searched: one width, one case, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", text[:LONGEST]).casefold().split())


def tokens_of(ws: int, entity_id: int, text: str, *, spoken: bool = False) -> list[str]:
    """Every token of a normal text, sorted; with ``spoken`` pinyin and initials too."""
    mark = _mark(ws, entity_id)
    found: set[str] = set()
    for run in _runs(text):
        if DENSE.match(run):
            found.update(_marked(mark, PLAIN, _dense(run)))
            if spoken:
                found.update(_spoken(mark, run))
        else:
            found.update(_marked(mark, PLAIN, _latin(run)))
    return sorted(found)


def asked_of(ws: int, entity_id: int, question: str) -> tuple[Asked, ...]:
    """The words of a question; all of them must be found."""
    runs = dict.fromkeys(run for run in _runs(normal(question)))
    mark = _mark(ws, entity_id)
    return tuple(_asked(mark, run) for run in list(runs)[:RUNS])


def _mark(ws: int, entity_id: int) -> str:
    return f"{ws}e{entity_id}"


def _asked(mark: str, run: str) -> Asked:
    if DENSE.match(run):
        grams = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
        return Asked(run, (_all(mark, PLAIN, grams),), len(run) > 2)
    word = run[:WORD]
    grams = [word] if len(word) < SIZE else _grams(word, SIZE)
    ways = [_all(mark, PLAIN, grams)]
    if word.isascii() and word.isalpha():
        ways.append(_all(mark, SPOKEN, grams))
        ways.append(_all(mark, INITIALS, [word] if len(word) == 1 else _grams(word, 2)))
    return Asked(word, tuple(ways), exact=False)


def _all(mark: str, kind: str, grams: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(_marked(mark, kind, grams))))


def _marked(mark: str, kind: str, grams: Iterable[str]) -> Iterator[str]:
    return (f"{mark}{kind}{gram}" for gram in grams)


def _runs(text: str) -> Iterator[str]:
    """Runs of letters and digits, where the script changes cut."""
    for word in _words(text):
        at = 0
        for found in DENSE.finditer(word):
            if found.start() > at:
                yield word[at : found.start()]
            yield found.group()
            at = found.end()
        if at < len(word):
            yield word[at:]


def _words(text: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in text).split()


def _dense(run: str) -> set[str]:
    return {*run, *(run[i : i + 2] for i in range(len(run) - 1))}


def _latin(run: str) -> set[str]:
    """The beginnings that are too short for triples, and every triple."""
    word = run[:WORD]
    return {word[:1], word[:2], *_grams(word, SIZE)}


def _grams(word: str, size: int) -> list[str]:
    return [word[i : i + size] for i in range(len(word) - size + 1)]


def _spoken(mark: str, run: str) -> Iterator[str]:
    """Pinyin as one word, and first letters. A character with several readings is tried with its second one between its neighbours."""
    readings = [readings_of(c) for c in run]
    first = [r[0] if r else "" for r in readings]
    ways = [first]
    for at, several in enumerate(readings):
        ways.extend([*first[max(0, at - 1) : at], other, *first[at + 1 : at + 2]] for other in several[1:])
    for way in ways:
        said = [syllable for syllable in way if syllable]
        joined = "".join(said)
        initials = "".join(syllable[0] for syllable in said)
        short = {part for syllable in said for part in (syllable[:1], syllable[:2])}
        yield from _marked(mark, SPOKEN, {*short, *_grams(joined, SIZE)})
        yield from _marked(mark, INITIALS, {*initials, *_grams(initials, 2)})


@lru_cache(maxsize=8192)
def readings_of(character: str) -> tuple[str, ...]:
    """The commonest readings of a character, without tones; empty for one that has none."""
    said = _pinyin().get(ord(character), "")
    plain = dict.fromkeys(_without_tone(reading) for reading in said.split(",") if reading)
    return tuple(plain)[:READINGS]


def _without_tone(reading: str) -> str:
    parts = unicodedata.normalize("NFD", reading.replace("ü", "v"))
    return "".join(c for c in parts if c.isascii() and c.isalpha())


@cache
def _pinyin() -> Mapping[int, str]:
    # The phrase tables would take 100 MB of every process; single characters are enough to find a record by.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    found: Mapping[int, str] = importlib.import_module("pypinyin.pinyin_dict").pinyin_dict
    return found
