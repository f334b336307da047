"""Hearing: what became of the messages that outside systems sent, for the administrator of the app. Whoever sent one is told less.

Anybody may send anything, so that notes are few: one a minute of each connector and outcome, and none for what names no connector of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from builder.connectors.signing import UnsignedError, verified
from builder.metadata.outside import Connector
from builder.runtime.apps import LoadedApp
from builder.runtime.connecting import connection_of
from builder.runtime.engine import Engine
from builder.storage import apps as stored_apps
from builder.storage import feed
from builder.storage.feed import FeedRow

PREFIX = "hook:"
EVERY = timedelta(minutes=1)
KEPT = timedelta(days=30)
MOST = 50
SECRETS = ("signing", "signing_next")
"""The one in use, and the one that takes its place while they are exchanged."""


@dataclass(frozen=True, slots=True)
class Heard:
    """One note: of which connector (uid), what became of it (a problem's code), and when."""

    connector: str
    code: str
    at: datetime


@dataclass
class Hearing:
    """Keeps the notes of one process."""

    engine: Engine
    ws: int = 1
    _last: dict[tuple[int, str, str], datetime] = field(default_factory=dict)

    def is_due(self, app_id: int, connector: str, code: str) -> bool:
        """Whether such a note was not made a moment ago."""
        last = self._last.get((app_id, connector, code))
        return last is None or self.engine.clock.now() - last >= EVERY

    def note(self, app_id: int, connector: str, code: str) -> None:
        """Write down what became of a message, unless it was a moment ago."""
        if not self.is_due(app_id, connector, code):
            return
        now = self.engine.clock.now()
        self._last[app_id, connector, code] = now
        row = FeedRow(self.engine.database.new_id(), f"{PREFIX}{code}:{connector}", app_id, 0, now)
        with self.engine.database.write(job=True) as conn:
            feed.add(conn, self.ws, row)

    def signs_for_another(
        self, connector: Connector, app: str, request: tuple[dict[str, str], bytes]
    ) -> bool:
        """Whether a message that this connector's secret did not sign is signed with that of another one of ours: somebody mixed them up."""
        now = int(self.engine.clock.now().timestamp())
        with self.engine.database.snapshot() as conn:
            for key, other, secrets in self._others(conn):
                if (key, other.uid) == (app, connector.uid):
                    continue
                try:
                    verified(secrets, request[0], now, request[1])
                except UnsignedError:
                    continue
                return True
        return False

    def _others(self, conn: Any) -> Iterator[tuple[str, Connector, tuple[str, ...]]]:
        for row in stored_apps.apps(conn, self.ws):
            if not row.live_version:
                continue
            app: LoadedApp = self.engine.apps.load(conn, self.ws, row.key)
            for connector in app.package.connectors:
                if connector.kind == "webhook":
                    held = connection_of(self.engine, conn, self.ws, app.row.app_id, connector).secrets
                    yield app.key, connector, tuple(held.get(name, "") for name in SECRETS)


def heard(conn: Any, ws: int, app_id: int) -> tuple[Heard, ...]:
    """The latest notes of an app."""
    rows = feed.of(conn, ws, app_id, PREFIX, MOST)
    found = ((row.kind.removeprefix(PREFIX).partition(":"), row.at) for row in rows)
    return tuple(Heard(parts[2], parts[0], at) for parts, at in found)
