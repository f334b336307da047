"""Turns: who writes next where only one may. People come before jobs."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from builder.storage.errors import RetryError


class Turns:
    """A lock with two queues: a job waits until no person does. Waiting ends after ``patience`` seconds with ``RetryError``.

    Who ends a turn gives it to the one who has waited longest, and wakes nobody else: waking all who wait costs more than what they
    wait for, and whoever is unlucky then waits for ever."""

    def __init__(self, patience: float = 10.0) -> None:
        self._patience = patience
        self._lock = threading.Lock()
        self._owner: int | None = None
        self._people: deque[_Waiting] = deque()
        self._jobs: deque[_Waiting] = deque()

    @property
    def people(self) -> int:
        """How many people wait."""
        return len(self._people)

    @contextmanager
    def turn(self, *, job: bool = False) -> Iterator[None]:
        """The only turn there is, until the block ends. A thread that has it and asks again is wrong: ``RuntimeError``."""
        me = threading.get_ident()
        if self._owner == me:
            raise RuntimeError("this thread is writing already: a transaction does not open another")
        self._take(me, self._jobs if job else self._people)
        try:
            yield
        finally:
            self._give()

    def _take(self, me: int, queue: deque[_Waiting]) -> None:
        with self._lock:
            if self._owner is None:
                self._owner = me
                return
            mine = _Waiting(me)
            queue.append(mine)
        if mine.called.acquire(timeout=self._patience):
            return
        with self._lock:
            if self._owner == me:
                # It became ours while we gave up.
                return
            queue.remove(mine)
        raise RetryError("BUSY")

    def _give(self) -> None:
        with self._lock:
            queue = self._people or self._jobs
            following = queue.popleft() if queue else None
            self._owner = following.thread if following else None
        if following is not None:
            following.called.release()


class _Waiting:
    """One who waits: a lock that is opened when the turn comes."""

    __slots__ = ("called", "thread")

    def __init__(self, thread: int) -> None:
        self.thread = thread
        self.called = threading.Lock()
        self.called.acquire()


_ALL: dict[str, Turns] = {}
_LOCK = threading.Lock()


def turns_of(name: str, make: Callable[[], Turns] = Turns) -> Turns:
    """The process's one ``Turns`` of that name, however often its database is opened."""
    with _LOCK:
        return _ALL.setdefault(name, make())
