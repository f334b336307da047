"""Lowering: a filter as a shape of tests and the values that are bound to them, so that filters of one shape share one statement. Pure.

The answers are those of ``builder.metadata.filter``: yes or no, never unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, TypeAlias

from builder.metadata.compare import NOTHING, alike
from builder.metadata.field_types import choices
from builder.metadata.filter import Condition, Filter, Joined, Negated
from builder.storage.paths import End, Path, find_path
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
SAMPLES: dict[str, Any] = {
    "number": Decimal(0),
    "id": 0,
    "text": "",
    "choice": "",
    "state": "",
    "date": date(2000, 1, 1),
    "instant": datetime(2000, 1, 1, tzinfo=UTC),
    "time": time(0),
}
SMALL = {ord(c): c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
"""What ``lower`` does on both databases: more than ASCII depends on the system."""
HUGE = 60
LEAST, MOST = -(1 << 63), (1 << 63) - 1


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
        self.values.extend(_kept(path.end, value) for value in values)
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


def _kept(end: End, value: Any) -> Any:
    """Days and instants as text where their column is one."""
    if isinstance(value, list):
        return [_kept(end, one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds") if end.place is not None else value
    return value.isoformat() if isinstance(value, date) and end.in_ext else value


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


def exact(shape: EntityShape, end: End, value: Any) -> Any:
    """The value as the column keeps it; ``NOTHING`` where nothing there equals it."""
    if end.sort == "bool":
        return int(value) if isinstance(value, bool) else NOTHING
    plain = alike(value, SAMPLES[end.sort])
    if plain is NOTHING or isinstance(plain, bool) or (isinstance(plain, str) and not is_sayable(plain)):
        return NOTHING
    if end.sort == "number":
        scaled = _scaled(end, plain)
        return int(scaled) if scaled == scaled.to_integral_value() and LEAST <= scaled <= MOST else NOTHING
    if end.sort == "id":
        return _id(end, plain)
    if end.sort == "state":
        return shape.state_uid(plain)
    if end.place is not None and end.sort == "choice":
        return choices.uid_of(end.place.field, plain)
    if end.sort == "time":
        return plain.isoformat("seconds")
    return plain


def _id(end: End, plain: Any) -> Any:
    if not isinstance(plain, int) or not LEAST <= plain <= MOST:
        return NOTHING
    return str(plain) if end.many and end.place is not None else plain


def rounded(end: End, op: str, value: Any) -> Any:
    """The whole number that bounds the same numbers as ``value``, which may have more places than the column."""
    plain = alike(value, SAMPLES["number"])
    if plain is NOTHING:
        return NOTHING
    up = op in {"<", ">="}
    scaled = _scaled(end, plain).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return int(min(max(scaled, Decimal(LEAST)), Decimal(MOST)))


def is_sayable(text: str) -> bool:
    """Whether a database can be told the text at all."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _scaled(end: End, plain: Decimal) -> Decimal:
    """The number in units of the column; one that is far beyond every column stays as far."""
    if plain.adjusted() > HUGE:
        return plain
    scale = end.place.type.scale_of(end.place.field) if end.place is not None else 0
    return plain.scaleb(scale or 0)


def is_day(value: Any) -> bool:
    return (isinstance(value, str) and len(value) == 10) or (
        isinstance(value, date) and not isinstance(value, datetime)
    )


def midnight(value: Any) -> datetime | None:
    """The instant at which the day starts; None where it is none."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        return None
    return None if day == date.max else datetime.combine(day, time(0), UTC)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def after(text: str) -> str:
    """A text that comes after everything that begins with ``text``, in the order of code points."""
    following = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if 0xD800 <= following < 0xE000 else min(following, 0x10FFFF))
