"""Versus: the declared workflow beside what happened: what is never done, what is done otherwise, which approvals were gone round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from builder.metadata.workflow import Transition, Workflow
from builder.workflow.mirror.mining import AsIs

Kind = Literal["never_used", "undeclared", "bypassed", "never_reached"]


@dataclass(frozen=True, slots=True)
class Difference:
    """One of them. ``transition`` is a declared one's key (empty: none is declared), ``count`` how often."""

    kind: Kind
    entity: str
    from_: str = ""
    to: str = ""
    transition: str = ""
    count: int = 0


def compare(
    as_is: AsIs, workflow: Workflow, entity: str, approved: Mapping[str, int] | None = None
) -> tuple[Difference, ...]:
    """Every difference of one entity. ``approved`` says how many approvals of each transition (uid) were given in the same time: what moved
    without one has gone round it."""
    moves = {(m.from_, m.to): m.count for m in as_is.moves if m.entity == entity}
    reached = {n.state for n in as_is.nodes if n.entity == entity}
    declared = {(f, t.to) for t in workflow.transitions for f in t.from_}
    found = [*_unused(workflow, entity, moves), *_undeclared(entity, moves, declared)]
    found += _bypassed(workflow, entity, moves, approved or {})
    found += [
        Difference("never_reached", entity, to=s.key)
        for s in workflow.states
        if reached and s.key not in reached
    ]
    return tuple(found)


def ends(workflow: Workflow) -> frozenset[str]:
    """The states in which nothing waits: final ones, and those that only ways back or a way out lead from."""
    place = {state.key: n for n, state in enumerate(workflow.states)}
    over = {s.key for s in workflow.states if s.final or s.void}
    ahead = {
        from_
        for t in workflow.transitions
        for from_ in t.from_
        if t.to not in {s.key for s in workflow.states if s.void} and place.get(t.to, 0) > place.get(from_, 0)
    }
    return frozenset(s.key for s in workflow.states if s.key in over or s.key not in ahead)


def _unused(workflow: Workflow, entity: str, moves: Mapping[tuple[str, str], int]) -> Iterable[Difference]:
    for t in workflow.transitions:
        if moves and not any((f, t.to) in moves for f in t.from_):
            yield Difference("never_used", entity, "", t.to, t.key)


def _undeclared(
    entity: str, moves: Mapping[tuple[str, str], int], declared: set[tuple[str, str]]
) -> Iterable[Difference]:
    for (from_, to), count in moves.items():
        if (from_, to) not in declared:
            yield Difference("undeclared", entity, from_, to, "", count)


def _bypassed(
    workflow: Workflow, entity: str, moves: Mapping[tuple[str, str], int], approved: Mapping[str, int]
) -> Iterable[Difference]:
    for t in workflow.transitions:
        if t.approval is None or _shares_its_way(t, workflow):
            continue
        fired = sum(moves.get((f, t.to), 0) for f in t.from_)
        missing = fired - approved.get(t.uid, 0)
        if missing > 0:
            yield Difference("bypassed", entity, t.from_[0] if t.from_ else "", t.to, t.key, missing)


def _shares_its_way(transition: Transition, workflow: Workflow) -> bool:
    """Another transition without approval goes the same way: which of them was taken is not to be told from the states."""
    return any(
        t.key != transition.key
        and t.approval is None
        and t.to == transition.to
        and set(t.from_) & set(transition.from_)
        for t in workflow.transitions
    )
