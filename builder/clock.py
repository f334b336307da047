"""Clock: the one source of now, injected. A command asks once and keeps the answer over retries."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


class Clock(Protocol):
    """Tells the time; always an aware instant in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class FixedClock:
    """A clock that stands until it is moved: tests, scenarios and sample data."""

    def __init__(self, at: datetime) -> None:
        self._now = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._now

    def set(self, at: datetime) -> None:
        """Move the clock to ``at``, forwards or backwards."""
        self._now = at.astimezone(UTC)

    def advance(self, by: timedelta) -> None:
        self._now += by


def business_date(now: datetime, timezone: str, day_starts_at: time = time(0)) -> date:
    """The business day that ``now`` belongs to: a restaurant that closes at 03:00 sells yesterday until then."""
    local = now.astimezone(ZoneInfo(timezone))
    start = timedelta(hours=day_starts_at.hour, minutes=day_starts_at.minute)
    return (local - start).date()
