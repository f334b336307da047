"""Coverage: which definitions of a package its scenarios have met: documents that were made, guards that refused or were let pass, steps of
approvals that somebody was asked at, rules that ran, checks of entities that refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from builder.metadata.entity import Constraint
from builder.metadata.package import Package
from builder.metadata.text import in_locale
from builder.metadata.workflow import ApprovalNode
from builder.runtime.apps import LoadedApp
from builder.runtime.playing import Played
from builder.storage import met as stored

KINDS = ("documents", "guards", "approvals", "rules", "checks")


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
        """Guards that refused a step."""
        if played.error is None:
            return
        refused = [(p.code, p.message) for p in played.error.problems]
        self.uids |= {
            guard.uid
            for ledger in package.ledgers
            for guard in ledger.guards
            if (guard.code or "GUARD", guard.message) in refused
        }

        entity = played.ref.entity if played.ref else played.step.entity
        self.uids |= {
            check.uid
            for model in package.entities
            for check in model.constraints
            if _is_told(check, model.key == entity, refused)
        }

    def look(self, conn: Any, app: LoadedApp) -> None:
        """What a database shows of the scenarios that were played on it."""
        written = stored.entities(conn)
        self.uids |= stored.uids(conn)
        self.uids |= {e.uid for e in app.package.entities if app.maps.entities[e.key].entity_id in written}

    def coverage(self, package: Package, locale: str) -> Coverage:
        """Of all that the package defines."""
        asked = dict(
            zip(
                KINDS,
                (_documents(package), _guards(package), _steps(package), _rules(package), _checks(package)),
                strict=True,
            )
        )
        told = {
            kind: [(uid in self.uids, in_locale(label, locale)) for uid, label in nodes]
            for kind, nodes in asked.items()
        }
        return Coverage(
            {kind: tuple(label for met, label in rows if met) for kind, rows in told.items()},
            {kind: tuple(label for met, label in rows if not met) for kind, rows in told.items()},
        )


def _documents(package: Package) -> list[tuple[str, Any]]:
    return [(e.uid, e.label) for e in package.entities if e.kind == "document"]


def _guards(package: Package) -> list[tuple[str, Any]]:
    return [
        (guard.uid, f"{in_locale(ledger.label, 'en')} · {guard.key}")
        for ledger in package.ledgers
        for guard in ledger.guards
        if guard.enabled
    ]


def _checks(package: Package) -> list[tuple[str, Any]]:
    return [
        (check.uid, f"{in_locale(model.label, 'en')} · {check.key}")
        for model in package.entities
        for check in model.constraints
    ]


def _is_told(check: Constraint, is_its_entity: bool, refused: Sequence[tuple[str, Any]]) -> bool:
    """Whether one of these refusals is the check's: by its words, or for what must be unique by the entity that it is of."""
    if check.unique:
        return is_its_entity and any(code == "DUPLICATE" for code, _ in refused)
    return ("CHECK_FAILED", check.message) in refused


def _rules(package: Package) -> list[tuple[str, Any]]:
    return [(rule.uid, rule.label) for rule in package.rules if rule.enabled]


def _steps(package: Package) -> list[tuple[str, Any]]:
    """The steps of approvals at which people are asked."""
    return [
        (node.uid, node.label or node.kind)
        for workflow in package.workflows
        for transition in workflow.transitions
        if transition.approval is not None
        for node in _flat(transition.approval.nodes)
        if node.kind == "approver"
    ]


def _flat(nodes: Sequence[ApprovalNode]) -> Iterator[ApprovalNode]:
    for node in nodes:
        yield node
        for branch in node.branches:
            yield from _flat(branch.nodes)
