"""Standstill: while a backup takes the place of the data, nobody else writes, in whichever process they ask.

A file in the folder that all processes share says so. Its holder touches it again and again; one that is not touched any more was left
behind by a process that died, and holds nobody up. A second file says when the data were replaced last: what processes keep in memory of the
data before is old then.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

from builder.errors import BusyError

TOUCHED_EVERY = 5.0
LEFT_BEHIND = 30.0
COME_BACK = 5
"""Seconds after which a refused writer may ask again."""


class Hold:
    """The standstill in one's hand, until ``release``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._over = threading.Event()
        self._toucher = threading.Thread(target=self._touch, name="standstill", daemon=True)
        self._toucher.start()

    def _touch(self) -> None:
        while not self._over.wait(TOUCHED_EVERY):
            self._path.touch()

    def release(self) -> None:
        """Let everybody write again."""
        self._over.set()
        self._toucher.join()
        self._path.unlink(missing_ok=True)


class Standstill:
    """The standstill of the data whose files lie in ``folder``. ``now`` is the clock by which the file system dates its files."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._path = folder / "standstill"
        self._era = folder / "era"
        self._now = now

    def is_on(self) -> bool:
        """Whether writers have to wait. Asked before every write: one look at the file system."""
        try:
            touched = os.stat(self._path).st_mtime
        except OSError:
            return False
        return self._now() - touched < LEFT_BEHIND

    def check(self) -> None:
        """Raise ``BusyError`` where writers have to wait."""
        if self.is_on():
            raise BusyError("RESTORING", retry_after=COME_BACK)

    def take(self) -> Hold:
        """Hold everybody up. ``BusyError`` where somebody else does already."""
        self.check()
        self._path.unlink(missing_ok=True)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.close(os.open(self._path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except FileExistsError as error:
            raise BusyError("RESTORING", retry_after=COME_BACK) from error
        return Hold(self._path)

    @property
    def era(self) -> int:
        """A number that is another one after the data were replaced."""
        try:
            return os.stat(self._era).st_mtime_ns
        except OSError:
            return 0

    def begin_era(self) -> None:
        """Tell all processes that what they remember is of other data."""
        partial = self._era.with_name("era.partial")
        partial.write_text("", encoding="utf-8")
        partial.replace(self._era)
