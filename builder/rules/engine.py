"""Engine: rules answer events. *Before* rules change or refuse the record at hand; *now* rules add commands to the same
decision; *later* rules become messages that run after commit.

A rule that fails *now* refuses the whole command with its name; one that fails *later* is retried by whoever delivers it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from builder.changes import Message, RuleRun
from builder.errors import Problem
from builder.events import Event, LineEvent, LineRemoved
from builder.expressions import ExpressionError
from builder.metadata.rule import Rule
from builder.metadata.rule_index import LINES
from builder.record import Record, Value
from builder.rules.actions import Decided, Situation
from builder.rules.actions.deciding import all_of, failure
from builder.rules.actions.kind import Timing
from builder.rules.actions.telling import told_problems
from builder.rules.cause import NO_CAUSE, Cause, Caused
from builder.rules.conditions import Judgement, at_hand, judge_scene
from builder.rules.context import Context
from builder.rules.lines import line_events, with_line
from builder.rules.postponed import about, balance_record, command_of, crossing, message, nothing, payload_of
from builder.rules.scene import Scene
from builder.rules.triggers import before_of, record_of, woken

__all__ = ["NO_REACTION", "Before", "Reaction", "before", "command_of", "crossing", "message", "now", "run"]


class Before(NamedTuple):
    """The record as *before* rules leave it, everything they refuse, and which of them matched."""

    record: Record
    problems: tuple[Problem, ...] = ()
    runs: tuple[RuleRun, ...] = ()


class Reaction(NamedTuple):
    """What rules ask for: commands for the same decision with their cause, messages for the outbox, refusals, and what matched."""

    commands: tuple[Caused, ...] = ()
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
    runs: tuple[RuleRun, ...] = ()


NO_REACTION = Reaction()


@dataclass
class _Tally:
    commands: list[Caused] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    runs: list[RuleRun] = field(default_factory=list)

    def reaction(self) -> Reaction:
        return Reaction(tuple(self.commands), tuple(self.messages), tuple(self.problems), tuple(self.runs))


def before(context: Context, event: Event) -> Before:
    """Run the *before* rules that ``event`` wakes, in their declared order, once; each sees what the ones before it set. Those that watch lines
    come after those that watch their document. Formulas are worked out again by the caller afterwards."""
    record = record_of(event)
    problems: list[Problem] = []
    runs: list[RuleRun] = []
    for rule in woken(context.package, event):
        if rule.timing == "before":
            decided = _correct(context, rule, Scene(record, before_of(event)), problems, runs)
            record = _laid_over(record, decided) if decided is not None else record
    for happened in line_events(context.package, event):
        for rule in woken(context.package, happened):
            if rule.timing == "before":
                scene = _line_scene(happened, record)
                decided = _correct(context, rule, scene, problems, runs)
                if decided is not None and decided.values and not isinstance(happened, LineRemoved):
                    record = with_line(record, scene.record.with_values(decided.values))
    return Before(record, tuple(problems), tuple(runs))


def _laid_over(record: Record, decided: Decided) -> Record:
    if decided.lines:
        record = record.but(lines={**record.lines, **decided.lines})
    return record.assigned(decided.values) if decided.values else record


def _line_scene(event: LineEvent, parent: Record | None) -> Scene:
    """A line with its document; as earlier rules left both."""
    line, old = record_of(event), before_of(event)
    if parent is not None and not isinstance(event, LineRemoved):
        found = (own for rows in parent.lines.values() for own in rows if own.id == line.id)
        line = next(found, line)
    return Scene(line, old, parent, place=event.place)


def _correct(
    context: Context, rule: Rule, scene: Scene, problems: list[Problem], runs: list[RuleRun]
) -> Decided | None:
    """What a *before* rule does to the record at hand; None where it does not apply."""
    began = context.ticks()
    with context.at_rest():
        judgement = _judged(context, rule, scene, problems, runs)
        if judgement is None or not judgement.applies:
            return None
        decided = all_of(rule.then, Situation(context, rule, scene, "before"))
    problems.extend(decided.problems)
    outcome = "refused" if decided.problems else "done"
    after = _laid_over(scene.record, decided)
    runs.append(_run(rule, after, outcome, judgement, decided.steps, context.ticks() - began))
    return decided


def now(context: Context, event: Event, cause: Cause = NO_CAUSE) -> Reaction:
    """Run the *now* rules that ``event`` wakes and turn matching *later* rules into messages. ``cause`` is what led to the event. Rules that
    watch lines come after those that watch their document."""
    rules = woken(context.package, event)
    of_lines = list(line_events(context.package, event))
    if not rules and not of_lines:
        return NO_REACTION
    tally = _Tally()
    if rules:
        _answer_all(context, rules, event, Scene(record_of(event), before_of(event)), cause, tally)
    for happened in of_lines:
        rules = woken(context.package, happened)
        if rules:
            _answer_all(context, rules, happened, _line_scene(happened, happened.parent), cause, tally)
    return tally.reaction()


def _answer_all(
    context: Context, rules: tuple[Rule, ...], event: Event, scene: Scene, cause: Cause, tally: _Tally
) -> None:
    with context.at_rest():
        seen, idle = at_hand(context, rules, scene)
        for rule, is_idle in zip(rules, idle, strict=True):
            if rule.timing == "now" and not is_idle:
                _answer(context, rule, scene, cause, tally, seen=seen)
            elif rule.timing == "later":
                _postpone(context, rule, event, scene, cause, tally)


def run(context: Context, rule: Rule, record: Record | None, event: Mapping[str, Any]) -> Reaction:
    """Run one rule now, whatever its timing: the second half of a *later* rule, a schedule's tick, a date that has come, a threshold.
    ``event`` is the message's: with ``matched`` the condition was judged when it happened; ``cause`` is the chain so far; ``ledger``, ``keys``
    and ``measures`` stand for the record of a threshold."""
    tally = _Tally()
    at = record or balance_record(event) or nothing(event)
    if at is None:
        if event.get("kind") in LINES:
            return Reaction()  # Lines come and go while a document is written; what came of one that went is nobody's concern.
        return Reaction(problems=(Problem("RULE_RECORD_GONE", params={"rule": rule.key}),))
    cause = Cause(tuple(str(r) for r in event.get("cause", ())))
    judgement = Judgement(True, {}) if event.get("matched") else None
    _answer(context, rule, Scene(at, payload=payload_of(event)), cause, tally, judgement)
    return tally.reaction()


def _answer(
    context: Context,
    rule: Rule,
    scene: Scene,
    cause: Cause,
    tally: _Tally,
    judgement: Judgement | None = None,
    seen: Mapping[str, Value] | None = None,
) -> None:
    """Judge the rule, where ``judgement`` does not say so already, and act where it applies."""
    began = context.ticks()
    judgement = judgement or _judged(context, rule, scene, tally.problems, tally.runs, seen)
    if judgement is not None and judgement.applies:
        _act(context, rule, scene, judgement, cause, tally, began)


def _judged(
    context: Context,
    rule: Rule,
    scene: Scene,
    problems: list[Problem],
    runs: list[RuleRun],
    seen: Mapping[str, Value] | None = None,
) -> Judgement | None:
    try:
        return judge_scene(context, rule, scene, seen)
    except ExpressionError as error:
        problem = failure(rule, error)
        problems.append(problem)
        steps = ({"problems": told_problems([problem])},)
        runs.append(_run(rule, scene.record, "failed", Judgement(False, {}), steps))
        return None


def _act(
    context: Context,
    rule: Rule,
    scene: Scene,
    judgement: Judgement,
    cause: Cause,
    tally: _Tally,
    began: int = 0,
) -> None:
    """All actions of a matching rule, in order, over the same record."""
    after, record = cause.by(rule.key), scene.record
    timing: Timing = "now" if rule.timing == "before" else rule.timing
    decided = all_of(rule.then, Situation(context, rule, scene, timing))
    run = (rule.key, record.entity, record.id)
    tally.commands.extend([Caused(c, after, rule.as_, run) for c in decided.commands])
    tally.messages.extend(decided.messages)
    tally.problems.extend(decided.problems)
    outcome = "refused" if decided.problems else "done"
    tally.runs.append(_run(rule, record, outcome, judgement, decided.steps, context.ticks() - began))


def _run(
    rule: Rule,
    record: Record,
    outcome: str,
    judgement: Judgement,
    steps: Sequence[Mapping[str, Any]],
    nanoseconds: int = 0,
) -> RuleRun:
    inputs = judgement.inputs
    return RuleRun(
        rule.key, record.entity, record.id, rule.timing, inputs, outcome, tuple(steps), nanoseconds // 1000
    )


# Later


def _postpone(context: Context, rule: Rule, event: Event, scene: Scene, cause: Cause, tally: _Tally) -> None:
    """A message for a *later* rule that matches. A condition that cannot be judged is left to the run, where failing is retried
    and seen, instead of refusing what the person does."""
    try:
        judgement = judge_scene(context, rule, scene)
    except ExpressionError:
        judgement = Judgement(True, {"failed": True})
    if not judgement.applies:
        return
    record = scene.record
    told = about(event) | {"matched": "failed" not in judgement.inputs, "cause": list(cause.rules)}
    tally.messages.append(
        message(
            context.app,
            rule,
            record.entity,
            record.id,
            told,
            f"{record.version}:{context.env.now().isoformat()}",
        )
    )
    tally.runs.append(_run(rule, record, "queued", judgement, []))
