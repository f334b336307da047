"""Gantt: rows of bars along days. A bar's column and length are grid lines, which style sheets know by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from builder.runtime.calendars import calendar_of
from builder.runtime.pages.layouts.laid import Entry, Laid
from builder.runtime.pages.layouts.span import WEEK, Span

Run = tuple[int, int]
"""Where something begins, counted from 1, and how many days it takes."""


def gantt(laid: Laid, span: Span, today: date) -> Mapping[str, Any]:
    """What the template draws."""
    found = laid.found(span)
    ctx, words = laid.ctx, laid.lists.words
    calendar = calendar_of(ctx.conn, ctx.ws, ctx.app)
    return {
        "found": found,
        "by": laid.heading,
        "count": span.count,
        "months": _runs(span, lambda day: f"{day.year}-{day.month:02d}"),
        "ticks": [
            {
                "at": index + 1,
                "for": 1 if span.zoom == "days" else WEEK,
                "label": str(day.day),
                "weekday": words.say(f"page.weekday_{day.weekday()}") if span.zoom == "days" else "",
                "off": span.zoom == "days" and not calendar.is_worked(day),
                "today": day == today,
            }
            for index, day in enumerate(span.days)
            if span.zoom == "days" or day.weekday() == 0
        ],
        "off": [(at, count) for is_worked, at, count in _runs(span, calendar.is_worked) if not is_worked],
        "today": span.column(today) if span.first <= today <= span.last else 0,
        "rows": [_row(laid, span, label, entries) for label, entries in _rows(laid, found.entries)],
    }


def _runs(span: Span, of: Any) -> list[tuple[Any, int, int]]:
    """Days in a row of which the same is true, with the place and the count."""
    made: list[tuple[Any, int, int]] = []
    for value, days in groupby(span.days, of):
        same = list(days)
        made.append((value, span.column(same[0]), len(same)))
    return made


def _rows(laid: Laid, entries: Sequence[Entry]) -> Iterable[tuple[Any, Sequence[Entry]]]:
    """The entries by what they are laid out by; without that, each in a row of its own."""
    if not laid.layout.by:
        return [(None, (entry,)) for entry in entries]
    groups: dict[Any, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(entry.group, []).append(entry)
    named = [(laid.group(value), value, found) for value, found in groups.items()]
    named.sort(key=lambda one: (one[1] is None, laid.order(one[1]), one[0].text))
    return [(cell, found) for cell, _, found in named]


def _row(laid: Laid, span: Span, label: Any, entries: Sequence[Entry]) -> Mapping[str, Any]:
    none = laid.lists.words.say("page.layout_none")
    return {
        "label": (label.text or none) if label is not None else entries[0].name,
        "url": label.url if label is not None else entries[0].url,
        "bars": [_bar(span, entry) for entry in entries],
    }


def _bar(span: Span, entry: Entry) -> Mapping[str, Any]:
    at, end = span.column(entry.first), span.column(entry.last)
    return {
        "entry": entry,
        "at": at,
        "for": end - at + 1,
        "is_begun": entry.first < span.first,
        "is_open": entry.last > span.last,
    }
