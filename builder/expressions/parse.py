"""The gate: text becomes a checked tree here and nowhere else.

The source is scanned, parsed as a Python expression, and every node of the result must be on the list; everything is counted.
"""

from __future__ import annotations

import ast
from decimal import Decimal
from functools import lru_cache

from builder.expressions.errors import ExpressionError
from builder.expressions.tokens import scan
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
)

MAX_NODES = 300
MAX_DEPTH = 24
MAX_HOPS = 4
MAX_ARGUMENTS = 60

_ARITHMETIC: dict[type[ast.operator], str] = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}


@lru_cache(maxsize=4096)
def parse(source: str) -> Tree:
    """The tree of ``source``. Whatever the language does not have raises ``ExpressionError`` with its place."""
    text = scan(source)
    blanks = len(text) - len(text.lstrip())
    body = text.strip()
    try:
        root = ast.parse(body, mode="eval").body
    except SyntaxError as error:
        # Without an offset nothing is wrong up to the end: something is missing there.
        at = (error.offset or len(body) + 1) - 1 + blanks
        raise ExpressionError(
            "EXPRESSION_SYNTAX", position=at, found=text[at : at + 1], expected=""
        ) from None
    except (ValueError, RecursionError, MemoryError):
        raise ExpressionError("EXPRESSION_BUDGET", position=0, budget="depth", limit=MAX_DEPTH) from None
    return Tree(text, _Reader(text, body, blanks).read(root, 1))


class _Reader:
    """Turns Python's nodes into ours and counts them."""

    def __init__(self, text: str, body: str, blanks: int) -> None:
        self._text = text
        self._bytes = None if body.isascii() else body.encode()
        self._blanks = blanks
        self._nodes = 0

    def read(self, node: ast.expr, depth: int) -> Node:
        self._nodes += 1
        at = self._place(node.col_offset)
        if self._nodes > MAX_NODES:
            raise ExpressionError("EXPRESSION_BUDGET", position=at, budget="nodes", limit=MAX_NODES)
        if depth > MAX_DEPTH:
            raise ExpressionError("EXPRESSION_BUDGET", position=at, budget="depth", limit=MAX_DEPTH)
        end = self._place(node.end_col_offset or node.col_offset)
        match node:
            case ast.Constant():
                return self._constant(node, at, end)
            case ast.Name() | ast.Attribute():
                return Path(self._path(node, at), at, end)
            case ast.Call():
                return self._call(node, depth, at, end)
            case ast.List() | ast.Tuple():
                return ListOf(tuple(self.read(item, depth + 1) for item in node.elts), at, end)
            case ast.IfExp():
                test, body, other = (
                    self.read(part, depth + 1) for part in (node.test, node.body, node.orelse)
                )
                return Choose(test, body, other, at, end)
        return self._operator(node, depth, at, end)

    def _operator(self, node: ast.expr, depth: int, at: int, end: int) -> Node:
        match node:
            case ast.BinOp() if type(node.op) in _ARITHMETIC:
                # A long sum leans to the left; its terms stand side by side, so only the right side is deeper.
                left = self.read(node.left, depth if isinstance(node.left, ast.BinOp) else depth + 1)
                return Arithmetic(_ARITHMETIC[type(node.op)], left, self.read(node.right, depth + 1), at, end)
            case ast.UnaryOp(op=ast.USub()):
                return self._negate(self.read(node.operand, depth + 1), at, end)
            case ast.UnaryOp(op=ast.Not()):
                return Not(self.read(node.operand, depth + 1), at, end)
            case ast.BoolOp():
                op = "and" if isinstance(node.op, ast.And) else "or"
                return Logic(op, tuple(self.read(part, depth + 1) for part in node.values), at, end)
            case ast.Compare() if all(type(op) in _COMPARE for op in node.ops):
                first, *rest = (self.read(part, depth + 1) for part in (node.left, *node.comparators))
                return Compare(first, tuple(_COMPARE[type(op)] for op in node.ops), tuple(rest), at, end)
        raise ExpressionError("EXPRESSION_FORBIDDEN", position=at, found=self._text[at : min(end, at + 40)])

    @staticmethod
    def _negate(operand: Node, at: int, end: int) -> Node:
        if isinstance(operand, Constant) and isinstance(operand.value, Decimal):
            return Constant(operand.value.copy_negate(), at, end)
        return Negate(operand, at, end)

    def _constant(self, node: ast.Constant, at: int, end: int) -> Constant:
        value = node.value
        if value is None or isinstance(value, (bool, str)):
            return Constant(value, at, end)
        # The digits as they are written: a number never passes through a float.
        return Constant(Decimal(self._text[at:end]), at, end)

    def _path(self, node: ast.expr, at: int) -> str:
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise ExpressionError("EXPRESSION_FORBIDDEN", position=at, found="." + parts[-1])
        parts.append(node.id)
        if len(parts) > MAX_HOPS + 1:
            raise ExpressionError("EXPRESSION_BUDGET", position=at, budget="hops", limit=MAX_HOPS)
        return ".".join(reversed(parts))

    def _call(self, node: ast.Call, depth: int, at: int, end: int) -> Call:
        if not isinstance(node.func, ast.Name):
            raise ExpressionError(
                "EXPRESSION_FORBIDDEN", position=at, found=self._text[at : min(end, at + 40)]
            )
        if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
            raise ExpressionError("EXPRESSION_FORBIDDEN", position=at, found=node.func.id)
        if len(node.args) > MAX_ARGUMENTS:
            raise ExpressionError("EXPRESSION_BUDGET", position=at, budget="arguments", limit=MAX_ARGUMENTS)
        return Call(node.func.id, tuple(self.read(argument, depth + 1) for argument in node.args), at, end)

    def _place(self, offset: int) -> int:
        if self._bytes is not None:
            offset = len(self._bytes[:offset].decode())
        return offset + self._blanks
