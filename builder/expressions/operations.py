"""What operators do to plain values, the same in every evaluator: nothing compares with nothing, truth is never guessed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from builder.expressions.errors import ExpressionError


def truth(value: Any) -> bool:
    """True and False are themselves and nothing is False; any other value is no answer to a question."""
    if value is True:
        return True
    if value is False or value is None:
        return False
    raise ExpressionError("EXPRESSION_FAILED", reason="truth", found=type(value).__name__)


def negation(value: Any) -> bool:
    return not truth(value)


def equal(a: Any, b: Any) -> bool:
    """Whether two values are the same. A truth value is no number, an instant is no day."""
    if (a.__class__ is bool) is not (b.__class__ is bool):
        return False
    return bool(a == b)


def unequal(a: Any, b: Any) -> bool:
    return not equal(a, b)


_NUMBERS = (Decimal, int)


def _ordered(a: Any, b: Any) -> bool:
    """Whether a and b have an order: False where one is nothing, an error where they are of different kinds."""
    if a is None or b is None:
        return False
    one, other = a.__class__, b.__class__
    if one is other and one in (Decimal, str, date, datetime, time):
        return True
    if one in _NUMBERS and other in _NUMBERS:
        return True
    raise ExpressionError("EXPRESSION_FAILED", reason="order", found=one.__name__, other=other.__name__)


def less(a: Any, b: Any) -> bool:
    return _ordered(a, b) and a < b


def at_most(a: Any, b: Any) -> bool:
    return _ordered(a, b) and a <= b


def greater(a: Any, b: Any) -> bool:
    return _ordered(a, b) and a > b


def at_least(a: Any, b: Any) -> bool:
    return _ordered(a, b) and a >= b


def within(a: Any, b: Any) -> bool:
    """Whether a is one of the values in b; nothing holds no value."""
    if b is None:
        return False
    if not isinstance(b, (tuple, list)):
        raise ExpressionError("EXPRESSION_FAILED", reason="list", found=type(b).__name__)
    return any(equal(a, one) for one in b)


def not_within(a: Any, b: Any) -> bool:
    return not within(a, b)


COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": equal,
    "!=": unequal,
    "<": less,
    "<=": at_most,
    ">": greater,
    ">=": at_least,
    "in": within,
    "not in": not_within,
}
