"""Small ledgers and intents that the tests speak in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from builder.changes import Intent
from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel, Threshold
from builder.metadata.ledger import Costing, Dimension, Grain, Guard, IssueOrder, Ledger, Measure

PEN, CUP, TEA = 11, 12, 13
MAIN, EAST = 21, 22
DAY = date(2026, 3, 10)


def stock_definition(**changes: Any) -> Ledger:
    """Goods by item, place and batch, at a moving average per item; nothing goes below zero at a place."""
    parts: dict[str, Any] = {
        "uid": "stock",
        "key": "stock",
        "label": "Stock",
        "dimensions": (
            Dimension("item", "item", "Item", entity="item"),
            Dimension("place", "place", "Place", entity="place"),
            Dimension("batch", "batch", "Batch", entity="batch", required=False),
        ),
        "measures": (
            Measure("on_hand", "on_hand", "On hand", scale=4),
            Measure("reserved", "reserved", "Reserved", scale=4),
            Measure("held", "held", "Held", scale=4),
            Measure("value", "value", "Value", scale=2, kind="value"),
        ),
        "grains": (
            Grain("place", "place", ("item", "place")),
            Grain("batch", "batch", ("item", "place", "batch")),
        ),
        "guards": (
            Guard("enough", "enough", "place", "on_hand - reserved", "{item}: {shortage} short"),
            Guard("batch_enough", "batch_enough", "batch", "on_hand - held", "batch: {shortage} short"),
        ),
        "costing": Costing("on_hand", "value"),
        "cost_key": ("item",),
    }
    return Ledger(**{**parts, **changes})


def stock(thresholds: tuple[Threshold, ...] = (), **changes: Any) -> LedgerModel:
    return compile_ledger(stock_definition(**changes), thresholds=thresholds)


def batched(order: str = "fefo", when: str | None = "item.has_batches", **changes: Any) -> LedgerModel:
    """Stock whose issues choose their batch."""
    rule = IssueOrder(
        "batch",
        "batch",
        order,  # type: ignore[arg-type]
        by="expires_on",
        expires="expires_on",
        available="on_hand - held",
        when=when,
    )
    return stock(issue_order=rule, **changes)


def credit(**changes: Any) -> LedgerModel:
    """What customers owe, within their limit; breaking it takes a permission."""
    parts: dict[str, Any] = {
        "uid": "credit",
        "key": "credit",
        "label": "Credit",
        "dimensions": (Dimension("customer", "customer", "Customer", entity="customer"),),
        "measures": (Measure("owed", "owed", "Owed", kind="value"),),
        "grains": (Grain("customer", "customer", ("customer",)),),
        "guards": (
            Guard(
                "limit",
                "limit",
                "customer",
                "customer.limit - owed",
                "over the limit by {shortage}",
                policy="override",
                override="break_limit",
            ),
        ),
        "dates": "now",
    }
    return compile_ledger(Ledger(**{**parts, **changes}))


def turnover() -> LedgerModel:
    """Profit by item: sums per day, no balance and no lock."""
    return compile_ledger(
        Ledger(
            "profit",
            "profit",
            "Profit",
            (Dimension("item", "item", "Item", entity="item"),),
            (
                Measure("revenue", "revenue", "Revenue", kind="value"),
                Measure("cost", "cost", "Cost", kind="value"),
            ),
            (Grain("item", "item", ("item",)),),
            kind="turnover",
        )
    )


class Writer:
    """Writes intents the way a document would: a new line each, one document until told otherwise."""

    def __init__(self) -> None:
        self.record = 1000
        self.number = 5000

    def __call__(self, ledger: str, dimensions: dict[str, Any], *, day: date = DAY, **more: Any) -> Intent:
        self.number += 1
        options = {k: more.pop(k) for k in list(more) if k in Intent.__slots__}
        line = options.pop("line_id", self.number)
        measures = {k: Decimal(str(v)) for k, v in more.items()}
        return Intent(
            **{
                "ledger": ledger,
                "posting": ledger,
                "entity": "delivery",
                "record_id": self.record,
                "line_id": line,
                "line_no": 1,
                "business_date": day,
                "dimensions": dimensions,
                "measures": measures,
                "path": f"/lines/{line}",
                **options,
            }
        )

    def receipt(self, qty: Any, value: Any, item: int = PEN, place: int = MAIN, **more: Any) -> Intent:
        batch = more.pop("batch", None)
        return self("stock", {"item": item, "place": place, "batch": batch}, on_hand=qty, value=value, **more)

    def issue(self, qty: Any, item: int = PEN, place: int = MAIN, **more: Any) -> Intent:
        batch = more.pop("batch", None)
        return self(
            "stock", {"item": item, "place": place, "batch": batch}, on_hand=-Decimal(str(qty)), **more
        )
