"""Reversals: what a document posted must be reversed when it becomes void or is opened for editing again."""

from __future__ import annotations

from collections.abc import Iterable

from builder.errors import Problem
from builder.metadata.checks.dead_states import reachable
from builder.metadata.checks.kind import Check, Facts, at, called
from builder.metadata.workflow import Workflow


def find(facts: Facts) -> Iterable[Problem]:
    for entity in facts.package.entities:
        workflow = facts.package.workflow_of(entity.key)
        fired = {
            t for p in entity.postings if p.mode == "fixed" and p.on == "transition" for t in p.transitions
        }
        if workflow is None or not fired:
            continue
        posted = _posted(workflow, fired)
        for index, transition in enumerate(workflow.transitions):
            state = workflow.state(transition.to)
            goes_back = state is not None and (state.void or state.editable)
            if (
                goes_back
                and not transition.reverses
                and posted & set(transition.from_)
                and transition.key not in fired
            ):
                path = at("workflow", workflow.key, "transitions", index)
                yield Problem("E150", path, {"transition": called(transition), "state": called(state)})


def _posted(workflow: Workflow, fired: set[str]) -> set[str]:
    """States in which a record's postings stand: from where a posting transition leads, as far as nothing reverses."""
    kept = Workflow(
        workflow.uid,
        workflow.key,
        workflow.entity,
        workflow.initial,
        workflow.states,
        tuple(t for t in workflow.transitions if not t.reverses),
    )
    return {s for t in workflow.transitions if t.key in fired for s in reachable(kept, t.to)}


CHECK = Check("reversals", ("E150",), find)
