"""Assignees: who decides at a node, after leavers, delegation and self-approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from builder.workflow.flow import Step, current
from builder.workflow.subject import Subject

LEVELS = 10
HOPS = 5


@dataclass(frozen=True, slots=True)
class Assignee:
    """``user`` decides; ``on_behalf_of`` is the person who was meant, 0 where it is the same."""

    user: int
    on_behalf_of: int = 0


@dataclass(frozen=True, slots=True)
class People:
    """The assignees of a node, each person once. ``skip``: the node passes by itself; ``nobody``: it cannot be decided by anyone."""

    assignees: tuple[Assignee, ...] = ()
    skip: bool = False
    nobody: bool = False


def people_of(step: Step, definition: Mapping[str, Any], subject: Subject, submitter: int) -> People:
    """Who decides at ``step``. A declared person who has left is replaced by the app's owner, one who is away by the delegate."""
    strict = not step.rescue and step.node["self_approval"] != "allow"
    meant = [] if step.rescue else _meant(step.node, definition, subject, submitter)
    kept, dropped = _without_self(step, meant, definition, subject, submitter)
    if not kept and dropped:
        return People(skip=True)
    users = [u if subject.directory.is_active(u) else owner(subject, submitter) for u in kept]
    assignees = _distinct(stand_in(subject, u, submitter if strict else 0) for u in users if u)
    if assignees:
        return People(assignees)
    return _nobody("app_owner" if step.rescue else step.node["nobody"], subject, submitter)


def _distinct(found: Iterable[Assignee]) -> tuple[Assignee, ...]:
    """Each person once, in order; who was meant first is named."""
    people: dict[int, Assignee] = {}
    for assignee in found:
        people.setdefault(assignee.user, assignee)
    return tuple(people.values())


def _nobody(policy: str, subject: Subject, submitter: int) -> People:
    if policy == "skip":
        return People(skip=True)
    user = owner(subject, submitter) if policy == "app_owner" else None
    return People((Assignee(user),)) if user else People(nobody=True)


def told(step: Step, definition: Mapping[str, Any], subject: Subject, submitter: int) -> tuple[int, ...]:
    """The active people whom a cc node informs."""
    meant = _meant(step.node, definition, subject, submitter)
    return tuple(dict.fromkeys(u for u in meant if subject.directory.is_active(u)))


def owner(subject: Subject, submitter: int) -> int | None:
    """The app's owner: an active one, if possible not the submitter."""
    owners = [u for u in subject.directory.app_owners() if subject.directory.is_active(u)]
    return next((u for u in owners if u != submitter), owners[0] if owners else None)


def stand_in(subject: Subject, user: int, never: int) -> Assignee:
    """Who decides for ``user`` today: the delegate, or the delegate's delegate. A delegation in a circle, to somebody who has
    left or to ``never`` (a submitter who must not approve) does not count."""
    day: date = subject.env.today()
    seen = {user}
    at = user
    for _ in range(HOPS):
        following = subject.directory.delegate_of(at, day)
        if following is None:
            break
        if following in seen or following == never or not subject.directory.is_active(following):
            return Assignee(user)
        seen.add(following)
        at = following
    return Assignee(at, user if at != user else 0)


def _meant(
    node: Mapping[str, Any], definition: Mapping[str, Any], subject: Subject, submitter: int
) -> list[int]:
    """The declared people in order, each once, whether they are here or not."""
    found: dict[int, None] = {}
    for approver in node["approvers"]:
        found.update(dict.fromkeys(_declared(approver, definition, subject, submitter)))
    return list(found)


def _declared(
    approver: Mapping[str, Any], definition: Mapping[str, Any], subject: Subject, submitter: int
) -> list[int]:
    directory = subject.directory
    if approver["role"]:
        return list(directory.with_role(approver["role"], subject.record.org_unit_id))
    if approver["submitter"]:
        return [submitter]
    if approver["user"]:
        return _some(directory.by_login(approver["user"]))
    if approver["field"]:
        return _from_field(approver["field"], definition, subject)
    return _some(directory.head_of(_unit(definition, subject), approver["head"] or 0))


def _some(user: int | None) -> list[int]:
    return [] if user is None else [user]


def _from_field(field: str, definition: Mapping[str, Any], subject: Subject) -> list[int]:
    path = current(definition, subject, field)
    value = subject.values([path]).get(path) if path else None
    many = value if isinstance(value, tuple) else (value,)
    return [v for v in many if isinstance(v, int) and not isinstance(v, bool)]


def _unit(definition: Mapping[str, Any], subject: Subject) -> int:
    return int(definition.get("submitter_unit") or subject.record.org_unit_id)


def _without_self(
    step: Step, meant: list[int], definition: Mapping[str, Any], subject: Subject, submitter: int
) -> tuple[list[int], bool]:
    """The people without the submitter, where the node says so; and whether that left nobody although somebody was meant."""
    if step.rescue or step.node["self_approval"] == "allow" or submitter not in meant:
        return meant, False
    others = [u for u in meant if u != submitter]
    if step.node["self_approval"] == "skip":
        return others, not others
    above = _above(definition, subject, submitter)
    replaced = [above if u == submitter else u for u in meant]
    return list(dict.fromkeys(u for u in replaced if u is not None)), False


def _above(definition: Mapping[str, Any], subject: Subject, submitter: int) -> int | None:
    """The nearest head over the submitter who is somebody else."""
    unit = _unit(definition, subject)
    heads = (subject.directory.head_of(unit, level) for level in range(LEVELS))
    return next(
        (h for h in heads if h is not None and h != submitter and subject.directory.is_active(h)), None
    )
