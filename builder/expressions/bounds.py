"""Bounds: what must hold of single names wherever an expression is true, so that few rows need be looked at to find those. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from builder.expressions.expression import Expression
from builder.expressions.tree import Compare, Constant, Logic, Negate, Node, Path

MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "==": "==", "!=": "!="}


@dataclass(frozen=True, slots=True)
class Bound:
    """A name compared with a number; ``op`` is one of ``== != < <= > >=``."""

    path: str
    op: str
    number: Decimal


def bounds_of(expression: Expression) -> tuple[Bound, ...]:
    """The comparisons of a name with a number that hold wherever ``expression`` does. There may be more to it than these say."""
    return tuple(_bounds(expression.tree.root))


def _bounds(node: Node) -> Iterator[Bound]:
    if isinstance(node, Logic) and node.op == "and":
        for part in node.parts:
            yield from _bounds(part)
    if isinstance(node, Compare):
        for left, op, right in zip((node.first, *node.rest), node.ops, node.rest, strict=False):
            yield from _bound(left, op, right)


def _bound(left: Node, op: str, right: Node) -> Iterator[Bound]:
    if op not in MIRRORED:
        return
    if isinstance(left, Path) and (number := _number(right)) is not None:
        yield Bound(left.path, op, number)
    elif isinstance(right, Path) and (number := _number(left)) is not None:
        yield Bound(right.path, MIRRORED[op], number)


def _number(node: Node) -> Decimal | None:
    if isinstance(node, Negate):
        inner = _number(node.operand)
        return None if inner is None else -inner
    return node.value if isinstance(node, Constant) and isinstance(node.value, Decimal) else None
