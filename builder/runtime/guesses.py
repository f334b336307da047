"""Guesses: wrong sign-ins under names that nobody has. They are slowed down like those of accounts, so that the slowing tells nobody which is which."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta

FREE_FAILURES = 5
LOCK_SECONDS = 30
LONGEST_LOCK_SECONDS = 3600
MOST = 10_000
"""Names that are kept: whoever tries more of them meets none twice."""

Name = tuple[int, str]


def locked_after(failures: int, now: datetime) -> datetime | None:
    """Until when nothing is looked at after so many wrong passwords; None while they are free."""
    if failures < FREE_FAILURES:
        return None
    # A power of a few hundred would be a number of no use; the longest lock is reached long before.
    seconds = min(LOCK_SECONDS * 2 ** min(failures - FREE_FAILURES, 16), LONGEST_LOCK_SECONDS)
    return now + timedelta(seconds=seconds)


class Guesses:
    """Counts for one process. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[Name, tuple[int, datetime | None]] = OrderedDict()

    def locked_until(self, name: Name) -> datetime | None:
        with self._lock:
            return self._known.get(name, (0, None))[1]

    def note(self, name: Name, now: datetime) -> None:
        with self._lock:
            failures = self._known.pop(name, (0, None))[0] + 1
            self._known[name] = (failures, locked_after(failures, now))
            if len(self._known) > MOST:
                self._known.popitem(last=False)
