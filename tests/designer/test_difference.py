"""Differences are told in words, in both languages."""

from __future__ import annotations

from typing import Any

from builder.designer.difference import Differ
from builder.designer.edits import change, entities, flows, properties
from builder.designer.edits.keys import words_from
from builder.designer.words import Words
from builder.metadata.kinds import Nodes


def told(words: Words, old: Nodes, changes: Any) -> list[str]:
    new = change.applied(old, change.complete(old, changes))
    return [line for d in Differ(words).between(old, new) for line in d.lines]


def test_a_changed_threshold_is_told_with_what_it_was(
    templates: dict[str, Nodes], zh: Words, en: Words
) -> None:
    nodes = templates["general"]
    name = ("workflow", "sales_order")
    first = change.applied(
        nodes, flows.set_threshold(nodes, name, ("transitions", 1, "approval"), "total", "20000")
    )
    later = flows.set_threshold(first, name, ("transitions", 1, "approval"), "total", "50000")
    assert told(zh, first, later) == [
        "“审核” › “大额、低毛利、超额度或逾期审批”：什么时候需要审批由价税合计达到20,000改为价税合计达到50,000"
    ]
    assert told(en, first, later) == [
        "“Approve” › “Large orders, thin margins, credit”: When it is asked for is now Total is at least 50,000 (was Total is at least 20,000)"
    ]


def test_a_new_field_is_told_by_its_name(templates: dict[str, Nodes], zh: Words) -> None:
    nodes = templates["general"]
    changes, _ = entities.add_field(nodes, "sales_order", type="phone", label=words_from("传真", "Fax"))
    assert told(zh, nodes, changes) == ["字段：新增“传真”", "“销售订单”：内容：新增“传真”"]


def test_a_switch_and_words_are_told(templates: dict[str, Nodes], zh: Words, en: Words) -> None:
    nodes = templates["general"]
    name = ("entity", "sales_order")
    changes = properties.set_value(nodes, name, ("fields", 3, "required"), ["true"])
    assert told(zh, nodes, changes) == ["“联系人”：必填设为是"]
    changes = properties.set_words(nodes, name, ("label",), "客户订单", "Customer order")
    assert told(en, nodes, changes) == ["Name is now “Customer order” (was “Sales order”)"]


def test_words_of_another_language_are_told_by_that_language(
    templates: dict[str, Nodes], zh: Words, en: Words
) -> None:
    """Whoever reads Chinese sees the same name before and after: what changed is its English."""
    nodes = templates["general"]
    name = ("entity", "sales_order")
    label = nodes[name]["label"]
    changes = properties.set_words(nodes, name, ("label",), label["zh-CN"], "Customer order")
    assert told(zh, nodes, changes) == ["名称（英文）由“Sales order”改为“Customer order”"]
    assert told(en, nodes, changes) == ["Name is now “Customer order” (was “Sales order”)"]


def test_a_moved_entry_is_told_once(templates: dict[str, Nodes], zh: Words) -> None:
    nodes = templates["general"]
    changes, _ = properties.step_item(nodes, ("entity", "sales_order"), ("fields", 3), 1)
    assert told(zh, nodes, changes) == ["字段的顺序变了"]


def test_a_changed_rule_is_told_by_its_sentences(templates: dict[str, Nodes], en: Words) -> None:
    nodes = templates["general"]
    name = ("rule", "order_complete")
    changes = properties.set_value(nodes, name, ("if",), ["SUM(lines.open_quantity) <= 1"])
    lines = told(en, nodes, changes)
    assert lines[0].startswith("Now: When “Deliver in part”")
    assert "at most 1" in lines[0]
    assert lines[1].startswith("Before: When")
    assert len(lines) == 2


def test_what_came_and_went(templates: dict[str, Nodes], words: Words) -> None:
    nodes = templates["general"]
    found = Differ(words).between(nodes, {n: b for n, b in nodes.items() if n != ("rule", "overdue")})
    assert [(d.sort, d.name) for d in found] == [("removed", ("rule", "overdue"))]
    assert Differ(words).between(nodes, nodes) == ()
