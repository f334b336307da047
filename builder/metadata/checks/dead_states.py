"""Dead states: states that no record reaches, that no record leaves, or that are said to be the end and are not."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.kind import Check, Facts, at, called, warning
from builder.metadata.workflow import Workflow


def find(facts: Facts) -> Iterable[Problem]:
    for workflow in facts.package.workflows:
        reached = reachable(workflow, workflow.initial)
        left = {key for t in workflow.transitions for key in t.from_}
        for index, state in enumerate(workflow.states):
            path, params = at("workflow", workflow.key, "states", index), {"state": called(state)}
            if state.key not in reached:
                yield Problem("E120", path, params)
            elif state.final and state.key in left:
                yield Problem("E122", path, params)
            elif not state.final and state.key not in left:
                yield warning("E121", path, params)


def reachable(workflow: Workflow, start: str) -> frozenset[str]:
    """The states to which transitions lead from ``start``, itself included."""
    found, todo = {start}, [start]
    while todo:
        state = todo.pop()
        for transition in workflow.transitions:
            if state in transition.from_ and transition.to not in found:
                found.add(transition.to)
                todo.append(transition.to)
    return frozenset(found)


CHECK = Check("dead_states", ("E120", "E121", "E122"), find)
