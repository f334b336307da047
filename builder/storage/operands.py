"""Operands: values of filters as columns keep them, so that both databases compare like with like. Pure."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from builder.metadata.compare import NOTHING, alike
from builder.metadata.field_types import choices
from builder.storage.paths import End
from builder.storage.shapes import EntityShape

SAMPLES: dict[str, Any] = {
    "number": Decimal(0),
    "id": 0,
    "text": "",
    "choice": "",
    "state": "",
    "date": date(2000, 1, 1),
    "instant": datetime(2000, 1, 1, tzinfo=UTC),
    "time": time(0),
}
SMALL = {ord(c): c.lower() for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"}
"""What ``lower`` does on both databases: more than ASCII depends on the system."""
HUGE = 60
LEAST, MOST = -(1 << 63), (1 << 63) - 1


def kept(end: End, value: Any) -> Any:
    """Days and instants as text where their column is one."""
    if isinstance(value, list):
        return [kept(end, one) for one in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds") if end.place is not None else value
    return value.isoformat() if isinstance(value, date) and end.in_ext else value


def exact(shape: EntityShape, end: End, value: Any) -> Any:
    """The value as the column keeps it; ``NOTHING`` where nothing there equals it."""
    if end.sort == "bool":
        return int(value) if isinstance(value, bool) else NOTHING
    plain = alike(value, SAMPLES[end.sort])
    if plain is NOTHING or isinstance(plain, bool) or (isinstance(plain, str) and not is_sayable(plain)):
        return NOTHING
    if end.sort == "number":
        scaled = _scaled(end, plain)
        return int(scaled) if scaled == scaled.to_integral_value() and LEAST <= scaled <= MOST else NOTHING
    if end.sort == "id":
        return _id(end, plain)
    if end.sort == "state":
        return shape.state_uid(plain)
    if end.place is not None and end.sort == "choice":
        return choices.uid_of(end.place.field, plain)
    if end.sort == "time":
        return plain.isoformat("seconds")
    return plain


def _id(end: End, plain: Any) -> Any:
    if not isinstance(plain, int) or not LEAST <= plain <= MOST:
        return NOTHING
    return str(plain) if end.many and end.place is not None else plain


def rounded(end: End, op: str, value: Any) -> Any:
    """The whole number that bounds the same numbers as ``value``, which may have more places than the column."""
    plain = alike(value, SAMPLES["number"])
    if plain is NOTHING:
        return NOTHING
    up = op in {"<", ">="}
    scaled = _scaled(end, plain).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    return int(min(max(scaled, Decimal(LEAST)), Decimal(MOST)))


def is_sayable(text: str) -> bool:
    """Whether a database can be told the text at all."""
    return "\0" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


def _scaled(end: End, plain: Decimal) -> Decimal:
    """The number in units of the column; one that is far beyond every column stays as far."""
    if plain.adjusted() > HUGE:
        return plain
    scale = end.place.type.scale_of(end.place.field) if end.place is not None else 0
    return plain.scaleb(scale or 0)


def is_day(value: Any) -> bool:
    return (isinstance(value, str) and len(value) == 10) or (
        isinstance(value, date) and not isinstance(value, datetime)
    )


def midnight(value: Any) -> datetime | None:
    """The instant at which the day starts; None where it is none."""
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except ValueError:
        return None
    return None if day == date.max else datetime.combine(day, time(0), UTC)


def escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def after(text: str) -> str:
    """A text that comes after everything that begins with ``text``, in the order of code points."""
    following = ord(text[-1]) + 1
    return text[:-1] + chr(0xE000 if 0xD800 <= following < 0xE000 else min(following, 0x10FFFF))
