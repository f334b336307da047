"""Periods: the relative times that a filter's ``within`` names, as first and last day. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, timedelta


def _days(first: int, last: int) -> Callable[[date], tuple[date, date]]:
    return lambda today: (today + timedelta(first), today + timedelta(last))


def _week(weeks: int) -> Callable[[date], tuple[date, date]]:
    """A week from Monday to Sunday, ``weeks`` from this one."""

    def period(today: date) -> tuple[date, date]:
        monday = today - timedelta(today.weekday()) + timedelta(weeks=weeks)
        return monday, monday + timedelta(6)

    return period


def _months(step: int, size: int) -> Callable[[date], tuple[date, date]]:
    """The period of ``size`` months (1, 3 or 12) that today is in, ``step`` periods on."""

    def period(today: date) -> tuple[date, date]:
        months = today.year * 12 + today.month - 1
        first = (months // size + step) * size
        last = first + size - 1
        year, month = divmod(last, 12)
        return date(first // 12, first % 12 + 1, 1), date(year, month + 1, monthrange(year, month + 1)[1])

    return period


PERIODS: Mapping[str, Callable[[date], tuple[date, date]]] = {
    "today": _days(0, 0),
    "yesterday": _days(-1, -1),
    "tomorrow": _days(1, 1),
    "this_week": _week(0),
    "last_week": _week(-1),
    "next_week": _week(1),
    "this_month": _months(0, 1),
    "last_month": _months(-1, 1),
    "next_month": _months(1, 1),
    "this_quarter": _months(0, 3),
    "last_quarter": _months(-1, 3),
    "this_year": _months(0, 12),
    "last_year": _months(-1, 12),
    "last_7_days": _days(-6, 0),
    "last_30_days": _days(-29, 0),
    "last_90_days": _days(-89, 0),
    "next_7_days": _days(0, 6),
    "next_30_days": _days(0, 29),
}


def bounds(period: str, today: date) -> tuple[date, date] | None:
    """The first and the last day of a named period; None where nothing has that name."""
    found = PERIODS.get(period)
    return found(today) if found else None
