"""Choosers that know balances: whoever enters a line may read the figures that its chooser tells, in every template."""

from __future__ import annotations

import pytest

from builder.commands import Actor
from builder.expressions import compile_expression
from builder.runtime.installing import template
from builder.runtime.permissions import Kernel

TEMPLATES = ("general", "food", "discrete_mfg", "standard")
BLIND = {"driver"}
"""Drivers sign for what was picked; they choose no batch and see no stock."""
ISSUES = {
    "general": {"assembly_line", "cost_adjustment_line", "delivery_line", "disassembly", "internal_use_line",
                "other_issue_line", "purchase_return_line", "transfer_line", "write_off_line"},
    "food": {"hold_line", "markdown", "processing_line"},
    "discrete_mfg": {"completion_material", "material_issue_line"},
    "standard": {"pick_line", "shipment_line", "store_loss_line"},
}  # fmt: skip
ANY = {
    "receipt_line",
    "sales_return_line",
    "other_receipt_line",
    "opening_stock_line",
    "stocktake_line",
    "write_on_line",
}
"""What comes in, comes back or is counted may be of any batch."""


@pytest.mark.parametrize("name", TEMPLATES)
def test_what_goes_out_is_offered_by_what_is_there(name: str) -> None:
    package = template(name).package
    offered = {e.key for e in package.entities for f in e.fields if f.offered is not None}
    assert offered == ISSUES["general"] | ISSUES[name]
    assert not offered & ANY


@pytest.mark.parametrize("name", TEMPLATES)
def test_who_chooses_a_batch_is_told_how_much_there_is(name: str) -> None:
    package = template(name).package
    blind = set()
    for role in package.roles:
        kernel = Kernel(Actor(workspace=0, user_id=0), package, ((role, ()),))
        for entity in package.entities:
            owner = entity.parent or entity.key
            enters = kernel.may("create", owner) or kernel.may("update", owner)
            for offer in (f.offered for f in entity.fields if f.offered and enters):
                needed = compile_expression(offer.measure).paths
                if not needed <= kernel.measures(offer.ledger):
                    blind.add((role.key, entity.key))
    assert {role for role, _ in blind} <= BLIND
