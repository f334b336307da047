"""Approval circles: approvals that ask nobody and lead a record round and round by themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.text import LOCALES, in_locale
from builder.metadata.workflow import Transition, Workflow

BY_ITSELF = frozenset({"auto", "cc"})


def find(facts: Facts) -> Iterable[Problem]:
    for workflow in facts.package.workflows:
        for circle in _circles(workflow):
            words = {
                locale: " → ".join(in_locale(t.label, locale, t.key) for t in circle) for locale in LOCALES
            }
            path = at("workflow", workflow.key, "transitions", workflow.transitions.index(circle[0]))
            yield Problem("E137", path, {"circle": words, "transition": called(circle[0])})


def _circles(workflow: Workflow) -> Iterable[tuple[Transition, ...]]:
    """Each circle once, beginning with its first transition in order. From a state leads the first approval that nothing holds back."""
    onward: Mapping[str, Transition] = {
        state: t for t in reversed(workflow.transitions) if _fires_itself(t) for state in t.from_
    }
    told: set[frozenset[str]] = set()
    for transition in workflow.transitions:
        walked: list[Transition] = []
        at_: Transition | None = transition if _fires_itself(transition) else None
        while at_ is not None and at_ not in walked:
            walked.append(at_)
            at_ = onward.get(at_.to)
        if at_ is transition and (members := frozenset(t.key for t in walked)) not in told:
            told.add(members)
            yield tuple(walked)


def _fires_itself(transition: Transition) -> bool:
    """Whether its approval ends as soon as it has begun, whatever the record says."""
    approval = transition.approval
    if approval is None or approval.when or approval.scope:
        return False
    return all(node.kind in BY_ITSELF for node in approval.nodes)


CHECK = Check("approval_circles", ("E137",), find)
