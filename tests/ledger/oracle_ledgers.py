"""The ledgers that the cases speak of, by their policies."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel
from builder.metadata.ledger import Costing, Dimension, Grain, Guard, IssueOrder, Ledger, Measure

ZERO = Decimal(0)
START = "2026-01-01"


def load(path: Path) -> list[dict[str, Any]]:
    """The cases that have steps."""
    cases: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))["cases"]
    return [c for c in cases if "steps" in c]


def dec(text: Any) -> Decimal:
    return Decimal(str(text))


def stock_ledger(policy: Mapping[str, Any], method: str) -> LedgerModel:
    """Goods at cost: what the case's policy says, with quantities checked per place and batch."""
    cost_key = tuple(policy.get("cost_key", ("item",)))
    allowed = policy.get("negative") == "allow"
    cost_grain = (
        ()
        if set(cost_key) in ({"item"}, {"item", "warehouse"}, {"item", "warehouse", "batch"})
        else (Grain("g_cost", "cost", cost_key),)
    )
    grains = (
        Grain("g_item", "item", ("item",)),
        Grain("g_place", "place", ("item", "warehouse")),
        Grain("g_batch", "batch", ("item", "warehouse", "batch")),
    )
    ledger = Ledger(
        "stock",
        "stock",
        "Stock",
        (
            Dimension("item", "item", "Item", entity="item"),
            Dimension("warehouse", "warehouse", "Warehouse", entity="warehouse"),
            Dimension("batch", "batch", "Batch", entity="batch", required=False),
        ),
        (
            Measure("on_hand", "on_hand", "On hand", scale=4),
            Measure("held", "held", "Held", scale=4),
            Measure("value", "value", "Value", scale=2, kind="value"),
            Measure("residue", "residue", "Residue", scale=2, kind="value"),
            Measure("variance", "variance", "Variance", scale=2, kind="value"),
        ),
        grains + cost_grain,
        guards=(
            Guard(
                "negative",
                "NEGATIVE_STOCK",
                "place",
                "on_hand",
                "short {shortage}",
                policy="override" if allowed else "refuse",
                override="oversell" if allowed else None,
            ),
            Guard("held", "QUARANTINE", "batch", "on_hand - held", "on hold", when="held > 0"),
            Guard(
                "negative_batch",
                "NEGATIVE_BATCH",
                "batch",
                "on_hand",
                "short {shortage}",
                policy="override" if allowed else "refuse",
                override="oversell" if allowed else None,
            ),
        ),
        costing=Costing(
            "on_hand",
            "value",
            method=method,  # type: ignore[arg-type]
            residue="residue",
            returns="current" if policy.get("purchase_return") == "current" else "original",
            provisional="setting.provisional" if "provisional" in policy else None,
            standard="setting.standard" if "standard" in policy else None,
            variance="variance",
        ),
        cost_key=cost_key,
        issue_order=IssueOrder(
            "batch",
            "batch",
            "fefo",
            by="expires_on",
            expires="expires_on",
            available="on_hand - held",
            when="item.has_batches",
        ),
    )
    return compile_ledger(ledger)


def credit_ledger() -> LedgerModel:
    """What customers owe, per bill, within their limit."""
    ledger = Ledger(
        "credit",
        "credit",
        "Credit",
        (
            Dimension("customer", "customer", "Customer", entity="customer"),
            Dimension("bill", "bill", "Bill", entity="bill", required=False),
        ),
        (Measure("receivable", "receivable", "Receivable", scale=2, kind="value"),),
        (Grain("g_customer", "customer", ("customer",)), Grain("g_bill", "bill", ("customer", "bill"))),
        guards=(Guard("limit", "CREDIT_LIMIT", "customer", "customer.limit - receivable", "over the limit"),),
    )
    return compile_ledger(ledger)
