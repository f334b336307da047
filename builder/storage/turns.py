"""Turns: who writes next where only one may. People come before jobs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from builder.storage.errors import RetryError


class Turns:
    """A lock with two queues: a job waits until no person does. Waiting ends after ``patience`` seconds with ``RetryError``.
    ``people`` says how many of them wait."""

    def __init__(self, patience: float = 10.0) -> None:
        self._patience = patience
        self._changed = threading.Condition()
        self._owner: int | None = None
        self.people = 0

    @contextmanager
    def turn(self, *, job: bool = False) -> Iterator[None]:
        """The only turn there is, until the block ends. A thread that has it and asks again is wrong: ``RuntimeError``."""
        me = threading.get_ident()
        if self._owner == me:
            raise RuntimeError("this thread is writing already: a transaction does not open another")
        self._take(me, job=job)
        try:
            yield
        finally:
            with self._changed:
                self._owner = None
                self._changed.notify_all()

    def _take(self, me: int, *, job: bool) -> None:
        with self._changed:
            if not job:
                self.people += 1
            try:
                if not self._changed.wait_for(
                    self._is_free_for_job if job else self._is_free, self._patience
                ):
                    raise RetryError("BUSY")
                self._owner = me
            finally:
                if not job:
                    self.people -= 1
                    self._changed.notify_all()

    def _is_free(self) -> bool:
        return self._owner is None

    def _is_free_for_job(self) -> bool:
        return self._owner is None and self.people == 0


_ALL: dict[str, Turns] = {}
_LOCK = threading.Lock()


def turns_of(name: str, make: Callable[[], Turns] = Turns) -> Turns:
    """The process's one ``Turns`` of that name, however often its database is opened."""
    with _LOCK:
        return _ALL.setdefault(name, make())
