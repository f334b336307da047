"""Transitions: may this move be made from here, by whom, and what does it set."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from builder.changes import Approval
from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.metadata.compiled import CompiledPackage
from builder.metadata.filter import matches, paths_of, resolve
from builder.metadata.text import Text
from builder.metadata.workflow import Approval as Asked
from builder.metadata.workflow import Transition, Workflow
from builder.ports import Environment
from builder.record import Record, Value
from builder.workflow.subject import ValuesOf

Firing = Literal["person", "rule", "approval"]


@dataclass(frozen=True, slots=True)
class Judge:
    """Evaluates a workflow's expressions over one record: ``values`` answers dotted paths, ``env`` the environment functions."""

    compiled: CompiledPackage
    values: ValuesOf
    env: Environment

    def holds(self, uid: str, name: str, *, default: bool = True) -> bool:
        """The truth of expression ``name`` of node ``uid``; ``default`` where it has none. Raises ``ExpressionError``."""
        expression = self.compiled.expression(uid, name)
        if expression is None:
            return default
        return bool(expression.evaluate(self.values(expression.paths), self.env))

    def asks_for(self, approval: Asked) -> bool:
        """Whether the record needs the approval: it is within the owner's filter, and the condition holds. Raises ``ExpressionError``."""
        path = f"setting.{approval.scope}"
        where = self.values(frozenset({path})).get(path) if approval.scope else None
        if isinstance(where, Mapping) and where:
            said = resolve(where, today=self.env.today(), user_id=self.env.user(), org_units=())
            if not matches(said, self.values(frozenset(paths_of(said)))):
                return False
        return self.holds(approval.uid, "when")

    def value(self, uid: str, name: str) -> Value:
        expression = self.compiled.expression(uid, name)
        return None if expression is None else expression.evaluate(self.values(expression.paths), self.env)


@dataclass(frozen=True, slots=True)
class Offer:
    """A move that an actor may see. With ``problems`` it is shown, but cannot be made now; they say why."""

    transition: Transition
    problems: tuple[Problem, ...] = ()


def problems_of(
    workflow: Workflow,
    transition: Transition,
    record: Record,
    judge: Judge,
    *,
    running: Iterable[Approval] = (),
    by: Firing = "person",
) -> tuple[Problem, ...]:
    """Everything that keeps ``transition`` from firing on ``record`` now; empty: it may. ``record`` already carries the values that
    come with it. ``running`` are the record's running approvals: only the approval itself fires the transition it guards."""
    if record.state not in transition.from_:
        return (_wrong_state(workflow, transition, record),)
    if by != "approval" and any(a.transition == transition.key for a in running):
        return (Problem("APPROVAL_RUNNING", params=_names(transition)),)
    if by == "person" and transition.automatic:
        return (Problem("TRANSITION_AUTOMATIC", params=_names(transition)),)
    return (*_missing(transition, record, judge), *_condition(transition, judge))


def _names(transition: Transition) -> dict[str, Text]:
    return {"transition": transition.label}


def _wrong_state(workflow: Workflow, transition: Transition, record: Record) -> Problem:
    state = workflow.state(record.state)
    words = {"state": state.label if state else record.state or ""}
    return Problem("TRANSITION_STATE", params=_names(transition) | words)


def _missing(transition: Transition, record: Record, judge: Judge) -> Iterable[Problem]:
    entity = judge.compiled.package.entity(record.entity)
    for key in transition.required:
        if record.lines.get(key) or record.get(key) not in (None, "", ()):
            continue
        of = entity.field(key) if entity else None
        yield Problem("REQUIRED", f"/{key}", {"field": of.label if of else key})


def _condition(transition: Transition, judge: Judge) -> Iterable[Problem]:
    try:
        if judge.holds(transition.uid, "condition"):
            return
    except ExpressionError as error:
        yield Problem("TRANSITION_CONDITION_FAILED", params=_names(transition) | {"reason": error.why})
        return
    yield Problem("TRANSITION_CONDITION", params=_names(transition), message=transition.message)


def offers(
    workflow: Workflow,
    record: Record,
    judge: Judge,
    may: Callable[[str], bool],
    *,
    running: Iterable[Approval] = (),
) -> tuple[Offer, ...]:
    """The moves out of the record's state that the actor may make (``may``: transition key → right), in declared order."""
    held = tuple(running)
    out = (t for t in workflow.transitions if record.state in t.from_ and not t.automatic and may(t.key))
    return tuple(Offer(t, problems_of(workflow, t, record, judge, running=held)) for t in out)


def default_of(workflow: Workflow, state: str | None) -> Transition | None:
    """What the main button and ``?submit=1`` fire in ``state``."""
    return next((t for t in workflow.transitions if t.default and state in t.from_), None)


def sets(transition: Transition, judge: Judge) -> Mapping[str, Value]:
    """The values that firing gives to fields. Raises ``ExpressionError``."""
    return {key: judge.value(transition.uid, f"sets.{key}") for key in transition.sets}


def starting(workflow: Workflow, record: Record, judge: Judge) -> tuple[Transition, ...]:
    """The transitions whose approval begins now that ``record`` has entered its state. Raises ``ExpressionError``."""
    out = (t for t in workflow.transitions if t.approval is not None and record.state in t.from_)
    return tuple(t for t in out if t.approval and judge.asks_for(t.approval))


def leads_to_approval(workflow: Workflow | None, transition: Transition) -> bool:
    """Whether an approval may begin where the transition leads."""
    return workflow is not None and any(
        t.approval is not None and transition.to in t.from_ for t in workflow.transitions
    )


def left_behind(running: Iterable[Approval], workflow: Workflow, record: Record) -> tuple[Approval, ...]:
    """Running approvals whose transition is no longer possible from the record's state: to be abandoned."""
    possible = {t.key for t in workflow.transitions if record.state in t.from_}
    return tuple(a for a in running if a.state == "running" and a.transition not in possible)
