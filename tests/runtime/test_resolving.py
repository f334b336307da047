"""Resolving: relative days and moments of scenarios."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from builder.runtime.resolving import instant, relative_day

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05 09:00", "2026-01-05T09:00:00+08:00"),
        ("-59d 08:35", "2026-01-01T08:35:00+08:00"),
        ("+1d", "2026-03-02T09:00:00+08:00"),
    ],
)
def test_moments(text: str, expected: str) -> None:
    assert instant(text, TODAY, ZONE).isoformat() == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("-3d", "2026-02-26"),
        ("+7d", "2026-03-08"),
        ("-3d month", "2026-02"),
        ("+11 month", "2027-02"),
        ("3d", "3d"),
        (5, 5),
    ],
)
def test_days(value: object, expected: object) -> None:
    assert relative_day(value, TODAY) == expected
