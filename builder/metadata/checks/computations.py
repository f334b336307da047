"""Computations: where their rows come from, and that what they made is found again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.computation import Computation


def find(facts: Facts) -> Iterable[Problem]:
    for computation in facts.package.computations:
        path = at("computation", computation.key)
        params = {"name": called(computation)}
        sources = [computation.report, computation.needs, computation.rollup]
        if sum(1 for source in sources if source) != 1:
            yield Problem("E230", path, params)
        yield from _matches(computation, path)
        yield from _targets(facts, computation, path)


def _matches(computation: Computation, path: str) -> Iterator[Problem]:
    """What a record is found by must be filled by the rows."""
    filled = [("match", computation.match, computation.map)]
    if computation.lines is not None:
        filled.append(("lines/match", computation.lines.match, computation.lines.map))
    for part, match, map in filled:
        for index, key in enumerate(match or ("",)):
            if key not in map:
                yield Problem("E231", f"{path}/{part}/{index}", {"name": called(computation), "field": key})


def _targets(facts: Facts, computation: Computation, path: str) -> Iterator[Problem]:
    """Lines live with their document; a log is never changed."""
    entity = facts.package.entity(computation.entity)
    if entity is not None and entity.kind in {"lines", "log"}:
        yield Problem("E232", f"{path}/entity", {"entity": called(entity)})
    lines = computation.lines
    field = entity.field(lines.field) if entity is not None and lines is not None else None
    if field is not None and field.type != "lines":
        yield Problem("E165", f"{path}/lines/field", {"field": called(field)})


CHECK = Check("computations", ("E230", "E231", "E232"), find)
