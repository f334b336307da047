"""Expression: a checked expression that can be evaluated, as often and from as many threads as one likes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from builder.expressions.check import check
from builder.expressions.compile import Run, runner
from builder.expressions.environment import Environment
from builder.expressions.errors import ExpressionError
from builder.expressions.parse import parse
from builder.expressions.tree import Logic, Node, Path, Tree, walk
from builder.expressions.types import Scope, Type, Value

UNFIT = (TypeError, ValueError, AttributeError, ArithmeticError, LookupError)
"""What operators and functions raise on values that are not of the type they were checked for."""


@dataclass(frozen=True)
class Expression:
    """``paths`` are the dotted names that it reads, ``balances`` the (ledger, measure) pairs that it asks for. ``volatile``: the
    result depends on more than the values (the clock, the actor, balances)."""

    source: str
    type: Type
    paths: frozenset[str]
    balances: frozenset[tuple[str, str]] = frozenset()
    volatile: bool = False
    _run: Run | None = field(default=None, init=False, repr=False, compare=False)

    @property
    def tree(self) -> Tree:
        return parse(self.source)

    def evaluate(self, values: Mapping[str, Any], env: Environment | None = None) -> Value:
        """The result over ``values``, which has every path of ``paths``; a column of lines is a tuple. ``env`` is needed where a function
        asks for the clock, the actor or a balance. Raises ``ExpressionError`` with the place."""
        run = self._run or self._ready()
        try:
            return run(values, env)
        except ExpressionError as error:
            raise error.at(_place(error.__traceback__, run)) from None
        except UNFIT as error:
            raise unfit(error, values, self.paths).at(_place(error.__traceback__, run)) from error

    def _ready(self) -> Run:
        """Code is made when it is first needed: most expressions of a package are not used in a given process."""
        run = runner(self.source)
        object.__setattr__(self, "_run", run)
        return run


def compile_expression(source: str, scope: Scope | None = None, expected: Type | None = None) -> Expression:
    """The expression of ``source``, checked against the names of ``scope`` (without one every name may be anything) and against the type
    that is expected. Raises ``ExpressionError``."""
    checked = check(parse(source), scope, expected)
    return Expression(source, checked.type, checked.paths, checked.balances, checked.volatile)


def that_reads(expression: Expression, is_read: Callable[[str], bool]) -> Expression | None:
    """Of what must hold together (``a and b``), that which reads such paths alone; None where nothing does."""
    tree = expression.tree
    parts = tree.root.parts if isinstance(tree.root, Logic) and tree.root.op == "and" else (tree.root,)
    own = [part for part in parts if (paths := _paths(part)) and all(map(is_read, paths))]
    if not own or len(own) == len(parts):
        return expression if own else None
    return compile_expression(" and ".join(f"({tree.text(part)})" for part in own))


def _paths(node: Node) -> frozenset[str]:
    return frozenset(each.path for each in walk(node) if isinstance(each, Path))


def _place(trace: TracebackType | None, run: Run) -> int | None:
    """Where in the source an error happened: the line of the code that was made."""
    code = getattr(run, "__code__", None)
    while trace is not None:
        if trace.tb_frame.f_code is code:
            return trace.tb_lineno - 1
        trace = trace.tb_next
    return None


def unfit(error: Exception, values: Mapping[str, Any], paths: frozenset[str]) -> ExpressionError:
    """The error of the language for what Python says about values of a wrong kind or that are not there."""
    name = error.args[0] if isinstance(error, KeyError) and error.args else None
    if name in paths and name not in values:
        return ExpressionError("EXPRESSION_FAILED", reason="missing", name=name)
    return ExpressionError("EXPRESSION_FAILED", reason="value", found=type(error).__name__)
