"""Chinese holidays: the days off and the weekend days worked instead, as the State Council's notices set them, year by year."""

from __future__ import annotations

from datetime import date, timedelta

from builder.workflow.calendar import WorkingCalendar

OFF: tuple[tuple[str, int], ...] = (
    ("2024-01-01", 1), ("2024-02-10", 8), ("2024-04-04", 3), ("2024-05-01", 5), ("2024-06-10", 1), ("2024-09-15", 3),
    ("2024-10-01", 7),
    ("2025-01-01", 1), ("2025-01-28", 8), ("2025-04-04", 3), ("2025-05-01", 5), ("2025-05-31", 3), ("2025-10-01", 8),
    ("2026-01-01", 3), ("2026-02-15", 9), ("2026-04-04", 3), ("2026-05-01", 5), ("2026-06-19", 3), ("2026-09-25", 3),
    ("2026-10-01", 7),
)  # fmt: skip
"""First day and number of days."""
WORKED = (
    "2024-02-04", "2024-02-18", "2024-04-07", "2024-04-28", "2024-05-11", "2024-09-14", "2024-09-29", "2024-10-12",
    "2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11",
    "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
)  # fmt: skip
FIXED = ((1, 1, 1), (5, 1, 2), (10, 1, 3))
"""Days off of any year, by law: month, day, how many. They stand in for a year whose notice is not out yet."""
KNOWN = range(2024, 2027)
YEARS = range(2020, 2041)


def _holidays() -> frozenset[date]:
    known = {date.fromisoformat(first) + timedelta(days=i) for first, days in OFF for i in range(days)}
    others = (year for year in YEARS if year not in KNOWN)
    fixed = {
        date(year, month, day) + timedelta(days=i)
        for year in others
        for month, day, days in FIXED
        for i in range(days)
    }
    return frozenset(known | fixed)


CHINA = WorkingCalendar(holidays=_holidays(), workdays=frozenset(date.fromisoformat(day) for day in WORKED))
