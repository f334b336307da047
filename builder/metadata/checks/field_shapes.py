"""The shape of fields: a key of their own, what each type needs, one way to be computed, a pattern and a series that can be read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.entity import Field, Rollup, Series
from builder.metadata.field_types import FIELD_TYPES
from builder.metadata.field_types.numbers import bound
from builder.metadata.paths import SYSTEM_LABELS
from builder.metadata.patterns import PatternError, compile_pattern
from builder.metadata.schemas import near
from builder.metadata.text import Text

NEEDS = {
    "choice": "options",
    "multi_choice": "options",
    "reference": "entity",
    "multi_reference": "entity",
    "lines": "entity",
    "auto_number": "series",
    "formula": "formula",
    "lookup": "lookup",
    "rollup": "rollup",
    "balance": "balance",
}
COUNTER = re.compile(r"\{0+1\}")
PARTS = re.compile(r"\{([^}]*)\}")
DATED = frozenset({"yyyy", "yy", "MM", "dd", "yyyyMMdd", "yyyyMM", "org"})


def find(facts: Facts) -> Iterable[Problem]:
    for entity, index, field in facts.fields():
        path = at("entity", entity.key, "fields", index)
        name = called(field)
        if field.type not in FIELD_TYPES:
            params = {"field": name, "name": field.type, **near(field.type, FIELD_TYPES.names())}
            yield Problem("E105", f"{path}/type", params)
            continue
        if field.key in SYSTEM_LABELS:
            yield Problem("E200", f"{path}/key", {"field": name, "name": field.key})
        need = NEEDS.get(field.type)
        if need and not getattr(field, need):
            yield Problem("E106", f"{path}/{need}", {"field": name, "name": need})
        for missing in _left_out(field.rollup) if field.rollup else ():
            yield Problem("E106", f"{path}/rollup/{missing}", {"field": name, "name": missing})
        ways = [w for w in ("formula", "rollup", "balance") if getattr(field, w)]
        ways += ["lookup"] if field.lookup and field.copy == "live" else []
        if len(ways) > 1:
            yield Problem("E107", f"{path}/{ways[-1]}", {"field": name})
        yield from _limits(field, path, name)
        yield from _lines(facts, entity.key, field, path)


def _left_out(rollup: Rollup) -> Iterator[str]:
    """What a rollup needs and does not say: which records count, and which of them is taken for what."""
    if not rollup.reference and not rollup.filter:
        yield "reference"
    if rollup.op in {"first", "last"}:
        yield from (name for name in ("field", "by") if not getattr(rollup, name))


def _limits(field: Field, path: str, name: Text) -> Iterator[Problem]:
    least, most = bound(field.min), bound(field.max)
    if least is not None and most is not None and least > most:
        yield Problem("E108", f"{path}/min", {"field": name})
    if field.pattern:
        try:
            compile_pattern(field.pattern)
        except PatternError:
            yield Problem("E109", f"{path}/pattern", {"field": name})
    if field.series is not None and not _is_series(field.series):
        yield Problem("E178", f"{path}/series/pattern", {"field": name, "pattern": field.series.pattern})


def _is_series(series: Series) -> bool:
    """Whether there is exactly one counter, and every other part has a meaning."""
    parts = PARTS.findall(series.pattern)
    counters = COUNTER.findall(series.pattern)
    return len(counters) == 1 and all(part in DATED or set(part) <= {"0", "1"} for part in parts)


def _lines(facts: Facts, owner: str, field: Field, path: str) -> Iterator[Problem]:
    """A lines field and its entity must know each other."""
    target = facts.package.entity(field.entity or "") if field.type == "lines" else None
    if target is not None and (target.kind != "lines" or target.parent != owner):
        yield Problem("E179", f"{path}/entity", {"field": called(field), "entity": called(target)})


CHECK = Check("field_shapes", ("E105", "E106", "E107", "E108", "E109", "E178", "E179", "E200"), find)
