"""Assignment: a worked-out value becomes a field's value, at the field's scale."""

from __future__ import annotations

from decimal import Decimal

from builder.errors import Problem
from builder.expressions import ExpressionError, quantise
from builder.metadata.entity import Field
from builder.metadata.field_types import field_type
from builder.record import Value


def scale_of(field: Field) -> int | None:
    """Decimal places of a numeric field; None for other types."""
    return field_type(field.type).scale_of(field)


def assigned(field: Field, value: Value) -> Value:
    """``value`` as the field keeps it: numbers at its scale, half up. A record counts its versions and lines in whole numbers."""
    kind = value.__class__
    return value if kind is not Decimal and kind is not int else at_scale(scale_of(field), value)


def at_scale(scale: int | None, value: Value) -> Value:
    """``assigned`` where the decimal places of the field are known; None where its values are no numbers."""
    kind = value.__class__
    if scale is None or (kind is not Decimal and kind is not int):
        return value
    return quantise(Decimal(value), scale)  # type: ignore[arg-type]


def failed(field: Field, path: str, error: ExpressionError) -> Problem:
    """An expression of ``field`` that could not be worked out at ``path``."""
    return Problem("FORMULA_FAILED", path, {"field": field.label, "reason": error.why})
