"""The past of a record, taken back step by step from what it is now, with the events that its changes were. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from builder.events import Event, RecordChanged, RecordCreated, TransitionFired
from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.record import Record, Value
from builder.runtime.handlers.shaping import changed_fields
from builder.runtime.trying.values import exact

SYSTEM = {"owner": "owner_id", "org_unit": "org_unit_id"}


@dataclass(frozen=True, slots=True)
class Step:
    """One version: which command made it, when, and what it changed (as the history keeps it)."""

    version: int
    cmd: int
    at: datetime
    actor_id: int
    changes: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Moment:
    """A record at one of its versions. ``before`` None: it came to be."""

    step: Step
    before: Record | None
    after: Record


def moments(package: Package, record: Record, steps: Sequence[Step]) -> tuple[Moment, ...]:
    """All versions of a record, the oldest first. ``steps`` are the newest first and complete."""
    entity = package.entity(record.entity)
    if entity is None:
        return ()
    found: list[Moment] = []
    after = record
    for step in steps:
        if step.version <= 1:
            found.append(Moment(step, None, after))
            break
        before = _undone(package, entity, after, step)
        found.append(Moment(step, before, after))
        after = before
    return tuple(reversed(found))


def events_of(package: Package, moment: Moment) -> tuple[Event, ...]:
    """What happened then, as rules see it: it came to be, it moved on, its fields changed."""
    after, before = moment.after, moment.before
    if before is None:
        return tuple(_made(package, after))
    events: list[Event] = list(_moved(package, before, after))
    fields = changed_fields(before, after)
    if fields:
        events.append(RecordChanged(before, after, fields))
    return tuple(events)


def _made(package: Package, record: Record) -> Iterable[Event]:
    """A record that moved on in the command that made it has one version for both."""
    workflow = package.workflow_of(record.entity)
    first = workflow.initial if workflow is not None else record.state
    fresh = record.but(state=first) if record.state != first else record
    yield RecordCreated(fresh)
    yield from _moved(package, fresh, record)


def _moved(package: Package, before: Record, after: Record) -> Iterable[Event]:
    if before.state == after.state:
        return
    workflow = package.workflow_of(after.entity)
    for transition in workflow.transitions if workflow is not None else ():
        if transition.to == after.state and before.state in transition.from_:
            yield TransitionFired(before, after, transition.key)
            return


def _undone(package: Package, entity: Entity, record: Record, step: Step) -> Record:
    """The record before the step. What the history does not keep (a line that went, a personal value) stays as it is."""
    values: dict[str, Value] = {}
    other: dict[str, Any] = {"version": step.version - 1}
    lines = {key: list(rows) for key, rows in record.lines.items()}
    for part in step.changes:
        name = str(part["field"])
        if "line" in part:
            _undo_line(package, entity, lines, part)
        elif name == "state":
            other["state"] = part.get("before")
        elif name in SYSTEM:
            other[SYSTEM[name]] = int(part.get("before") or 0)
        elif name == "business_date":
            other["business_date"] = date.fromisoformat(part["before"]) if part.get("before") else None
        elif (of := entity.field_by_uid(name)) is not None and "before" in part:
            values[of.key] = exact(of, part["before"])
    kept = {key: tuple(rows) for key, rows in lines.items()}
    return record.but(values={**record.values, **values}, lines=kept, **other)


def _undo_line(
    package: Package, entity: Entity, lines: dict[str, list[Record]], part: Mapping[str, Any]
) -> None:
    of = entity.field_by_uid(str(part["field"]))
    rows = lines.get(of.key) if of is not None else None
    if of is None or rows is None:
        return
    if part.get("kind") == "added":
        lines[of.key] = [line for line in rows if line.id != part["line"]]
        return
    model = package.entity(of.entity or "")
    field = model.field_by_uid(str(part.get("line_field"))) if model is not None else None
    if field is None or "before" not in part:
        return
    value = exact(field, part["before"])
    lines[of.key] = [
        line.with_values({field.key: value}) if line.id == part["line"] else line for line in rows
    ]
