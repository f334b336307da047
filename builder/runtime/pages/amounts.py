"""Amounts: numbers of ledgers as pages draw them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from builder.metadata.ledger import Measure
from builder.web.formats import format_number, trimmed

UNIT_SCALE = 4


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as a table draws it: in red below zero, faint at nought."""

    text: str
    negative: bool = False
    zero: bool = False
    url: str = ""


def amount(measure: Measure, value: Decimal | None, *, blank: bool = False) -> Amount:
    """A measure's number; ``blank`` leaves nought out."""
    if value is None or (blank and not value):
        return Amount("")
    return Amount(measure_text(measure, value), value < 0, not value)


def measure_text(measure: Measure, value: Decimal) -> str:
    """A measure's amount: values at their scale, quantities without zeros that say nothing."""
    text = format_number(value, measure.scale)
    return text if measure.kind == "value" else trimmed(text)


def unit_cost(quantity: Decimal | None, value: Decimal | None) -> Decimal | None:
    """What one unit is worth; None where there is none to divide by."""
    return value / quantity if quantity and value is not None else None


def unit_text(cost: Decimal | None) -> str:
    """A unit cost to four places, two at the least."""
    if cost is None:
        return ""
    whole, _, rest = format_number(cost, UNIT_SCALE).partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"
