"""Matching: columns find their fields by key and by label in any language."""

from __future__ import annotations

import pytest

from builder.metadata.entity import Entity, Field
from builder.metadata.package import App, Package
from builder.runtime.imports.matching import match, normal


def field(key: str, kind: str, zh: str, en: str, **more: object) -> Field:
    return Field(uid=f"u.{key}", key=key, type=kind, label={"zh-CN": zh, "en": en}, **more)  # type: ignore[arg-type]


LINE = Entity(
    "u.line", "line", "lines", "Line",
    (field("item", "reference", "商品", "Item", entity="item", required=True), field("quantity", "quantity", "数量", "Quantity")),
    parent="order",
)  # fmt: skip
ORDER = Entity(
    "u.order", "order", "document", "Order",
    (
        field("number", "auto_number", "单号", "Number"),
        field("customer", "reference", "客户", "Customer", entity="partner", required=True),
        field("total", "money", "合计", "Total", formula="SUM(lines.quantity)"),
        field("lines", "lines", "明细", "Lines", entity="line"),
    ),
)  # fmt: skip
PACKAGE = Package(App("u.app", "x", "X"), entities=(ORDER, LINE))


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("客户", "customer"),
        ("Customer*", "customer"),
        ("customer", "customer"),
        ("客户(必填)", "customer"),
        ("业务日期", "business_date"),
        ("日期", "business_date"),
        ("明细.商品", "lines.item"),
        ("Lines.Quantity", "lines.quantity"),
        ("数量", "lines.quantity"),
        ("合计", None),
        ("单号", None),
        ("什么", None),
        ("客户 (必填) *", "customer"),
    ],
)
def test_headers(header: str, name: str | None) -> None:
    target = match(PACKAGE, ORDER, [header]).targets[0]
    assert (target.name if target else None) == name


def test_a_field_is_taken_once_and_required_ones_are_missed() -> None:
    found = match(PACKAGE, ORDER, ["数量", "quantity"])
    assert [t.name if t else None for t in found.targets] == ["lines.quantity", None]
    assert [f.key for f in found.missing] == ["customer"]


def test_what_was_chosen_wins() -> None:
    found = match(PACKAGE, ORDER, ["谁", "客户"], {0: "customer", 1: ""})
    assert [t.name if t else None for t in found.targets] == ["customer", None]


def test_a_label_may_leave_out_what_it_is_the_label_of() -> None:
    item = Entity(
        "u",
        "item",
        "master",
        {"zh-CN": "商品", "en": "Item"},
        (field("code", "text", "商品编码", "Item code"),),
    )
    package = Package(App("u.app", "x", "X"), entities=(item,))
    assert [t.name if t else None for t in match(package, item, ["编码"]).targets] == ["code"]
    assert [t.name if t else None for t in match(package, item, ["Code"]).targets] == ["code"]


def test_width_case_and_spaces_do_not_count() -> None:
    assert normal(" Ｃｕｓｔｏｍｅｒ  Name ") == normal("customer name")
