"""Numbers, money, dates and instants as people read them. Pure."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal

SYMBOLS = {"CNY": "¥", "USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "HKD": "HK$"}


def format_number(value: Decimal | int | None, scale: int | None = None, *, grouped: bool = True) -> str:
    """``1234.5`` at scale 2 → ``1,234.50``. Without a scale the digits that are there; None → nothing."""
    if value is None:
        return ""
    number = Decimal(value)
    if scale is not None:
        number = number.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP)
    text = format(number, ",f" if grouped else "f")
    return text[1:] if text.startswith("-") and not number else text


def trimmed(text: str, least: int = 0) -> str:
    """A written number without the zeros at its end that say nothing: ``0.1980`` → ``0.198``. ``least`` places stay where it has them."""
    whole, _, places = text.partition(".")
    kept = places.rstrip("0").ljust(min(least, len(places)), "0")
    return f"{whole}.{kept}" if kept else whole


def format_money(value: Decimal | None, currency: str = "CNY", scale: int = 2) -> str:
    """``-1234.5`` → ``-¥1,234.50``."""
    if value is None:
        return ""
    text = format_number(value, scale)
    symbol = SYMBOLS.get(currency, currency + " ")
    return f"-{symbol}{text[1:]}" if text.startswith("-") else f"{symbol}{text}"


def format_percent(value: Decimal | None, scale: int = 1) -> str:
    """A fraction as per cent: ``0.125`` → ``12.5%``."""
    return "" if value is None else format_number(value * 100, scale) + "%"


def format_date(value: date | None) -> str:
    """ISO order in both languages: it sorts, lines up and is never read the wrong way round."""
    return "" if value is None else value.strftime("%Y-%m-%d")


def format_instant(value: datetime | None, zone: tzinfo, *, seconds: bool = False) -> str:
    """An instant on the wall clock of ``zone``."""
    if value is None:
        return ""
    return value.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")


_STEPS = ((60, "minutes"), (3600, "hours"), (86400, "days"))


def age(value: datetime, now: datetime) -> tuple[str, int]:
    """How long ago, as a text key and a count: ``("ago.hours", 3)``; ``ago.date`` means: write the date."""
    passed = int((now - value).total_seconds())
    if passed < 60:
        return "ago.now", 0
    if passed >= 7 * 86400:
        return "ago.date", 0
    size, name = next(step for step in reversed(_STEPS) if passed >= step[0])
    return f"ago.{name}", passed // size
