"""Engine: rules answer events. *Before* rules change or refuse the record at hand; *now* rules add commands to the same
decision; *later* rules become messages that run after commit.

A rule that fails *now* refuses the whole command with its name; one that fails *later* is retried by whoever delivers it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from builder.changes import Message, RuleRun
from builder.commands import RunRule
from builder.errors import Problem
from builder.events import ApprovalChanged, Event, RecordChanged, TransitionFired
from builder.expressions import ExpressionError
from builder.metadata.rule import Action, Rule
from builder.record import Record, Value
from builder.rules.actions import ACTIONS, Decided, Situation
from builder.rules.cause import Cause, Caused
from builder.rules.conditions import Judgement, judge, plain
from builder.rules.context import LEDGER, Context
from builder.rules.telling import step_of, told_problems
from builder.rules.triggers import KINDS, before_of, record_of, woken

NO_CAUSE = Cause()


@dataclass(frozen=True, slots=True)
class Before:
    """The record as *before* rules leave it, everything they refuse, and which of them matched."""

    record: Record
    problems: tuple[Problem, ...] = ()
    runs: tuple[RuleRun, ...] = ()


@dataclass(frozen=True, slots=True)
class Reaction:
    """What rules ask for: commands for the same decision with their cause, messages for the outbox, refusals, and what matched."""

    commands: tuple[Caused, ...] = ()
    messages: tuple[Message, ...] = ()
    problems: tuple[Problem, ...] = ()
    runs: tuple[RuleRun, ...] = ()


@dataclass
class _Tally:
    commands: list[Caused] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    runs: list[RuleRun] = field(default_factory=list)

    def reaction(self) -> Reaction:
        return Reaction(tuple(self.commands), tuple(self.messages), tuple(self.problems), tuple(self.runs))


def before(context: Context, event: Event) -> Before:
    """Run the *before* rules that ``event`` wakes, in their declared order, once; each sees what the ones before it set.
    Their formulas are worked out again by the caller afterwards."""
    record, old = record_of(event), before_of(event)
    problems: list[Problem] = []
    runs: list[RuleRun] = []
    for rule in woken(context.package, event):
        if rule.timing != "before":
            continue
        began = context.ticks()
        judgement = _judged(context, rule, record, old, problems, runs)
        if judgement is None or not judgement.applies:
            continue
        values, found, steps = _before_actions(context, rule, record, old)
        problems.extend(found)
        record = record.with_values(values) if values else record
        outcome = "refused" if found else "done"
        runs.append(_run(rule, record, outcome, judgement, steps, context.ticks() - began))
    return Before(record, tuple(problems), tuple(runs))


def _before_actions(
    context: Context, rule: Rule, record: Record, old: Record | None
) -> tuple[dict[str, Value], list[Problem], list[Mapping[str, Any]]]:
    values: dict[str, Value] = {}
    problems: list[Problem] = []
    steps: list[Mapping[str, Any]] = []
    for action in rule.then:
        situation = Situation(context, rule, record.with_values(values), "before", old)
        decided = _decided(action, situation)
        if decided is None:
            continue
        steps.append(step_of(action, decided, situation.record))
        values.update(decided.values)
        problems.extend(decided.problems)
    return values, problems, steps


def now(context: Context, event: Event, cause: Cause = NO_CAUSE) -> Reaction:
    """Run the *now* rules that ``event`` wakes and turn matching *later* rules into messages. ``cause`` is what led to the event."""
    record, old = record_of(event), before_of(event)
    tally = _Tally()
    for rule in woken(context.package, event):
        if rule.timing == "now":
            _answer(context, rule, record, old, cause, tally)
        elif rule.timing == "later":
            _postpone(context, rule, event, cause, tally)
    return tally.reaction()


def run(context: Context, rule: Rule, record: Record | None, event: Mapping[str, Any]) -> Reaction:
    """Run one rule now, whatever its timing: the second half of a *later* rule, a schedule's tick, a date that has come, a threshold.
    ``event`` is the message's: with ``matched`` the condition was judged when it happened; ``cause`` is the chain so far; ``ledger``, ``keys``
    and ``measures`` stand for the record of a threshold."""
    tally = _Tally()
    at = record or _balance_record(event) or _nothing(event)
    if at is None:
        return Reaction(problems=(Problem("RULE_RECORD_GONE", params={"rule": rule.key}),))
    cause = Cause(tuple(str(r) for r in event.get("cause", ())))
    judgement = Judgement(True, {}) if event.get("matched") else None
    _answer(context, rule, at, None, cause, tally, judgement)
    return tally.reaction()


def _answer(
    context: Context,
    rule: Rule,
    record: Record,
    old: Record | None,
    cause: Cause,
    tally: _Tally,
    judgement: Judgement | None = None,
) -> None:
    """Judge the rule, where ``judgement`` does not say so already, and act where it applies."""
    began = context.ticks()
    judgement = judgement or _judged(context, rule, record, old, tally.problems, tally.runs)
    if judgement is not None and judgement.applies:
        _act(context, rule, record, old, judgement, cause, tally, began)


def _balance_record(event: Mapping[str, Any]) -> Record | None:
    """The keys and measures of a balance, to be read by expressions like a record."""
    if "ledger" not in event:
        return None
    measures = {key: Decimal(str(value)) for key, value in event.get("measures", {}).items()}
    return Record(f"{LEDGER}{event['ledger']}", 0, {**event.get("keys", {}), **measures})


def _nothing(event: Mapping[str, Any]) -> Record | None:
    """What stands for the record where the event is about none: a schedule without an entity, a rule that failed, an import."""
    kinds = {"schedule", "rule_failed", "import_finished"}
    is_about_none = event.get("kind") in kinds and not event.get("about")
    return Record("", 0, {}) if is_about_none else None


def _judged(
    context: Context,
    rule: Rule,
    record: Record,
    old: Record | None,
    problems: list[Problem],
    runs: list[RuleRun],
) -> Judgement | None:
    try:
        return judge(context, rule, record, old)
    except ExpressionError as error:
        problem = _failure(rule, error)
        problems.append(problem)
        runs.append(
            _run(rule, record, "failed", Judgement(False, {}), [{"problems": told_problems([problem])}])
        )
        return None


def _failure(rule: Rule, error: ExpressionError) -> Problem:
    return Problem(
        "RULE_FAILED", params={"rule": rule.label or rule.key, "key": rule.key, "reason": error.why}
    )


def _act(
    context: Context,
    rule: Rule,
    record: Record,
    old: Record | None,
    judgement: Judgement,
    cause: Cause,
    tally: _Tally,
    began: int = 0,
) -> None:
    """All actions of a matching rule, in order, over the same record."""
    after = cause.by(rule.key)
    timing = "now" if rule.timing == "before" else rule.timing
    steps: list[Mapping[str, Any]] = []
    problems: list[Problem] = []
    for action in rule.then:
        decided = _decided(action, Situation(context, rule, record, timing, old))
        if decided is None:
            continue
        run = (rule.key, record.entity, record.id)
        tally.commands.extend(Caused(c, after, rule.as_, run) for c in decided.commands)
        tally.messages.extend(decided.messages)
        problems.extend(decided.problems)
        steps.append(step_of(action, decided, record))
    tally.problems.extend(problems)
    outcome = "refused" if problems else "done"
    tally.runs.append(_run(rule, record, outcome, judgement, steps, context.ticks() - began))


def _decided(action: Action, situation: Situation) -> Decided | None:
    """What the action asks for; None where its own condition does not hold. A failing expression becomes a problem."""
    context = situation.context
    try:
        condition = context.compiled.expression(action.uid, "when")
        if condition is not None and not context.evaluate(condition, situation.record, old=situation.old):
            return None
        kind = ACTIONS.find(action.kind)
        if kind is None or situation.timing not in kind.timings:
            return Decided(problems=(_misplaced(action, situation),))
        return kind.decide(action, situation)
    except ExpressionError as error:
        return Decided(problems=(_failure(situation.rule, error),))


def _misplaced(action: Action, situation: Situation) -> Problem:
    params = {"rule": situation.rule.key, "action": action.kind, "timing": situation.timing}
    return Problem("RULE_ACTION_MISPLACED", params=params)


def _run(
    rule: Rule,
    record: Record,
    outcome: str,
    judgement: Judgement,
    steps: list[Mapping[str, Any]],
    nanoseconds: int = 0,
) -> RuleRun:
    inputs = judgement.inputs
    return RuleRun(
        rule.key, record.entity, record.id, rule.timing, inputs, outcome, tuple(steps), nanoseconds // 1000
    )


# Later


def _postpone(context: Context, rule: Rule, event: Event, cause: Cause, tally: _Tally) -> None:
    """A message for a *later* rule that matches. A condition that cannot be judged is left to the run, where failing is retried
    and seen, instead of refusing what the person does."""
    try:
        judgement = judge(context, rule, record_of(event), before_of(event))
    except ExpressionError:
        judgement = Judgement(True, {"failed": True})
    if not judgement.applies:
        return
    record = record_of(event)
    about = _about(event) | {"matched": "failed" not in judgement.inputs, "cause": list(cause.rules)}
    tally.messages.append(
        message(
            context.app,
            rule,
            record.entity,
            record.id,
            about,
            f"{record.version}:{context.env.now().isoformat()}",
        )
    )
    tally.runs.append(_run(rule, record, "queued", judgement, []))


def _about(event: Event) -> dict[str, Any]:
    """The event in JSON form."""
    body: dict[str, Any] = {"kind": KINDS[type(event)], "version": record_of(event).version}
    if isinstance(event, TransitionFired | ApprovalChanged):
        body["transition"] = event.transition
    if isinstance(event, ApprovalChanged):
        body["event"] = event.event
    if isinstance(event, RecordChanged):
        body["fields"] = sorted(event.fields)
    return body


def message(
    app: str, rule: Rule, entity: str | None, id_: int, event: Mapping[str, Any], moment: str
) -> Message:
    """The outbox message that makes a rule run once for (rule, record, event, ``moment``): a *later* rule, a tick of a schedule
    (``moment``: the time planned), a date that has come (the date), a threshold crossed (the lane's sequence number)."""
    body = {"app": app, "rule": rule.key, "entity": entity, "id": id_, "event": plain(dict(event))}
    parts = (event.get("kind", ""), event.get("transition", ""), event.get("event", ""))
    key = f"rule:{app}:{rule.uid}:{entity or ''}:{id_}:{'.'.join(str(p) for p in parts)}:{moment}"
    return Message("rule", body, order_key=f"{app}:{entity or rule.key}:{id_}", dedupe_key=key)


def crossing(
    app: str,
    rule: Rule,
    keys: Mapping[str, Value],
    measures: Mapping[str, Decimal],
    slack: Decimal,
    moment: str,
) -> Message:
    """The message of a *threshold* rule for a balance that has fallen below: its dimension ``keys``, ``measures`` and (negative) ``slack``;
    expressions and texts also see ``shortage``. ``moment`` names the crossing (lane and sequence number), so that it is told once."""
    figures = {**measures, "slack": slack, "shortage": -slack}
    event = {"kind": "threshold", "ledger": rule.when.ledger, "keys": keys, "measures": figures}
    return message(app, rule, None, 0, event, moment)


def command_of(body: Mapping[str, Any], fire_key: str) -> RunRule:
    """The command in a *rule* message; ``fire_key`` (the message's id or dedupe key) makes it happen once."""
    return RunRule(body["app"], body["rule"], body["entity"], int(body["id"]), fire_key, body["event"])
