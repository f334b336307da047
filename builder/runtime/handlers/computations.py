"""The handler of computations: rows become records, found again by what they match, so that a second run makes nothing twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from builder.commands import CreateRecord, DeleteRecord, RunComputation, UpdateRecord
from builder.errors import BuilderError, ConflictError, ForbiddenError, InvalidError, Problem
from builder.events import Event
from builder.metadata.computation import Computation
from builder.metadata.entity import Entity, Field
from builder.record import Record, Ref, Value
from builder.rules.assignment import assigned
from builder.runtime.computations import calculated, computation_of
from builder.runtime.context import Context
from builder.runtime.handled import Handled
from builder.runtime.handlers.computed import Key, Made, Outcome, all_seen, lines_field, plain, text_of, told
from builder.runtime.handlers.records import create_record, delete_record, state_label, update_record
from builder.runtime.report_reading import Row, evaluate
from builder.runtime.representation import title_of

MOST_RECORDS = 5000
MOST_PROBLEMS = 100
DEEDS: Mapping[Outcome, str] = {"new": "create", "changed": "update", "same": "read", "gone": "delete"}


@dataclass(frozen=True)
class Target:
    """What one record shall be: its ``values``, and ``lines`` by their own keys where the computation makes any."""

    key: Key
    values: Mapping[str, Value]
    lines: Mapping[Key, Mapping[str, Value]] | None = None


def run_computation(ctx: Context, command: RunComputation) -> Handled:
    """All of its records in one decision; every problem at once, with the row that it is about. What is computed is written as the
    definition says, also where people may not write it; who runs it must have the right to make, change and remove such records."""
    computation = computation_of(ctx, command.computation)
    entity = ctx.kernel.check("create" if computation.makes else "update", computation.entity)
    result = calculated(ctx, computation, command.parameters)
    targets = _targets(ctx, entity, computation, result.rows)
    found = _known(ctx, entity, computation)
    planned = _chosen(_planned(ctx, entity, computation, targets, found), command.only)
    if command.seen is not None and command.seen != all_seen(planned.values()):
        raise ConflictError("COMPUTATION_CHANGED")
    # What is computed is written with the app's rights. It was made by whoever asked.
    source = "auto" if ctx.kernel.actor.kind == "rule" else "computation"
    made: list[Made] = []
    events: list[Event] = []
    problems: list[Problem] = []
    for index, one in planned.items():
        try:
            ctx.kernel.check(DEEDS[one.outcome], entity.key)
            _check_state(ctx, entity, one)
            record, happened = _done(ctx.as_app(), entity, computation, one, source)
            _check_within(ctx, entity, one.outcome, record)
        except BuilderError as error:
            problems.extend(_placed(index, error))
            if len(problems) >= MOST_PROBLEMS:
                break
            continue
        events.extend(happened)
        made.append(replace(one, record=record))
    if problems:
        raise InvalidError(problems=problems[:MOST_PROBLEMS])
    refs = tuple(Ref(entity.key, m.record.id) for m in made if m.record and m.outcome in {"new", "changed"})
    return Handled(refs, tuple(events), many=True, answer=told(ctx, entity, computation, made, result.left))


def _chosen(planned: Iterator[Made], only: Sequence[str] | None) -> dict[int, Made]:
    """By their places among all of them."""
    wanted = None if only is None else set(only)
    return {at: one for at, one in enumerate(planned) if wanted is None or text_of(one.key) in wanted}


# What shall be


def _targets(
    ctx: Context, entity: Entity, computation: Computation, rows: Sequence[Row]
) -> dict[Key, Target]:
    found: dict[Key, Target] = {}
    lines = computation.lines
    line = ctx.app.package.entity(lines_field(entity, computation).entity or "") if lines else None
    twice: list[Problem] = []
    for row in rows:
        values = _mapped(ctx, entity, computation.uid, "map", computation.map, row)
        key = _row_key(ctx, computation, values, row)
        known = found.get(key)
        if lines is None or line is None:
            if known is not None:
                twice.append(
                    Problem("COMPUTATION_TWICE", "", {"row": _said(ctx, entity, computation, values)})
                )
            found[key] = Target(key, values)
            continue
        own = _mapped(ctx, line, computation.uid, "lines.map", lines.map, row)
        line_key = _key(lines.match, own)
        kept = dict(known.lines or {}) if known is not None else {}
        if line_key in kept:
            twice.append(Problem("COMPUTATION_TWICE", "", {"row": _said(ctx, entity, computation, values)}))
        found[key] = Target(key, known.values if known else values, {**kept, line_key: own})
    if twice:
        raise InvalidError(problems=twice[:MOST_PROBLEMS])
    if len(found) > MOST_RECORDS:
        raise InvalidError("COMPUTATION_TOO_LARGE", most=MOST_RECORDS)
    return found


def _mapped(
    ctx: Context, entity: Entity, uid: str, at: str, map: Mapping[str, str], row: Row
) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for key in map:
        expression = ctx.expression(uid, f"{at}.{key}")
        field = entity.field(key)
        if expression is not None and field is not None:
            found[key] = assigned(field, _fitting(field, evaluate(ctx, expression, row)))
    return found


def _fitting(field: Field, value: Value) -> Value:
    """A value as the field's type has it: whole numbers and moments of a calculation are read as such."""
    if field.type == "date" and isinstance(value, datetime):
        return value.date()
    if field.type in {"decimal", "money", "quantity", "percent"} and type(value) is int:
        return Decimal(value)
    if field.type == "integer" and isinstance(value, Decimal):
        return int(value)
    return value


def _row_key(ctx: Context, computation: Computation, values: Mapping[str, Value], row: Row) -> Key:
    """By what the record of a row is found again: what it says of itself, or the record that it names."""
    expression = ctx.expression(computation.uid, "record") if computation.record is not None else None
    if expression is None:
        return _key(computation.match, values)
    id = evaluate(ctx, expression, row)
    return (ctx.engine.database.show(id),) if isinstance(id, int) else ("",)


def _record_key(ctx: Context, computation: Computation, record: Record) -> Key:
    if computation.record is not None:
        return (ctx.engine.database.show(record.id),)
    return _key(computation.match, record.values)


def _key(match: Sequence[str], values: Mapping[str, Value]) -> Key:
    return tuple(plain(values.get(field)) for field in match)


def _said(ctx: Context, entity: Entity, computation: Computation, values: Mapping[str, Value]) -> str:
    """What tells a row from others, in words."""
    words = (_words(ctx, entity.field(key), values.get(key)) for key in computation.match)
    return " · ".join(filter(None, words))


def _words(ctx: Context, field: Field | None, value: Value) -> str:
    target = ctx.app.package.entity(field.entity or "") if field is not None and field.entity else None
    if target is not None and isinstance(value, int):
        record = ctx.reader.get(target.key, [value]).get(value)
        return title_of(target, record) if record is not None else ""
    return plain(value)


# What there is


def _known(ctx: Context, entity: Entity, computation: Computation) -> dict[Key, Record]:
    """Records of earlier runs that may still be changed, and are within the actor's reach, by their keys; the first of equals."""
    where = _open(ctx, entity, computation)
    # Whoever runs it at the same moment finds the same records missing: commit counts again, and the later one is decided again.
    with ctx.reader.watched.watching():
        ctx.reader.aggregate(entity.key, "count", "id", where)
    found: dict[Key, Record] = {}
    for record in ctx.reader.find(entity.key, where, sort=(("id", False),), limit=2 * MOST_RECORDS):
        if record.archived_at is None and ctx.in_scope(record, "read") and ctx.in_scope(record, "update"):
            found.setdefault(_record_key(ctx, computation, record), record)
    if computation.lines is None:
        return found
    whole = ctx.reader.get(entity.key, [record.id for record in found.values()])
    return {key: whole.get(record.id, record) for key, record in found.items()}


def _open(ctx: Context, entity: Entity, computation: Computation) -> Mapping[str, Any] | None:
    """What is still open, by the definition and by the workflow: what has moved on is never changed."""
    workflow = ctx.app.package.workflow_of(entity.key)
    first = {"field": "state", "op": "=", "value": workflow.initial} if workflow else None
    parts = [part for part in (computation.open, first) if part]
    return {"and": parts} if parts else None


def _planned(
    ctx: Context,
    entity: Entity,
    computation: Computation,
    targets: Mapping[Key, Target],
    found: Mapping[Key, Record],
) -> Iterator[Made]:
    for key, target in targets.items():
        record = found.get(key)
        lines = tuple((target.lines or {}).values())
        if record is None:
            if computation.makes:
                yield Made(key, "new", target.values, lines)
            continue
        values = _kept(computation, target.values, record.values)
        was = _different(values, record.values)
        if not was and not _lines_differ(computation, target, record):
            yield Made(key, "same", values, lines, record)
        else:
            yield Made(key, "changed", values, lines, record, was)
    if computation.stale == "delete":
        for key, record in found.items():
            if key not in targets and ctx.in_scope(record, "delete"):
                yield Made(key, "gone", record.values, (), record)


def _kept(
    computation: Computation, values: Mapping[str, Value], known: Mapping[str, Value]
) -> Mapping[str, Value]:
    """What is written over an earlier run: nothing over what somebody may have filled in since, where this run does not know better,
    and what only new records are filled with."""
    silent = {key for key in computation.keeps if values.get(key) is None} | set(computation.once)
    return {key: known.get(key) if key in silent else value for key, value in values.items()}


def _different(values: Mapping[str, Value], known: Mapping[str, Value]) -> dict[str, Value]:
    return {key: known.get(key) for key, value in values.items() if plain(value) != plain(known.get(key))}


def _lines_differ(computation: Computation, target: Target, record: Record) -> bool:
    lines = computation.lines
    if lines is None:
        return False
    known = {_key(lines.match, line.values): line for line in record.lines.get(lines.field, ())}
    wanted = target.lines or {}
    return known.keys() != wanted.keys() or any(
        _different(values, known[key].values) for key, values in wanted.items()
    )


# What is done


def _done(
    ctx: Context, entity: Entity, computation: Computation, made: Made, source: str
) -> tuple[Record | None, Sequence[Event]]:
    app, values = ctx.app.key, dict[str, Any](made.values)
    lines = computation.lines
    if made.outcome == "same":
        return made.record, ()
    if made.outcome == "gone":
        assert made.record is not None
        return delete_record(ctx, DeleteRecord(app, entity.key, made.record.id))
    if lines is not None:
        known = made.record.lines.get(lines.field, ()) if made.record else ()
        ids = {_key(lines.match, line.values): line.id for line in known}
        values[lines.field] = [_with_id(ids, lines.match, line) for line in made.lines]
    if made.record is None:
        return create_record(ctx, CreateRecord(app, entity.key, values, source=source))
    return update_record(ctx, UpdateRecord(app, entity.key, made.record.id, values))


def _with_id(ids: Mapping[Key, int], match: Sequence[str], line: Mapping[str, Value]) -> Mapping[str, Any]:
    id = ids.get(_key(match, line))
    return dict(line) if id is None else {"id": id, **line}


def _check_state(ctx: Context, entity: Entity, made: Made) -> None:
    """A right that holds in some states holds there alone, whatever changes the record."""
    if made.outcome != "changed" or made.record is None or ctx.app.package.workflow_of(entity.key) is None:
        return
    if not ctx.kernel.may_update_in(entity.key, made.record.state):
        raise ForbiddenError("STATE_CLOSED", entity=entity.label, state=state_label(ctx, made.record))


def _check_within(ctx: Context, entity: Entity, outcome: Outcome, record: Record | None) -> None:
    """What the app writes must stay within the reach of who runs it, as what they write themselves."""
    if record is not None and outcome != "gone" and not ctx.in_scope(record, DEEDS[outcome]):
        raise InvalidError("OUT_OF_SCOPE", problems=[Problem("OUT_OF_SCOPE", "", {"entity": entity.label})])


def _placed(index: int, error: BuilderError) -> list[Problem]:
    if error.problems:
        return [replace(p, path=f"/rows/{index}{p.path}") for p in error.problems]
    return [Problem(error.code, f"/rows/{index}", error.params, error.message)]
