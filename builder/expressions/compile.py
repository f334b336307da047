"""From a checked tree to Python code: one function over plain values, about as fast as if it had been written by hand.

The code is made from the tree, never from the source. It reads values by their dotted names, calls the operators and functions
of the language, and nothing else is within its reach. Each instruction carries the place in the source as its line number,
so that an error tells its place at no cost while all goes well.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from builder.expressions import decimals, operations
from builder.expressions.functions import FUNCTIONS
from builder.expressions.parse import parse
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
    terms,
)
from builder.expressions.types import Value

Run: TypeAlias = Callable[[Mapping[str, Any], Any], Value]

ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": decimals.add,
    "-": decimals.subtract,
    "*": decimals.multiply,
    "/": decimals.divide,
}
_VALUES, _ENVIRONMENT = "v", "e"


@lru_cache(maxsize=4096)
def runner(source: str) -> Run:
    """The code of a source that was checked: a function of values by dotted name and of the environment."""
    return _Writer().function(parse(source))


def choice(node: Node) -> Node:
    """``IF(condition, then, otherwise)`` and ``IFS`` as ``then if condition else otherwise``: like it, they work out only what is
    chosen. Any other node stays as it is."""
    if not isinstance(node, Call) or node.function not in ("IF", "IFS"):
        return node
    arguments = node.arguments
    made: Node = arguments[-1] if len(arguments) % 2 else Constant(None, node.at, node.end)
    for index in range(len(arguments) // 2 * 2 - 2, -1, -2):
        made = Choose(arguments[index], arguments[index + 1], made, node.at, node.end)
    return made


def is_truth(node: Node) -> bool:
    """Whether ``node`` can only be True or False."""
    return isinstance(node, (Compare, Logic, Not)) or (
        isinstance(node, Constant) and isinstance(node.value, bool)
    )


class _Writer:
    """Writes the code of one tree and collects what it must reach."""

    def __init__(self) -> None:
        self._reach: dict[str, Any] = {"__builtins__": {}}
        self._names: dict[int, str] = {}
        self._kept = 0

    def function(self, tree: Tree) -> Run:
        arguments = ast.arguments(
            posonlyargs=[ast.arg(_VALUES), ast.arg(_ENVIRONMENT)],
            args=[],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        body = ast.Expression(ast.Lambda(arguments, self.write(tree.root)))
        made: Run = eval(compile(ast.fix_missing_locations(body), "<expression>", "eval"), self._reach)  # noqa: S307
        return made

    def write(self, node: Node) -> ast.expr:
        node = choice(node)
        return _at(node, self._written(node))

    def _written(self, node: Node) -> ast.expr:
        match node:
            case Constant(value=value):
                return self._name(value) if isinstance(value, Decimal) else ast.Constant(value)
            case Path(path=path):
                return ast.Subscript(_load(_VALUES), ast.Constant(path), ast.Load())
            case Call():
                return self._function(node)
            case ListOf(items=items):
                return ast.Tuple([self.write(item) for item in items], ast.Load())
            case Arithmetic():
                return self._arithmetic(node)
            case Negate(operand=operand):
                return self._call(decimals.negate, self.write(operand))
            case Choose(condition=condition, then=then, otherwise=otherwise):
                return ast.IfExp(self._truth(condition), self.write(then), self.write(otherwise))
            case Compare():
                return self._compare(node)
        return self._logic(node)

    def _logic(self, node: Not | Logic) -> ast.expr:
        if isinstance(node, Not):
            return ast.UnaryOp(ast.Not(), self._truth(node.operand))
        return ast.BoolOp(
            ast.And() if node.op == "and" else ast.Or(), [self._truth(part) for part in node.parts]
        )

    def _arithmetic(self, node: Arithmetic) -> ast.expr:
        first, following = terms(node)
        written = self.write(first)
        for each in following:
            written = _at(each, self._call(ARITHMETIC[each.op], written, self.write(each.right)))
        return written

    def _function(self, node: Call) -> ast.expr:
        function = FUNCTIONS.get(node.function)
        arguments = [self.write(argument) for argument in node.arguments]
        if function.environment:
            arguments.insert(0, _load(_ENVIRONMENT))
        return self._call(function.call, *arguments)

    def _compare(self, node: Compare) -> ast.expr:
        left = self.write(node.first)
        pairs: list[ast.expr] = []
        for index, (op, part) in enumerate(zip(node.ops, node.rest, strict=True)):
            right = self.write(part)
            is_last = index == len(node.rest) - 1
            # A value between two comparisons is worked out once and kept.
            name = f"t{self._next()}"
            held = right if is_last else _at(part, ast.NamedExpr(ast.Name(name, ast.Store()), right))
            pairs.append(_at(node, self._pair(op, left, held, part)))
            left = _load(name)
        return pairs[0] if len(pairs) == 1 else ast.BoolOp(ast.And(), pairs)

    def _pair(self, op: str, left: ast.expr, right: ast.expr, part: Node) -> ast.expr:
        if op in ("in", "not in") and _only_texts(part):
            # Text equals nothing but text, so Python's own search gives the same answer.
            return ast.Compare(left, [ast.In() if op == "in" else ast.NotIn()], [right])
        return self._call(operations.COMPARE[op], left, right)

    def _truth(self, node: Node) -> ast.expr:
        written = self.write(node)
        return written if is_truth(choice(node)) else _at(node, self._call(operations.truth, written))

    def _call(self, function: Callable[..., Any], *arguments: ast.expr) -> ast.expr:
        return ast.Call(self._name(function), list(arguments), [])

    def _name(self, thing: Any) -> ast.expr:
        """A name under which the code reaches ``thing``."""
        name = self._names.get(id(thing))
        if name is None:
            name = self._names[id(thing)] = f"k{self._next()}"
            self._reach[name] = thing
        return _load(name)

    def _next(self) -> int:
        self._kept += 1
        return self._kept


def _only_texts(node: Node) -> bool:
    return isinstance(node, ListOf) and all(
        isinstance(item, Constant) and isinstance(item.value, str) for item in node.items
    )


def _load(name: str) -> ast.expr:
    return ast.Name(name, ast.Load())


def _at(node: Node, written: ast.expr) -> ast.expr:
    """``written`` with the place of ``node`` as its line; what is within and has none inherits it."""
    if not hasattr(written, "lineno"):
        written.lineno = written.end_lineno = node.at + 1
        written.col_offset = written.end_col_offset = 0
    return written
