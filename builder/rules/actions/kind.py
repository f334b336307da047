"""What every kind of action is: its words, its properties, when it may run, and what it decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from builder.changes import Message
from builder.commands import Command
from builder.errors import Problem
from builder.metadata.rule import Action, Rule
from builder.record import Record, Value
from builder.rules.assignment import assigned
from builder.rules.conditions import bound
from builder.rules.context import Context
from builder.rules.reach import ids_in

Timing = Literal["before", "now", "later"]
LIMIT = 1000


@dataclass(frozen=True, slots=True)
class Decided:
    """What an action asks for. ``values`` are laid over the record at hand (only *before*)."""

    values: Mapping[str, Value] = field(default_factory=dict)
    commands: tuple[Command, ...] = ()
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Situation:
    """Where an action runs: the rule, the record at hand and how it was before the event."""

    context: Context
    rule: Rule
    record: Record
    timing: Timing
    old: Record | None = None

    def evaluated(self, action: Action, entity: str | None = None) -> dict[str, Value]:
        """The action's values, each at the scale of its field of ``entity`` (the record's own by default). Raises ``ExpressionError``."""
        context = self.context
        fields = context.fields(entity or self.record.entity)
        found: dict[str, Value] = {}
        for key in action.values:
            expression = context.compiled.expression(action.uid, f"values.{key}")
            value = None if expression is None else context.evaluate(expression, self.record, old=self.old)
            found[key] = assigned(fields[key], value) if key in fields else value
        return found

    def targets(self, action: Action) -> tuple[str, tuple[Record, ...]]:
        """The records an action is about, with their entity: those at the reference path ``target``, those of ``entity`` that pass
        ``filter``, or the record at hand."""
        if action.target:
            return self._referenced(action.target)
        if action.entity and (action.filter or action.entity != self.record.entity):
            where = bound(self.context, action.filter or {}, self.record)
            return action.entity, self.context.reader.find(action.entity, where or None, limit=LIMIT)
        return self.record.entity, (self.record,)

    def _referenced(self, path: str) -> tuple[str, tuple[Record, ...]]:
        entity = self._entity_at(path)
        value = self.context.values([path], self.record, old=self.old).get(path)
        ids = list(dict.fromkeys(ids_in(value)))
        found = self.context.reader.get(entity, ids) if ids and entity else {}
        return entity, tuple(found[i] for i in ids if i in found)

    def _entity_at(self, path: str) -> str:
        entity = self.record.entity
        for part in path.split("."):
            of = self.context.fields(entity).get(part)
            entity = (of.entity if of else None) or ""
        return entity


@dataclass(frozen=True, slots=True)
class ActionKind:
    """A kind of action. ``schema`` is the JSON Schema of the properties it reads, ``timings`` when it may run;
    ``decide`` is pure and may raise ``ExpressionError``."""

    name: str
    label: Mapping[str, str]
    schema: Mapping[str, Any]
    timings: frozenset[Timing]
    decide: Callable[[Action, Situation], Decided]


def schema(properties: Mapping[str, Any], required: tuple[str, ...] = ()) -> Mapping[str, Any]:
    """The JSON Schema of an action's own properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }


VALUES = {
    "type": "object",
    "title": "Values",
    "description": "Field key → expression over the record at hand.",
    "additionalProperties": {"type": "string"},
    "examples": [{"remark": "'checked'"}],
}
KEY = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,62}$"}
TARGET = {
    "type": "string",
    "title": "Target",
    "description": "Reference path whose record is acted on; empty: the record at hand.",
    "examples": ["order"],
}
RECIPIENTS = {
    "type": "array",
    "minItems": 1,
    "items": {
        "type": "object",
        "properties": {
            "role": {"type": "string"},
            "user": {"type": "string"},
            "field": {"type": "string"},
            "owner": {"type": "boolean"},
        },
        "additionalProperties": False,
    },
}
TEXT = {
    "title": "Text",
    "description": "Words, plain or per language, with {field} places.",
    "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}],
    "examples": ["单据 {number} 已超期"],
}
