"""INUNITS: a quantity as people count it, in several units at once: 3箱2桶."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from builder.expressions.decimals import WIDE, number
from builder.expressions.functions.function import Parameter, add, bounded
from builder.expressions.functions.texts import text
from builder.expressions.functions.totals import sides
from builder.expressions.types import NUMBER, TEXT, list_of

ONE = Decimal(1)


def _plain(value: Decimal) -> str:
    written = f"{value:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def in_units(quantity: Any, base: Any, names: Any, sizes: Any) -> str:
    """The largest units first, each as often as it goes in whole; the base unit has the rest. Units that hold no more than one of it are left out."""
    given = number(quantity)
    larger = sorted(
        (
            (number(size), text(name))
            for name, size in sides(names, sizes)
            if name is not None and size is not None
        ),
        key=lambda pair: -pair[0],
    )
    rest, parts = abs(given), []
    for size, name in larger:
        times = WIDE.divide_int(rest, size) if size > ONE else 0
        if times:
            parts.append(f"{_plain(Decimal(times))}{name}")
            rest = WIDE.subtract(rest, WIDE.multiply(Decimal(times), size))
    if rest or not parts:
        parts.append(f"{_plain(rest)}{text(base)}")
    return bounded(("-" if given < 0 else "") + "".join(parts))


add(
    "INUNITS",
    "numerals",
    (
        Parameter("quantity", (NUMBER,)),
        Parameter("base", (TEXT,)),
        Parameter("names", (list_of(TEXT),)),
        Parameter("sizes", (list_of(NUMBER),)),
    ),
    TEXT,
    in_units,
    zh=(
        "按多单位写",
        "把基本单位的数量写成大单位在前、零头用基本单位，例如 3箱2桶。依次是数量、基本单位名称、各大单位名称、每个大单位含多少基本单位。",
    ),
    en=(
        "In several units",
        "A quantity of base units in its larger units with the rest in the base unit: the quantity, the base unit's name, the names of larger units, and how many base units each holds.",
    ),
    examples=(
        ("INUNITS(14, '桶', ['箱'], [4])", "3箱2桶"),
        ("INUNITS(12, '桶', ['箱'], [4])", "3箱"),
        ("INUNITS(3, '桶', ['箱'], [4])", "3桶"),
        ("INUNITS(-0.5, 'kg', ['t'], [1000])", "-0.5kg"),
        ("INUNITS(170, '瓶', ['箱', '托'], [6, 120])", "1托8箱2瓶"),
        ("INUNITS(5, '袋', [], [])", "5袋"),
    ),
)
