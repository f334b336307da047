"""What goes wrong with an expression: one exception, with the place, what was found and what was expected."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from builder.errors import InvalidError
from builder.expressions.reasons import OTHERWISE, REASONS


class ExpressionError(InvalidError):
    """An expression was refused or failed. ``position`` is the character (from 0) in the source where it happened.

    Codes: ``EXPRESSION_SYNTAX``, ``EXPRESSION_FORBIDDEN`` (a construct that the language does not have),
    ``EXPRESSION_BUDGET`` (too long, deep or big), ``EXPRESSION_NAME``, ``EXPRESSION_FUNCTION``, ``EXPRESSION_ARGUMENTS``,
    ``EXPRESSION_TYPE``, ``EXPRESSION_BALANCE`` while it is compiled; ``EXPRESSION_FAILED`` while it is evaluated.
    ``params`` fill the words: ``found``, ``expected``, ``nearest``, ``name``, ``limit`` …
    """

    code = "EXPRESSION_FAILED"

    def __init__(self, code: str | None = None, *, position: int | None = None, **params: Any) -> None:
        super().__init__(code, **params)
        self.position = position
        if position is not None:
            self.params = {**self.params, "position": position + 1}

    @property
    def why(self) -> Mapping[str, str]:
        """Why, in words of each language: ``division by zero``. They fit into a sentence of somebody else."""
        return REASONS.get(str(self.params.get("reason", "")), OTHERWISE)

    def at(self, position: int | None) -> ExpressionError:
        """The same error with its place; one that has a place keeps it."""
        if position is None or self.position is not None:
            return self
        params = {k: v for k, v in self.params.items() if k != "position"}
        return ExpressionError(self.code, position=position, **params)
