"""The expression language: text becomes a checked tree at one gate, and everything else is made from that tree."""

from __future__ import annotations

from builder.expressions.decimals import quantise
from builder.expressions.environment import Environment
from builder.expressions.errors import ExpressionError
from builder.expressions.expression import Expression, compile_expression, that_reads
from builder.expressions.types import Scope, Type

__all__ = [
    "Environment",
    "Expression",
    "ExpressionError",
    "Scope",
    "Type",
    "compile_expression",
    "quantise",
    "that_reads",
]
