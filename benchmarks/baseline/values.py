"""Values: what was sent, read into exact typed values, and back. Every fault is collected."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from benchmarks.baseline.refusals import Fault, Refused

EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
PHONE = re.compile(r"[0-9+()\- ]{5,40}")
LINK = re.compile(r"https?://[^\s]+")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = 10**17
Reader = Callable[[Any], Any]


def text(most: int, pattern: re.Pattern[str] | None = None) -> Reader:
    def read(value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError("TEXT")
        if len(value) > most:
            raise ValueError("TOO_LONG")
        if pattern is not None and not pattern.fullmatch(value):
            raise ValueError("PATTERN")
        return value

    return read


def scaled(scale: int, least: int | None = None, most: int | None = None) -> Reader:
    """A decimal as an integer of 10^-scale; more places than that are refused, never rounded."""

    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, str | int):
            raise ValueError("NUMBER")
        try:
            shifted = Decimal(value).scaleb(scale)
        except InvalidOperation:
            raise ValueError("NUMBER") from None
        if not shifted.is_finite() or abs(shifted) > LARGEST:
            raise ValueError("NUMBER")
        number = int(shifted)
        if number != shifted:
            raise ValueError("SCALE")
        if (least is not None and number < least) or (most is not None and number > most):
            raise ValueError("RANGE")
        return number

    return read


def one_of(*keys: str) -> Reader:
    allowed = frozenset(keys)

    def read(value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise ValueError("CHOICE")
        return value

    return read


def day(value: Any) -> date:
    if not isinstance(value, str):
        raise ValueError("DATE")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("DATE") from None


def instant(value: Any) -> int:
    if not isinstance(value, str):
        raise ValueError("DATETIME")
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        raise ValueError("DATETIME") from None
    if at.tzinfo is None:
        raise ValueError("DATETIME")
    return (at - EPOCH) // timedelta(microseconds=1)


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("BOOLEAN")
    return value


def reference(value: Any) -> int:
    if not isinstance(value, str) or not value.isdigit() or len(value) > 19:
        raise ValueError("REFERENCE")
    return int(value)


@dataclass(frozen=True, slots=True)
class Slot:
    """One field of a body: its column and how it is read."""

    column: str
    read: Reader
    required: bool = False


def read_values(
    sent: Any,
    slots: Mapping[str, Slot],
    *,
    partial: bool = False,
    path: str = "",
    faults: list[Fault] | None = None,
) -> dict[str, Any]:
    """Column values of what was sent. Raises 422 with all faults, or adds them to ``faults`` where that is given."""
    found = [] if faults is None else faults
    values: dict[str, Any] = {}
    if not isinstance(sent, dict):
        found.append(Fault(path or "/", "OBJECT"))
        sent = {}
    for key, value in sent.items():
        slot = slots.get(key)
        if slot is None:
            found.append(Fault(f"{path}/{key}", "UNKNOWN_FIELD"))
        elif value is None or value == "":
            values[slot.column] = None
        else:
            try:
                values[slot.column] = slot.read(value)
            except ValueError as error:
                found.append(Fault(f"{path}/{key}", str(error)))
    for key, slot in slots.items():
        missing = key not in sent and not partial
        if slot.required and (missing or (key in sent and values.get(slot.column, 0) is None)):
            found.append(Fault(f"{path}/{key}", "REQUIRED"))
    if faults is None and found:
        raise Refused(422, "INVALID", tuple(found))
    return values


def half_up(numerator: int, denominator: int) -> int:
    """The quotient rounded half away from zero; ``denominator`` is positive."""
    sign = -1 if numerator < 0 else 1
    return sign * ((2 * abs(numerator) + denominator) // (2 * denominator))


def show(number: int | None, scale: int) -> str | None:
    """A scaled integer as decimal text."""
    if number is None:
        return None
    if not scale:
        return str(number)
    sign, digits = ("-" if number < 0 else ""), str(abs(number)).rjust(scale + 1, "0")
    return f"{sign}{digits[:-scale]}.{digits[-scale:]}"


def show_instant(micros: int | None) -> str | None:
    if micros is None:
        return None
    return (EPOCH + timedelta(microseconds=micros)).isoformat().replace("+00:00", "Z")
