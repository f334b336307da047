"""Dispatch: the one door. A command is decided without locks, then committed once; a stale decision is made again.

A dry run is the first half alone, over a read-only connection.
"""

from __future__ import annotations

import hashlib
import logging
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import orjson

from builder.commands import Actor, Command, FireTransition, FireTransitions, ReplayLedger
from builder.errors import BuilderError, BusyError, InvalidError
from builder.runtime.commit import Committed, StaleError, commit, record_attempt, record_refusals
from builder.runtime.decide import Decided, Undone, decide
from builder.runtime.engine import Engine
from builder.storage.commands import stored_answer
from builder.storage.errors import RetryError, UnknownOutcomeError

log = logging.getLogger(__name__)

TRIES = 4
PAUSE_SECONDS = 0.02


@dataclass(frozen=True)
class Dispatcher:
    """Callable: ``dispatch(actor, command)`` gives the answer of the command that committed."""

    engine: Engine

    def __call__(
        self,
        actor: Actor,
        command: Command,
        *,
        key: str | None = None,
        dry_run: bool = False,
    ) -> Mapping[str, Any]:
        """The command's answer. The same ``key`` with the same command gives the stored answer again; with another one
        ``IDEMPOTENCY_KEY_REUSED``. Raises a ``BuilderError`` with every problem; then nothing was written.
        ``BusyError`` where locks were not to be had in four tries."""
        if isinstance(command, FireTransitions) and not command.atomic:
            return self._each(actor, command, key, dry_run=dry_run)
        route = type(command).__name__
        body = body_hash(command)
        key = key or self.engine.new_key()
        now = self.engine.clock.now()
        for attempt in range(TRIES):
            if attempt:
                # Jitter keeps two losers of one race from meeting again. No secret hangs on it.
                time.sleep(PAUSE_SECONDS * attempt * (0.5 + random.random()))  # noqa: S311
            found = self._once(actor, command, route, key, body, now, dry_run=dry_run)
            if found is not None:
                return found
        raise BusyError(retry_after=1)

    def _once(
        self, actor: Actor, command: Command, route: str, key: str, body: str, now: datetime, *, dry_run: bool
    ) -> Mapping[str, Any] | None:
        """One try; None asks for another."""
        undone = Undone()
        try:
            with self.engine.database.snapshot() as conn:
                stored = stored_answer(conn, actor.workspace, actor.user_id, route, key)
                if stored is not None:
                    return replay(stored.body_hash, body, stored.answer)
                decided = decide(self.engine, conn, actor, command, now, undone)
        except (RetryError, UnknownOutcomeError, BusyError):
            # Reading fails where a connection is lost, and a first id needs a lease, which is written. After a COMMIT of which
            # nobody knows what became, giving up here would be a wrong answer.
            return None
        except BuilderError:
            if not dry_run:
                record_refusals(self.engine, actor.workspace, undone, now)
            raise
        if dry_run:
            return decided.answer()
        return self._commit(decided, route, key, body)

    def _commit(self, decided: Decided, route: str, key: str, body: str) -> Mapping[str, Any] | None:
        try:
            done: Committed = commit(self.engine, decided, route=route, key=key, body_hash=body)
        except (StaleError, RetryError, UnknownOutcomeError):
            # After a connection lost around COMMIT the next try meets the stored answer, if it was written.
            return None
        except BuilderError as error:
            record_attempt(self.engine, decided, error)
            raise
        if done.stored is not None:
            return replay(done.stored.body_hash, body, done.stored.answer)
        if done.has_messages:
            self.engine.wake.set()
        for ledger in done.late if decided.app is not None else ():
            self._replay(decided, ledger)
        return done.answer

    def _replay(self, decided: Decided, ledger: str) -> None:
        """Work again what the command was late for, as a command of its own. What is too much, or fails, waits for the job."""
        if decided.app is None or isinstance(decided.command, ReplayLedger):
            return
        engine = Actor(decided.actor.workspace, 0, kind="system", login="system", name="system")
        try:
            self(engine, ReplayLedger(decided.app.key, ledger))
        except BuilderError:
            log.exception("replay of %s waits", ledger)

    def _each(
        self, actor: Actor, command: FireTransitions, key: str | None, *, dry_run: bool
    ) -> Mapping[str, Any]:
        """Every record is a root of its own, with a result of its own."""
        results: list[Mapping[str, Any]] = []
        for id in command.ids:
            one = FireTransition(command.app, command.entity, id, command.transition, command.opinion)
            shown = self.engine.database.show(id)
            try:
                answer = self(actor, one, key=f"{key}:{id}" if key else None, dry_run=dry_run)
                results.append({"id": shown, "ok": True, **answer})
            except BuilderError as error:
                results.append({"id": shown, "ok": False, "error": error})
        return {"results": results}


def replay(stored_hash: str, body: str, answer: bytes) -> Mapping[str, Any]:
    """The answer of the command that committed under this key."""
    if stored_hash != body:
        raise InvalidError("IDEMPOTENCY_KEY_REUSED")
    found: Mapping[str, Any] = orjson.loads(answer)
    return found


def body_hash(command: Command) -> str:
    """A hash over everything the command says, the same for the same request. It is kept: what is secret (passwords) stays out of it,
    because a quick hash would give a weak one away."""
    said = {f.name: _said(getattr(command, f.name)) for f in fields(command) if f.repr}
    text = orjson.dumps(
        {"kind": type(command).__name__, "command": said},
        default=str,
        option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS,
    )
    return hashlib.sha256(text).hexdigest()


def _said(value: Any) -> Any:
    """Definitions are named by pairs, which JSON cannot have as keys."""
    if isinstance(value, Mapping) and any(isinstance(key, tuple) for key in value):
        return sorted(([*key, body] for key, body in value.items()), key=lambda row: row[:-1])
    return value
