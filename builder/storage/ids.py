"""Ids: made in the process before anything is written, ordered by time, and shown outside only through a keyed permutation.

An id has 63 bits: 41 of milliseconds since 2024, 10 of the writer slot, 12 of a counter. A writer slot is leased, and the ids of a
lease lie within the lease's time: whoever takes the slot next starts after it. So ids are unique whatever the clocks do.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

EPOCH_MS = 1_704_067_200_000
SLOT_BITS = 10
COUNTER_BITS = 12
SLOTS = 1 << SLOT_BITS
COUNTS = 1 << COUNTER_BITS
LIMIT = 1 << 63

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 13
ROUNDS = 6
_DIGITS = {character: number for number, character in enumerate(ALPHABET)}
_PAIRS = tuple(first + second for first in ALPHABET for second in ALPHABET)
_SHIFTS = range(10 * (LENGTH // 2 - 1), -1, -10)
"""The first character stands alone, the others are written two by two."""
_NUMBERS = tuple(bytes((number,)) for number in range(ROUNDS))
_HALF = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class Lease:
    """A writer slot and the milliseconds in which it may make ids: from ``start`` to before ``until``."""

    slot: int
    start: int
    until: int


class IdMaker:
    """Makes ids that only grow. ``now_ms`` tells the time, ``lease`` gives a lease that ends after that time.

    A lease is taken without holding the lock under which ids are made: who gives it may have to wait for a writer that makes ids."""

    def __init__(self, now_ms: Callable[[], int], lease: Callable[[int], Lease]) -> None:
        self._now_ms = now_ms
        self._lease = lease
        self._current: Lease | None = None
        self._ms = 0
        self._count = 0
        self._lock = threading.Lock()
        self._renewing = threading.Lock()

    def __call__(self) -> int:
        """A new id. A clock that stands or goes back is not followed; a full counter takes from the next millisecond."""
        while True:
            with self._lock:
                ms, count = self._next()
                lease = self._current
                if lease is not None and ms < lease.until:
                    self._ms, self._count = ms, count
                    return (
                        ((ms - EPOCH_MS) << SLOT_BITS + COUNTER_BITS) | (lease.slot << COUNTER_BITS) | count
                    )
            self._renew(ms, 0)

    def _next(self) -> tuple[int, int]:
        ms = max(self._now_ms(), self._ms)
        if ms == self._ms and self._count + 1 < COUNTS:
            return ms, self._count + 1
        return max(ms, self._ms + 1), 0

    def prepare(self, ahead_ms: int) -> None:
        """Take a new lease now where the current one ends within ``ahead_ms``: in a write transaction none can be taken."""
        with self._lock:
            ms, lease = max(self._now_ms(), self._ms), self._current
        if lease is None or ms + ahead_ms >= lease.until:
            self._renew(ms, ahead_ms)

    def _renew(self, ms: int, ahead_ms: int) -> None:
        with self._renewing:
            old = self._current
            if old is not None and ms + ahead_ms < old.until:
                return
            new = self._lease(ms)
            with self._lock:
                self._current = new
                if old is None or new.slot != old.slot or new.start > self._ms:
                    # Nothing of the new lease's first millisecond is used: the next id is of one that begins.
                    self._ms, self._count = max(self._ms, new.start - 1), COUNTS

    @property
    def held(self) -> tuple[Lease, int] | None:
        """The lease in hand and the first millisecond that it has not used."""
        return (self._current, self._ms + 1) if self._current is not None else None


class Opaque:
    """Ids as outsiders see them: 13 characters that say neither how many there are nor which comes next."""

    def __init__(self, key: bytes) -> None:
        self._keyed = hashlib.blake2b(key=key, digest_size=4)
        self.show = lru_cache(maxsize=65_536)(self._show)
        self.read = lru_cache(maxsize=65_536)(self._read)

    def _show(self, id: int) -> str:
        value = self._permuted(id)
        return ALPHABET[value >> 60 & 31] + "".join([_PAIRS[value >> shift & 1023] for shift in _SHIFTS])

    def _read(self, text: str) -> int | None:
        """The id that is shown as ``text``; None for anything that no id is shown as."""
        if len(text) != LENGTH:
            return None
        value = 0
        for character in text.lower():
            digit = _DIGITS.get(character)
            if digit is None:
                return None
            value = value << 5 | digit
        if value >> 64:
            return None
        id = self._back(value)
        return id if 0 < id < LIMIT else None

    def _permuted(self, value: int) -> int:
        # What ``_mixed`` does, without calling it: an answer of ten thousand records shows as many new ids.
        left, right, keyed = value >> 32, value & _HALF, self._keyed.copy
        for number in _NUMBERS:
            mixed = keyed()
            mixed.update(right.to_bytes(5, "big") + number)
            left, right = right, left ^ int.from_bytes(mixed.digest(), "big")
        return left << 32 | right

    def _back(self, value: int) -> int:
        left, right = value >> 32, value & _HALF
        for number in reversed(range(ROUNDS)):
            left, right = right ^ self._mixed(number, left), left
        return left << 32 | right

    def _mixed(self, number: int, half: int) -> int:
        # Taking the key in is most of the work, so that it is done once.
        mixed = self._keyed.copy()
        mixed.update(half.to_bytes(5, "big") + _NUMBERS[number])
        return int.from_bytes(mixed.digest(), "big")
