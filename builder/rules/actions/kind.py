"""What every kind of action is: its words, its properties, when it may run, and what it decides."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from builder.changes import Message
from builder.commands import Command
from builder.errors import Problem
from builder.expressions import Expression
from builder.metadata.frames import entity_at
from builder.metadata.rule import Action, Rule
from builder.metadata.text import Text
from builder.record import Record, Value
from builder.rules.assignment import at_scale, scale_of
from builder.rules.conditions import bound_scene
from builder.rules.context import LEDGER, Context
from builder.rules.kept import Kept
from builder.rules.reach import ids_in
from builder.rules.scene import Scene
from builder.rules.wording import Said

Timing = Literal["before", "now", "later"]
LIMIT = 1000


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Decided(NamedTuple):
    """What an action asks for. ``values`` are laid over the record at hand, ``lines`` are what its lines become (only *before*). ``steps`` are
    those of the actions inside it, for the log."""

    values: Mapping[str, Value] = NOTHING
    lines: Mapping[str, tuple[Record, ...]] = NOTHING
    commands: tuple[Command, ...] = ()
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
    steps: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    """The expressions of an action's values, each with the decimal places of the field that it is for, and every path that they read."""

    expressions: tuple[tuple[str, Expression | None, int | None], ...]
    paths: frozenset[str]


_SAID = Kept[tuple[str, str], _Said]()
_THERE = Kept[tuple[str, str], str]()


def _said(context: Context, action: Action, entity: str) -> _Said:
    known = _SAID.of(context.compiled)
    said = known.get((action.uid, entity))
    if said is None:
        fields = context.fields(entity)
        found = tuple(
            (
                key,
                context.compiled.expression(action.uid, f"values.{key}"),
                scale_of(fields[key]) if key in fields else None,
            )
            for key in action.values
        )
        paths = frozenset(path for _, e, _ in found if e is not None for path in e.paths)
        said = known[action.uid, entity] = _Said(found, paths)
    return said


class Situation(NamedTuple):
    """Where an action runs: the rule, and the scene with the record at hand and what stands around it."""

    context: Context
    rule: Rule
    scene: Scene
    timing: Timing

    @property
    def record(self) -> Record:
        return self.scene.record

    def over(self, record: Record) -> Situation:
        """The same with another state of the record at hand."""
        return self._replace(scene=self.scene._replace(record=record))

    def values(self, paths: Iterable[str]) -> Mapping[str, Value]:
        """The value of every path."""
        return self.scene.values(self.context, paths)

    def evaluate(self, expression: Expression) -> Value:
        """Raises ``ExpressionError``."""
        return self.scene.evaluate(self.context, expression)

    def said(self, text: Text | None) -> Said:
        """``text`` with what stands at its places, before anybody reads it."""
        return self.scene.said(self.context, text)

    def evaluated(self, action: Action, entity: str | None = None) -> dict[str, Value]:
        """The action's values, each at the scale of its field of ``entity`` (the record's own by default). Raises ``ExpressionError``."""
        context = self.context
        said = _said(context, action, entity or self.record.entity)
        values = self.values(said.paths)
        return {
            key: None if expression is None else at_scale(scale, expression.evaluate(values, context.env))
            for key, expression, scale in said.expressions
        }

    def linked(self) -> tuple[str, int]:
        """The record that a page can show of what is at hand: of a line its document; none of a balance or of nothing."""
        record = self.record
        model = self.context.package.entity(record.entity)
        if model is not None and model.kind == "lines":
            return model.parent or "", record.parent_id
        return (record.entity, record.id) if model is not None else ("", 0)

    def targets(self, action: Action) -> tuple[str, tuple[Record, ...]]:
        """The records an action is about, with their entity: those at the reference path ``target``, those of ``entity`` that pass
        ``filter``, or the record at hand."""
        if action.target:
            return self._referenced(action.target)
        if action.entity and (action.filter or action.entity != self.record.entity):
            return action.entity, self.found(action, LIMIT)
        return self.record.entity, (self.record,)

    def found(self, action: Action, most: int) -> tuple[Record, ...]:
        """The records of the action's entity that pass its filter."""
        where = bound_scene(self.context, action.filter or {}, self.scene)
        return self.context.reader.find(action.entity or "", where or None, limit=most)

    def _referenced(self, path: str) -> tuple[str, tuple[Record, ...]]:
        entity = self._entity_at(path)
        value = self.values((path,)).get(path)
        ids = [value] if value.__class__ is int else list(dict.fromkeys(ids_in(value)))
        found = self.context.reader.get(entity, ids) if ids and entity else {}
        return entity, tuple([found[i] for i in ids if i in found])

    def _entity_at(self, path: str) -> str:
        known = _THERE.of(self.context.compiled)
        at = (self.record.entity, path)
        if at not in known:
            known[at] = self._there(*at)
        return known[at]

    def _there(self, entity: str, path: str) -> str:
        """The entity that ``path`` leads to; from a balance, of a dimension that it is kept by."""
        package = self.context.package
        if not entity.startswith(LEDGER):
            return entity_at(package, entity, path)
        ledger = package.ledger(entity.removeprefix(LEDGER))
        head, _, rest = path.partition(".")
        dimension = ledger.dimension(head) if ledger is not None else None
        there = (dimension.entity or "") if dimension is not None else ""
        return entity_at(package, there, rest) if rest else there


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
            "actor": {"type": "boolean"},
            "head": {"type": "integer", "minimum": 0, "maximum": 20},
            "unit": {"type": "string"},
            "entity": {"type": "string"},
            "filter": {"type": "object"},
            "person": {"type": "string"},
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
ACTIONS = {"type": "array", "items": {"type": "object"}}
