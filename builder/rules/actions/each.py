"""Each: the same actions for every line, every record that is referred to, or every record that passes a filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from builder.commands import Command, UpdateLines, UpdateRecord
from builder.errors import Problem
from builder.metadata.rule import Action
from builder.record import Record
from builder.rules.actions.deciding import Tally, all_of
from builder.rules.actions.kind import (
    ACTIONS,
    KEY,
    LIMIT,
    TARGET,
    ActionKind,
    Decided,
    Situation,
    schema,
)
from builder.rules.scene import Scene

MOST_STEPS = 50
"""Of a walk through many records the log tells the first."""


def decide(action: Action, at: Situation) -> Decided:
    """What the actions ask for with each element as the record at hand and the record before as ``outer``, in the elements' order. More of them
    than anybody oversees are a problem, not a part of them done."""
    elements = tuple(_elements(action, at))
    if len(elements) > LIMIT:
        params = {"rule": at.rule.label or at.rule.key, "limit": LIMIT}
        return Decided(problems=(Problem("RULE_EACH_LIMIT", params=params),))
    tally = Tally()
    after: list[Record] = []
    for element in elements:
        found = all_of(action.then, element)
        after.append(_as_set(element.record, found))
        tally.add(found._replace(values={}, lines={}))
        tally.steps.extend(found.steps[: MOST_STEPS - len(tally.steps)])
    decided = tally.decided()._replace(commands=_together(action.each, tally.commands, at))
    if at.timing == "before" and action.each in at.record.lines:
        return decided._replace(lines={action.each: tuple(after)})
    return decided


def _together(key: str, commands: Sequence[Command], at: Situation) -> tuple[Command, ...]:
    """Changes of lines of the record at hand as one change of it, in the place of the first."""
    lines = {line.id for line in at.record.lines.get(key, ())}
    model = at.context.fields(at.record.entity).get(key)
    changes: dict[int, dict[str, Any]] = {}
    found: list[Command | None] = []
    for command in commands:
        is_line = isinstance(command, UpdateRecord) and model is not None and command.entity == model.entity
        if is_line and isinstance(command, UpdateRecord) and command.id in lines:
            if not changes:
                found.append(None)
            changes.setdefault(command.id, {}).update(command.values)
        else:
            found.append(command)
    record = at.record
    together = UpdateLines(at.context.app, record.entity, record.id, key, changes)
    return tuple(together if command is None else command for command in found)


def _as_set(record: Record, found: Decided) -> Record:
    return record.with_values(found.values) if found.values else record


def _elements(action: Action, at: Situation) -> Iterator[Situation]:
    if action.each in at.record.lines:
        yield from _lines(action.each, at)
        return
    for record in _records(action, at):
        yield _inside(at, record)


def _inside(
    at: Situation, record: Record, old: Record | None = None, parent: Record | None = None, place: str = ""
) -> Situation:
    return at._replace(scene=Scene(record, old, parent, at.scene, at.scene.payload, place))


def _lines(key: str, at: Situation) -> Iterator[Situation]:
    """Lines of the record at hand, with how each was and where it stands."""
    before = at.scene.old
    old = {line.id: line for line in before.lines.get(key, ())} if before else {}
    for index, line in enumerate(at.record.lines[key]):
        place = f"{at.scene.place}/{key}/{index}"
        yield _inside(at, line, old=old.get(line.id), parent=at.record, place=place)


def _records(action: Action, at: Situation) -> tuple[Record, ...]:
    """Records of a query, at a path of references, or the lines of a record there; one more than allowed tells that they are too many."""
    if not action.each:
        return at.found(action, LIMIT + 1)
    head, _, last = action.each.rpartition(".")
    if head:
        entity, owners = at.targets(replace(action, target=head))
        field = at.context.fields(entity).get(last)
        if field is not None and field.type == "lines":
            return tuple(line for owner in owners for line in owner.lines.get(last, ()))
    return at.targets(replace(action, target=action.each))[1]


EACH = ActionKind(
    name="each",
    label={"zh-CN": "逐条处理", "en": "For each"},
    schema=schema({"each": TARGET, "entity": KEY, "filter": {"type": "object"}, "then": ACTIONS}, ("then",)),
    timings=frozenset({"before", "now", "later"}),
    decide=decide,
)
