"""Computations: where their rows come from, and that what they made is found again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.computation import Computation


def find(facts: Facts) -> Iterable[Problem]:
    for computation in facts.package.computations:
        key = computation.key
        params = {"name": called(computation)}
        calculated = [computation.combine, computation.needs, computation.rollup, computation.schedule]
        if sum(1 for source in (computation.report, *calculated) if source) != 1:
            yield Problem("E230", at("computation", key), params)
        yield from _matches(computation)
        yield from _targets(facts, computation)


def _matches(computation: Computation) -> Iterator[Problem]:
    """What a record is found by must be filled by the rows."""
    filled: list[tuple[tuple[str, ...], tuple[str, ...], Mapping[str, str]]] = [
        (("match",), computation.match, computation.map)
    ]
    if computation.lines is not None:
        filled.append((("lines", "match"), computation.lines.match, computation.lines.map))
    for place, match, map in filled:
        # A row that says its record itself needs nothing to find it by.
        nothing = () if computation.record is not None and place == ("match",) else ("",)
        for index, key in enumerate(match or nothing):
            if key not in map:
                path = at("computation", computation.key, *place, index)
                yield Problem("E231", path, {"name": called(computation), "field": key})


def _targets(facts: Facts, computation: Computation) -> Iterator[Problem]:
    """Lines live with their document; a log is never changed."""
    entity = facts.package.entity(computation.entity)
    if entity is not None and entity.kind in {"lines", "log"}:
        yield Problem("E232", at("computation", computation.key, "entity"), {"entity": called(entity)})
    lines = computation.lines
    field = entity.field(lines.field) if entity is not None and lines is not None else None
    if field is not None and field.type != "lines":
        yield Problem("E165", at("computation", computation.key, "lines", "field"), {"field": called(field)})


CHECK = Check("computations", ("E230", "E231", "E232"), find)
