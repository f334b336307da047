"""Duties kept apart in every template that counts: who counted, wrote off or took out does not agree to it, whatever roles they hold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest

from builder.metadata.workflow import ApprovalNode
from builder.runtime.installing import template

ADJUSTING = ("stocktake", "write_off", "write_on", "other_issue")


@pytest.mark.parametrize("key", ["general", "standard", "food", "discrete_mfg"])
@pytest.mark.parametrize("entity", ADJUSTING)
def test_finance_does_not_agree_to_the_own_adjustment(key: str, entity: str) -> None:
    workflow = template(key).package.workflow_of(entity)
    assert workflow is not None
    asked = [
        node
        for move in workflow.transitions
        if move.approval is not None
        for node in walked(move.approval.nodes)
        if any(one.role == "finance" for one in node.approvers)
    ]
    assert asked
    assert {node.self_approval for node in asked} <= {"head", "skip"}


@pytest.mark.parametrize("key", ["general", "standard", "food", "discrete_mfg"])
@pytest.mark.parametrize("entity", ["stocktake", "cost_adjustment"])
def test_below_the_limit_the_maker_is_left_out_too_unless_it_is_the_owner(key: str, entity: str) -> None:
    """Who keeps the store and the books counts, and would agree to the count: nobody is asked for small differences."""
    rules = [
        rule
        for rule in template(key).package.rules
        if rule.when.entity == entity and rule.when.transition == "approve" and rule.timing == "before"
    ]
    assert any(
        rule.if_ == "created_by == actor.id and not actor.is_owner" and rule.then[0].kind == "refuse"
        for rule in rules
    )


def walked(nodes: Iterable[ApprovalNode]) -> Iterator[ApprovalNode]:
    for node in nodes:
        yield node
        for branch in node.branches:
            yield from walked(branch.nodes)
