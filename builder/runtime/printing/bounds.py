"""Bounds: what keeps a print template from filling memory or a processor: lint before it is compiled, limits while it runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from functools import wraps
from typing import Any

from jinja2 import nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.exceptions import SecurityError
from jinja2.runtime import markup_join

MOST_TEXT = 200_000
"""Characters of one text that a template makes."""
MOST_ARGUMENT = 200
"""How wide a filter makes something, and how long what it puts in between."""
MOST_BITS = 256
MOST_CALLS = 200_000
METHODS = frozenset({"items", "keys", "values", "get", "cycle"})
"""Methods that only read. All others of a text make as much of it as they are told."""
FORBIDDEN = (
    nodes.Include,
    nodes.Import,
    nodes.FromImport,
    nodes.Extends,
    nodes.ScopedEvalContextModifier,
    nodes.EvalContextModifier,
    nodes.Block,
    nodes.With,
)


def forbidden(tree: nodes.Node) -> Iterator[int]:
    """Lines that use what prints may not. Compiling folds constants, so that it must be known before."""
    for kind in FORBIDDEN:
        yield from (node.lineno for node in tree.find_all(kind))
    yield from (loop.lineno for loop in tree.find_all(nodes.For) if loop.recursive)
    for call in tree.find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) and not _is_reading(call.node):
            yield call.lineno
    for kept in tree.find_all(nodes.Assign):
        # A list of lists, kept again and again, is twice as much each time somebody writes it out.
        if any(_holds_names(kept.node, kind) for kind in (nodes.List, nodes.Tuple, nodes.Dict)):
            yield kept.lineno


def _is_reading(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Getattr) and node.attr in METHODS


def _holds_names(node: nodes.Node, kind: type[nodes.Node]) -> bool:
    found = [node] if isinstance(node, kind) else []
    return any(one.find(nodes.Name) is not None for one in [*found, *node.find_all(kind)])


class Bounded(CodeGenerator):
    """Joins texts where their length is looked at."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802 - the name that Jinja calls
        self.write("environment.joined((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")


def joined(parts: Iterable[Any]) -> str:
    """The parts as one text, if it is not too long."""
    known = list(parts)
    if sum(len(part) for part in known if isinstance(part, str)) > MOST_TEXT:
        raise SecurityError("text")
    return markup_join(known)


def reckoned(operator: str, left: Any, right: Any) -> Any:
    """``+`` of numbers and of short texts, ``*`` of numbers: anything else could grow without end."""
    if operator == "+" and isinstance(left, str) and isinstance(right, str):
        if len(left) + len(right) > MOST_TEXT:
            raise SecurityError("text")
        return left + right
    if operator not in {"+", "*"} or not all(_is_number(value) for value in (left, right)):
        raise SecurityError(f"operator {operator}")
    return left + right if operator == "+" else left * right


def _is_number(value: Any) -> bool:
    return isinstance(value, Decimal | float) or (isinstance(value, int) and value.bit_length() <= MOST_BITS)


def narrow(run: Callable[..., Any], count: Callable[[], None]) -> Callable[..., Any]:
    """The filter with small arguments, and counted."""
    subject_at = 1 if hasattr(run, "jinja_pass_arg") else 0

    @wraps(run)
    def narrowed(*arguments: Any, **named: Any) -> Any:
        count()
        subject, own = arguments[subject_at], [*arguments[subject_at + 1 :], *named.values()]
        if _is_long(subject) or any(_is_wide(argument) for argument in own):
            raise SecurityError("argument")
        made = run(*arguments, **named)
        if _is_long(made):
            raise SecurityError("text")
        return made

    return narrowed


def _is_long(value: Any) -> bool:
    return isinstance(value, str) and len(value) > MOST_TEXT


def _is_wide(value: Any) -> bool:
    if isinstance(value, str):
        return len(value) > MOST_ARGUMENT
    return isinstance(value, int) and abs(value) > MOST_ARGUMENT
