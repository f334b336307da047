"""Fencing: who has lost a lease to another commits nothing more, however late it finds out.

Work that holds a lease runs inside ``fenced``: each of its transactions looks at the lease as the last thing before it commits, with the
row locked, so that nobody takes the lease over between the look and the commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from sqlalchemy import Connection

from builder.storage.errors import StorageError

Hold = Callable[[Connection], bool]
"""Locks and renews the lease; False where another has it."""

_HELD: ContextVar[tuple[Hold, ...]] = ContextVar("held", default=())


class FencedError(StorageError):
    """The lease has gone to another: nothing was written, and what was being done is the other's now."""


@contextmanager
def fenced(hold: Hold) -> Iterator[None]:
    """Everything that this thread commits inside the block commits only while ``hold`` says so."""
    token = _HELD.set((*_HELD.get(), hold))
    try:
        yield
    finally:
        _HELD.reset(token)


@contextmanager
def unfenced() -> Iterator[None]:
    """For a throw-away database of this thread's own, which no lease of another database is about."""
    token = _HELD.set(())
    try:
        yield
    finally:
        _HELD.reset(token)


def check(conn: Connection) -> None:
    """Raise ``FencedError`` where a lease that this thread works under is gone."""
    for hold in _HELD.get():
        if not hold(conn):
            raise FencedError("FENCED")
