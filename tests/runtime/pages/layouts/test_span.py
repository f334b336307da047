"""Spans: whole weeks, the way back and forth, and what is no day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.runtime.pages.layouts.span import ZOOMS, span_of

TODAY = date(2026, 1, 7)
DAYS = st.dates(date(1901, 1, 1), date(2899, 1, 1))
WAYS = st.sampled_from([(kind, zoom) for kind, zooms in ZOOMS.items() for zoom in zooms])


def test_a_gantt_begins_on_the_monday_of_the_day() -> None:
    span = span_of("gantt", "days", "2026-01-07", TODAY)
    assert (span.first, span.last, span.count) == (date(2026, 1, 5), date(2026, 2, 1), 28)
    assert span_of("gantt", "weeks", "2026-01-07", TODAY).count == 91


def test_a_month_has_all_of_its_weeks() -> None:
    span = span_of("calendar", "month", "2026-02-14", TODAY)
    assert (span.first, span.last) == (date(2026, 1, 26), date(2026, 3, 1))
    assert (span.before, span.after) == (date(2026, 1, 31), date(2026, 3, 1))


@pytest.mark.parametrize(
    "said", ["", "tomorrow", "2026-02-30", "0001-01-01", "9999-12-31", "2026-01-05T00:00"]
)
def test_what_is_no_day_is_today(said: str) -> None:
    assert TODAY in span_of("gantt", "days", said, TODAY).days


def test_an_unknown_zoom_is_the_first() -> None:
    assert span_of("calendar", "years", "", TODAY).zoom == "month"


@given(WAYS, DAYS)
def test_a_span_holds_its_day_and_joins_those_before_and_after(way: tuple[str, str], day: date) -> None:
    kind, zoom = way
    span = span_of(kind, zoom, day.isoformat(), TODAY)
    assert day in span.days
    assert span.first.weekday() == 0
    assert span.count % 7 == 0
    later = span_of(kind, zoom, span.after.isoformat(), TODAY)
    assert span.first < later.first <= span.last + timedelta(days=1)
    assert span_of(kind, zoom, later.before.isoformat(), TODAY) == span


@given(WAYS, DAYS)
def test_every_day_has_its_column_and_others_the_nearer_end(way: tuple[str, str], day: date) -> None:
    span = span_of(*way, day.isoformat(), TODAY)
    assert [span.column(one) for one in span.days] == list(range(1, span.count + 1))
    assert span.column(span.first - timedelta(days=9)) == 1
    assert span.column(span.last + timedelta(days=9)) == span.count
