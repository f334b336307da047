"""Probes: what is compared at every moment of the past: a rule, an approval, or what a draft makes of values and checks.

A probe answers with what happened then and what the draft would do there; a finding is where both differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from builder.metadata.entity import Entity
from builder.metadata.package import Package
from builder.metadata.rule import Rule
from builder.runtime.context import Context
from builder.runtime.trying.approval_probe import ApprovalProbe
from builder.runtime.trying.rule_probe import RuleProbe
from builder.runtime.trying.values_probe import ValuesProbe

UNPLAYABLE = frozenset(
    {"approval", "record_deleted", "button", "threshold", "webhook", "import_finished", "rule_failed"}
)
"""What the history of records does not tell: rules that wait for it are not tried on what happened."""


def is_playable(rule: Rule) -> bool:
    """Whether the history tells enough to try the rule on it."""
    return rule.when.kind not in UNPLAYABLE and bool(rule.when.entity)


def probes_of(ctx: Context, live: Context, kind: str, key: str, transition: str = "") -> list[Any]:
    """What is to be compared: one rule, one approval, or everything in which the draft of ``ctx`` differs from the live version."""
    if kind == "rule":
        return [p for p in [_rule_probe(ctx, live, key)] if p is not None]
    if kind == "approval":
        workflow = next((w for w in ctx.app.package.workflows if w.key == key), None)
        found = workflow.transition(transition) if workflow is not None else None
        if workflow is None or found is None:
            return []
        return [ApprovalProbe(ctx, found.uid, found.key, workflow.entity, found if found.approval else None)]
    return [*_changed_rules(ctx, live), *_changed_approvals(ctx, live), *_changed_entities(ctx, live)]


def _rule_probe(ctx: Context, live: Context, key: str) -> RuleProbe | None:
    rule = next((r for r in ctx.app.package.rules if r.key == key), None)
    known = rule or next((r for r in live.app.package.rules if r.key == key), None)
    entity = _document(ctx.app.package, known) if known is not None else None
    if known is None or entity is None or not is_playable(known):
        return None
    was = next((r for r in live.app.package.rules if r.uid == known.uid), None)
    return RuleProbe(ctx, known.uid, known.key, entity, rule, live=live, was=was)


def _document(package: Package, rule: Rule) -> str | None:
    entity = package.entity(rule.when.entity or "")
    return (entity.parent if entity.kind == "lines" else entity.key) if entity is not None else None


def _changed_rules(ctx: Context, live: Context) -> Iterable[RuleProbe]:
    was = {r.uid: r for r in live.app.package.rules}
    now = {r.uid: r for r in ctx.app.package.rules}
    for uid in dict.fromkeys([*now, *was]):
        if was.get(uid) != now.get(uid):
            found = _rule_probe(ctx, live, (now.get(uid) or was[uid]).key)
            if found is not None:
                yield found


def _changed_approvals(ctx: Context, live: Context) -> Iterable[ApprovalProbe]:
    was = {t.uid: t for w in live.app.package.workflows for t in w.transitions}
    for workflow in ctx.app.package.workflows:
        for t in workflow.transitions:
            then = was.get(t.uid)
            before = then.approval if then is not None else None
            if t.approval != before and workflow.entity in ctx.app.maps.entities:
                yield ApprovalProbe(ctx, t.uid, t.key, workflow.entity, t if t.approval else None)


def _changed_entities(ctx: Context, live: Context) -> Iterable[ValuesProbe]:
    for entity in ctx.app.package.entities:
        was = live.app.package.entity_by_uid(entity.uid)
        if (
            entity.kind not in {"lines", "log"}
            and was is not None
            and _lookalike(ctx, entity) != _lookalike(live, was)
        ):
            yield ValuesProbe(ctx, live, entity.key, entity.key)


def _lookalike(ctx: Context, entity: Entity) -> Any:
    """All of an entity and its lines that decides about values and checks."""
    lines = [ctx.app.package.entity(f.entity or "") for f in entity.line_fields]
    return [
        (e.fields, getattr(e, "constraints", ()), getattr(e, "checks", ()))
        for e in [entity, *lines]
        if e is not None
    ]
