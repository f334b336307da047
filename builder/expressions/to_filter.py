"""From a condition to a filter: the part of an expression that a query can answer, so that not every record must be read.

Whatever does not depend on the record (settings, the actor, today) is worked out beforehand and becomes a value. What remains of the
comparisons, ``and``, ``or``, ``not``, ``in``, ``BETWEEN``, text functions and shifts of dates is said in the filter language; products
and quotients never are. A filter says the same as its expression, or more generously where ``exact`` is False: then the expression
still decides about what the query found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from builder.expressions.decimals import number_text
from builder.expressions.environment import Environment
from builder.expressions.errors import ExpressionError
from builder.expressions.expression import Expression, compile_expression
from builder.expressions.functions import FUNCTIONS
from builder.expressions.tree import Call, Compare, Constant, ListOf, Logic, Node, Not, Path, Tree, walk
from builder.expressions.types import Scope

Filter: TypeAlias = Mapping[str, Any]

MOST_PARTS = 50
MOST_VALUES = 1000
DEEPEST = 8
"""What the filter language takes at most."""

_MIRRORED: Mapping[str, str] = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_ORDER = frozenset({"<", "<=", ">", ">="})
_TEXT_FUNCTIONS: Mapping[str, str] = {"CONTAINS": "contains", "STARTSWITH": "starts_with"}
_MOST_DAYS = 100_000


@dataclass(frozen=True, slots=True)
class Pushed:
    """``filter`` passes every record for which the expression holds, and where ``exact`` no other."""

    filter: Filter
    exact: bool


def to_filter(
    expression: Expression,
    scope: Scope,
    known: Mapping[str, Any] | None = None,
    env: Environment | None = None,
) -> Pushed | None:
    """The condition as a filter over the names of ``scope``; None where a query can do nothing for it. ``known`` are the values that do
    not depend on the record (``setting.x``, ``actor.id``); with an ``env`` today, the user and balances are worked out too."""
    found = _Pusher(expression.tree, scope, known or {}, env).push(expression.tree.root)
    return found if found is not None and _depth(found.filter) <= DEEPEST else None


class _UnknownError(Exception):
    """The value depends on the record, or cannot be worked out."""


@dataclass(frozen=True, slots=True)
class _Pusher:
    tree: Tree
    scope: Scope
    known: Mapping[str, Any]
    env: Environment | None

    def push(self, node: Node) -> Pushed | None:
        if isinstance(node, Logic):
            return self._all(node) if node.op == "and" else self._any(node)
        if isinstance(node, Not):
            inner = self.push(node.operand)
            return Pushed({"not": inner.filter}, True) if inner is not None and inner.exact else None
        try:
            return self._condition(node)
        except _UnknownError:
            return None

    def _all(self, node: Logic) -> Pushed | None:
        """Parts that cannot be pushed are left to the expression."""
        parts = [self.push(part) for part in node.parts]
        found = [part for part in parts if part is not None][:MOST_PARTS]
        if not found:
            return None
        is_exact = len(found) == len(parts) and all(part.exact for part in found)
        return Pushed(
            {"and": [part.filter for part in found]} if len(found) > 1 else found[0].filter, is_exact
        )

    def _any(self, node: Logic) -> Pushed | None:
        parts = [self.push(part) for part in node.parts]
        found = [part for part in parts if part is not None]
        if len(found) < len(parts) or len(found) > MOST_PARTS:
            return None
        return Pushed({"or": [part.filter for part in found]}, all(part.exact for part in found))

    def _condition(self, node: Node) -> Pushed:
        if self._is_known(node):
            return Pushed({"and": []} if self._value(node) is True else {"or": []}, True)
        match node:
            case Compare(first=first, ops=ops, rest=rest):
                pairs = [self._pair(*pair) for pair in _neighbours(first, ops, rest)]
                return Pushed({"and": pairs} if len(pairs) > 1 else pairs[0], True)
            case Path() if self._kind(node) == "bool":
                return Pushed({"field": node.path, "op": "=", "value": True}, True)
            case Call(function="BETWEEN", arguments=(value, low, high)):
                limits = [self._pair(value, ">=", low), self._pair(value, "<=", high)]
                return Pushed({"and": limits}, True)
            case Call(function=function, arguments=(Path() as path, part)) if function in _TEXT_FUNCTIONS:
                return self._text(_TEXT_FUNCTIONS[function], path, part)
        raise _UnknownError

    def _text(self, op: str, path: Path, part: Node) -> Pushed:
        """Queries do not tell small letters from capitals as the functions do."""
        value = self._value(part)
        if self._kind(path) != "text" or not isinstance(value, str) or not value:
            raise _UnknownError
        return Pushed({"field": path.path, "op": op, "value": value}, False)

    def _pair(self, left: Node, op: str, right: Node) -> Filter:
        if op in ("in", "not in"):
            return self._within(left, op, right)
        if self._is_known(left):
            left, op, right = right, _MIRRORED[op], left
        value = self._value(right)
        if isinstance(left, Path):
            return self._compared(left, op, value)
        return self._shifted(left, op, value)

    def _compared(self, path: Path, op: str, value: Any) -> Filter:
        kind = self._kind(path)
        if value is None and op in ("==", "!=") and kind in ("number", "bool", "date", "ref"):
            return {"field": path.path, "op": "is_empty" if op == "==" else "not_empty"}
        if not _fits(kind, value) or (op in _ORDER and kind not in ("number", "date")):
            raise _UnknownError
        return {"field": path.path, "op": "=" if op == "==" else op, "value": _plain(value)}

    def _within(self, left: Node, op: str, right: Node) -> Filter:
        values = self._value(right)
        if not isinstance(left, Path):
            raise _UnknownError
        kind = self._kind(left)
        if not isinstance(values, (tuple, list)) or len(values) > MOST_VALUES:
            raise _UnknownError
        if not all(_fits(kind, value) for value in values):
            raise _UnknownError
        return {
            "field": left.path,
            "op": "in" if op == "in" else "not_in",
            "value": [_plain(value) for value in values],
        }

    def _shifted(self, node: Node, op: str, value: Any) -> Filter:
        """``DATEADD(field, n, 'days') < day`` and ``DATEDIFF(field, day, 'days') < n`` as a comparison of the field with a day."""
        match node:
            case Call(function="DATEADD", arguments=(Path() as path, days, *unit)) if self._in_days(unit):
                return self._compared(path, op, _moved(value, -_whole(self._value(days))))
            case Call(function="DATEDIFF", arguments=(Path() as path, day, *unit)) if self._in_days(unit):
                return self._compared(path, _MIRRORED[op], _moved(self._value(day), -_whole(value)))
            case Call(function="DATEDIFF", arguments=(day, Path() as path, *unit)) if self._in_days(unit):
                return self._compared(path, op, _moved(self._value(day), _whole(value)))
        raise _UnknownError

    def _in_days(self, unit: list[Node]) -> bool:
        return not unit or self._value(unit[0]) == "days"

    def _kind(self, path: Path) -> str:
        if path.path in self.known:
            raise _UnknownError
        found = self.scope.type_of(tuple(path.path.split(".")))
        return found.kind if found else ""

    def _is_known(self, node: Node) -> bool:
        for part in walk(node):
            if isinstance(part, Path) and part.path not in self.known:
                return False
            if isinstance(part, Call) and FUNCTIONS.get(part.function).volatile and self.env is None:
                return False
        return True

    def _value(self, node: Node) -> Any:
        """The value of a part that does not depend on the record."""
        if isinstance(node, Constant):
            return node.value
        if isinstance(node, ListOf):
            return tuple(self._value(item) for item in node.items)
        if not self._is_known(node):
            raise _UnknownError
        try:
            return compile_expression(self.tree.text(node)).evaluate(self.known, self.env)
        except ExpressionError:
            raise _UnknownError from None


def _neighbours(
    first: Node, ops: tuple[str, ...], rest: tuple[Node, ...]
) -> Iterator[tuple[Node, str, Node]]:
    left = first
    for op, right in zip(ops, rest, strict=True):
        yield left, op, right
        left = right


_FITTING: Mapping[str, tuple[type, ...]] = {
    "number": (Decimal, int),
    "text": (str,),
    "bool": (bool,),
    "date": (date,),
    "ref": (int,),
}


def _fits(kind: str, value: Any) -> bool:
    """Whether a query compares a field of that kind with the value as the language does. An empty text it takes for nothing; instants are
    left to the expression, which knows the zone."""
    if isinstance(value, datetime) or (isinstance(value, bool) and kind != "bool") or value == "":
        return False
    return isinstance(value, _FITTING.get(kind, ()))


def _plain(value: Any) -> Any:
    """The value as JSON has it; numbers are text."""
    if isinstance(value, Decimal):
        return number_text(value)
    return value.isoformat() if isinstance(value, date) else value


def _whole(value: Any) -> int:
    if isinstance(value, Decimal) and value == value.to_integral_value() and abs(value) <= _MOST_DAYS:
        return int(value)
    raise _UnknownError


def _moved(day: Any, days: int) -> date:
    if not isinstance(day, date) or isinstance(day, datetime):
        raise _UnknownError
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise _UnknownError from None


def _depth(filter: Filter) -> int:
    inner = filter.get("and") or filter.get("or") or ([filter["not"]] if "not" in filter else [])
    return 1 + max((_depth(part) for part in inner), default=-1)
