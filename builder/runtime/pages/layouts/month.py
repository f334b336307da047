"""Month: the days of a month or a week, with what stands on each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from builder.runtime.calendars import calendar_of
from builder.runtime.pages.layouts.laid import Entry, Laid
from builder.runtime.pages.layouts.span import WEEK, Span

MOST_A_DAY = {"month": 5, "week": 40}
"""Entries of one day that are shown at once; the rest is behind a link."""


def month(laid: Laid, span: Span, today: date, day_url: Callable[[date], str]) -> Mapping[str, Any]:
    """What the template draws."""
    found = laid.found(span)
    words, ctx = laid.lists.words, laid.ctx
    calendar = calendar_of(ctx.conn, ctx.ws, ctx.app)
    by_day: dict[date, list[Entry]] = {day: [] for day in span.days}
    for entry in sorted(found.entries, key=lambda e: (e.first, e.time, e.title)):
        for day in span.days[span.column(entry.first) - 1 : span.column(entry.last)]:
            by_day[day].append(entry)
    most = MOST_A_DAY[span.zoom]
    days = [
        {
            "day": day,
            "label": str(day.day) if day.day > 1 and day != span.first else f"{day.month}-{day.day}",
            "said": f"{day.isoformat()} {words.say(f'page.weekday_long_{day.weekday()}')}",
            "off": not calendar.is_worked(day),
            "today": day == today,
            "other": span.month is not None and day.month != span.month.month,
            "entries": entries[:most],
            "more": max(len(entries) - most, 0),
            "url": day_url(day),
        }
        for day, entries in by_day.items()
    ]
    return {
        "found": found,
        "weekdays": [words.say(f"page.weekday_{n}") for n in range(WEEK)],
        "weeks": [days[at : at + WEEK] for at in range(0, len(days), WEEK)],
        "rows": found.entries,
    }
