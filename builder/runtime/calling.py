"""Calling: messages of the outbox as requests to outside systems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from builder.connectors.breaker import Breaker
from builder.connectors.egress import Egress, Reply, UnreachableError
from builder.connectors.rest import Outgoing, request
from builder.connectors.robots import PAUSE, ROBOTS, calls, digest, is_taken, post, rests, worded
from builder.connectors.vault import Connection
from builder.errors import BuilderError
from builder.metadata.outside import Connector
from builder.runtime import delivery
from builder.runtime.apps import LoadedApp
from builder.runtime.connecting import connection_of, policy_of
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.storage import choices, paces
from builder.storage.outbox import OutboxRow

SPOKEN = frozenset({"rest", "webhook", "robot"})


class NotConnectedError(BuilderError):
    """The connector is gone, or no administrator has turned it on."""

    code, status = "NOT_CONNECTED", 409


class RestingError(BuilderError):
    """The place did not answer lately and is left alone ``until`` then."""

    code, status = "RESTING", 503

    def __init__(self, until: datetime) -> None:
        super().__init__()
        self.until = until


class NotTakenError(BuilderError):
    """The place answered that it does not take the message."""

    code, status = "NOT_TAKEN", 502


@dataclass
class Caller:
    """Takes messages to outside systems. One relay has one; it keeps connections open and knows who does not answer."""

    engine: Engine
    ws: int
    egress: Egress = field(init=False)
    breaker: Breaker = field(default_factory=Breaker)
    _known: dict[tuple[str, str], tuple[LoadedApp, Connector, Connection]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.egress = Egress(policy_of(self.engine))

    def begin(self) -> None:
        """A new batch begins: connectors are looked at again, for somebody may have turned one off."""
        self._known.clear()

    def take(self, row: OutboxRow) -> None:
        """Deliver one message. Raises a ``BuilderError`` where it did not arrive for certain."""
        now = self.engine.clock.now()
        app, connector, connection = self._connected(row.body, now)
        place = connection.origin
        self._ready(place, now)
        id = self.engine.database.show(row.message_id)
        sent = request(
            place,
            connector.settings,
            connection.secrets,
            id,
            int(now.timestamp()),
            self._content(app, row.body, id),
        )
        reply = self._sent(place, sent, now)
        if not 200 <= reply.status < 300:
            raise NotTakenError(status=reply.status)

    def tell(self, rows: Sequence[OutboxRow]) -> int:
        """Tell one robot as many messages in one as it takes, the first ones; how many. Raises as ``take`` does, for all of them. A robot that
        was told a moment ago rests."""
        now = self.engine.clock.now()
        _, connector, connection = self._connected(rows[0].body, now)
        if connector.vendor not in ROBOTS:
            raise NotConnectedError(connector=connector.key)
        place, at = connection.origin, f"{rows[0].body['app']}:{connector.uid}"
        self._ready(place, now)
        self._in_turn(at, now)
        called = [self._called(row.body.get("mention") or (), connector.vendor) for row in rows]
        text, taken = digest(
            [_with_calls(row, connector.vendor, of) for row, of in zip(rows, called, strict=True)],
            connector.vendor,
        )
        every = tuple(dict.fromkeys(handle for of in called[:taken] for handle in of))
        sent = post(connector.vendor, place, connection.secrets, text, int(now.timestamp()), every)
        reply = self._sent(place, sent, now)
        pause = rests(connector.vendor, reply.status, reply.body)
        if pause is not None:
            raise RestingError(now + pause)
        if not is_taken(connector.vendor, reply.status, reply.body):
            raise NotTakenError(status=reply.status)
        return taken

    def greet(self, app: LoadedApp, connector: Connector, words: str) -> int:
        """Send a message that only says that the connection works, at once and whether or not it is on; the status of the answer. It is no
        message of the outbox: nothing repeats it. Raises as ``take`` and ``tell`` do."""
        now, id = self.engine.clock.now(), self.engine.database.show(self.engine.database.new_id())
        with self.engine.database.snapshot() as conn:
            found = connection_of(self.engine, conn, self.ws, app.row.app_id, connector)
        self._in_turn(f"{app.key}:{connector.uid}", now)
        at, vendor = int(now.timestamp()), str(connector.vendor)
        if connector.kind == "robot":
            sent = post(vendor, found.origin, found.secrets, words, at)
        else:
            content = {"id": id, "app": app.key, "type": "test", "data": {"text": words}}
            sent = request(found.origin, connector.settings, found.secrets, id, at, content)
        reply = self._sent(found.origin, sent, now)
        is_robot = connector.kind == "robot"
        took = is_taken(vendor, reply.status, reply.body) if is_robot else 200 <= reply.status < 300
        if not took:
            raise NotTakenError(status=reply.status)
        return reply.status

    def _called(self, people: Sequence[int], vendor: str) -> tuple[str, ...]:
        """The names at the vendor's of those people who gave one."""
        if not people:
            return ()
        with self.engine.database.snapshot() as conn:
            found = (
                delivery.read(choices.of(conn, self.ws, int(user))).handles.get(vendor) for user in people
            )
            return tuple(handle for handle in found if handle)

    def _in_turn(self, at: str, now: datetime) -> None:
        """One post to a robot in each stretch of time, whichever process posts it."""
        stretch = int(now.timestamp()) // PAUSE.seconds
        with self.engine.database.write(job=True) as conn:
            if paces.take(conn, self.ws, f"robot:{at}", stretch, now):
                return
        raise RestingError(datetime.fromtimestamp((stretch + 1) * PAUSE.seconds, UTC))

    def _ready(self, place: str, now: datetime) -> None:
        rests = self.breaker.rests_until(place, now)
        if rests is not None:
            raise RestingError(rests)

    def _sent(self, place: str, sent: Outgoing, now: datetime) -> Reply:
        try:
            reply = self.egress.send(sent.method, sent.url, sent.headers, sent.body)
        except UnreachableError:
            self.breaker.failed(place, now)
            raise
        if reply.status >= 500 or reply.status == 429:
            self.breaker.failed(place, now)
        else:
            self.breaker.answered(place)
        return reply

    def _connected(self, body: Mapping[str, Any], now: datetime) -> tuple[LoadedApp, Connector, Connection]:
        key = (str(body["app"]), str(body["connector"]))
        if key in self._known:
            return self._known[key]
        with self.engine.database.snapshot() as conn:
            app = open_reading(self.engine, conn, system(self.ws), str(body["app"]), now).app
            found = (c for c in app.package.connectors if c.key == body["connector"] and c.kind in SPOKEN)
            connector = next(found, None)
            if connector is None:
                raise NotConnectedError(connector=str(body["connector"]))
            connection = connection_of(self.engine, conn, self.ws, app.row.app_id, connector)
        if not connection.is_on:
            raise NotConnectedError(connector=connector.key)
        self._known[key] = app, connector, connection
        return self._known[key]

    def _content(self, app: LoadedApp, body: Mapping[str, Any], id: str) -> Mapping[str, Any]:
        show = self.engine.database.show
        return {
            "id": id,
            "app": app.key,
            "type": body.get("rule", ""),
            "entity": body.get("entity"),
            "record": show(int(body["id"])) if body.get("id") else None,
            "version": body.get("version", 0),
            "data": body.get("data", {}),
        }


def _with_calls(row: OutboxRow, vendor: str, handles: Sequence[str]) -> str:
    said, called = worded(row.body.get("data", {})), calls(vendor, handles)
    return f"{said}\n{called}" if called else said
