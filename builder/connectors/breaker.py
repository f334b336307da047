"""Breaker: a place that does not answer is left alone for a while, so that what goes elsewhere does not wait for it. Pure: time is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

FAILURES = 5
FIRST_REST = timedelta(seconds=30)
LONGEST_REST = timedelta(minutes=10)


@dataclass
class _State:
    failures: int = 0
    rest: timedelta = FIRST_REST
    until: datetime | None = None


@dataclass
class Breaker:
    """What is known of each place. After five failures in a row it rests; then one message tries, and each further failure doubles the rest."""

    _states: dict[str, _State] = field(default_factory=dict)

    def rests_until(self, place: str, now: datetime) -> datetime | None:
        """Until when nothing should go there; None: now."""
        state = self._states.get(place)
        if state is None or state.until is None or state.until <= now:
            return None
        if state.until - now > LONGEST_REST:
            # The clock was set back: nobody rests longer for that.
            return None
        return state.until

    def answered(self, place: str) -> None:
        self._states.pop(place, None)

    def failed(self, place: str, now: datetime) -> None:
        state = self._states.setdefault(place, _State())
        state.failures += 1
        if state.failures < FAILURES:
            return
        if state.until is not None:
            state.rest = min(state.rest * 2, LONGEST_REST)
        state.until = now + state.rest
