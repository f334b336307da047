"""Coverage: which definitions of a package its scenarios have met: documents that were made, states that records were in, conditions of
moves and guards that refused, steps of approvals that somebody was asked at, branches that were taken there, approvals that were rejected,
rules that ran, checks of entities that refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from builder.metadata.entity import Constraint
from builder.metadata.package import Package
from builder.metadata.report import Step
from builder.metadata.text import in_locale
from builder.metadata.workflow import ApprovalNode, Transition, Workflow
from builder.runtime.apps import LoadedApp
from builder.runtime.playing import Played
from builder.storage import met as stored


@dataclass(frozen=True)
class Coverage:
    """Labels of what was met and of what was not, by kind."""

    met: Mapping[str, tuple[str, ...]]
    missed: Mapping[str, tuple[str, ...]]

    def lines(self, words: Mapping[str, str]) -> Iterator[str]:
        """One line a kind: how many of how many, and what is missing."""
        for kind in KINDS:
            met, missed = self.met[kind], self.missed[kind]
            told = f"{words[kind]}: {len(met)}/{len(met) + len(missed)}"
            yield f"{told} — {'; '.join(missed)}" if missed else told


@dataclass
class Met:
    """The uids of definitions that scenarios have met so far."""

    uids: set[str] = field(default_factory=set)

    def hear(self, package: Package, played: Played) -> None:
        """What refused a step: guards, conditions of moves, checks."""
        if played.error is None:
            return
        refused = [(p.code, p.message) for p in played.error.problems]
        guards = (guard for ledger in package.ledgers for guard in ledger.guards)
        self.uids |= {guard.uid for guard in guards if (guard.code or "GUARD", guard.message) in refused}
        entity = played.ref.entity if played.ref else played.step.entity
        moves = (
            m for workflow in package.workflows if workflow.entity == entity for m in workflow.transitions
        )
        self.uids |= {
            _refusal(m) for m in moves if (CONDITION, m.message) in refused and _is_tried(m, played.step)
        }
        self.uids |= {
            check.uid
            for model in package.entities
            for check in model.constraints
            if _is_told(check, model.key == entity, refused)
        }

    def look(self, conn: Any, app: LoadedApp) -> None:
        """What a database shows of the scenarios that were played on it."""
        numbers = {e.key: app.maps.entities[e.key].entity_id for e in app.package.entities}
        written, reached = stored.entities(conn), stored.states(conn)
        self.uids |= stored.uids(conn) | stored.ways(conn)
        self.uids |= {_rejection(uid) for uid in stored.rejections(conn)}
        self.uids |= {e.uid for e in app.package.entities if numbers[e.key] in written}
        self.uids |= {
            state.uid
            for workflow in app.package.workflows
            for state in workflow.states
            if (numbers[workflow.entity], state.uid) in reached
        }

    def coverage(self, package: Package, locale: str) -> Coverage:
        """Of all that the package defines."""
        told = {
            kind: [(uid in self.uids, in_locale(label, locale)) for uid, label in nodes(package)]
            for kind, nodes in NODES.items()
        }
        return Coverage(
            {kind: tuple(label for met, label in rows if met) for kind, rows in told.items()},
            {kind: tuple(label for met, label in rows if not met) for kind, rows in told.items()},
        )


Node = tuple[str, Any]
CONDITION = "TRANSITION_CONDITION"


def _documents(package: Package) -> list[Node]:
    return [(e.uid, e.label) for e in package.entities if e.kind == "document"]


def _states(package: Package) -> list[Node]:
    return [(s.uid, _of(workflow, s.label)) for workflow in package.workflows for s in workflow.states]


def _conditions(package: Package) -> list[Node]:
    """Moves that wait for something and say for what."""
    moves = ((workflow, move) for workflow in package.workflows for move in workflow.transitions)
    return [(_refusal(m), _of(w, m.label)) for w, m in moves if m.condition and m.message]


def _guards(package: Package) -> list[Node]:
    return [
        (guard.uid, f"{in_locale(ledger.label, 'en')} · {guard.key}")
        for ledger in package.ledgers
        for guard in ledger.guards
        if guard.enabled
    ]


def _steps(package: Package) -> list[Node]:
    """The steps of approvals at which people are asked."""
    return [(n.uid, n.label or n.kind) for _, n in _approval_nodes(package) if n.kind == "approver"]


def _branches(package: Package) -> list[Node]:
    """The ways through approvals, those at whose end nobody is asked too."""
    return [(b.uid, _of(workflow, b.label)) for workflow, n in _approval_nodes(package) for b in n.branches]


def _rejections(package: Package) -> list[Node]:
    """Approvals that somebody may reject."""
    moves = ((workflow, move) for workflow in package.workflows for move in workflow.transitions)
    return [(_rejection(m.uid), _of(w, m.label)) for w, m in moves if m.approval and m.approval.nodes]


def _rules(package: Package) -> list[Node]:
    return [(rule.uid, rule.label) for rule in package.rules if rule.enabled]


def _checks(package: Package) -> list[Node]:
    return [
        (check.uid, f"{in_locale(model.label, 'en')} · {check.key}")
        for model in package.entities
        for check in model.constraints
    ]


NODES: Mapping[str, Callable[[Package], list[Node]]] = MappingProxyType(
    {
        "documents": _documents,
        "states": _states,
        "conditions": _conditions,
        "guards": _guards,
        "approvals": _steps,
        "branches": _branches,
        "rejections": _rejections,
        "rules": _rules,
        "checks": _checks,
    }
)
KINDS = tuple(NODES)


def _is_told(check: Constraint, is_its_entity: bool, refused: Sequence[tuple[str, Any]]) -> bool:
    """Whether one of these refusals is the check's: by its words, or for what must be unique by the entity that it is of."""
    if check.unique:
        return is_its_entity and any(code == "DUPLICATE" for code, _ in refused)
    return ("CHECK_FAILED", check.message) in refused


def _is_tried(move: Transition, step: Step) -> bool:
    """Whether the step asks for this very move, as others may refuse with the same words; a step without one may have tried any."""
    return step.transition in (None, move.key)


def _refusal(move: Transition) -> str:
    """Stands for the move's condition where it does not hold."""
    return f"{move.uid} refused"


def _rejection(move: str) -> str:
    """Stands for the move's approval where it ends with no."""
    return f"{move} rejected"


def _of(workflow: Workflow, label: Any) -> str:
    return f"{workflow.entity} · {in_locale(label, 'en')}"


def _approval_nodes(package: Package) -> Iterator[tuple[Workflow, ApprovalNode]]:
    for workflow in package.workflows:
        for move in workflow.transitions:
            if move.approval is not None:
                yield from ((workflow, node) for node in _flat(move.approval.nodes))


def _flat(nodes: Sequence[ApprovalNode]) -> Iterator[ApprovalNode]:
    for node in nodes:
        yield node
        for branch in node.branches:
            yield from _flat(branch.nodes)
