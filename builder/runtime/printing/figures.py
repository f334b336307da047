"""Figures: numbers that print grouped at their scale and are exact everywhere else."""

from __future__ import annotations

from decimal import Decimal

from builder.web.formats import format_number


class Figure(Decimal):
    """A number of a record in a print. ``fluid``: last zeros say nothing, 12.0000 prints as 12."""

    scale: int | None
    fluid: bool

    def __new__(cls, value: Decimal, scale: int | None, *, fluid: bool = False) -> Figure:
        made = super().__new__(cls, value)
        made.scale, made.fluid = scale, fluid
        return made

    def __str__(self) -> str:
        text = format_number(exact(self), self.scale)
        if self.fluid and "." in text:
            text = text.rstrip("0").rstrip(".")
        return text


def exact(value: Decimal) -> Decimal:
    """The plain number, whatever subclass it came as."""
    sign, digits, exponent = value.as_tuple()
    return Decimal((sign, digits, int(exponent)))
