"""Lowering: a filter as a shape of tests and the values that are bound to them, so that filters of one shape share one statement. Pure.

The answers are those of ``builder.metadata.filter``: yes or no, never unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeAlias

from builder.metadata.compare import NOTHING
from builder.metadata.filter import Condition, Filter, Joined, Negated
from builder.storage.operands import SMALL, after, escaped, exact, is_day, is_sayable, kept, midnight, rounded
from builder.storage.paths import Path, find_path
from builder.storage.shapes import EntityShape

Node: TypeAlias = "tuple[Any, ...]"
"""``("and" | "or", *nodes)``, ``("not", node)``, ``("yes",)``, ``("no",)``, or a leaf ``("is", path, test)`` whose test takes
``TESTS[test]`` values."""

YES: Node = ("yes",)
NO: Node = ("no",)
TESTS = {
    "null": 0,
    "eq": 1,
    "lt": 1,
    "le": 1,
    "gt": 1,
    "ge": 1,
    "in": 1,
    "contains": 1,
    "prefix": 2,
    "starts": 1,
    "count": 1,
}
ORDERED = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


@dataclass
class Lowered:
    """A filter's shape with its values, in the order in which the tests need them. ``shape`` is about ``entity``."""

    node: Node
    values: list[Any] = field(default_factory=list)


def lower(shape: EntityShape, where: Filter) -> Lowered:
    """The filter over records of the entity. ``InvalidError`` where a path leads nowhere."""
    work = _Work(shape)
    return Lowered(work.node(where), work.values)


class _Work:
    def __init__(self, shape: EntityShape) -> None:
        self._shape = shape
        self.values: list[Any] = []

    def node(self, where: Filter) -> Node:
        if isinstance(where, Joined):
            return join(where.every, [self.node(part) for part in where.parts])
        if isinstance(where, Negated):
            return opposite(self.node(where.part))
        return self._condition(where)

    def _condition(self, condition: Condition) -> Node:
        path = find_path(self._shape, condition.field)
        op, value = condition.op, condition.value
        if isinstance(value, Mapping):
            return NO  # Nobody filled the placeholder in.
        if op in {"!=", "not_in"}:
            return opposite(self._plain(path, "=" if op == "!=" else "in", value))
        if op == "not_empty":
            return opposite(self._leaf(path, "null"))
        return self._plain(path, op, value)

    def _plain(self, path: Path, op: str, value: Any) -> Node:
        if op == "is_empty":
            return self._leaf(path, "null")
        if path.end.sort == "flag":
            return self._flag(path, value) if op == "=" else NO
        if op == "=":
            return self._equal(path, value)
        if op == "in":
            return self._in(path, value or ())
        if op == "between":
            return self._between(path, *value)
        if op in ORDERED:
            return self._ordered(path, op, value)
        if op in {"contains", "starts_with"}:
            return self._text(path, op, value)
        return NO

    def _leaf(self, path: Path, test: str, *values: Any) -> Node:
        self.values.extend(kept(path.end, value) for value in values)
        return ("is", path.text, test)

    def _exact(self, path: Path, value: Any) -> Any:
        return exact(self._shape.app.shape(path.entity), path.end, value)

    def _flag(self, path: Path, value: Any) -> Node:
        empty = self._leaf(path, "null")
        return opposite(empty) if value is True else empty if value is False else NO

    def _equal(self, path: Path, value: Any) -> Node:
        if value is None or value == "":
            return self._leaf(path, "null")
        if isinstance(value, list | tuple):
            return self._same_set(path, value)
        if path.end.sort == "instant" and is_day(value):
            return self._day(path, value)
        stored = self._exact(path, value)
        return NO if stored is NOTHING else self._leaf(path, "eq", stored)

    def _same_set(self, path: Path, wanted: Sequence[Any]) -> Node:
        """A field of several values that are just these."""
        distinct = [one for at, one in enumerate(wanted) if one not in wanted[:at]]
        parts = [self._equal(path, one) for one in distinct]
        if path.end.many and distinct:
            parts.append(self._leaf(path, "count", len(distinct)))
        elif len(distinct) != 1:
            return NO
        return join(True, parts)

    def _day(self, path: Path, value: Any) -> Node:
        start = midnight(value)
        if start is None:
            return NO
        return join(True, [self._leaf(path, "ge", start), self._leaf(path, "lt", start + timedelta(days=1))])

    def _in(self, path: Path, wanted: Iterable[Any]) -> Node:
        wanted = list(wanted)
        if path.end.sort == "instant":
            return join(False, [self._equal(path, one) for one in wanted])
        parts: list[Node] = []
        if any(one is None or one == "" for one in wanted):
            parts.append(self._leaf(path, "null"))
        stored = [self._exact(path, one) for one in wanted if one is not None and one != ""]
        known = [one for one in stored if one is not NOTHING]
        if known and path.end.sort == "bool":
            parts.extend(self._leaf(path, "eq", one) for one in sorted(set(known)))
        elif known:
            parts.append(self._leaf(path, "in", sorted(set(known))))
        return join(False, parts)

    def _between(self, path: Path, low: Any, high: Any) -> Node:
        if low is None and high is None:
            return NO
        parts = [] if low is None else [self._ordered(path, ">=", low)]
        return join(True, parts if high is None else [*parts, self._ordered(path, "<=", high)])

    def _ordered(self, path: Path, op: str, value: Any) -> Node:
        if value is None or path.end.sort == "bool":
            return NO
        if path.end.sort == "instant" and is_day(value):
            return self._by_day(path, op, value)
        if path.end.sort == "number":
            stored = rounded(path.end, op, value)
        else:
            stored = self._exact(path, value)
        return NO if stored is NOTHING else self._leaf(path, ORDERED[op], stored)

    def _by_day(self, path: Path, op: str, value: Any) -> Node:
        """A whole day lasts until midnight."""
        start = midnight(value)
        if start is None:
            return NO
        if op in {"<", ">="}:
            return self._leaf(path, ORDERED[op], start)
        return self._leaf(path, "lt" if op == "<=" else "ge", start + timedelta(days=1))

    def _text(self, path: Path, op: str, value: Any) -> Node:
        if path.end.many:
            return self._equal(path, value) if op == "contains" and value not in (None, "") else NO
        if path.end.sort != "text" or not isinstance(value, str) or not is_sayable(value):
            return NO
        wanted = value.translate(SMALL)
        if op == "contains":
            return self._leaf(path, "contains", f"%{escaped(wanted)}%")
        if wanted and value.lower() == value.upper():
            # Without capitals the beginning is a range, which an index knows.
            return self._leaf(path, "prefix", wanted, after(wanted))
        return self._leaf(path, "starts", f"{escaped(wanted)}%")


def join(every: bool, parts: list[Node]) -> Node:
    """All of the parts, or one of them; without what is certain."""
    certain, empty = (NO, YES) if every else (YES, NO)
    if certain in parts:
        # Their values stay bound in order: a test that falls away would leave its value behind.
        return ("and" if every else "or", *parts) if len(parts) > 1 else certain
    kept = [part for part in parts if part != empty]
    if not kept:
        return empty
    return kept[0] if len(kept) == 1 else ("and" if every else "or", *kept)


def opposite(node: Node) -> Node:
    if node in (YES, NO):
        return NO if node == YES else YES
    return node[1] if node[0] == "not" else ("not", node)
