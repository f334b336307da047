"""Mailing: e-mail as each reader wants it: at once, several notices in one, and not in their quiet hours.

A mail waits in the outbox as a message of its own. One that belongs to a digest waits until the digest is due; then all that are due for one
person go out together, without what was read in the inbox meanwhile.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from builder.changes import Message
from builder.metadata.text import in_locale
from builder.runtime import delivery
from builder.runtime.delivery import Choices
from builder.runtime.engine import Engine
from builder.storage import accounts, choices, notifications, outbox
from builder.storage.accounts import UserRow
from builder.storage.outbox import OutboxRow
from builder.web.locale import Messages
from builder.workflow.chinese_holidays import CHINA

Send = Callable[[EmailMessage], None]
MOST = 50
"""Notices of one digest that are told in full; it says how many more there are."""


@dataclass(frozen=True)
class Reader:
    """Whom a mail is for, what they chose, and the clock on their wall."""

    user: UserRow
    choices: Choices
    zone: ZoneInfo


@dataclass(frozen=True)
class Mailer:
    """Sends by SMTP, one connection a message: mail is rare and a connection that stays open dies unseen."""

    host: str
    port: int

    def __call__(self, message: EmailMessage) -> None:
        with smtplib.SMTP(self.host, self.port, timeout=15) as server:
            server.send_message(message)


@dataclass(frozen=True)
class Mailing:
    """What the relay asks about mail. ``send`` None: there is no mail server, and nothing is queued for one."""

    engine: Engine
    ws: int
    send: Send | None

    def reader(self, user_id: Any) -> Reader | None:
        """The person, if they are still here."""
        with self.engine.database.snapshot() as conn:
            user = accounts.user(conn, self.ws, int(user_id))
            if user is None or user.status != "active":
                return None
            chosen = delivery.read(choices.of(conn, self.ws, user.user_id))
            return Reader(user, chosen, ZoneInfo(accounts.place_of(conn, self.ws, user.org_unit_id).timezone))

    def mail_about(self, row: OutboxRow, reader: Reader, words: Mapping[str, Any]) -> tuple[Message, ...]:
        """The mail that goes with a notice, where its reader wants one."""
        kind = delivery.kind_of(str(row.body.get("kind", "rule")))
        mode = reader.choices.mode(kind)
        if self.send is None or mode == delivery.OFF or not reader.user.email:
            return ()
        return (self._later(row, reader, {**words, "kind": kind}, mode),)

    def _later(self, row: OutboxRow, reader: Reader, body: Mapping[str, Any], mode: str) -> Message:
        now = self.engine.clock.now()
        said = {**body, "user_id": reader.user.user_id, "app": row.body.get("app"), "notice": row.message_id}
        said |= {"mode": mode} if mode in delivery.DIGESTS else {}
        due = delivery.goes_out(mode, now, reader.zone, CHINA)
        return Message("email", said, dedupe_key=f"mail:{row.message_id}", not_before=due)

    def instead(self, row: OutboxRow, reader: Reader) -> Message | None:
        """What takes the place of a rule's mail to somebody who wants such mail in a digest, or none: then it is in their inbox."""
        body = row.body
        if "notice" in body:
            return None
        mode = reader.choices.mode("rule", delivery.NOW)
        if mode in delivery.DIGESTS:
            words = {"title": body.get("title") or "", "body": body.get("body") or "", "kind": "rule"}
            return self._later(row, reader, words, mode)
        if mode == delivery.OFF:
            return Message("notification", {**body, "kind": "rule"}, dedupe_key=f"mail:{row.message_id}")
        return None

    def rests_until(self, row: OutboxRow, reader: Reader) -> datetime | None:
        """The end of the reader's quiet hours; None where it may ring."""
        kind = str(row.body.get("kind") or "rule")
        return delivery.quiet_until(reader.choices, kind, self.engine.clock.now(), reader.zone)

    def deliver(self, rows: Sequence[OutboxRow], reader: Reader) -> None:
        """What is in hand goes out, or gives its place to what the reader wants instead."""
        by = self.instead(rows[0], reader)
        if by is not None:
            superseded(self.engine, self.ws, rows[0], by)
        else:
            self.post(rows, reader)

    def post(self, rows: Sequence[OutboxRow], reader: Reader) -> None:
        """One mail about these messages, the oldest first; none where all of a digest were read meanwhile."""
        if self.send is None or not reader.user.email:
            return
        unread = self._unread(rows, reader) if rows[0].body.get("mode") else rows
        if unread:
            self.send(self._mail(unread, reader))

    def _unread(self, rows: Sequence[OutboxRow], reader: Reader) -> list[OutboxRow]:
        ids = {int(row.body["notice"]) for row in rows}
        with self.engine.database.snapshot() as conn:
            read = notifications.read_of(conn, self.ws, reader.user.user_id, ids)
        return [row for row in rows if int(row.body["notice"]) not in read]

    def _mail(self, rows: Sequence[OutboxRow], reader: Reader) -> EmailMessage:
        locale = reader.user.locale
        titles = [title_of(row.body, locale) for row in rows]
        bodies = [in_locale(row.body.get("body") or "", locale) for row in rows]
        message = EmailMessage()
        message["From"] = self.engine.settings.smtp_from
        message["To"] = reader.user.email
        message["Message-ID"] = f"<{self.ws}.{rows[0].message_id}@zhanggui>"
        if len(rows) == 1:
            message["Subject"] = one_line(titles[0])
            message.set_content(bodies[0] if bodies[0] or "code" not in rows[0].body else titles[0])
            return message
        message["Subject"] = messages().text("MAIL_DIGEST", locale, {"n": len(rows)})
        told = [_entry(number, *pair) for number, pair in enumerate(zip(titles, bodies, strict=True), 1)]
        if len(told) > MOST:
            told = [*told[:MOST], messages().text("MAIL_MORE", locale, {"n": len(told) - MOST})]
        message.set_content("\n\n".join(told) + "\n")
        return message


def together(rows: Iterable[OutboxRow]) -> Iterable[list[OutboxRow]]:
    """Messages by the mail they go into: those of a digest by their reader, others alone."""
    found: dict[tuple[str, Any], list[OutboxRow]] = {}
    for row in rows:
        at = ("digest", row.body.get("user_id")) if row.body.get("mode") else ("alone", row.message_id)
        found.setdefault(at, []).append(row)
    return found.values()


def superseded(engine: Engine, ws: int, row: OutboxRow, by: Message) -> None:
    """Put another message in the place of one in hand, both or neither."""
    now = engine.clock.now()
    with engine.database.write(job=True) as conn:
        if outbox.done(conn, ws, row.message_id, row.fence, now):
            outbox.append(conn, ws, [by], cmd=row.cmd, now=now, new_id=engine.database.new_id)


def title_of(words: Mapping[str, Any], locale: str) -> str:
    """What a notice is called: by the code of its words, or as a rule said."""
    if "code" in words:
        return messages().text(words["code"], locale, words["params"])
    return in_locale(words.get("title") or "", locale)


@lru_cache(maxsize=1)
def messages() -> Messages:
    return Messages.load()


def one_line(text: str) -> str:
    """A header's text: without line breaks, which would start another header."""
    return " ".join(text.split())


def _entry(number: int, title: str, body: str) -> str:
    lines = [f"{number}. {one_line(title)}", *(f"   {line}" for line in body.splitlines() if line.strip())]
    return "\n".join(lines)
