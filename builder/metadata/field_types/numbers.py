"""Exact numbers: reading, limits and scales shared by the numeric field types. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import cache, lru_cache
from typing import Any, ClassVar

from builder.errors import Problem
from builder.metadata.entity import Field
from builder.metadata.field_types.kind import COMMON, FieldType, Sort, Storage, problem
from builder.record import Value

DIGITS = 18
"""Digits that a slot's 64-bit integer holds with certainty, decimal places included."""

PLAIN = re.compile(r"[+-]?[0-9]{1,28}(\.[0-9]{1,28})?", re.ASCII)
FULL_WIDTH = str.maketrans("０１２３４５６７８９．，－＋％（）￥", "0123456789.,-+%()¥")
NUMBER_PROPERTIES: tuple[str, ...] = (
    *COMMON,
    "default",
    "suggest",
    "min",
    "max",
    "scale",
    "formula",
    "stored",
    "lookup",
    "copy",
    "rollup",
    "balance",
    "indexed",
    "unique",
)


def read_decimal(value: Any) -> Decimal | None:
    """A plain decimal from a string, a whole number or a Decimal; None for anything else: floats are never exact."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return Decimal(value)
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    if isinstance(value, str) and PLAIN.fullmatch(value.strip()):
        return Decimal(value.strip())
    return None


def places(value: Decimal) -> int:
    """How many decimal places the value really uses."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


_ONE = Decimal(1)


@cache
def unit_of(scale: int) -> Decimal:
    """The smallest step at a scale: 0.01 at two places."""
    return Decimal(1).scaleb(-scale)


@cache
def _writer_of(scale: int) -> Callable[[Value], Any]:
    unit = unit_of(scale)
    # ``str`` is three times as fast, and leaves plain notation only where more than six places begin with zeros.
    plain: Callable[[Decimal], str] = str if scale <= 6 else "{:f}".format
    return lambda value: plain(value.quantize(unit, ROUND_HALF_UP)) if isinstance(value, Decimal) else None


def fits(value: Decimal, scale: int) -> bool:
    """Whether the value has few enough digits at that scale. It is not computed with: it may be too big for that."""
    return not value or value.adjusted() < DIGITS - scale


class NumberType(FieldType):
    """What numeric types share. Values are ``Decimal`` at the field's scale."""

    storage: ClassVar[Storage] = "number"
    sort: ClassVar[Sort] = "number"
    scale: ClassVar[int | None] = 2
    properties: ClassVar[tuple[str, ...]] = NUMBER_PROPERTIES
    icon = "number"

    def places_of(self, field: Field) -> int:
        scale = self.scale_of(field)
        return scale or 0

    def read(self, value: Any, field: Field) -> Value | Problem:
        number = read_decimal(value)
        if number is None:
            return problem("VALUE_NUMBER", field)
        scale = self.places_of(field)
        if not fits(number, scale):
            return problem("VALUE_TOO_BIG", field)
        at_scale = number.quantize(unit_of(scale))
        return at_scale if at_scale == number else problem("VALUE_SCALE", field, scale=scale)

    def check(self, value: Value, field: Field) -> Problem | None:
        if not isinstance(value, Decimal):
            return None
        scale = self.places_of(field)
        if not fits(value, scale):
            return problem("VALUE_TOO_BIG", field)
        least, most = bound(field.min), bound(field.max)
        if least is not None and value < least:
            return problem("VALUE_MIN", field, min=str(least))
        if most is not None and value > most:
            return problem("VALUE_MAX", field, max=str(most))
        return None

    def to_json(self, value: Value, field: Field) -> Any:
        return _writer_of(self.places_of(field))(value)

    def json_writer(self, field: Field) -> Callable[[Value], Any] | None:
        if type(self).to_json is not NumberType.to_json:
            return super().json_writer(field)
        return _writer_of(self.places_of(field))

    def to_text(self, value: Value, field: Field, locale: str) -> str:
        return self.to_json(value, field) or ""

    def from_text(self, text: str, field: Field, locale: str) -> Value | Problem:
        plain = text.translate(FULL_WIDTH).strip().replace(",", "").lstrip("¥$").strip()
        if plain.startswith("(") and plain.endswith(")"):
            plain = f"-{plain[1:-1]}"
        return self.parse(self.strip_unit(plain), field)

    def strip_unit(self, text: str) -> str:
        return text

    def encode(self, value: Value, field: Field) -> Any:
        if not isinstance(value, Decimal):
            return None
        scale = self.scale_of(field)
        if not scale:
            return int(value.quantize(_ONE, ROUND_HALF_UP))
        return int(value.quantize(unit_of(scale), ROUND_HALF_UP).scaleb(scale))

    def encoder(self, field: Field) -> Callable[[Value], Any]:
        if type(self).encode is not NumberType.encode:
            return super().encoder(field)
        scale = self.scale_of(field) or 0
        unit = unit_of(scale)
        return lambda value: (
            int(value.quantize(unit, ROUND_HALF_UP).scaleb(scale)) if isinstance(value, Decimal) else None
        )

    def decode(self, stored: Any, field: Field) -> Value:
        return None if stored is None else Decimal(stored).scaleb(-self.places_of(field))

    def decoder(self, field: Field) -> Callable[[Any], Value] | None:
        if type(self).decode is not NumberType.decode:
            return super().decoder(field)
        # A whole number times the smallest step is the same value, without a Python call for each of a list's cells.
        return unit_of(self.places_of(field)).__mul__

    def json_schema(self, field: Field) -> dict[str, Any]:
        scale = self.places_of(field)
        fraction = f"(\\.[0-9]{{1,{scale}}})?" if scale else ""
        return {
            "type": ["string", "integer", "null"],
            "pattern": f"^[+-]?[0-9]{{1,{DIGITS - scale}}}{fraction}$",
        }


@lru_cache(maxsize=4096)
def bound(text: str | None) -> Decimal | None:
    """A limit of a definition as a number; None where it is none."""
    if not text:
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
