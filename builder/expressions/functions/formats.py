"""TEXT: a number or a date as a pattern writes it."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from builder.expressions.decimals import WIDE, number, quantise
from builder.expressions.environment import Environment, zone_of
from builder.expressions.functions.function import Parameter, add, asks, bounded, failed
from builder.expressions.functions.texts import text
from builder.expressions.types import DATE, DATETIME, NUMBER, TEXT, TIME

MOST_PATTERN = 60
NUMBER_PATTERN = re.compile(r"([^#0,.%]*)(#,##)?(0+)(?:\.(0{0,12})(#{0,12}))?(%?)([^#0,.%]*)")
DATE_TOKEN = re.compile("yyyy|yy|mm|m|dd|d|hh|h|ss", re.IGNORECASE)


def format_number(value: Decimal, pattern: str) -> str:
    """``#,##`` groups, ``0`` are digits that always stand, ``#`` after the point those that stand where they say something."""
    found = NUMBER_PATTERN.fullmatch(pattern)
    kept, loose = len((found and found[4]) or ""), len((found and found[5]) or "")
    if found is None or kept + loose > 12:
        raise failed("format", found=pattern)
    scaled = quantise(WIDE.multiply(value, Decimal(100)) if found[6] else value, kept + loose)
    whole_part, _, rest = f"{abs(scaled):f}".partition(".")
    while len(rest) > kept and rest.endswith("0"):
        rest = rest[:-1]
    whole_part = whole_part.rjust(len(found[3]), "0")
    if found[2]:
        whole_part = re.sub(r"\B(?=(\d{3})+$)", ",", whole_part)
    shown = whole_part + (f".{rest}" if rest else "")
    return ("-" if scaled < 0 else "") + found[1] + shown + found[6] + found[7]


def _parts(value: Any) -> dict[str, str]:
    """What each token of a pattern stands for; a day is its midnight."""
    day = value if isinstance(value, date) else None
    clock = value if isinstance(value, (datetime, time)) else time()
    found = {
        "hh": f"{clock.hour:02}",
        "h": str(clock.hour),
        "minute": f"{clock.minute:02}",
        "ss": f"{clock.second:02}",
    }
    if day is not None:
        found |= {
            "yyyy": f"{day.year:04}",
            "yy": f"{day.year % 100:02}",
            "mm": f"{day.month:02}",
            "m": str(day.month),
        }
        found |= {"dd": f"{day.day:02}", "d": str(day.day)}
    return found


def format_moment(value: Any, pattern: str) -> str:
    """``mm`` are minutes behind hours and months everywhere else, as in a spreadsheet."""
    parts, before = _parts(value), ""
    made, at = [], 0
    for match in DATE_TOKEN.finditer(pattern):
        token = match.group().lower()
        name = "minute" if token in ("m", "mm") and before in ("h", "hh") else token
        if name not in parts:
            raise failed("format", found=pattern)
        made += [pattern[at : match.start()], parts[name]]
        before, at = token, match.end()
    return "".join(made) + pattern[at:]


@asks
def formatted(env: Environment | None, value: Any, pattern: Any) -> str:
    if len(text(pattern)) > MOST_PATTERN:
        raise failed("format", found=pattern[:MOST_PATTERN])
    if isinstance(value, datetime):
        return format_moment(value.astimezone(zone_of(env)), pattern)
    if isinstance(value, (date, time)):
        return format_moment(value, pattern)
    return bounded(format_number(number(value), pattern))


add(
    "TEXT",
    "texts",
    (Parameter("value", (NUMBER, DATE, DATETIME, TIME)), Parameter("pattern", (TEXT,))),
    TEXT,
    formatted,
    zh=(
        "按格式成文",
        "按格式把数字或日期写成文字，例如 '#,##0.00'、'0.##'、'0.0%'、'yyyy-mm-dd'、'yyyy年m月d日'、'hh:mm'。",
    ),
    en=(
        "Formatted text",
        "The number or date as a pattern writes it: '#,##0.00', '0.##', '0.0%', 'yyyy-mm-dd', 'dd/mm/yyyy', 'hh:mm'.",
    ),
    examples=(
        ("TEXT(1234.5, '#,##0.00')", "1,234.50"),
        ("TEXT(0.256, '0.0%')", "25.6%"),
        ("TEXT(7, '000')", "007"),
        ("TEXT(2.50, '0.##')", "2.5"),
        ("TEXT(DATE(2026, 3, 5), 'yyyy/m/d')", "2026/3/5"),
        ("TEXT(NOW(), 'hh:mm')", "08:30"),
    ),
    environment=True,
)
