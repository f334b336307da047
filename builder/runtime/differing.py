"""Differing: one expectation beside what there is, and whether a step was refused as expected. Every number exactly."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from builder.errors import BuilderError, Problem

EXPECT = "/expect"
"""Where an expectation stands in its step."""


@dataclass(frozen=True)
class Difference:
    """One expectation that does not hold: its place, what was wanted, what there is."""

    path: str
    wanted: str
    found: str


def malformed(problem: Problem) -> Difference:
    """An expectation that cannot be compared with anything."""
    wanted = str(problem.params.get("form", problem.params.get("name", "")))
    place = re.sub(r"/(\d+)", r"[\1]", problem.path.removeprefix(EXPECT)).strip("/").replace("/", ".")
    return Difference(place, wanted, "")


def outcome(wanted: Mapping[str, Any], error: BuilderError | None) -> Iterator[Difference]:
    """Whether the step was refused as it had to be, or not at all."""
    code = wanted.get("error")
    if code is None:
        if error is not None:
            yield Difference("error", "", told(error))
        return
    if error is None:
        yield Difference("error", str(code), "")
    elif code != error.code and code not in {p.code for p in error.problems}:
        yield Difference("error", str(code), told(error))
    for index, part in enumerate(wanted.get("problems", ())):
        if error is None or not any(_is_part(part, problem) for problem in error.problems):
            yield Difference(f"problems[{index}]", str(part), told(error) if error else "")


def _is_part(wanted: Mapping[str, Any], problem: Problem) -> bool:
    """Whether the problem has everything that ``wanted`` names."""
    if wanted.get("code", problem.code) != problem.code:
        return False
    return all(same(value, problem.params.get(key)) for key, value in wanted.get("params", {}).items())


def told(error: BuilderError) -> str:
    """A refusal for the report of a run: codes, places, parameters."""
    parts = [f"{p.code} {p.path} {dict(p.params)}" for p in error.problems]
    return "; ".join([error.code, *parts])[:1000]


def same(wanted: Any, found: Any) -> bool:
    """Equality of an expected JSON value and an exact one: numbers by value, the rest by their text."""
    if wanted is None or found is None:
        return found in {None, ""} if wanted in {None, ""} else False
    if isinstance(wanted, bool) or isinstance(found, bool):
        return wanted is found
    left, right = _number(wanted), _number(found)
    if left is not None and right is not None:
        return left == right
    return str(wanted) == (found.isoformat() if isinstance(found, date) else str(found))


def _number(value: Any) -> Decimal | None:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None
