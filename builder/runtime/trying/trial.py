"""A trial on one record: a rule, or a deed under a whole draft, and everything that would come of it. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from builder.changes import ApprovalTask, Intent, Message, RecordChange, RuleRun
from builder.commands import Command, CreateRecord, FireTransition, UpdateRecord
from builder.errors import BuilderError, NotFoundError, Problem
from builder.events import Event
from builder.expressions import ExpressionError
from builder.ledger import lanes
from builder.ledger.plan import plan
from builder.metadata.package import Package
from builder.metadata.rule import Rule
from builder.record import Record
from builder.rules.triggers import before_of, record_of
from builder.runtime.context import Context
from builder.runtime.decide import follow, settle
from builder.runtime.reactions import Queued
from builder.runtime.trying.drafts import drafted, open_trial
from builder.runtime.trying.past import Moment, Step, moments
from builder.runtime.trying.ruling import Part, Ruled, alone, event_for, parts_of, ruled
from builder.storage import history

UNTRIED = "TRY_NEEDS_PUBLISH"


@dataclass(frozen=True)
class Effects:
    """What would be written and who would be asked or told. ``refused`` are the problems for which nothing would be written at all."""

    changes: tuple[RecordChange, ...] = ()
    intents: tuple[Intent, ...] = ()
    tasks: tuple[ApprovalTask, ...] = ()
    messages: tuple[Message, ...] = ()
    runs: tuple[RuleRun, ...] = ()
    refused: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class RuleTrial:
    """A rule on one record. ``event`` None: the clock would run it. ``happened`` says that such an event did happen to the record."""

    rule: Rule
    record: Record
    event: Event | None
    happened: bool
    ruled: Ruled
    parts: tuple[Part, ...]
    effects: Effects = field(default_factory=Effects)


@dataclass(frozen=True)
class DeedTrial:
    """One deed on one record, as the live version does it and as the draft would."""

    record: Record
    deed: str
    live: Effects
    draft: Effects


def past_of(ctx: Context, record: Record) -> tuple[Moment, ...]:
    """What happened to a record, as its history tells it."""
    app = ctx.app
    rows = history.of(ctx.conn, app.maps, app.package, ctx.ws, record.entity, record.id)
    steps = [Step(r.version, r.cmd, r.at, r.actor_id, r.changes) for r in rows]
    return moments(app.package, record, steps)


def try_rule(ctx: Context, draft: Package, key: str, id: int) -> RuleTrial:
    """The rule of the draft on a record that the actor may see: judged on the last event of its kind, with all that would follow."""
    rule = next((r for r in draft.rules if r.key == key), None)
    entity = _entity_of(draft, rule) if rule is not None else None
    if rule is None or entity is None:
        raise NotFoundError(rule=key)
    record = ctx.load(entity, id)
    app = drafted(ctx.conn, ctx.ws, ctx.app, draft)
    trial = open_trial(ctx, app)
    record = trial.reader.get(entity, [id])[id]
    past = past_of(ctx, record)
    event, happened = event_for(draft, rule, record, past)
    judging = facts_of(trial, alone(draft, rule))
    done = ruled(judging, rule, event, record)
    at = record_of(event) if event is not None else record
    old = before_of(event) if event is not None else None
    parts = parts_of(trial.facts, rule, at, old)
    return RuleTrial(rule, record, event, happened, done, parts, followed(trial, done))


def _entity_of(draft: Package, rule: Rule) -> str | None:
    """The entity whose records a rule is tried on; of lines, their document."""
    entity = draft.entity(rule.when.entity or "")
    return (entity.parent if entity.kind == "lines" else entity.key) if entity is not None else None


def facts_of(ctx: Context, package: Package) -> Any:
    """What a rule of ``package`` is judged by."""
    # The one rule is judged with everything else of the draft around it.
    facts = ctx.facts
    return type(facts)(
        package, facts.compiled, facts.reader, facts.env, facts.actor, facts.app, facts.directory
    )


def followed(ctx: Context, done: Ruled) -> Effects:
    """What the rule's commands would come to."""
    if done.problems:
        return Effects(messages=done.messages, runs=done.runs, refused=done.problems)

    def act() -> None:
        follow(ctx, [Queued.of(caused) for caused in done.commands])

    found = _effects(ctx, act)
    return Effects(
        found.changes,
        found.intents,
        found.tasks,
        (*done.messages, *found.messages),
        (*done.runs, *found.runs),
        found.refused,
    )


def try_deed(ctx: Context, draft: Package, entity: str, id: int, deed: str) -> DeedTrial:
    """``create`` (the same again as a new record), ``save``, or a transition, under the live version and under the draft."""
    record = ctx.load(entity, id)
    live = open_trial(ctx, ctx.app)
    made = open_trial(ctx, drafted(ctx.conn, ctx.ws, ctx.app, draft))
    return DeedTrial(record, deed, _done(live, entity, id, deed), _done(made, entity, id, deed))


def _done(ctx: Context, entity: str, id: int, deed: str) -> Effects:
    record = ctx.reader.get(entity, [id]).get(id)
    if record is None:
        return Effects(refused=(Problem(UNTRIED),))
    command = _command(ctx, record, deed)
    return _effects(ctx, lambda: settle(ctx, command))


def _command(ctx: Context, record: Record, deed: str) -> Command:
    app = ctx.app.key
    if deed == "create":
        return CreateRecord(app, record.entity, _copied(ctx, record))
    if deed == "save":
        return UpdateRecord(app, record.entity, record.id, {})
    return FireTransition(app, record.entity, record.id, deed)


def _copied(ctx: Context, record: Record) -> Mapping[str, Any]:
    """What somebody would enter for the same record again: not what is counted, worked out or given by the system. That a key is taken is no
    matter for a trial: only writing would find it out."""
    entity = ctx.app.package.entity(record.entity)
    values: dict[str, Any] = {}
    for of in entity.fields if entity is not None else ():
        if of.type == "lines":
            values[of.key] = [_line(ctx, of.entity or "", line) for line in record.lines.get(of.key, ())]
        elif _is_entered(of):
            values[of.key] = record.values.get(of.key)
    return {key: value for key, value in values.items() if value not in (None, (), [])}


def _line(ctx: Context, entity: str, line: Record) -> dict[str, Any]:
    model = ctx.app.package.entity(entity)
    fields = [of for of in (model.fields if model is not None else ()) if _is_entered(of)]
    return {of.key: value for of in fields if (value := line.values.get(of.key)) not in (None, ())}


def _is_entered(of: Any) -> bool:
    return not (
        of.is_computed or of.is_numbered or of.archived or of.type in {"formula", "lookup", "auto_number"}
    )


def _effects(ctx: Context, act: Any) -> Effects:
    """What ``act`` decides, with what the ledgers would say of it."""
    refused: tuple[Problem, ...] = ()
    try:
        act()
        intents = tuple(ctx.reader.intents())
        refused = _planned(ctx, intents)
    except BuilderError as error:
        intents = ()
        refused = tuple(error.problems) or (Problem(error.code, error.path, error.params, error.message),)
    except (KeyError, ExpressionError):
        # The draft asks for what only publishing makes: a ledger, a field, an entity.
        intents, refused = (), (Problem(UNTRIED),)
    pending = ctx.pending
    changes = tuple(c for c in pending.records.values() if c.before is not None or c.after is not None)
    tasks = tuple(t for t in pending.tasks.values() if t.status in {"open", "told"})
    return Effects(changes, intents, tasks, tuple(pending.messages), tuple(pending.rule_runs), refused)


def _planned(ctx: Context, intents: tuple[Intent, ...]) -> tuple[Problem, ...]:
    """What the ledgers would refuse now."""
    if not intents:
        return ()
    models = ctx.app.ledgers
    state = lanes.read(ctx.conn, models, ctx.app.maps, ctx.app.package, ctx.ws, intents)
    done = plan(models, state, intents, settings=ctx.reader.settings, today=ctx.pending.today)
    return tuple(done.problems)
