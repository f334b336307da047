"""Differences in words: what a person reads before publishing."""

from __future__ import annotations

from typing import Any

import pytest

from builder.metadata.diff import difference
from builder.metadata.loading import load
from builder.metadata.uids import with_uids
from tests.metadata.library import GONE, library

FEE = {"uid": "loan.fee", "key": "fee", "type": "money", "label": {"zh-CN": "费用", "en": "Fee"}}

SENTENCES: list[tuple[tuple[str, Any], str, str]] = [
    (
        ("app/app/settings/0/default", 20),
        "应用 · 大量：默认值现在是 20（原为 10）",
        "App · Many: default is now 20 (was 10)",
    ),
    (
        ("workflow/loan/transitions/1/approval/when", "count > 50"),
        "流程 借阅单 · 借出 · 审批：条件现在是 count > 50（原为 count > setting.many）",
        "Workflow Loan · Hand out · Approval: when is now count > 50 (was count > setting.many)",
    ),
    (
        ("entity/loan/fields/3/label", {"zh-CN": "应还日", "en": "Back by"}),
        "借阅单 · 应还日：名称现在是 应还日（原为 到期日）",
        "Loan · Back by: name is now Back by (was Due on)",
    ),
    (("entity/loan/fields/7", FEE), "借阅单 · 字段：新增“费用”", "Loan · Fields: “Fee” added"),
    (("entity/loan/fields/2", GONE), "借阅单 · 字段：删除“经办人”", "Loan · Fields: “Librarian” removed"),
    (
        ("view/loans/layouts/0/from", "business_date"),
        "借阅 · days：开始现在是 business_date（原为 due_on）",
        "Loans · days: from is now business_date (was due_on)",
    ),
    (("view/readers", GONE), "列表：删除“读者”", "List: “Readers” removed"),
    (("rule/touch/enabled", False), "登记：启用现在是 否（原为 是）", "Touch: enabled is now no (was yes)"),
    (("rule/touch/if", "count > 1"), "登记：条件设为 count > 1", "Touch: if set to count > 1"),
    (
        ("ledger/copies/help", {"zh-CN": "说明", "en": "Help"}),
        "馆藏：帮助设为 说明",
        "Copies: help set to Help",
    ),
    (("print/slip/page", "A5"), "借书条：纸张现在是 A5（原为 A4）", "Slip: paper is now A5 (was A4)"),
    (
        ("view/loans/quick_filters", ["reader", "due_on"]),
        "借阅：快速筛选现在是 reader, due_on（原为 reader）",
        "Loans: quick filters is now reader, due_on (was reader)",
    ),
]


@pytest.mark.parametrize(("edit", "zh", "en"), SENTENCES, ids=[edit[0] for edit, _, _ in SENTENCES])
def test_a_change_is_one_sentence_in_both_languages(edit: tuple[str, Any], zh: str, en: str) -> None:
    before = with_uids(library())
    after = dict(before)
    kind, key, *_ = edit[0].split("/")
    changed = with_uids(library(edit))
    after.pop((kind, key))
    if (kind, key) in changed:
        after[kind, key] = changed[kind, key]
    (change,) = difference(before, after)
    assert (change.words("zh-CN"), change.words("en")) == (zh, en)


def test_equal_packages_do_not_differ_and_a_default_written_down_is_no_change() -> None:
    before = with_uids(library())
    assert difference(before, with_uids(library())) == ()
    assert difference(before, with_uids(library(("rule/touch/enabled", True)))) == ()


def test_another_order_is_one_change_and_another_key_is_the_same_definition() -> None:
    before = with_uids(library())
    fields = list(before["entity", "reader"]["fields"])
    moved = {
        **before,
        ("entity", "reader"): {**before["entity", "reader"], "fields": [*fields[1:], fields[0]]},
    }
    assert [c.what for c in difference(before, moved)] == ["moved"]
    renamed = {
        (k, "people" if key == "reader" and k == "entity" else key): body for (k, key), body in before.items()
    }
    renamed["entity", "people"] = {**before["entity", "reader"], "key": "people"}
    assert [(c.what, c.place) for c in difference(before, renamed)] == [
        ("changed", "entities/people.json#/key")
    ]


def test_a_package_that_comes_into_being_is_told_by_its_definitions() -> None:
    package, _ = load(library())
    assert package is not None
    found = difference({}, package.nodes)
    assert {c.what for c in found} == {"added"}
    assert len(found) == len(package.nodes)
