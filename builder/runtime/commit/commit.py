"""The write transaction, step by step. Locks are taken in one global order: gate, idempotency, records, approvals, lanes, counters, chain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from builder.commands import SaveToken
from builder.errors import ConflictError, RefusedError
from builder.ledger import journal, lanes
from builder.ledger.outcome import Plan
from builder.ledger.plan import plan as plan_postings
from builder.record import Ref
from builder.runtime import recosting, switching
from builder.runtime.commit.clashes import clashing, move_on
from builder.runtime.commit.crossings import messages_of
from builder.runtime.commit.logging import log_command
from builder.runtime.commit.results import with_numbers
from builder.runtime.commit.rows import write_rows
from builder.runtime.commit.taken import taken
from builder.runtime.commit.writers import WRITERS, needs_exclusive, run_writers
from builder.runtime.engine import Engine
from builder.runtime.naming import named
from builder.storage import apps as stored_apps
from builder.storage import commands as command_rows
from builder.storage import counters, flow, records
from builder.storage.commands import StoredAnswer
from builder.storage.contents import written
from builder.storage.database import gate, together
from builder.storage.errors import DuplicateError

if TYPE_CHECKING:
    from builder.runtime.decide import Decided


class StaleError(Exception):
    """The decision is stale: something that it stands on has moved. It is to be made again."""


class TwinError(Exception):
    """Another request with the same key committed first."""


@dataclass(frozen=True)
class Committed:
    """What was answered; or, with ``stored``, what the twin that committed first was answered. ``late`` are ledgers whose past waits
    for a replay now."""

    answer: Mapping[str, Any]
    has_messages: bool = False
    stored: StoredAnswer | None = None
    late: tuple[str, ...] = ()


def commit(engine: Engine, decided: Decided, *, route: str, key: str, body_hash: str) -> Committed:
    """Write what was decided. Raises ``StaleError``, a storage ``RetryError``, or a ``BuilderError`` with which nothing was written."""
    changes = decided.changes
    if changes.is_empty:
        return Committed(decided.render(changes, None))
    if changes.intents and decided.app is not None:
        lanes.ensure(engine.database, decided.app.ledgers, decided.actor.workspace, changes.intents)
    try:
        with engine.database.write(job=decided.actor.kind in {"timer", "rule"}) as conn:
            return _within(engine, conn, decided, route, key, body_hash)
    except TwinError:
        with engine.database.snapshot() as conn:
            actor = decided.actor
            found = command_rows.stored_answer(conn, actor.workspace, actor.user_id, route, key)
        if found is None:
            raise StaleError from None
        return Committed({}, stored=found)
    except DuplicateError as error:
        numbers = clashing(decided, error)
        if not numbers:
            raise taken(engine, decided, error) from error
        move_on(engine, decided, numbers)
        raise StaleError from error


def _within(engine: Engine, conn: Any, decided: Decided, route: str, key: str, body_hash: str) -> Committed:
    actor, changes = decided.actor, decided.changes
    ws = actor.workspace
    if decided.app is not None:
        gate(conn, decided.app.row.app_id, exclusive=needs_exclusive(changes))
        _check_epochs(conn, decided)
    if not command_rows.claim(conn, ws, actor.user_id, route, key, body_hash, decided.now):
        raise TwinError
    _lock_sums(conn, decided)
    _lock_records(conn, decided)
    _lock_approvals(conn, decided)
    plan = _post(engine, conn, decided)
    changes = with_numbers(changes, counters.take(conn, ws, changes.numbers))
    if plan is not None and decided.app is not None:
        changes = decided.complete(changes, plan.results, conn)
        changes = replace(
            changes, messages=(*changes.messages, *messages_of(decided.app, plan, decided.command))
        )
    cmd = engine.database.new_id()
    extra = {**run_writers(engine, conn, decided, cmd, WRITERS), **recosting.told(changes, plan)}
    answer = {**decided.render(replace(changes, answer={**changes.answer, **extra}), plan)}
    body = orjson.dumps(answer, default=str)
    kept = write_rows(engine, conn, decided, changes, cmd)
    posted: tuple[journal.Written, journal.Written] = (), ()
    if plan is not None and decided.app is not None:
        posted = journal.write(
            conn, decided.app.ledgers, decided.app.maps, plan, cmd=cmd, ws=ws, actor_id=actor.user_id
        )
    command_rows.answered(conn, ws, actor.user_id, route, key, cmd, _kept(decided, answer, body))
    log_command(
        conn,
        decided,
        changes,
        cmd,
        request_key=key,
        content=written(*posted, kept.histories, kept.steps, kept.tickets),
    )
    late = recosting.waiting_after(decided.app, plan) if decided.app is not None else ()
    return Committed(orjson.loads(body), bool(changes.messages), late=late)


def _kept(decided: Decided, answer: Mapping[str, Any], body: bytes) -> bytes:
    """The answer as it is stored for whoever repeats the request. A new token's text is said once and kept nowhere."""
    if not isinstance(decided.command, SaveToken) or "token" not in answer:
        return body
    return orjson.dumps({**answer, "token": None}, default=str)


def _check_epochs(conn: Any, decided: Decided) -> None:
    """A version, slot map, right or setting that moved since the decision makes it stale."""
    app = decided.app
    assert app is not None
    row = stored_apps.app_by_key(conn, decided.actor.workspace, app.key)
    if row is None or replace(row, label=app.row.label) != app.row:
        raise StaleError


def _lock_records(conn: Any, decided: Decided) -> None:
    """Lock every existing record of the changes and compare its version. A person's own stale version is a conflict; any other
    is decided again."""
    changes, app = decided.changes, decided.app
    if app is None:
        return
    wanted: dict[Ref, tuple[int, bool]] = {}
    for change in changes.records:
        if change.before is not None:
            wanted[Ref(change.before.entity, change.before.id)] = (change.before.version, change.checked)
    for ref, version in changes.reads.items():
        wanted.setdefault(ref, (version, False))
    if not wanted:
        return
    found = records.lock(conn, app.maps, decided.actor.workspace, list(wanted))
    for ref, (version, checked) in wanted.items():
        current = found.get(ref)
        if current == version:
            continue
        if checked:
            raise ConflictError("VERSION_CONFLICT", yours=version, current=current or 0)
        raise StaleError


def _lock_sums(conn: Any, decided: Decided) -> None:
    """Where rules asked for a figure over records of an entity that the command writes itself, one such command comes after the other."""
    if decided.app is not None and decided.reader is not None and decided.reader.watched.sums:
        asked = decided.reader.watched.entities() & _written(decided)
        together(conn, [decided.app.maps.entity_id(entity) for entity in asked])


def _written(decided: Decided) -> frozenset[str]:
    lines = (
        line.entity for c in decided.changes.records for rows in c.record.lines.values() for line in rows
    )
    return frozenset((*(c.record.entity for c in decided.changes.records), *lines))


def _check_asked(conn: Any, decided: Decided) -> None:
    """What rules and checks asked of balances and figures before the locks does not decide: where the answer is another one now, the
    command is decided again."""
    reader = decided.reader
    if reader is None or not (reader.watched.balances or reader.watched.sums):
        return
    if reader.has_moved(conn, _written(decided)):
        raise StaleError


def _lock_approvals(conn: Any, decided: Decided) -> None:
    """Lock the approvals that change; one that moved meanwhile is decided again, and then says who was first."""
    wanted = {a.id: a.version for a in decided.changes.approvals if a.version}
    if wanted and flow.lock(conn, decided.actor.workspace, list(wanted)) != wanted:
        raise StaleError


def _post(engine: Engine, conn: Any, decided: Decided) -> Plan | None:
    """Lock the lanes, read what they protect, plan. Every refusal at once."""
    app, intents = decided.app, decided.changes.intents
    recost = recosting.asked(decided.changes)
    if recost is not None and app is not None:
        plan = recosting.post(engine, conn, app, decided.actor.workspace, decided.settings, recost)
        if plan is None:
            raise StaleError
        return plan
    switch = switching.asked(decided.changes)
    if switch is not None and app is not None:
        return switching.post(engine, conn, app, decided.actor.workspace, decided.settings, switch)
    if app is None or not intents:
        _check_asked(conn, decided)
        return None
    ws = decided.actor.workspace
    locked = lanes.lock(conn, app.ledgers, ws, intents, app.package)
    _check_asked(conn, decided)
    state = lanes.read(conn, app.ledgers, app.maps, app.package, ws, intents, locked)
    try:
        return judged(engine, decided, state)
    except RefusedError as error:
        error.problems = named(engine, conn, decided, error.problems)
        raise


def judged(engine: Engine, decided: Decided, state: Any) -> Plan:
    """The plan for that state; raises ``RefusedError`` with every guard that says no."""
    app, kernel = decided.app, decided.kernel
    assert app is not None
    assert kernel is not None
    plan = plan_postings(
        app.ledgers,
        state,
        decided.changes.intents,
        settings=decided.settings,
        today=decided.today,
        overrides=decided.pending.overrides,
        may_override=kernel.may_override,
        new_id=engine.database.new_id,
    )
    if plan.problems:
        raise RefusedError("GUARD_REFUSED", problems=plan.problems)
    return plan
