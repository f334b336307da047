"""Buckets: days put into periods and ages, in forms that sort, and back to the days that they hold. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from builder.metadata.text import Text
from builder.record import Value

DAY = timedelta(days=1)
NOT_YET = "<0"
"""The age of a day that has not come."""
LONG_AGO = date(1900, 1, 1)
"""Before it nothing became due: an age that reaches behind it from here is none."""


def bucketed(
    value: Value, bucket: str | None, *, steps: Sequence[int] = (), since: date | None = None
) -> Value:
    """A day as its day, ISO week (``2026-W05``), month (``2026-01``), quarter (``2026-Q1``), year, or age in days until ``since``
    (``<0``, ``0-30``, ``31-60``, ``>60``); anything else as it is."""
    if bucket is None or not isinstance(value, date):
        return None if bucket == "age" and value is None else value
    day = value.date() if isinstance(value, datetime) else value
    if bucket == "age":
        return age(day, steps, since) if since is not None else None
    return period(day, bucket)


def period(day: date, bucket: str) -> Value:
    """The period of the day."""
    if bucket == "day":
        return day
    if bucket == "week":
        year, week, _ = day.isocalendar()
        return f"{year:04}-W{week:02}"
    if bucket == "quarter":
        return f"{day.year:04}-Q{(day.month + 2) // 3}"
    return day.strftime("%Y-%m" if bucket == "month" else "%Y")


def age(day: date, steps: Sequence[int], since: date) -> str:
    """Between which steps the days from ``day`` until ``since`` lie."""
    days = (since - day).days
    if days < 0:
        return NOT_YET
    low = 0
    for step in steps:
        if days <= step:
            return f"{low}-{step}"
        low = step + 1
    return f">{low - 1}" if steps else str(days)


def age_days(label: str, since: date) -> tuple[date | None, date | None]:
    """The first and the last day of an age (None: open)."""
    if label == NOT_YET:
        return since + DAY, None
    if label.startswith(">"):
        return None, since - timedelta(days=int(label[1:]) + 1)
    low, _, high = label.partition("-")
    return since - timedelta(days=int(high or low)), since - timedelta(days=int(low))


def days_in(label: Value, bucket: str) -> tuple[date, date] | None:
    """The first and the last day of a period's label."""
    if isinstance(label, date):
        return label, label
    if not isinstance(label, str):
        return None
    if bucket == "week":
        first = date.fromisocalendar(int(label[:4]), int(label[6:]), 1)
        return first, first + timedelta(days=6)
    year = int(label[:4])
    if bucket == "year":
        return date(year, 1, 1), date(year, 12, 31)
    start, size = (int(label[6:]) * 3 - 2, 3) if bucket == "quarter" else (int(label[5:7]), 1)
    after = year * 12 + start - 1 + size
    last = date(after // 12, after % 12 + 1, 1) - DAY if after // 12 <= date.max.year else date.max
    return date(year, start, 1), last


def is_label(text: str, bucket: str) -> bool:
    """Whether a text from outside is a period's or an age's label."""
    try:
        return (age_days(text, LONG_AGO) if bucket == "age" else days_in(text, bucket)) is not None
    except (ValueError, OverflowError):
        return False


def age_order(label: str) -> int:
    """Where an age stands among others."""
    if label == NOT_YET:
        return -1
    return int(label[1:]) + 1 if label.startswith(">") else int(label.partition("-")[0] or 0)


def age_words(label: str) -> Text:
    """What people call an age."""
    if label == NOT_YET:
        return {"zh-CN": "未到期", "en": "Not due"}
    if label.startswith(">"):
        return {"zh-CN": f"{label[1:]} 天以上", "en": f"Over {label[1:]} days"}
    return {"zh-CN": f"{label} 天", "en": f"{label} days"}
