"""Spraying: one address that tries a few passwords under many names stays below the limit of every name, so addresses have one too."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

WINDOW = timedelta(minutes=15)
NAMES = 10
"""Names that may fail from one address within the window: people behind one office's address mistype, too."""
MOST = 10_000
"""Addresses that are kept."""


class Sprays:
    """Which names failed from which address, for one process. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, OrderedDict[str, datetime]] = OrderedDict()

    def locked_until(self, address: str, now: datetime) -> datetime | None:
        """Until when nothing from there is looked at; None while it may go on."""
        with self._lock:
            failed = self._known.get(whose(address))
            if failed is None:
                return None
            _forget(failed, now)
            return next(iter(failed.values())) + WINDOW if len(failed) >= NAMES else None

    def note_failure(self, address: str, name: str, now: datetime) -> None:
        if not address:
            return
        with self._lock:
            failed = self._known.setdefault(whose(address), OrderedDict())
            self._known.move_to_end(whose(address))
            _forget(failed, now)
            failed.pop(name, None)
            failed[name] = now
            if len(self._known) > MOST:
                self._known.popitem(last=False)

    def note_success(self, address: str, name: str) -> None:
        """Whoever knows the password had only mistyped it."""
        with self._lock:
            self._known.get(whose(address), OrderedDict()).pop(name, None)


def _forget(failed: OrderedDict[str, datetime], now: datetime) -> None:
    while failed and next(iter(failed.values())) + WINDOW <= now:
        failed.popitem(last=False)


def whose(address: str) -> str:
    """What one customer of a provider has: an IPv4 address (in the clothes of IPv6, too), or a whole /64 of IPv6."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    found = getattr(found, "ipv4_mapped", None) or found
    return str(ip_network((found, 64), strict=False)) if isinstance(found, IPv6Address) else str(found)
