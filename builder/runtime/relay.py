"""Relay: what commands left in the outbox goes out: later rules as commands of their own, notifications, e-mail.

A message is leased, delivered, then marked. A crash between delivering and marking delivers it again; rules happen once all the
same, because their command carries the message's id, and so do notifications, because they carry it as their own.
"""

from __future__ import annotations

import logging
import random
import smtplib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from builder.connectors.robots import PAUSE
from builder.errors import BuilderError
from builder.metadata.text import LOCALES, in_locale
from builder.rules.engine import command_of
from builder.runtime.calling import Caller, RestingError
from builder.runtime.carrying import carry
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.mailing import Mailer, Mailing, Send, together
from builder.runtime.mailing import title_of as title_of_words
from builder.runtime.notices import link_of
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.representation import title_of
from builder.runtime.waking import woken_by
from builder.storage import notifications, outbox
from builder.storage.outbox import OutboxRow

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(hours=1)
TRIES = 10
ROUNDS = 100
BATCH = 200
SLOW = LEASE / 2
"""A batch that takes longer than this is given back: another worker would take its rest once the lease is over."""

EXPECTED = (BuilderError, OSError, smtplib.SMTPException)
"""What may go wrong in any house; anything else is a fault of ours, and the log says where."""


@dataclass(frozen=True)
class Delivered:
    """A message that was tried: what it was, and why it failed (empty: it did not)."""

    kind: str
    body: Mapping[str, Any]
    error: str = ""
    parked: bool = False


def pause_after(attempts: int, jitter: Fraction = Fraction(0)) -> timedelta:
    """How long a message rests after its ``attempts``-th failure: twice as long each time, an hour at most, and up to a quarter more by
    ``jitter`` (0 to 1), so that what failed together does not come back together."""
    pause = min(FIRST_PAUSE * (1 << min(max(attempts - 1, 0), 20)), LONGEST_PAUSE)
    return pause + pause * jitter.numerator / (4 * jitter.denominator)


@dataclass
class Relay:
    """Delivers the messages of one workspace. ``send`` hands an e-mail to the mail server; without one e-mail stays in the outbox."""

    engine: Engine
    ws: int = 1
    send: Send | None = None
    jitter: Callable[[], Fraction] = lambda: Fraction(random.randrange(1000), 1000)  # noqa: S311

    def __post_init__(self) -> None:
        settings = self.engine.settings
        self.caller = Caller(self.engine, self.ws)
        if self.send is None and settings.smtp_host:
            self.send = Mailer(settings.smtp_host, settings.smtp_port)
        self.mailing = Mailing(self.engine, self.ws, self.send)
        self._rests: dict[datetime, list[tuple[int, int]]] = {}

    @property
    def kinds(self) -> tuple[str, ...]:
        """What can be delivered now."""
        own = ("rule", "notification", "search", "event", "connector", "robot")
        return (*own, "email") if self.send is not None else own

    def tick(self, limit: int = BATCH) -> tuple[Delivered, ...]:
        """Deliver what is due, at most ``limit`` messages; one order key's messages in their order."""
        now = self.engine.clock.now()
        with self.engine.database.write(job=True) as conn:
            rows = outbox.claim(
                conn, self.ws, kinds=self.kinds, now=now, lease_until=now + LEASE, limit=limit
            )
        self.caller.begin()
        found: list[Delivered] = []
        marks: list[tuple[int, int]] = []
        try:
            for told_rows in _groups(row for row in rows if row.kind == "robot"):
                found.extend(self._robot(told_rows, marks))
            for mail_rows in together(row for row in rows if row.kind == "email"):
                found.extend(self._mail(mail_rows, now))
            for row in rows:
                if row.kind not in {"robot", "email"}:
                    found.extend(self._in_turn(row, now, marks))
        finally:
            # Even if the database would not take a failure: what went out is not sent again for it.
            self._done(marks)
            self._put_back()
        return tuple(found)

    def _in_turn(self, row: OutboxRow, since: datetime, marks: list[tuple[int, int]]) -> list[Delivered]:
        """One message of a batch that was taken at ``since``, unless the batch takes too long."""
        if self.engine.clock.now() - since > SLOW:
            self._postpone(row, self.engine.clock.now())
            return []
        delivered = self._one(row)
        if not delivered.error:
            marks.append((row.message_id, row.fence))
        return [delivered]

    def _mail(self, rows: list[OutboxRow], since: datetime) -> list[Delivered]:
        """One mail about one message or those of a digest, unless its reader is not to be disturbed."""
        now = self.engine.clock.now()
        try:
            reader = self.mailing.reader(rows[0].body["user_id"])
            rests = {
                row.message_id: self.mailing.rests_until(row, reader) if reader else None for row in rows
            }
            if now - since > SLOW:
                rests = dict.fromkeys(rests, now)
            ready = [row for row in rows if rests[row.message_id] is None]
            if ready and reader:
                self.mailing.deliver(ready, reader)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told in the failed list
            return [self._failed(row, error) for row in rows]
        for row in rows:
            until = rests[row.message_id]
            if until is not None:
                self._postpone(row, until)
        # A mail that went out twice is seen by a person; other messages are told apart by their id.
        self._done([(row.message_id, row.fence) for row in ready])
        return [Delivered(row.kind, row.body) for row in ready]

    def drain(self) -> tuple[Delivered, ...]:
        """Deliver until nothing is due: what messages lead to included."""
        done: list[Delivered] = []
        try:
            for _ in range(ROUNDS):
                found = self.tick()
                if not found:
                    break
                done.extend(found)
        finally:
            # A connection that stays open between two bursts dies unseen.
            self.caller.egress.close()
        return tuple(done)

    def _robot(self, rows: list[OutboxRow], marks: list[tuple[int, int]]) -> list[Delivered]:
        """One post to one robot; what did not fit goes with the next one."""
        try:
            taken = self.caller.tell(rows)
        except RestingError as error:
            for row in rows:
                self._postpone(row, error.until)
            return []
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told in the failed list
            return [self._failed(row, error) for row in rows]
        for row in rows[taken:]:
            self._postpone(row, self.engine.clock.now() + PAUSE)
        marks.extend((row.message_id, row.fence) for row in rows[:taken])
        return [Delivered(row.kind, row.body) for row in rows[:taken]]

    def _done(self, marks: list[tuple[int, int]]) -> None:
        if marks:
            with self.engine.database.write(job=True) as conn:
                outbox.all_done(conn, self.ws, marks, self.engine.clock.now())

    def _one(self, row: OutboxRow) -> Delivered:
        try:
            self._deliver(row)
        except RestingError as error:
            self._postpone(row, error.until)
            return Delivered(row.kind, row.body, error.code)
        except Exception as error:  # noqa: BLE001 - as above
            # Whatever it is, it is this message's: the others go out, and it comes back until it is parked.
            return self._failed(row, error)
        return Delivered(row.kind, row.body)

    def _postpone(self, row: OutboxRow, until: datetime) -> None:
        """Give a message back at the end of the batch: a place that rests may have thousands waiting."""
        self._rests.setdefault(until, []).append((row.message_id, row.fence))

    def _put_back(self) -> None:
        rests, self._rests = self._rests, {}
        if rests:
            with self.engine.database.write(job=True) as conn:
                for until, marks in rests.items():
                    outbox.all_postponed(conn, self.ws, marks, until)

    def _failed(self, row: OutboxRow, error: Exception) -> Delivered:
        words = told(error)
        now = self.engine.clock.now()
        parked = row.attempts >= TRIES
        log.warning(
            "message %s (%s) failed, attempt %s: %s",
            row.message_id,
            row.kind,
            row.attempts,
            words,
            exc_info=None if isinstance(error, EXPECTED) else error,
        )
        woken = woken_by(self.engine, self.ws, row) if parked else []
        with self.engine.database.write(job=True) as conn:
            if parked and outbox.park(conn, self.ws, row.message_id, row.fence, now, words):
                outbox.append(conn, self.ws, woken, cmd=0, now=now, new_id=self.engine.database.new_id)
            elif parked:
                log.warning("message %s is in other hands", row.message_id)
            else:
                again = now + pause_after(row.attempts, self.jitter())
                outbox.retry(conn, self.ws, row.message_id, row.fence, again, words)
        return Delivered(row.kind, row.body, words, parked)

    def _deliver(self, row: OutboxRow) -> None:
        if row.kind == "rule":
            actor = replace(system(self.ws), kind="timer")
            key = f"outbox:{row.message_id}"
            Dispatcher(self.engine)(actor, command_of(row.body, str(row.message_id)), key=key)
        elif row.kind == "notification":
            self._notify(row)
        elif row.kind == "connector":
            self.caller.take(row)
        elif row.kind == "event":
            carry(self.engine, self.ws, row)

    def _notify(self, row: OutboxRow) -> None:
        body, reader = row.body, self.mailing.reader(row.body["user_id"])
        if reader is None:
            return
        user = reader.user
        words = self._words(body)
        with self.engine.database.write(job=True) as conn:
            notifications.add(
                conn,
                self.ws,
                user_id=user.user_id,
                notification_id=row.message_id,
                kind=str(body.get("kind", "rule")),
                title=title_of_words(words, user.locale),
                body=in_locale(words.get("body") or "", user.locale),
                link=link_of(body),
                words=words,
                at=self.engine.clock.now(),
            )
            mail, new_id = self.mailing.mail_about(row, reader, words), self.engine.database.new_id
            outbox.append(conn, self.ws, mail, cmd=row.cmd, now=self.engine.clock.now(), new_id=new_id)
        self.engine.pulse.ring()

    def _words(self, body: Mapping[str, Any]) -> dict[str, Any]:
        """The words of a rule in every language, or a code with what fills its words. A number that commit gave is read now: it was not
        known before."""
        if "code" not in body:
            return {name: body.get(name) or "" for name in ("title", "body")}
        params = dict(body.get("params", {}))
        if not params.get("title"):
            params["title"] = {locale: self._named(body, locale) for locale in LOCALES}
        return {"code": body["code"], "params": params}

    def _named(self, body: Mapping[str, Any], locale: str) -> str:
        """What names the record that a message is about."""
        with self.engine.database.snapshot() as conn:
            ctx = open_reading(self.engine, conn, system(self.ws), body["app"], self.engine.clock.now())
            entity = ctx.app.package.entity(body["entity"])
            record = ctx.reader.get(body["entity"], [int(body["record_id"])]).get(int(body["record_id"]))
        if entity is None:
            return ""
        return (
            title_of(entity, record, fallback=in_locale(entity.label, locale)) if record is not None else ""
        )


def _groups(rows: Iterable[OutboxRow]) -> Iterable[list[OutboxRow]]:
    """Messages by the robot that they go to."""
    found: dict[tuple[str, str], list[OutboxRow]] = {}
    for row in rows:
        found.setdefault((str(row.body.get("app")), str(row.body.get("connector"))), []).append(row)
    return found.values()


def told(error: Exception) -> str:
    """An error for the failed list: codes, never a trace."""
    if isinstance(error, BuilderError):
        codes = [p.code for p in error.problems]
        return ", ".join(dict.fromkeys([error.code, *codes]))[:500]
    return f"{type(error).__name__}: {error}"[:500]
