"""Turns: many records of one command, each written when all that the one before it caused is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from builder.errors import BuilderError, InvalidError, Problem
from builder.events import Event
from builder.record import Ref
from builder.runtime.handled import Turn

MOST_PROBLEMS = 1000
"""Nobody reads more of them, and telling them all would be work that a stranger can ask for."""


def in_turn(turns: Iterable[Turn], follow: Callable[[Event], None]) -> tuple[Ref, ...]:
    """What was written, in order. ``follow`` brings what an event causes to its end. After one that is wrong nothing is followed any more
    and the others are only judged, so that everything that is wrong with any of them is told at once. Raises ``InvalidError``, or what
    was raised while following where nothing else is wrong."""
    refs: list[Ref] = []
    problems: list[Problem] = []
    refused: BuilderError | None = None
    for turn in turns:
        try:
            record, events = turn.deed()
        except BuilderError as error:
            problems.extend(_placed(turn.path, error))
            if len(problems) >= MOST_PROBLEMS:
                break
            continue
        refs.append(Ref(record.entity, record.id))
        if not problems and refused is None:
            refused, at = _refused(events, follow), turn.path
    if not problems and refused is not None:
        raise refused
    if problems:
        more = _placed(at, refused) if refused is not None else []
        raise InvalidError(problems=[*problems, *more][:MOST_PROBLEMS])
    return tuple(refs)


def _refused(events: Iterable[Event], follow: Callable[[Event], None]) -> BuilderError | None:
    try:
        for event in events:
            follow(event)
    except BuilderError as error:
        return error
    return None


def _placed(path: str, error: BuilderError) -> list[Problem]:
    if error.problems:
        return [replace(p, path=f"{path}{p.path}") for p in error.problems]
    return [Problem(error.code, path, error.params, error.message)]
