"""Explaining a value: the same tree worked out slowly, with every step kept for a person to read.

Here the tree is walked by simpleeval, over Decimals and with the operators and functions of the language. It never sees a source:
only trees that the gate let through, of the few kinds of nodes that they can have.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from simpleeval import SimpleEval

from builder.expressions import decimals, operations
from builder.expressions.compile import ARITHMETIC, choice
from builder.expressions.environment import Environment
from builder.expressions.errors import ExpressionError
from builder.expressions.expression import UNFIT, Expression, unfit
from builder.expressions.functions import FUNCTIONS
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

TRUTH = "?"
"""How the question whether something holds is called among the functions; no source can spell it."""

_ARITHMETIC: Mapping[str, type[ast.operator]] = {"+": ast.Add, "-": ast.Sub, "*": ast.Mult, "/": ast.Div}
_COMPARE: Mapping[str, type[ast.cmpop]] = {
    "==": ast.Eq,
    "!=": ast.NotEq,
    "<": ast.Lt,
    "<=": ast.LtE,
    ">": ast.Gt,
    ">=": ast.GtE,
    "in": ast.In,
    "not in": ast.NotIn,
}
_OPERATORS: Mapping[type, Callable[..., Any]] = {
    **{_ARITHMETIC[op]: function for op, function in ARITHMETIC.items()},
    **{_COMPARE[op]: function for op, function in operations.COMPARE.items()},
    ast.USub: decimals.negate,
    ast.Not: operations.negation,
}
_KINDS = (ast.Constant, ast.Name, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Call)


@dataclass(frozen=True, slots=True)
class Step:
    """A part of the expression (``text``, from ``at`` to ``end``) and the value that it has. ``depth`` is 0 for the whole."""

    text: str
    value: Any
    at: int
    end: int
    depth: int


@dataclass(frozen=True, slots=True)
class Explanation:
    """``steps`` in the order in which they were worked out, up to where it failed (``error``); what was not needed is not among
    them."""

    source: str
    result: Any
    steps: tuple[Step, ...]
    error: ExpressionError | None = None


def explain(expression: Expression, values: Mapping[str, Any], env: Environment | None = None) -> Explanation:
    """The result of ``expression`` over ``values`` as ``evaluate`` gives it, with the way there. Never raises ``ExpressionError``."""
    watch = _Watch(expression, values, env)
    try:
        result = watch.run()
    except ExpressionError as error:
        return Explanation(expression.source, None, tuple(watch.steps), error)
    return Explanation(expression.source, result, tuple(watch.steps))


@dataclass(slots=True)
class _Watch:
    """One walk over one tree."""

    expression: Expression
    values: Mapping[str, Any]
    env: Environment | None
    steps: list[Step] = field(default_factory=list)
    _depth: int = -1
    _nodes: dict[int, Node] = field(default_factory=dict)
    _places: dict[int, int] = field(default_factory=dict)

    def run(self) -> Any:
        tree = self.expression.tree
        functions = {
            f.name: partial(f.call, self.env) if f.environment else f.call
            for f in map(FUNCTIONS.get, FUNCTIONS.names())
        }
        walker = SimpleEval(
            operators=dict(_OPERATORS), functions={**functions, TRUTH: operations.truth}, names={}
        )
        handlers: dict[type[ast.expr], Callable[[Any], Any]] = {kind: walker.nodes[kind] for kind in _KINDS}
        handlers[ast.Name] = self._named
        handlers[ast.Tuple] = lambda node: tuple(walker._eval(item) for item in node.elts)
        walker.nodes = {kind: partial(self._watched, tree, handler) for kind, handler in handlers.items()}
        walker.expr = tree.source
        return walker._eval(self._written(tree.root))

    def _named(self, node: ast.Name) -> Any:
        return self.values[node.id]

    def _watched(self, tree: Tree, handler: Callable[[Any], Any], written: ast.expr) -> Any:
        node = self._nodes.get(id(written))
        self._depth += node is not None
        try:
            value = handler(written)
        except ExpressionError as error:
            raise error.at(self._places.get(id(written))) from None
        except UNFIT as error:
            failure = unfit(error, self.values, self.expression.paths)
            raise failure.at(self._places.get(id(written))) from error
        if node is not None and not isinstance(node, Constant):
            self.steps.append(Step(tree.text(node), value, node.at, node.end, self._depth))
        self._depth -= node is not None
        return value

    def _written(self, node: Node) -> ast.expr:
        """``node`` as simpleeval walks it. Dotted names stay one name."""
        return self._kept(node, self._made(choice(node)))

    def _kept(self, node: Node, made: ast.expr) -> ast.expr:
        self._nodes[id(made)] = node
        self._places[id(made)] = node.at
        return made

    def _made(self, node: Node) -> ast.expr:
        match node:
            case Constant(value=value):
                return ast.Constant(value)  # type: ignore[arg-type]  # a Decimal is a constant to simpleeval
            case Path(path=path):
                return ast.Name(path, ast.Load())
            case ListOf(items=items):
                return ast.Tuple([self._written(item) for item in items], ast.Load())
            case Arithmetic():
                return self._arithmetic(node)
            case Negate(operand=operand):
                return ast.UnaryOp(ast.USub(), self._written(operand))
            case Compare(first=first, ops=ops, rest=rest):
                parts = [self._written(part) for part in rest]
                return ast.Compare(self._written(first), [_COMPARE[op]() for op in ops], parts)
            case Call(function=function, arguments=arguments):
                return ast.Call(ast.Name(function, ast.Load()), [self._written(one) for one in arguments], [])
        return self._logic(node)

    def _logic(self, node: Not | Logic | Choose) -> ast.expr:
        match node:
            case Not(operand=operand):
                return ast.UnaryOp(ast.Not(), self._truth(operand))
            case Logic(op=op, parts=parts):
                return ast.BoolOp(
                    ast.And() if op == "and" else ast.Or(), [self._truth(part) for part in parts]
                )
            case Choose(condition=condition, then=then, otherwise=otherwise):
                return ast.IfExp(self._truth(condition), self._written(then), self._written(otherwise))

    def _arithmetic(self, node: Arithmetic) -> ast.expr:
        first, following = terms(node)
        made = self._written(first)
        for each in following:
            made = ast.BinOp(made, _ARITHMETIC[each.op](), self._written(each.right))
            self._kept(each, made)
        return made

    def _truth(self, node: Node) -> ast.expr:
        made = ast.Call(ast.Name(TRUTH, ast.Load()), [self._written(node)], [])
        self._places[id(made)] = node.at
        return made
