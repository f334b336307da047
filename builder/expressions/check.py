"""Checking a tree against the names, types and functions that it may use. What passes here cannot ask for what is not there.

Without a scope every name is allowed and may be anything; functions, their arguments and constants are checked all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches

from builder.expressions.errors import ExpressionError
from builder.expressions.functions import FUNCTIONS, Function
from builder.expressions.tree import (
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    ListOf,
    Logic,
    Negate,
    Node,
    Not,
    Path,
    Tree,
    children,
    terms,
)
from builder.expressions.types import (
    ANY,
    BOOL,
    LIST,
    NONE,
    NUMBER,
    TEXT,
    Scope,
    Type,
    accepts,
    common,
    list_of,
)

_IN_ORDER = frozenset({"number", "text", "date", "datetime", "time", "any", "none"})


@dataclass(frozen=True, slots=True)
class Checked:
    """What checking found out: the type of the result, the paths that are read, the (ledger, measure) pairs that are asked
    for, and whether the result depends on more than the values (the clock, the actor, balances)."""

    type: Type
    paths: frozenset[str]
    balances: frozenset[tuple[str, str]]
    volatile: bool


def check(tree: Tree, scope: Scope | None = None, expected: Type | None = None) -> Checked:
    """``tree`` checked. Raises ``ExpressionError`` with the place of the first thing that is wrong."""
    checker = _Checker(scope)
    found = checker.type_of(tree.root)
    if expected is not None and not accepts(expected, found):
        raise _type_error(tree.root, found, str(expected))
    return Checked(found, frozenset(checker.paths), frozenset(checker.balances), checker.volatile)


def nearest(name: str, names: Iterable[str]) -> str:
    """The name that was probably meant; empty where none is near."""
    by_lower = {one.lower(): one for one in names}
    close = get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[close[0]] if close else ""


def _type_error(node: Node, found: Type, expected: str) -> ExpressionError:
    return ExpressionError("EXPRESSION_TYPE", position=node.at, found=str(found), expected=expected)


@dataclass(slots=True)
class _Checker:
    scope: Scope | None
    paths: set[str] = field(default_factory=set)
    balances: set[tuple[str, str]] = field(default_factory=set)
    volatile: bool = False

    def type_of(self, node: Node) -> Type:
        match node:
            case Constant(value=value):
                return _type_of_constant(value)
            case Path():
                return self._path(node)
            case Call():
                return self._call(node)
            case ListOf():
                return self._list(node)
            case Compare():
                return self._compare(node)
            case Choose():
                return self._choose(node)
            case Arithmetic():
                return self._arithmetic(node)
            case Negate(operand=operand):
                return self._wanted(operand, NUMBER)
        return self._logic(node)

    def _logic(self, node: Not | Logic) -> Type:
        for part in children(node):
            self._wanted(part, BOOL)
        return BOOL

    def _arithmetic(self, node: Arithmetic) -> Type:
        first, following = terms(node)
        self._wanted(first, NUMBER)
        for each in following:
            self._wanted(each.right, NUMBER)
        return NUMBER

    def _wanted(self, node: Node, wanted: Type) -> Type:
        """``wanted``, once ``node`` is seen to be of that type."""
        found = self.type_of(node)
        if not accepts(wanted, found):
            raise _type_error(node, found, str(wanted))
        return wanted

    def _path(self, node: Path) -> Type:
        self.paths.add(node.path)
        if self.scope is None:
            return ANY
        found = self.scope.type_of(tuple(node.path.split(".")))
        if found is None:
            raise ExpressionError(
                "EXPRESSION_NAME",
                position=node.at,
                name=node.path,
                nearest=nearest(node.path, self.scope.names()),
            )
        return found

    def _list(self, node: ListOf) -> Type:
        of = NONE
        for item in node.items:
            found = self.type_of(item)
            both = None if found.kind == "list" else common(of, found)
            if both is None:
                raise _type_error(item, found, str(of) if of is not NONE else "number | text | date")
            of = both
        return list_of(ANY if of.kind == "none" else of)

    def _choose(self, node: Choose) -> Type:
        self._wanted(node.condition, BOOL)
        then = self.type_of(node.then)
        otherwise = self.type_of(node.otherwise)
        both = common(then, otherwise)
        if both is None:
            raise _type_error(node.otherwise, otherwise, str(then))
        return both

    def _compare(self, node: Compare) -> Type:
        left = self.type_of(node.first)
        before: Node = node.first
        for op, part in zip(node.ops, node.rest, strict=True):
            right = self.type_of(part)
            _comparable(op, (before, left), (part, right))
            before, left = part, right
        return BOOL

    def _call(self, node: Call) -> Type:
        function = FUNCTIONS.find(node.function)
        if function is None:
            raise ExpressionError(
                "EXPRESSION_FUNCTION",
                position=node.at,
                name=node.function,
                nearest=nearest(node.function, FUNCTIONS.names()),
            )
        self.volatile |= function.volatile
        _counted(node, function)
        types = tuple(self.type_of(argument) for argument in node.arguments)
        for index, (argument, given) in enumerate(zip(node.arguments, types, strict=True)):
            parameter = function.parameter(index)
            if not parameter.takes(given):
                raise _type_error(argument, given, parameter.expected)
        if node.function == "BALANCE":
            self._balance(node)
        return function.result_of(types)

    def _balance(self, node: Call) -> None:
        """Ledger and measure are written out, so that it is known beforehand what an expression asks for; the keys that are
        given must be those of a grain at which the ledger keeps balances."""
        key, measure = (_word(argument) for argument in node.arguments[:2])
        self.balances.add((key, measure))
        if self.scope is None:
            return
        ledger = self.scope.ledger(key)
        if ledger is None:
            raise _balance_error(node.arguments[0], "ledger", key)
        if measure not in ledger.measures:
            near = nearest(measure, ledger.measures)
            raise _balance_error(node.arguments[1], "measure", measure, nearest=near)
        keys = node.arguments[2:]
        if len(keys) > len(ledger.dimensions):
            surplus = keys[len(ledger.dimensions)]
            raise _balance_error(surplus, "keys", str(len(keys)), limit=len(ledger.dimensions))
        pairs = zip(ledger.dimensions, keys, strict=False)
        given = frozenset(name for name, argument in pairs if not _is_nothing(argument))
        if given and ledger.grains and given not in ledger.grains:
            kept = " | ".join(
                sorted(", ".join(d for d in ledger.dimensions if d in g) for g in ledger.grains)
            )
            raise _balance_error(
                node, "grain", ", ".join(d for d in ledger.dimensions if d in given), expected=kept
            )


def _balance_error(node: Node, what: str, found: str, **more: str | int) -> ExpressionError:
    return ExpressionError("EXPRESSION_BALANCE", position=node.at, what=what, found=found, **more)


def _word(node: Node) -> str:
    if isinstance(node, Constant) and isinstance(node.value, str):
        return node.value
    raise _balance_error(node, "text", "")


def _is_nothing(node: Node) -> bool:
    return isinstance(node, Constant) and node.value is None


def _type_of_constant(value: object) -> Type:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return BOOL
    return TEXT if isinstance(value, str) else NUMBER


def _counted(node: Call, function: Function) -> None:
    count = len(node.arguments)
    most = function.most
    if count < function.least or (most is not None and count > most):
        raise ExpressionError(
            "EXPRESSION_ARGUMENTS",
            position=node.at,
            name=function.name,
            found=count,
            expected=function.signature,
        )


def _comparable(op: str, left: tuple[Node, Type], right: tuple[Node, Type]) -> None:
    """Whether the two may stand on both sides of ``op``."""
    (first, one), (second, other) = left, right
    if op in ("in", "not in"):
        if not accepts(LIST, other):
            raise _type_error(second, other, str(list_of(one)))
        if one.kind == "list" or common(one, other.of or ANY) is None:
            raise _type_error(first, one, str(other.of or ANY))
        return
    if op in ("==", "!="):
        if common(one, other) is None:
            raise _type_error(second, other, str(one))
        return
    for node, found in (left, right):
        if found.kind not in _IN_ORDER:
            raise _type_error(node, found, "number | text | date | datetime | time")
    if common(one, other) is None:
        raise _type_error(second, other, str(one))
