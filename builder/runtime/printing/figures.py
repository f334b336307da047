"""Figures: numbers that print grouped at their scale and are exact everywhere else."""

from __future__ import annotations

from decimal import Decimal

from builder.web.formats import format_number, trimmed


class Figure(Decimal):
    """A number of a record in a print. ``fluid``: last zeros say nothing, 12.0000 prints as 12; of the ``least`` places they are kept,
    as in a price of 10.80."""

    scale: int | None
    fluid: bool
    least: int

    def __new__(cls, value: Decimal, scale: int | None, *, fluid: bool = False, least: int = 0) -> Figure:
        made = super().__new__(cls, value)
        made.scale, made.fluid, made.least = scale, fluid, least
        return made

    def __str__(self) -> str:
        text = format_number(exact(self), self.scale)
        return trimmed(text, self.least) if self.fluid else text


def exact(value: Decimal) -> Decimal:
    """The plain number, whatever subclass it came as."""
    sign, digits, exponent = value.as_tuple()
    return Decimal((sign, digits, int(exponent)))
