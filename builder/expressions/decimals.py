"""The decimal rule: sums and products are exact, quotients have 12 digits after the point, nothing is a float.

A result that is exact in 28 digits (and has at most 28 after the point) stays as it is. One that needs more is rounded half
up to 12 digits after the point; one that still needs more than 28 digits is refused. So is anything from 10^28 on.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import (
    ROUND_DOWN,
    ROUND_HALF_UP,
    Context,
    Decimal,
    DivisionByZero,
    Inexact,
    InvalidOperation,
    Overflow,
)
from typing import Any

from builder.expressions.errors import ExpressionError

DIGITS = 28
QUOTIENT_SCALE = 12

# Emin = -1 makes 28 the last digit after the point; an operation that would lose a digit signals Inexact.
EXACT = Context(
    prec=DIGITS,
    rounding=ROUND_HALF_UP,
    Emin=-1,
    Emax=DIGITS - 1,
    traps=[Inexact, Overflow, InvalidOperation, DivisionByZero],
)
# Wide enough for every sum, product and truncated quotient of two numbers of 28 digits.
WIDE = Context(prec=120, rounding=ROUND_HALF_UP, Emin=-200, Emax=200, traps=[InvalidOperation, Overflow])
# A truncated quotient never crosses the half that decides the rounding, so nothing is rounded twice.
_TRUNCATING = Context(prec=120, rounding=ROUND_DOWN, Emin=-200, Emax=200, traps=[InvalidOperation, Overflow])
_TWELVE = Decimal(1).scaleb(-QUOTIENT_SCALE)
_UNITS = tuple(Decimal(1).scaleb(-scale) for scale in range(DIGITS + 1))
ZERO = Decimal(0)

_add, _subtract, _multiply, _plus = EXACT.add, EXACT.subtract, EXACT.multiply, EXACT.plus


def quantise(value: Decimal, scale: int) -> Decimal:
    """``value`` at ``scale`` digits after the point, rounded half up (away from zero)."""
    return value.quantize(_UNITS[scale], ROUND_HALF_UP, WIDE)


def fit(value: Decimal) -> Decimal:
    """``value`` as the rule lets it stand: as it is, at 12 digits after the point, or refused."""
    try:
        return _plus(value)
    except (Inexact, Overflow):
        pass
    try:
        return _plus(value.quantize(_TWELVE, ROUND_HALF_UP, WIDE))
    except (Inexact, Overflow, InvalidOperation):
        raise ExpressionError("EXPRESSION_FAILED", reason="digits", limit=DIGITS) from None


def number(value: Any) -> Decimal:
    """``value`` as a number; anything else is refused, truth values too."""
    kind = value.__class__
    if kind is Decimal:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return Decimal(value)
    raise ExpressionError("EXPRESSION_FAILED", reason="number", found=kind.__name__)


def _careful(
    exact: Callable[[Decimal, Decimal], Decimal], wide: Callable[[Decimal, Decimal], Decimal], a: Any, b: Any
) -> Decimal | None:
    if a is None or b is None:
        return None
    a, b = number(a), number(b)
    try:
        return exact(a, b)
    except (Inexact, Overflow):
        return fit(wide(a, b))


def add(a: Any, b: Any) -> Decimal | None:
    if a.__class__ is Decimal and b.__class__ is Decimal:
        try:
            return _add(a, b)
        except (Inexact, Overflow):
            pass
    return _careful(_add, WIDE.add, a, b)


def subtract(a: Any, b: Any) -> Decimal | None:
    if a.__class__ is Decimal and b.__class__ is Decimal:
        try:
            return _subtract(a, b)
        except (Inexact, Overflow):
            pass
    return _careful(_subtract, WIDE.subtract, a, b)


def multiply(a: Any, b: Any) -> Decimal | None:
    if a.__class__ is Decimal and b.__class__ is Decimal:
        try:
            return _multiply(a, b)
        except (Inexact, Overflow):
            pass
    return _careful(_multiply, WIDE.multiply, a, b)


def divide(a: Any, b: Any) -> Decimal | None:
    """The quotient to 12 digits after the point; dividing by zero fails."""
    if a is None or b is None:
        return None
    a, b = number(a), number(b)
    if not b:
        raise ExpressionError("EXPRESSION_FAILED", reason="division")
    try:
        return _plus(_TRUNCATING.divide(a, b).quantize(_TWELVE, ROUND_HALF_UP, WIDE))
    except (Inexact, Overflow):
        raise ExpressionError("EXPRESSION_FAILED", reason="digits", limit=DIGITS) from None


def negate(a: Any) -> Decimal | None:
    return None if a is None else number(a).copy_negate()


def number_text(value: Decimal) -> str:
    """The number as plain text, without trailing zeros and without an exponent: ``12.5``, ``-0.03``, ``0``."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
