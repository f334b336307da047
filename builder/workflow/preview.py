"""Preview: the way of a record and the people on it, before the approval begins. What is shown is what beginning uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from builder.errors import Problem
from builder.metadata.text import Text
from builder.workflow.assignees import declared, people_of, told
from builder.workflow.flow import Step, route
from builder.workflow.subject import Subject


@dataclass(frozen=True, slots=True)
class Preview:
    """One node that the record would pass: who would be asked (``users``, in order), or that it would be skipped. With ``choice`` the
    submitter chooses, among ``among`` (empty: anybody)."""

    uid: str
    kind: str
    label: Text
    mode: str
    users: tuple[int, ...] = ()
    on_behalf_of: tuple[int, ...] = ()
    skipped: bool = False
    nobody: bool = False
    choice: bool = False
    among: tuple[int, ...] = ()


def foresee(definition: Mapping[str, Any], subject: Subject, submitter: int) -> tuple[Preview, ...]:
    """The path and the people, as they are now."""
    return tuple(_shown(step, definition, subject, submitter) for step in route(definition, subject))


def _shown(step: Step, definition: Mapping[str, Any], subject: Subject, submitter: int) -> Preview:
    label = step.node["label"]
    if step.kind in {"auto", "wait"}:
        return Preview(step.uid, step.kind, label, "any")
    mode = "any" if step.rescue else step.node["mode"]
    if step.kind == "cc":
        return Preview(step.uid, "cc", label, mode, told(step, definition, subject, submitter))
    among = _choices(step, definition, subject, submitter)
    if among is not None and not definition.get("people", {}).get(step.uid):
        return Preview(step.uid, "approver", label, mode, choice=True, among=among)
    people = people_of(step, definition, subject, submitter)
    users = tuple(a.user for a in people.assignees)
    meant = tuple(a.on_behalf_of for a in people.assignees)
    return Preview(
        step.uid,
        "approver",
        label,
        mode,
        users,
        meant,
        people.skip,
        people.nobody,
        among is not None,
        among or (),
    )


def _choices(
    step: Step, definition: Mapping[str, Any], subject: Subject, submitter: int
) -> tuple[int, ...] | None:
    """Among whom the submitter chooses at a node; None where there is nothing to choose."""
    if step.rescue:
        return None
    asked = [a for a in step.node["approvers"] if a.get("choice")]
    if not asked:
        return None
    found: dict[int, None] = {}
    for one in asked:
        if one["role"]:
            as_role = {**one, "choice": False}
            found.update(dict.fromkeys(declared(as_role, step.node, definition, subject, submitter)))
    return tuple(found)


def choice_problems(
    steps: tuple[Preview, ...], definition: Mapping[str, Any], subject: Subject
) -> list[Problem]:
    """What is wrong with whom the submitter chose, or did not."""
    people = definition.get("people", {})
    problems: list[Problem] = []
    for step in steps:
        if not step.choice:
            continue
        chosen = people.get(step.uid, ())
        path = f"/approvers/{step.uid}"
        if not chosen:
            problems.append(Problem("APPROVAL_CHOOSE", path, {"node": step.label}))
        elif any(not subject.directory.is_active(u) or (step.among and u not in step.among) for u in chosen):
            problems.append(Problem("APPROVAL_CHOICE", path, {"node": step.label}))
    return problems
