"""Decoding: JSON text of a definition into plain values, refusing what would be read two ways. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from builder.errors import Problem

LARGEST = 2_000_000
"""Bytes of one definition."""
DEEPEST = 40
NESTED = (dict, list)


class _Twice(dict[str, Any]):
    """An object in which a key stood more than once."""

    def __init__(self, pairs: list[tuple[str, Any]], twice: list[str]) -> None:
        super().__init__(pairs)
        self.twice = twice


def decode(content: bytes, path: str) -> tuple[Any, tuple[Problem, ...]]:
    """The value of a JSON text and every problem with it; the value is None where it cannot be read."""
    if len(content) > LARGEST:
        return None, (Problem("E005", path, {"max": LARGEST}),)
    marked: list[Any] = []
    try:
        text = content.decode("utf-8-sig")
        number, pairs = _hooks(marked)
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=number, parse_float=number)
    except UnicodeDecodeError as error:
        return None, (Problem("E001", path, {"line": content[: error.start].count(b"\n") + 1}),)
    except json.JSONDecodeError as error:
        return None, (Problem("E001", path, {"line": error.lineno, "column": error.colno}),)
    except RecursionError:
        return None, (Problem("E004", path, {"max": DEEPEST}),)
    except ValueError:  # Python refuses to read integers of thousands of digits.
        return None, (Problem("E003", path, {"value": "…"}),)
    if not marked and not _is_too_deep(value, content):
        return value, ()
    problems: list[Problem] = []
    plain = _plain(value, path, "", DEEPEST, problems)
    return (None if any(p.code == "E004" for p in problems) else plain), tuple(problems)


class _Number(str):
    """A number that is not whole: exact values are written as strings."""

    __slots__ = ()


def _hooks(marked: list[Any]) -> tuple[Callable[[str], Any], Callable[[list[tuple[str, Any]]], Any]]:
    """What reading does with numbers and with objects; whatever is to be told is put among ``marked`` and into its place as a marker."""

    def number(digits: str) -> _Number:
        marked.append(found := _Number(digits))
        return found

    def pairs(read: list[tuple[str, Any]]) -> dict[str, Any]:
        plain = dict(read)
        if len(plain) == len(read):
            return plain
        seen: set[str] = set()
        twice = [k for k, _ in read if k in seen or seen.add(k)]  # type: ignore[func-returns-value]
        marked.append(found := _Twice(read, twice))
        return found

    return number, pairs


def _is_too_deep(value: Any, content: bytes) -> bool:
    if content.count(b"{") + content.count(b"[") <= DEEPEST:
        return False  # Nothing lies deeper than there are parts that open, and most definitions are small.
    level = [value]
    for _ in range(DEEPEST):
        level = [
            inner
            for held in level
            if isinstance(held, NESTED)
            for inner in (held.values() if isinstance(held, dict) else held)
            if isinstance(inner, NESTED)
        ]
        if not level:
            return False
    return True


def _plain(value: Any, path: str, pointer: str, depth: int, problems: list[Problem]) -> Any:
    """The value without markers; what they marked is reported with its place."""
    if isinstance(value, _Number):
        problems.append(Problem("E003", f"{path}#{pointer}", {"value": str(value)}))
        return str(value)
    if not isinstance(value, dict | list):
        return value
    if depth == 0:
        if not any(p.code == "E004" for p in problems):
            problems.append(Problem("E004", path, {"max": DEEPEST}))
        return None
    if isinstance(value, list):
        return [_plain(v, path, f"{pointer}/{i}", depth - 1, problems) for i, v in enumerate(value)]
    if isinstance(value, _Twice):
        problems.extend(Problem("E002", f"{path}#{pointer}", {"name": key}) for key in value.twice)
    return {k: _plain(v, path, f"{pointer}/{k}", depth - 1, problems) for k, v in value.items()}
