"""The checked tree: what is left of an expression once it is through the gate.

Every node knows where it stands in the source (``at`` to ``end``, characters from 0). Evaluators walk this tree or what is
made from it; none of them sees the source.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool | Decimal | str | None
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Path:
    """A name with dots: ``customer.level``."""

    path: str
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Negate:
    operand: Node
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Not:
    operand: Node
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """``op`` is one of ``+ - * /``."""

    op: str
    left: Node
    right: Node
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Logic:
    """``op`` is ``and`` or ``or``; the result is a truth value."""

    op: str
    parts: tuple[Node, ...]
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Compare:
    """``first ops[0] rest[0] ops[1] rest[1] …``, every neighbouring pair compared, like in mathematics."""

    first: Node
    ops: tuple[str, ...]
    rest: tuple[Node, ...]
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Choose:
    """``then if condition else otherwise``; only the branch that is taken is evaluated."""

    condition: Node
    then: Node
    otherwise: Node
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class ListOf:
    items: tuple[Node, ...]
    at: int
    end: int


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    at: int
    end: int


Node: TypeAlias = "Constant | Path | Negate | Not | Arithmetic | Logic | Compare | Choose | ListOf | Call"


@dataclass(frozen=True, slots=True)
class Tree:
    """A gated expression: the source as it was read, and its root."""

    source: str
    root: Node

    def text(self, node: Node) -> str:
        """The part of the source that ``node`` stands for."""
        return self.source[node.at : node.end]


def children(node: Node) -> tuple[Node, ...]:
    """The parts of ``node``, in the order of evaluation."""
    match node:
        case Negate(operand=operand) | Not(operand=operand):
            return (operand,)
        case Arithmetic(left=left, right=right):
            return (left, right)
        case Logic(parts=parts):
            return parts
        case Compare(first=first, rest=rest):
            return (first, *rest)
        case Choose(condition=condition, then=then, otherwise=otherwise):
            return (condition, then, otherwise)
        case ListOf(items=items):
            return items
        case Call(arguments=arguments):
            return arguments
    return ()


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything below it."""
    yield node
    for child in children(node):
        yield from walk(child)


def terms(node: Arithmetic) -> tuple[Node, tuple[Arithmetic, ...]]:
    """A sum or product that leans to the left, as its first term and the operations that follow, in order. Whoever goes along them in a
    loop needs no deeper stack for a long sum."""
    following: list[Arithmetic] = []
    first: Node = node
    while isinstance(first, Arithmetic):
        following.append(first)
        first = first.left
    return first, tuple(reversed(following))
