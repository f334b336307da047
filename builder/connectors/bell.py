"""Bell: ends an exchange that takes too long as a whole. A socket's own timeout starts anew with every byte, so that a receiver that drips would
hold a worker for ever. One thread serves all exchanges of a client, because a thread for each would cost more than most exchanges."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from dataclasses import dataclass, field

LOOKS = 4
"""How often it looks within the time allowed: it rings at most a quarter late."""


@dataclass
class Bell:
    """``rang`` says whether the exchange that was started last was cut."""

    seconds: float
    rang: bool = False
    _of: http.client.HTTPConnection | None = None
    _until: float = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            self.rang, self._of, self._until = False, connection, time.monotonic() + self.seconds
        if self._thread is None:
            self._ended.clear()
            self._thread = threading.Thread(target=self._watch, name="egress", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        with self._lock:
            self._of = None

    def end(self) -> None:
        """Let the thread go; the next start makes another."""
        if self._thread is not None:
            self._ended.set()
            self._thread.join()
            self._thread = None

    def _watch(self) -> None:
        while not self._ended.wait(self.seconds / LOOKS):
            with self._lock:
                if self._of is not None and time.monotonic() >= self._until:
                    self.rang = True
                    _cut(self._of)
                    self._of = None


def _cut(connection: http.client.HTTPConnection) -> None:
    sock = connection.sock
    if sock is None:
        return
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        # It ended by itself in the same moment.
        return
