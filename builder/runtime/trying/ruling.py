"""One rule judged over one event, alone: whether it would wake, whether its condition holds part by part, what it would ask for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.changes import Message, RuleRun
from builder.errors import Problem
from builder.events import (
    ApprovalChanged,
    ButtonPressed,
    Event,
    RecordChanged,
    RecordCreated,
    RecordDeleted,
    TransitionFired,
)
from builder.expressions import ExpressionError, compile_expression
from builder.expressions.parse import parse
from builder.expressions.tree import Logic
from builder.metadata.package import Package
from builder.metadata.rule import Rule
from builder.metadata.rule_index import LINES
from builder.record import Record
from builder.rules import engine
from builder.rules.cause import Caused
from builder.rules.conditions import judge, plain
from builder.rules.context import Context as Facts
from builder.rules.lines import line_events
from builder.rules.triggers import before_of, record_of, woken
from builder.runtime.trying.past import Moment, events_of

BY_TIME = frozenset({"schedule", "relative_date", "import_finished", "rule_failed", "hook", "webhook"})
NOTHING = Record("", 0, {})


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a condition: its source, the values it looked at in JSON form, and whether it holds (None: it cannot be judged)."""

    source: str
    values: Mapping[str, Any]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class Ruled:
    """What a rule came to. ``applies`` None: its condition fails (``problems`` say how)."""

    applies: bool | None
    record: Record
    inputs: Mapping[str, Any]
    runs: tuple[RuleRun, ...] = ()
    commands: tuple[Caused, ...] = ()
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()


def alone(package: Package, rule: Rule) -> Package:
    """The package with that rule only, switched on."""
    return replace(package, rules=(replace(rule, enabled=True),))


def ruled(facts: Facts, rule: Rule, event: Event | None, record: Record) -> Ruled:
    """The rule over ``event`` (None: over the record as it is, as the clock would). ``facts`` are those of ``alone``."""
    own = facts.package.rules[0]
    if event is not None and own.when.kind in LINES:
        return _by_lines(facts, own, event)
    old = before_of(event) if event is not None else None
    at = record_of(event) if event is not None else record
    try:
        judgement = judge(facts, own, at, old)
    except ExpressionError as error:
        return _failed(rule, at, error)
    if not judgement.applies:
        return Ruled(False, at, judgement.inputs)
    if event is not None and own.timing == "before":
        done = engine.before(facts, event)
        return Ruled(True, done.record, judgement.inputs, done.runs, problems=done.problems)
    if event is not None and own.timing == "now":
        reaction = engine.now(facts, event)
    else:
        reaction = engine.run(
            facts, own, at, {"kind": own.when.kind, "matched": True, "about": bool(at.entity)}
        )
    return _came_of(at, judgement.inputs, reaction)


def _came_of(at: Record, inputs: Mapping[str, Any], done: engine.Reaction) -> Ruled:
    runs = tuple(run._replace(inputs=inputs) for run in done.runs)
    return Ruled(True, at, inputs, runs, done.commands, done.messages, done.problems)


def ruled_balance(facts: Facts, at: Record, event: Mapping[str, Any]) -> Ruled:
    """The one rule of ``facts`` over a balance that is below: ``event`` is the crossing's."""
    own = facts.package.rules[0]
    try:
        judgement = judge(facts, own, at)
    except ExpressionError as error:
        return _failed(own, at, error)
    if not judgement.applies:
        return Ruled(False, at, judgement.inputs)
    return _came_of(at, judgement.inputs, engine.run(facts, own, None, {**event, "matched": True}))


def _failed(rule: Rule, at: Record, error: ExpressionError) -> Ruled:
    params = {"rule": rule.label or rule.key, "key": rule.key, "reason": error.why}
    return Ruled(None, at, {}, problems=(Problem("RULE_FAILED", params=params),))


def _by_lines(facts: Facts, rule: Rule, event: Event) -> Ruled:
    """A rule that watches lines, over all lines of the document that the event is about."""
    record = record_of(event)
    if rule.timing == "before":
        done = engine.before(facts, event)
        inputs = done.runs[0].inputs if done.runs else {}
        return Ruled(bool(done.runs), done.record, inputs, done.runs, problems=done.problems)
    found = engine.now(facts, event)
    inputs = found.runs[0].inputs if found.runs else {}
    return Ruled(bool(found.runs), record, inputs, found.runs, found.commands, found.messages, found.problems)


def wakes(package: Package, event: Event) -> bool:
    """Whether the event wakes the one rule of ``package``, by itself or by the lines that came, went or changed."""
    return bool(woken(package, event)) or any(woken(package, one) for one in line_events(package, event))


def event_for(
    package: Package, rule: Rule, record: Record, past: Iterable[Moment]
) -> tuple[Event | None, bool]:
    """The event that wakes the rule on this record: the last of its kind that happened (and True), else the one that would come next. None
    where the rule waits for no event of a record."""
    kind = rule.when.kind
    if kind in BY_TIME or kind == "threshold":
        return None, False
    one = alone(package, rule)
    for moment in reversed(tuple(past)):
        for event in reversed(events_of(package, moment)):
            if wakes(one, event):
                return event, True
    return _next(package, rule, record), False


def _next(package: Package, rule: Rule, record: Record) -> Event:
    kind, when = rule.when.kind, rule.when
    if kind == "record_created":
        return RecordCreated(record)
    if kind == "record_deleted":
        return RecordDeleted(record)
    if kind == "button":
        return ButtonPressed(record, rule.key)
    if kind == "approval":
        return ApprovalChanged(record, str(when.transition or ""), str(when.event or "approved"))
    if kind == "transition":
        return _moving(package, str(when.transition or ""), record)
    fields = frozenset(field.partition(".")[0] for field in when.fields) or frozenset(record.values)
    return RecordChanged(record, record, fields)


def _moving(package: Package, key: str, record: Record) -> Event:
    workflow = package.workflow_of(record.entity)
    found = [t for t in (workflow.transitions if workflow else ()) if not key or t.key == key]
    best = next((t for t in found if record.state in t.from_), found[0] if found else None)
    if best is None:
        return TransitionFired(record, record, key)
    before = record if record.state in best.from_ else record.but(state=best.from_[0] if best.from_ else None)
    return TransitionFired(before, record.but(state=best.to), best.key)


def parts_of(facts: Facts, rule: Rule, record: Record, old: Record | None) -> tuple[Part, ...]:
    """The condition part by part, each with what it looked at."""
    source = rule.if_ or ""
    if not source:
        return ()
    try:
        tree = parse(source)
    except ExpressionError:
        return (Part(source, {}, None),)
    root = tree.root
    nodes = root.parts if isinstance(root, Logic) and root.op == "and" else (root,)
    return tuple(_part(facts, source[node.at : node.end], record, old) for node in nodes)


def _part(facts: Facts, source: str, record: Record, old: Record | None) -> Part:
    values: Mapping[str, Any] = {}
    try:
        expression = compile_expression(source)
        values = facts.values(expression.paths, record, old=old)
        holds: bool | None = bool(expression.evaluate(values, facts.env))
    except ExpressionError:
        holds = None
    return Part(source, {path: plain(value) for path, value in values.items()}, holds)
