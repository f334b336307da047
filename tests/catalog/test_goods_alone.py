"""Who enters a document is offered what it takes, and no two fields of a record are called alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from builder.metadata.entity import Entity, Field
from builder.metadata.filter import paths_of
from builder.metadata.text import LOCALES, in_locale
from builder.runtime.installing import template

TEMPLATES = ("general", "food", "discrete_mfg", "standard", "no_stock")
TRADED = frozenset(
    {
        "quotation_line", "sales_contract_line", "sales_order_line", "delivery_line", "retail_sale_line", "price_list_line",
        "purchase_plan_line", "purchase_requisition_line", "purchase_order_line", "receipt_line", "purchase_return_line", "supplier_price",
        "store_price", "invoice_line",
    }
)  # fmt: skip
"""Services and expenses are bought and sold on these, like goods."""
WORKED_OUT = frozenset(
    {
        "completion_part",
        "cost_card",
        "cost_review_line",
        "price_change_line",
        "profit_month_line",
        "planned_order.parent_item",
    }
)
"""Computations and conversions write these."""


def choosers(key: str) -> Iterator[tuple[Entity, Field]]:
    """The fields by which somebody chooses an item."""
    for entity in template(key).package.entities:
        for field in entity.fields:
            is_entered = not (field.is_computed or field.lookup or field.read_only or field.archived)
            if field.entity == "item" and field.type == "reference" and is_entered:
                yield entity, field


@pytest.mark.parametrize("key", TEMPLATES)
def test_what_only_moves_goods_offers_no_services(key: str) -> None:
    loose = {
        f"{entity.key}.{field.key}"
        for entity, field in choosers(key)
        if not {"unstocked", "kind"} & set(paths_of(field.filter or {}))
        and entity.key not in TRADED | WORKED_OUT
        and f"{entity.key}.{field.key}" not in WORKED_OUT
    }
    assert loose == set()


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("key", TEMPLATES)
def test_no_two_paths_of_a_record_are_called_alike(key: str, locale: str) -> None:
    for entity in template(key).package.entities:
        called = Counter(in_locale(field.label, locale) for field in entity.fields if not field.archived)
        assert {label for label, times in called.items() if times > 1} == set(), entity.key
