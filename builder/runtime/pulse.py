"""Pulse: who has a page open hears at once what is new for them. Any number of waiting streams costs one look into the database a second.

What a reader knows is a head: how much is unread, which notice is the latest, how many decisions wait; and the versions of the records that
their page shows. A stream waits until its head is another or one of them is at a later version, so that nothing is lost between two streams, whichever process answers them and in whatever order commits become visible.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from builder.storage import notifications, watching
from builder.storage.database import Database
from builder.storage.notifications import Head
from builder.storage.watching import Key

log = logging.getLogger(__name__)

LOOKS = 1.0
"""Seconds between two looks while somebody waits."""
MOST_EACH = 2
"""Streams of one person in one process: more tabs than that ask now and then."""

Who = tuple[int, int]


@dataclass(eq=False)
class Waiting:
    """One stream. ``changed`` is set once the head of ``who`` is no longer ``known``, or one of ``records`` is at a later version."""

    who: Who
    known: Head
    records: Mapping[Key, int] = field(default_factory=dict)
    changed: threading.Event = field(default_factory=threading.Event)


@dataclass
class Pulse:
    """``most`` streams may wait at a time: each holds one of the server's threads. One for the process; safe between threads."""

    database: Database
    most: int
    _waiting: set[Waiting] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _rung: threading.Event = field(default_factory=threading.Event)
    _watcher: threading.Thread | None = None

    def enter(self, who: Who, known: Head, records: Mapping[Key, int] | None = None) -> Waiting | None:
        """A place to wait at; None where all are taken. Whoever gets one must ``leave`` it."""
        with self._lock:
            own = sum(one.who == who for one in self._waiting)
            if len(self._waiting) >= self.most or own >= MOST_EACH:
                return None
            made = Waiting(who, known, records or {})
            self._waiting.add(made)
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="pulse", daemon=True)
                self._watcher.start()
        return made

    def leave(self, waiting: Waiting) -> None:
        with self._lock:
            self._waiting.discard(waiting)

    def ring(self) -> None:
        """Something was told in this process: look now."""
        self._rung.set()

    def look(self) -> None:
        """Wake those whose head is another by now, or of whose records one is at a later version."""
        with self._lock:
            waiting = tuple(self._waiting)
        found: Mapping[Who, Head] = self._heads({one.who for one in waiting})
        versions = self._versions(waiting)
        for one in waiting:
            at = versions.get(one.who[0], {})
            is_later = any(at.get(key, 0) > version for key, version in one.records.items())
            if is_later or found.get(one.who, one.known) != one.known:
                one.changed.set()

    def _versions(self, waiting: Collection[Waiting]) -> Mapping[int, Mapping[Key, int]]:
        """At which versions the records that somebody watches stand, by workspace: each is asked for once, however many watch it."""
        wanted: dict[int, set[Key]] = {}
        for one in waiting:
            if one.records:
                wanted.setdefault(one.who[0], set()).update(one.records)
        if not wanted:
            return {}
        with self.database.snapshot() as conn:
            return {ws: watching.versions(conn, ws, keys) for ws, keys in wanted.items()}

    def _heads(self, people: Collection[Who]) -> Mapping[Who, Head]:
        if not people:
            return {}
        with self.database.snapshot() as conn:
            return {
                (ws, user): head
                for ws in {ws for ws, _ in people}
                for user, head in notifications.heads(conn, ws, [u for w, u in people if w == ws]).items()
            }

    def _watch(self) -> None:
        """Until nobody waits; the next one who does starts another."""
        while True:
            self._rung.wait(timeout=LOOKS)
            self._rung.clear()
            with self._lock:
                if not self._waiting:
                    self._watcher = None
                    return
            try:
                self.look()
            except Exception:
                # The database restarts, say: streams end by their own time and ask again.
                log.exception("what is new could not be looked up")
