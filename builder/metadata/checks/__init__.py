"""Checks: what is asked of a whole package before it may be published. One file per check. Pure."""

from __future__ import annotations

from builder.errors import Problem
from builder.metadata.checks import (
    approval_circles,
    approvals,
    batch_costs,
    computations,
    conversions,
    cost_order,
    dangling_references,
    dead_states,
    default_filters,
    doubled_names,
    entity_shapes,
    expectations,
    expressions,
    field_shapes,
    guards,
    hidden_required,
    layouts,
    ledger_scopes,
    ledger_shapes,
    list_totals,
    offers,
    page_shapes,
    permission_holes,
    postings,
    prints,
    readers,
    report_shapes,
    reversals,
    rule_cycles,
    rule_shapes,
    schedules,
    setting_values,
    slots,
    slow_filters,
    stored_formulas,
    suggestions,
    translations,
    unknown_paths,
)
from builder.metadata.checks.kind import Check, Facts
from builder.metadata.once import Once
from builder.metadata.package import Package
from builder.registry import Registry

CHECKS: Registry[Check] = Registry("check")

for _module in (
    doubled_names,
    dangling_references,
    unknown_paths,
    expressions,
    entity_shapes,
    field_shapes,
    default_filters,
    offers,
    suggestions,
    setting_values,
    dead_states,
    approvals,
    approval_circles,
    postings,
    cost_order,
    reversals,
    ledger_shapes,
    batch_costs,
    guards,
    slots,
    conversions,
    rule_shapes,
    schedules,
    rule_cycles,
    stored_formulas,
    slow_filters,
    page_shapes,
    list_totals,
    layouts,
    report_shapes,
    computations,
    hidden_required,
    permission_holes,
    expectations,
    ledger_scopes,
    readers,
    prints,
    translations,
):
    CHECKS.register(_module.CHECK.name, _module.CHECK)


def check(package: Package, once: Once | None = None) -> tuple[Problem, ...]:
    """Everything that the registered checks find, errors first, each once. A package without errors may be published. What is found of single
    definitions is not looked for again in another package that was loaded and is checked with the same ``once``."""
    facts = Facts(package, once or Once())
    found = {(p.code, p.path, str(p.params)): p for one in CHECKS for p in one.find(facts)}
    return tuple(sorted(found.values(), key=lambda p: p.severity != "error"))


__all__ = ["CHECKS", "Check", "Facts", "check"]
