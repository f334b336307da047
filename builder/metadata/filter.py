"""Filters: the small JSON language that says which records are meant, in views, reports, rules, row scopes and the API. Pure.

A filter is ``{}`` (all), ``{"and": [...]}``, ``{"or": [...]}``, ``{"not": ...}`` or a condition ``{"field", "op", "value"}``. Answers
are yes or no, never unknown: nothing is less than nothing, ``!=`` and ``not_in`` hold for an empty field, ``in []`` is false.
A value may be a placeholder, an object with one name (``{"today": -7}``, ``{"actor": "id"}``, ``{"setting": key}``, ``{"record": path}``,
``{"parameter": key}``); ``resolve`` fills in the first three, and one that nobody filled in matches nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from builder.errors import InvalidError, Problem
from builder.metadata.compare import COMPARE
from builder.metadata.periods import PERIODS, bounds
from builder.record import Value

OPERATORS = (*COMPARE, "within")
WITHOUT_VALUE = frozenset({"is_empty", "not_empty"})
LISTS = frozenset({"in", "not_in", "between"})
MOST_DAYS = 36_525
"""How far from today a relative date may lie: a century. Beyond the calendar there is no date."""
PLACEHOLDERS = frozenset({"today", "actor", "record", "parameter", "setting", "payload"})
JOINTS = ("and", "or")
DEEPEST = 8
MANY = 50
MOST = 500
"""Conditions of a whole filter. Each costs the database, and nesting multiplies them."""
LONGEST = 1000
"""Values of one list."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison of a dotted field path with a value in JSON or plain form."""

    field: str
    op: str
    value: Any = None

    def passes(self, values: Mapping[str, Value]) -> bool:
        if self.value.__class__ is not str and _is_open(self.value):
            return False
        compare = COMPARE.get(self.op)  # ``within`` that nobody resolved is as open as a placeholder.
        return compare is not None and compare(values.get(self.field), self.value)

    def conditions(self) -> Iterator[Condition]:
        yield self


@dataclass(frozen=True, slots=True)
class Joined:
    """Several filters of which all (``every``) or at least one must hold. Without parts: all hold, none holds."""

    every: bool
    parts: tuple[Filter, ...]

    def passes(self, values: Mapping[str, Value]) -> bool:
        answers = (part.passes(values) for part in self.parts)
        return all(answers) if self.every else any(answers)

    def conditions(self) -> Iterator[Condition]:
        for part in self.parts:
            yield from part.conditions()


@dataclass(frozen=True, slots=True)
class Negated:
    """The opposite of a filter."""

    part: Filter

    def passes(self, values: Mapping[str, Value]) -> bool:
        return not self.part.passes(values)

    def conditions(self) -> Iterator[Condition]:
        yield from self.part.conditions()


Filter = Condition | Joined | Negated


def matches(where: Mapping[str, Any], values: Mapping[str, Value]) -> bool:
    """Whether the flat ``values`` (dotted path → value) pass the filter. ``InvalidError`` where it is none."""
    return filter_of(where).passes(values)


def paths_of(where: Mapping[str, Any]) -> frozenset[str]:
    """Every field path that the filter reads. ``InvalidError`` where it is none."""
    return frozenset(c.field for c in filter_of(where).conditions())


def conjuncts(where: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """The parts of a filter in JSON form that must all hold; one that is joined otherwise is a part."""
    if not where:
        return []
    return [p for part in where["and"] for p in conjuncts(part)] if "and" in where else [where]


def filter_of(where: Any, at: str = "/filter") -> Filter:
    """The filter that a JSON value says; ``InvalidError`` with everything that is wrong where it says none."""
    found, problems = read_filter(where, at)
    if found is None or problems:
        raise InvalidError(problems=problems)
    return found


def settled(where: Mapping[str, Any]) -> Filter | None:
    """The filter where it says the same to anybody on any day; None where it has something to fill in, or is none."""
    found, _ = read_filter(where)
    return found if found is not None and not any(_is_unsettled(c) for c in found.conditions()) else None


def _is_unsettled(condition: Condition) -> bool:
    value = condition.value
    many = value if isinstance(value, list | tuple) else (value,)
    return condition.op == "within" or any(isinstance(one, Mapping) for one in many)


def read_filter(where: Any, at: str = "") -> tuple[Filter | None, tuple[Problem, ...]]:
    """The filter in a JSON value, and every problem with it at its place under ``at``. None where there are problems."""
    problems: list[Problem] = []
    found = _read(where, at, 0, problems)
    if found is not None and not problems and sum(1 for _ in found.conditions()) > MOST:
        problems.append(Problem("FILTER_MANY", at, {"max": MOST}))
    return (None if problems else found), tuple(problems)


def _read(where: Any, at: str, depth: int, problems: list[Problem]) -> Filter | None:
    if not isinstance(where, Mapping):
        problems.append(Problem("FILTER_SHAPE", at))
    elif depth > DEEPEST:
        problems.append(Problem("FILTER_DEPTH", at, {"max": DEEPEST}))
    elif not where:
        return Joined(True, ())
    elif set(where) & {*JOINTS, "not"}:
        return _read_joint(where, at, depth, problems)
    else:
        return _read_condition(where, at, problems)
    return None


def _read_joint(where: Mapping[str, Any], at: str, depth: int, problems: list[Problem]) -> Filter | None:
    if len(where) > 1:
        problems.append(Problem("FILTER_SHAPE", at))
        return None
    joint, inner = next(iter(where.items()))
    if joint == "not":
        part = _read(inner, f"{at}/not", depth + 1, problems)
        return Negated(part) if part else None
    if not isinstance(inner, list | tuple):
        problems.append(Problem("FILTER_SHAPE", f"{at}/{joint}"))
        return None
    if len(inner) > MANY:
        problems.append(Problem("FILTER_MANY", f"{at}/{joint}", {"max": MANY}))
        return None
    parts = [_read(part, f"{at}/{joint}/{i}", depth + 1, problems) for i, part in enumerate(inner)]
    return Joined(joint == "and", tuple(p for p in parts if p is not None))


def _read_condition(where: Mapping[str, Any], at: str, problems: list[Problem]) -> Filter | None:
    known = len(problems)
    field, op, value = where.get("field"), where.get("op"), where.get("value")
    strange = sorted(set(where) - {"field", "op", "value"})
    problems.extend(Problem("FILTER_PROPERTY", f"{at}/{name}", {"name": name}) for name in strange)
    if not isinstance(field, str) or not field:
        problems.append(Problem("FILTER_SHAPE", f"{at}/field"))
    if op not in OPERATORS:
        problems.append(
            Problem("FILTER_OPERATOR", f"{at}/op", {"name": str(op), "known": " ".join(OPERATORS)})
        )
    elif not _is_value(str(op), value):
        problems.append(Problem("FILTER_VALUE", f"{at}/value", {"op": str(op)}))
    return None if len(problems) > known else Condition(str(field), str(op), value)


def _is_value(op: str, value: Any) -> bool:
    """Whether ``value`` is of the shape that the operator needs."""
    if _is_open(value):
        days = value.get("today", 0)
        return set(value) <= PLACEHOLDERS and isinstance(days, int) and abs(days) <= MOST_DAYS
    if op in WITHOUT_VALUE:
        return value is None or isinstance(value, bool)
    if op == "within":
        return value in PERIODS if isinstance(value, str) else False
    if op in LISTS:
        is_list = isinstance(value, list | tuple | set | frozenset) and len(value) <= LONGEST
        return is_list and (op != "between" or len(value) == 2)
    return not isinstance(value, Mapping)


def _is_open(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) == 1


def resolve(
    where: Mapping[str, Any],
    *,
    today: date,
    user_id: int = 0,
    org_units: Iterable[int] = (),
    setting: Callable[[str], Value] | None = None,
) -> dict[str, Any]:
    """The filter with relative dates, ``within``, the actor (``id``, ``org_units``: any of the own) and the app's settings filled in."""
    units = tuple(org_units)
    around = _Around({"id": user_id, "org_units": units, "org_unit": units}, today, setting)
    return dict(_resolve(where, around))


@dataclass(frozen=True, slots=True)
class _Around:
    """What placeholders stand for."""

    actor: Mapping[str, Any]
    today: date
    setting: Callable[[str], Value] | None

    def filled(self, value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [self.filled(one) for one in value]
        if not _is_open(value):
            return value
        name, what = next(iter(value.items()))
        if name == "today" and isinstance(what, int):
            return self.today + timedelta(days=what)
        if name == "setting" and self.setting is not None:
            return self._set(str(what), value)
        return self.actor.get(str(what), value) if name == "actor" else value

    def _set(self, key: str, value: Any) -> Any:
        """What the setting says; a setting without a value stays open, so that nothing is compared with nothing."""
        found = self.setting(key) if self.setting is not None else None
        return value if found is None else found


def _resolve(where: Any, around: _Around) -> Any:
    if not isinstance(where, Mapping):
        return where
    for joint in JOINTS:
        if isinstance(where.get(joint), list | tuple):
            return {joint: [_resolve(part, around) for part in where[joint]]}
    if "not" in where:
        return {"not": _resolve(where["not"], around)}
    if where.get("op") == "within" and isinstance(where.get("value"), str):
        days = bounds(where["value"], around.today)
        return {**where, "op": "between", "value": list(days)} if days else where
    if "value" not in where:
        return where
    value = around.filled(where["value"])
    if isinstance(value, tuple) and where.get("op") in {"=", "!="}:
        return {**where, "op": "in" if where["op"] == "=" else "not_in", "value": list(value)}
    return {**where, "value": value}


def paths_at_hand(node: Any) -> list[str]:
    """The paths whose values a filter asks for: of the record at hand (``{"record": path}``), or of a message (``{"payload": path}``)."""
    if isinstance(node, Mapping):
        if set(node) == {"record"}:
            return [str(node["record"])]
        if set(node) == {"payload"}:
            return [f"payload.{node['payload']}"]
        return [path for value in node.values() for path in paths_at_hand(value)]
    if isinstance(node, list | tuple):
        return [path for value in node for path in paths_at_hand(value)]
    return []
