"""Assignees: who decides at a node, after leavers, delegation and self-approval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from builder.expressions import ExpressionError
from builder.workflow.flow import Step, current
from builder.workflow.subject import Subject

LEVELS = 20
HOPS = 5
NOBODY: frozenset[int] = frozenset()


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
    strict = is_strict(step)
    meant = [] if step.rescue else meant_at(step.node, definition, subject, submitter)
    kept, dropped = _without_self(step, meant, definition, subject, submitter)
    if not kept and dropped:
        return People(skip=True)
    users = [u if subject.directory.is_active(u) else owner(subject, submitter) for u in kept]
    never = selves(subject, submitter) if strict else NOBODY
    assignees = _distinct(stand_in(subject, u, never) for u in users if u)
    if assignees:
        return People(assignees)
    return _nobody("app_owner" if step.rescue else step.node["nobody"], subject, submitter)


def is_strict(step: Step) -> bool:
    """Whether nobody decides about the own document there."""
    return not step.rescue and step.node.get("self_approval", "allow") != "allow"


def selves(subject: Subject, submitter: int) -> frozenset[int]:
    """Whose own document it is: who submitted it, and who made it, for whom a colleague may have pressed the button."""
    return frozenset((submitter, subject.record.created_by)) - {0}


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
    meant = meant_at(step.node, definition, subject, submitter)
    return tuple(dict.fromkeys(u for u in meant if subject.directory.is_active(u)))


def owner(subject: Subject, submitter: int) -> int | None:
    """The app's owner: an active one, if possible not the submitter."""
    owners = [u for u in subject.directory.app_owners() if subject.directory.is_active(u)]
    return next((u for u in owners if u != submitter), owners[0] if owners else None)


def stand_in(subject: Subject, user: int, never: frozenset[int]) -> Assignee:
    """Who decides for ``user`` today: the delegate, or the delegate's delegate. A delegation in a circle, to somebody who has
    left or to one of ``never`` (whose own document it is) does not count."""
    day: date = subject.env.today()
    seen = {user}
    at = user
    for _ in range(HOPS):
        following = subject.directory.delegate_of(at, day)
        if following is None:
            break
        if following in seen or following in never or not subject.directory.is_active(following):
            return Assignee(user)
        seen.add(following)
        at = following
    return Assignee(at, user if at != user else 0)


def meant_at(
    node: Mapping[str, Any], definition: Mapping[str, Any], subject: Subject, submitter: int
) -> list[int]:
    """The declared people in order, each once, whether they are here or not."""
    found: dict[int, None] = {}
    for approver in node["approvers"]:
        found.update(dict.fromkeys(declared(approver, node, definition, subject, submitter)))
    return list(found)


def declared(
    approver: Mapping[str, Any],
    node: Mapping[str, Any],
    definition: Mapping[str, Any],
    subject: Subject,
    submitter: int,
) -> list[int]:
    """The people whom one declaration names."""
    directory = subject.directory
    if approver.get("choice"):
        return list(definition.get("people", {}).get(node["uid"], ()))
    if approver["role"]:
        return _with_role(approver, definition, subject)
    if approver["submitter"]:
        return [submitter]
    if approver["user"]:
        return _some(directory.by_login(approver["user"]))
    if approver["field"]:
        return _from_field(approver["field"], definition, subject)
    if approver.get("entity"):
        return list(subject.find(approver["entity"], approver["filter"] or {}, approver["person"] or ""))
    if approver.get("levels") is not None:
        return _heads(approver["levels"], definition, subject)
    return _some(directory.head_of(unit_of(definition, subject), approver["head"] or 0))


def _with_role(approver: Mapping[str, Any], definition: Mapping[str, Any], subject: Subject) -> list[int]:
    if not approver.get("unit"):
        return list(subject.directory.with_role(approver["role"], subject.record.org_unit_id))
    units = _from_field(approver["unit"], definition, subject)
    return list(subject.directory.with_role(approver["role"], units[0])) if units else []


def _heads(levels: int, definition: Mapping[str, Any], subject: Subject) -> list[int]:
    unit = unit_of(definition, subject)
    found = (subject.directory.head_of(unit, level) for level in range(levels or LEVELS))
    return [head for head in found if head is not None]


def _some(user: int | None) -> list[int]:
    return [] if user is None else [user]


def _from_field(field: str, definition: Mapping[str, Any], subject: Subject) -> list[int]:
    path = current(definition, subject, field)
    try:
        value = subject.values([path]).get(path) if path else None
    except ExpressionError:
        value = None
    many = value if isinstance(value, tuple) else (value,)
    return [v for v in many if isinstance(v, int) and not isinstance(v, bool)]


def unit_of(definition: Mapping[str, Any], subject: Subject) -> int:
    """The org unit whose heads decide: the submitter's."""
    return int(definition.get("submitter_unit") or subject.record.org_unit_id)


def _without_self(
    step: Step, meant: list[int], definition: Mapping[str, Any], subject: Subject, submitter: int
) -> tuple[list[int], bool]:
    """The people without those whose own document it is, where the node says so; and whether that left nobody although somebody was meant.
    A maker who is the only one to decide does so about what somebody else submits: else nobody would look at it at all."""
    own = selves(subject, submitter)
    if not is_strict(step) or own.isdisjoint(meant):
        return meant, False
    others = [u for u in meant if u not in own]
    if step.node["self_approval"] == "skip":
        left = others or [u for u in meant if u != submitter]
        return left, not left
    above = head_above(definition, subject, own)
    replaced = [above if u in own else u for u in meant]
    return list(dict.fromkeys(u for u in replaced if u is not None)), False


def head_above(definition: Mapping[str, Any], subject: Subject, others: Iterable[int]) -> int | None:
    """The nearest active head over the submitter who is none of ``others``; above the last of them who is such a head."""
    skipped = set(others)
    unit = unit_of(definition, subject)
    heads = [subject.directory.head_of(unit, level) for level in range(LEVELS)]
    start = max((i + 1 for i, head in enumerate(heads) if head in skipped), default=0)
    order = [*heads[start:], *heads[:start]]
    fit = (h for h in order if h is not None and h not in skipped and subject.directory.is_active(h))
    return next(fit, None)
