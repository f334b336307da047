"""Comparing: the period before, or that of last year, set beside a report's own. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Literal

from builder.metadata.report import ReportColumn
from builder.metadata.text import Text
from builder.record import Value
from builder.runtime.reporting.buckets import days_in, period
from builder.runtime.reporting.cells import AVERAGE_DIGITS
from builder.runtime.reporting.shown import Change, ShownColumn

Against = Literal["", "previous", "last_year"]
AGAINST: tuple[Against, ...] = ("previous", "last_year")
Period = tuple[date, date]
CHANGES: tuple[Change, ...] = ("earlier", "difference", "change")
MARK = ":"
HUNDRED = Decimal(100)
SAID: Mapping[str, Text] = {
    "earlier": {"zh-CN": "{0}·对比期", "en": "{0}, earlier"},
    "difference": {"zh-CN": "{0}·增减", "en": "{0}, difference"},
    "points": {"zh-CN": "{0}·增减(个百分点)", "en": "{0}, points"},
    "change": {"zh-CN": "{0}·增减率", "en": "{0}, change"},
}


def earlier(days: Period, against: Against) -> Period:
    """The days that these are compared with: as many right before, whole months where these are, or the same of last year."""
    first, last = days
    if against == "last_year":
        return months_on(first, -12), _last_of(last, months_on(last, -12))
    if first.day == 1 and (last + timedelta(days=1)).day == 1:
        months = (last.year - first.year) * 12 + last.month - first.month + 1
        return months_on(first, -months), first - timedelta(days=1)
    length = (last - first).days + 1
    return first - timedelta(days=length), first - timedelta(days=1)


def _last_of(day: date, then: date) -> date:
    """The end of a month stays the end of a month."""
    is_end = (day + timedelta(days=1)).day == 1
    return then.replace(day=monthrange(then.year, then.month)[1]) if is_end else then


def months_on(day: date, months: int) -> date:
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def moved(label: Value, column: ReportColumn, now: Period, then: Period) -> Value:
    """The period of ``now`` that a period of ``then`` is set beside."""
    if column.bucket in {None, "age"} and not isinstance(label, date):
        return label
    bucket = column.bucket or "day"
    held = days_in(label, bucket)
    if held is None:
        return label
    if now[0].day == then[0].day and bucket in {"month", "quarter", "year"}:
        months = (now[0].year - then[0].year) * 12 + now[0].month - then[0].month
        return period(months_on(held[0], months), bucket)
    if now[0] == months_on(then[0], 12) and bucket == "day":
        return months_on(held[0], 12)
    return period(held[0] + (now[0] - then[0]), bucket)


def compared_columns(shown: Sequence[ShownColumn]) -> list[ShownColumn]:
    """The columns with, behind each figure, what it was, the difference, and the relative change (of percentages, points alone)."""
    found: list[ShownColumn] = []
    for one in shown:
        found.append(one)
        if not can_compare(one):
            continue
        found += [_changed(one, change) for change in (CHANGES if one.type != "percent" else CHANGES[:2])]
    return found


def can_compare(one: ShownColumn) -> bool:
    return one.is_figure and one.column.how not in {"rank", "running"} and not one.column.hidden


def _changed(one: ShownColumn, change: Change) -> ShownColumn:
    said = SAID["points" if change == "difference" and one.type == "percent" else change]
    is_rate = change == "change"
    return replace(
        one,
        key=f"{one.key}{MARK}{change}",
        label=_said(said, one.label),
        type="percent"
        if is_rate
        else "decimal"
        if change == "difference" and one.type == "percent"
        else one.type,
        scale=2 if is_rate else one.scale,
        change=change,
        of=one.key,
    )


def _said(said: Text, label: Text) -> Text:
    """The words of a heading in every language of the definition."""
    if isinstance(said, str) or not isinstance(label, Mapping):
        return (
            {k: v.format(label) for k, v in said.items()} if isinstance(said, Mapping) else said.format(label)
        )
    return {k: v.format(label.get(k) or next(iter(label.values()), "")) for k, v in said.items()}


def compared(
    shown: Sequence[ShownColumn], row: Mapping[str, Value], before: Mapping[str, Value]
) -> dict[str, Value]:
    """What a row is beside what it was."""
    found: dict[str, Value] = {}
    for one in shown:
        if not can_compare(one):
            continue
        now, then = row.get(one.key), before.get(one.key)
        found[f"{one.key}{MARK}earlier"] = then
        if isinstance(now, Decimal) and isinstance(then, Decimal):
            found[f"{one.key}{MARK}difference"] = now - then
            if then and one.type != "percent":
                rate = (now - then) / abs(then) * HUNDRED
                found[f"{one.key}{MARK}change"] = rate.quantize(AVERAGE_DIGITS, ROUND_HALF_UP)
    return found
