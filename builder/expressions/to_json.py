"""A tree as JSON, for the small interpreter in the browser (``js/model/expression.js``).

A node is ``null``, ``true``, ``false`` or a list that starts with what it is:

- ``["number", "12.50"]``, ``["text", "A"]``, ``["path", "customer.level"]``, ``["list", item, …]``
- ``["+", a, b]``, ``["-", a, b]``, ``["*", a, b]``, ``["/", a, b]``, ``["negate", a]``
- ``["not", a]``, ``["and", a, b, …]``, ``["or", a, b, …]``, ``["if", condition, then, otherwise]``
- ``["compare", a, "<", b, "<=", c, …]`` with the operators ``== != < <= > >= in`` and ``not in``
- ``["call", "ROUND", argument, …]``

Numbers are text, so that they never pass through a float.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from builder.expressions.compile import choice
from builder.expressions.expression import Expression
from builder.expressions.tree import (
    Arithmetic,
    Call,
    Choose,
    Compare,
    Constant,
    Logic,
    Negate,
    Node,
    Not,
    Path,
    children,
    terms,
)

Json: TypeAlias = "bool | str | list[Json] | None"


def to_json(expression: Expression) -> Json:
    """The tree that the browser walks."""
    return node_json(expression.tree.root)


def node_json(node: Node) -> Json:
    node = choice(node)
    match node:
        case Constant(value=value):
            return _constant(value)
        case Path(path=path):
            return ["path", path]
        case Arithmetic():
            return _arithmetic(node)
        case Compare(first=first, ops=ops, rest=rest):
            pairs = zip(ops, rest, strict=True)
            return [
                "compare",
                node_json(first),
                *(part for op, other in pairs for part in (op, node_json(other))),
            ]
        case Call(function=function, arguments=arguments):
            return ["call", function, *map(node_json, arguments)]
    return [_kind(node), *map(node_json, children(node))]


def _kind(node: Node) -> str:
    match node:
        case Negate():
            return "negate"
        case Not():
            return "not"
        case Choose():
            return "if"
        case Logic(op=op):
            return op
    return "list"


def _arithmetic(node: Arithmetic) -> Json:
    first, following = terms(node)
    made = node_json(first)
    for each in following:
        made = [each.op, made, node_json(each.right)]
    return made


def _constant(value: bool | Decimal | str | None) -> Json:
    if value is None or isinstance(value, bool):
        return value
    return ["text", value] if isinstance(value, str) else ["number", f"{value:f}"]
