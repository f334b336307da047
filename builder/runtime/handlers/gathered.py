"""What each record command comes to: the record (or records) to answer with, events for rules, commands that follow at once."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from builder.changes import Comment
from builder.commands import (
    ActOnTask,
    AddComment,
    Command,
    Convert,
    CreateRecord,
    DeleteRecord,
    FireTransition,
    FireTransitions,
    PressButton,
    RestoreRecord,
    RunRule,
    UpdateLines,
    UpdateRecord,
    WriteRecords,
)
from builder.errors import ForbiddenError, InvalidError, NotFoundError, Problem
from builder.events import ButtonPressed, Event
from builder.record import Record, Ref
from builder.rules.cause import Cause, Caused
from builder.rules.engine import run as run_rule
from builder.runtime.context import Context
from builder.runtime.handled import Handled, Turn
from builder.runtime.handlers.conversions import convert
from builder.runtime.handlers.records import (
    create_of,
    create_record,
    delete_record,
    restore_record,
    update_lines,
    update_record,
)
from builder.runtime.handlers.tasks import act_on_task
from builder.runtime.handlers.transitions import fire_transition
from builder.runtime.mentions import mentioned, notice
from builder.workflow.transitions import default_of


def _one(record: Record, events: list[Event], follow: tuple[Command, ...] = ()) -> Handled:
    return Handled((Ref(record.entity, record.id),), tuple(events), follow)


def created(ctx: Context, command: CreateRecord) -> Handled:
    record, events = create_record(ctx, command)
    if command.foreseen is not None:
        ctx.pending.foretold = command.foreseen
    return _one(record, events, _submitting(ctx, command.app, record) if command.submit else ())


def _submitting(ctx: Context, app: str, record: Record) -> tuple[Command, ...]:
    workflow = ctx.app.package.workflow_of(record.entity)
    transition = default_of(workflow, record.state) if workflow else None
    return (FireTransition(app, record.entity, record.id, transition.key),) if transition else ()


def updated(ctx: Context, command: UpdateRecord) -> Handled:
    return _one(*update_record(ctx, command))


def lines_updated(ctx: Context, command: UpdateLines) -> Handled:
    return _one(*update_lines(ctx, command))


def deleted(ctx: Context, command: DeleteRecord) -> Handled:
    return _one(*delete_record(ctx, command))


def restored(ctx: Context, command: RestoreRecord) -> Handled:
    return _one(*restore_record(ctx, command))


def fired(ctx: Context, command: FireTransition) -> Handled:
    return _one(*fire_transition(ctx, command))


def fired_many(ctx: Context, command: FireTransitions) -> Handled:
    """All of them or none; every refusal is said with its record's place."""

    def fire(id: int) -> tuple[Record, list[Event]]:
        one = FireTransition(command.app, command.entity, id, command.transition, command.opinion)
        return fire_transition(ctx, one)

    ids = dict.fromkeys(command.ids)
    return Handled(many=True, turns=tuple(Turn(f"/ids/{i}", partial(fire, id)) for i, id in enumerate(ids)))


def written(ctx: Context, command: WriteRecords) -> Handled:
    """Every row created, or updated where its unique key is known; all problems of all rows at once."""
    known = _known(ctx, command)

    def write(row: Mapping[str, Any]) -> tuple[Record, list[Event]]:
        id = known.get(_key(row.get(command.upsert_by or ""))) if known else None
        if id is not None:
            return update_record(ctx, UpdateRecord(command.app, command.entity, id, row))
        return create_of(ctx, command.entity, row, command.source)

    turns = (Turn(f"/rows/{i}", partial(write, row)) for i, row in enumerate(command.rows))
    return Handled(many=True, turns=tuple(turns))


def _known(ctx: Context, command: WriteRecords) -> Mapping[str, int]:
    if command.upsert_by is None:
        return {}
    entity = ctx.kernel.check("update", command.entity)
    of = entity.field(command.upsert_by)
    if of is None or not of.unique or not ctx.kernel.is_readable(entity.key, of.key):
        raise InvalidError(problems=[Problem("UPSERT_KEY", "/upsert_by", {"name": command.upsert_by})])
    wanted = [row.get(of.key) for row in command.rows if row.get(of.key)]
    found = ctx.reader.find(entity.key, {"field": of.key, "op": "in", "value": wanted}, limit=len(wanted) + 1)
    return {_key(record.values.get(of.key)): record.id for record in found}


def _key(value: Any) -> str:
    return str(value or "").strip().casefold()


def converted(ctx: Context, command: Convert) -> Handled:
    records, events = convert(ctx, command)
    workflow_target = records[0].entity if records else ""
    conversion = _conversion(ctx, command)
    follow = tuple(
        transition
        for record in records
        if conversion.submit and record.entity == workflow_target
        for transition in _submitting(ctx, command.app, record)
    )
    refs = tuple(Ref(r.entity, r.id) for r in records)
    return Handled(refs, tuple(events), follow, many=len(command.ids) > 1 or len(refs) > 1)


def _conversion(ctx: Context, command: Convert) -> Any:
    entity = ctx.app.package.entity(command.entity)
    assert entity is not None
    return next(c for c in entity.conversions if c.key == command.conversion)


def acted(ctx: Context, command: ActOnTask) -> Handled:
    record, events, commands = act_on_task(ctx, command)
    return acting_on(record, events, commands)


def acting_on(record: Record, events: list[Event], commands: list[Command]) -> Handled:
    """What an approval asks for is done with the app's rights: its moves, and what its automatic steps do."""
    moves = tuple(c for c in commands if isinstance(c, FireTransition))
    steps = tuple(Caused(c, Cause(), "app") for c in commands if not isinstance(c, FireTransition))
    return Handled((Ref(record.entity, record.id),), tuple(events), moves, steps)


def pressed(ctx: Context, command: PressButton) -> Handled:
    record = ctx.load(command.entity, command.id, "update")
    rule = next((r for r in ctx.app.package.rules_for(command.entity) if r.key == command.rule), None)
    if rule is None or rule.when.kind != "button":
        raise NotFoundError(rule=command.rule)
    return _one(record, [ButtonPressed(record, rule.key)])


def ran(ctx: Context, command: RunRule) -> Handled:
    """A rule's second half. ``fire_key`` is claimed in the same transaction, so that a message delivered twice acts once."""
    rule = next((r for r in ctx.app.package.rules if r.key == command.rule), None)
    if rule is None or not rule.enabled:
        return Handled(answer={"skipped": "rule"})
    if ctx.reader.has_fired(rule.uid, command.id, command.fire_key):
        return Handled(answer={"skipped": "done"})
    record = (
        ctx.reader.get(command.entity, [command.id]).get(command.id)
        if command.entity and command.id
        else None
    )
    reaction = run_rule(ctx.facts, rule, record, command.event)
    ctx.pending.rule_runs.extend(reaction.runs)
    if reaction.problems:
        raise InvalidError("RULE_REFUSED", problems=reaction.problems)
    ctx.pending.once.append((rule.uid, command.id, command.fire_key))
    ctx.pending.messages.extend(reaction.messages)
    return Handled(caused=reaction.commands, answer={"rule": rule.key})


def commented(ctx: Context, command: AddComment) -> Handled:
    record = ctx.load(command.entity, command.id)
    entity = ctx.app.package.entity(record.entity)
    if entity is None or not entity.comments:
        raise ForbiddenError(deed="comment")
    people = mentioned(ctx, record, command.body, command.mentions)
    comment = Comment(ctx.pending.new_id(), ctx.ref(record), command.body.strip(), people)
    ctx.pending.comments.append(comment)
    ctx.pending.messages.extend(notice(ctx, record, comment.id, user) for user in people)
    return Handled(answer={"id": ctx.engine.database.show(comment.id)})
