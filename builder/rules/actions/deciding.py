"""Deciding: one action, and several in their order, with the record at hand as the ones before have left it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.changes import Message
from builder.commands import Command
from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.rule import Action, Rule
from builder.record import Record, Value
from builder.rules.actions.kind import Decided, Situation
from builder.rules.actions.registry import ACTIONS
from builder.rules.actions.telling import step_of


@dataclass
class Tally:
    """What several actions ask for together."""

    values: dict[str, Value] = field(default_factory=dict)
    lines: dict[str, tuple[Record, ...]] = field(default_factory=dict)
    commands: list[Command] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    steps: list[Mapping[str, Any]] = field(default_factory=list)

    def add(self, decided: Decided) -> None:
        self.values.update(decided.values)
        self.lines.update(decided.lines)
        self.commands.extend(decided.commands)
        self.messages.extend(decided.messages)
        self.problems.extend(decided.problems)

    def laid_over(self, record: Record) -> Record:
        """The record as the actions so far leave it."""
        if self.lines:
            record = record.but(lines={**record.lines, **self.lines})
        return record.assigned(self.values) if self.values else record

    def decided(self) -> Decided:
        return Decided(
            dict(self.values),
            dict(self.lines),
            tuple(self.commands),
            tuple(self.messages),
            tuple(self.problems),
            tuple(self.steps),
        )


def all_of(actions: Sequence[Action], at: Situation) -> Decided:
    """What the actions ask for, in order; *before*, each sees what the ones before it set."""
    if len(actions) == 1:
        return _alone(actions[0], at)
    tally = Tally()
    for action in actions:
        here = at.over(tally.laid_over(at.record)) if tally.values or tally.lines else at
        found = decided(action, here)
        if found is not None:
            tally.add(found)
            tally.steps.append(step_of(action, found, here.record))
    return tally.decided()


def _alone(action: Action, at: Situation) -> Decided:
    found = decided(action, at)
    return Decided(*found[:-1], (step_of(action, found, at.record),)) if found is not None else Decided()


def decided(action: Action, at: Situation) -> Decided | None:
    """What the action asks for; None where its own condition does not hold. A failing expression becomes a problem."""
    try:
        if action.when and not holds(action.uid, "when", at):
            return None
        kind = ACTIONS.find(action.kind)
        if kind is None or at.timing not in kind.timings:
            return Decided(problems=(misplaced(action, at),))
        return kind.decide(action, at)
    except ExpressionError as error:
        return Decided(problems=(failure(at.rule, error),))


def holds(uid: str, name: str, at: Situation) -> bool:
    """Whether the condition of an action holds; one that is not there does."""
    condition = at.context.compiled.expression(uid, name)
    return condition is None or bool(at.evaluate(condition))


def failure(rule: Rule, error: ExpressionError) -> Problem:
    """A rule whose expression could not be worked out."""
    return Problem(
        "RULE_FAILED", params={"rule": rule.label or rule.key, "key": rule.key, "reason": error.why}
    )


def misplaced(action: Action, at: Situation) -> Problem:
    """An action that cannot happen at this time."""
    params = {"rule": at.rule.key, "action": action.kind, "timing": at.timing}
    return Problem("RULE_ACTION_MISPLACED", params=params)
