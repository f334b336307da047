"""What could not be delivered: given up and waiting for somebody, about to be tried again, or given up for good by somebody."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from builder.errors import NotFoundError
from builder.runtime.context import Context
from builder.runtime.engine import Engine
from builder.runtime.pages.runs.sentences import Sentences
from builder.runtime.pages.words import Words
from builder.storage import outbox
from builder.storage.outbox import ParkedRow

KINDS = frozenset({"rule", "notification", "email", "connector", "robot"})
SHOWN = 50


def failed_of(ctx: Context, words: Words) -> dict[str, Any]:
    """What the page of failures shows."""
    told = Deliveries(ctx, words)
    return {
        "parked": [told.parked(row) for row in parked(ctx)],
        "tried": [told.tried(row) for row in outbox.tried(ctx.conn, ctx.ws) if told.is_ours(row.body)][
            :SHOWN
        ],
        "settled": [told.settled(row) for row in outbox.settled(ctx.conn, ctx.ws) if told.is_ours(row.body)][
            :SHOWN
        ],
    }


def parked(ctx: Context) -> list[ParkedRow]:
    """What was given up of this app."""
    return [row for row in outbox.parked(ctx.conn, ctx.ws) if row.body.get("app") == ctx.app.key]


def settled_about(ctx: Context, words: Words, entity: str, id: int) -> list[Mapping[str, Any]]:
    """What somebody gave up for good of what was to happen to a record."""
    told = Deliveries(ctx, words)
    rows = outbox.settled(ctx.conn, ctx.ws)
    return [told.settled(row) for row in rows if told.is_ours(row.body) and _about(row.body) == (entity, id)]


def _about(body: Mapping[str, Any]) -> tuple[str, int]:
    return str(body.get("entity") or ""), int(body.get("id") or body.get("record_id") or 0)


class Deliveries:
    """Messages of one app, told to one reader."""

    def __init__(self, ctx: Context, words: Words) -> None:
        self._ctx = ctx
        self._words = words
        self._sentences = Sentences.of(ctx, words)

    def is_ours(self, body: Mapping[str, Any]) -> bool:
        return body.get("app") == self._ctx.app.key

    def parked(self, row: ParkedRow) -> Mapping[str, Any]:
        words = self._words
        tries, since = (
            words.say("runs.tries", n=row.attempts),
            words.say("runs.since", when=words.ago(row.parked_at)),
        )
        return {**self._message(row), "note": f"{tries} · {since}", "error": self._error(row.error)}

    def tried(self, row: Any) -> Mapping[str, Any]:
        words = self._words
        tries, at = (
            words.say("runs.tries", n=row.attempts),
            words.say("runs.tried_at", when=words.instant(row.not_before)),
        )
        return {**self._message(row), "note": f"{tries} · {at}", "error": self._error(row.error)}

    def settled(self, row: Any) -> Mapping[str, Any]:
        words = self._words
        who = self._ctx.directory.name_of(row.settled_by) or words.say("page.system")
        note = words.say("runs.settled_by", who=who, when=words.instant(row.done_at))
        return {
            **self._message(row),
            "note": note,
            "error": self._error(row.error),
            "why": words.say("runs.settled_why", why=row.settled_why) if row.settled_why else "",
        }

    def _message(self, row: Any) -> Mapping[str, Any]:
        body, words = row.body, self._words
        rule = next((r for r in self._ctx.app.package.rules if r.key == body.get("rule")), None)
        connector = next(
            (c for c in self._ctx.app.package.connectors if c.key == body.get("connector")), None
        )
        known = rule or connector
        label = words.of(known.label) if known is not None else words.of(body.get("title") or "")
        entity, id = _about(body)
        return {
            "id": self._ctx.engine.database.show(row.message_id),
            "kind": words.say(f"runs.kind.{row.kind if row.kind in KINDS else 'other'}"),
            "label": label,
            "record": self._sentences.record(entity, id) if entity and id else "",
            "record_url": self._sentences.url(entity, id),
        }

    def _error(self, text: str) -> str:
        """Codes in words. What is none of ours (a lost connection) is said as a failure, not as a trace."""
        codes = [code.strip() for code in text.split(",") if code.strip()]
        known = self._words.messages.texts
        said = [self._words.message(c, {}) for c in codes if c in known]
        return " ".join(said) or self._words.message("INTERNAL", {})


def wanted(ctx: Context, ids: Sequence[int]) -> list[int]:
    """The parked messages of the app among these; 404 where one is none of them."""
    known = {row.message_id for row in parked(ctx)}
    if any(id not in known for id in ids):
        raise NotFoundError(parked=True)
    return list(ids)


def settle(engine: Engine, ws: int, ids: Sequence[int], do: Callable[[Any, int, int, datetime], bool]) -> int:
    """Do the same with each message; how many it was done with."""
    now = engine.clock.now()
    with engine.database.write(job=True) as conn:
        done = sum(do(conn, ws, id, now) for id in ids)
    engine.wake.set()
    return done
