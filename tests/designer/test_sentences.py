"""Rules are sentences: what the general template says can be read, picked apart and put together again without loss."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.designer.judging import Judged
from builder.designer.panel import Panel
from builder.designer.pickers import Pickers
from builder.designer.rule_page import Around
from builder.designer.sentences import conditions, filters, rules
from builder.designer.sentences.conditions import Condition, Conditions
from builder.designer.sentences.explain import Explainer, condition_words
from builder.designer.sentences.phrases import Phraser
from builder.designer.sentences.rows import Drawing
from builder.designer.sentences.timing import timing_of
from builder.designer.words import Words
from builder.errors import Problem
from builder.metadata.frames import Frame
from builder.metadata.kinds import Nodes
from builder.rules.actions import ACTIONS
from tests.designer.memory import JUDGE, catalog

RULES = {key: body for (kind, key), body in catalog()["general"].items() if kind == "rule"}
BOOKS = {
    "uid": "connector.books",
    "key": "books",
    "label": {"zh-CN": "记账系统", "en": "Bookkeeping"},
    "kind": "rest",
}
CALL: dict[str, Any] = {
    "uid": "rule.tell",
    "key": "tell",
    "label": {"zh-CN": "告诉账务", "en": "Tell the books"},
    "when": {"kind": "transition", "entity": "sales_order", "transition": "approve"},
    "timing": "later",
    "if": "total > 0",
    "then": [
        {
            "uid": "a.tell",
            "kind": "call",
            "connector": "books",
            "payload": {"no": "number", "sum": "total * 2"},
        }
    ],
}
"""The general template tells nobody outside."""


def picked(rule: Any) -> dict[str, Any]:
    """The rule as its form gives it back: all that was kept of the old one is what the form does not speak of."""
    rest = {k: v for k, v in rule.items() if k not in {"when", "if", "then"}}
    return rules.from_form(rules.to_form(rule), rest)


@pytest.mark.parametrize("key", RULES)
def test_a_rule_picked_apart_and_composed_is_the_same_rule(key: str) -> None:
    assert picked(RULES[key]) == RULES[key]


@pytest.mark.parametrize("key", RULES)
def test_its_sentence_is_the_same_after_a_round_trip(key: str, general: Judged, words: Words) -> None:
    assert general.package
    phraser = Phraser(general.package, words)
    sentence = phraser.rule(RULES[key]).text(words)
    assert phraser.rule(picked(RULES[key])).text(words) == sentence


@pytest.mark.parametrize("key", RULES)
def test_a_sentence_shows_no_keys_and_no_code(key: str, general: Judged, words: Words) -> None:
    assert general.package
    sentence = Phraser(general.package, words).rule(RULES[key]).text(words)
    assert not any(mark in sentence for mark in ("_", "==", "!=", "None", "()", "{"))
    assert not re.search(r"\bd\.", sentence), "a name of a text, not its words"


@pytest.fixture(scope="module")
def connected(templates: dict[str, Nodes]) -> Judged:
    """The general template with a connector and the rule that speaks to it."""
    return JUDGE({**templates["general"], ("connector", "books"): BOOKS, ("rule", "tell"): CALL})


def test_every_action_that_rules_have_can_be_picked() -> None:
    assert set(rules.ACTIONS) == set(ACTIONS.names())


def test_a_rule_that_calls_a_connector_is_the_same_after_a_round_trip(
    connected: Judged, words: Words
) -> None:
    assert connected.package
    assert not [p for p in connected.problems if "tell" in p.path]
    assert picked(CALL) == CALL
    phraser = Phraser(connected.package, words)
    assert phraser.rule(picked(CALL)).text(words) == phraser.rule(CALL).text(words)


def test_a_call_says_whom_it_tells_what(connected: Judged, zh: Words, en: Words) -> None:
    assert connected.package
    assert Phraser(connected.package, zh).rule(CALL).then == (
        "通知外部系统“记账系统”（发送单据编号作为“no”、价税合计 × 2作为“sum”）",
    )
    assert Phraser(connected.package, en).rule(CALL).then == (
        "the outside system “Bookkeeping” is told (Number as “no”, Total × 2 as “sum”)",
    )
    begun = {**CALL, "then": [{"kind": "call"}]}
    assert Phraser(connected.package, en).rule(begun).then == ("the outside system (nothing chosen) is told",)


ASSIGN: dict[str, Any] = {
    "when": {"kind": "record_created", "entity": "sales_order"},
    "then": [{"kind": "assign", "to": [{"role": "boss"}, {"owner": True}]}],
}


def test_an_assignment_is_the_same_after_a_round_trip_and_says_to_whom(
    general: Judged, zh: Words, en: Words
) -> None:
    assert general.package
    assert picked(ASSIGN) == ASSIGN
    assert Phraser(general.package, zh).rule(ASSIGN).then == (
        "这张销售订单的负责人改为老板 / 总经理或制单人",
    )
    assert Phraser(general.package, en).rule(ASSIGN).then == (
        "Owner of this Sales order becomes Owner / general manager or its owner",
    )


def test_what_is_sent_begins_with_a_field_that_is_picked() -> None:
    form = {**rules.to_form(CALL), "then.0.payload.new": ["customer"]}
    (action,) = rules.from_form(form, {})["then"]
    assert action["payload"] == {"no": "number", "sum": "total * 2", "customer": "customer"}
    form["then.0.payload.0.source"] = [" "]
    (action,) = rules.from_form(form, {})["then"]
    assert list(action["payload"]) == ["sum", "customer"]


def test_a_value_that_is_picked_is_nothing_until_it_is_said() -> None:
    rule = {
        "when": {"kind": "record_created", "entity": "item"},
        "then": [{"kind": "set", "values": {"a": "1"}}],
    }
    form = {**rules.to_form(rule), "then.0.values.new": ["b"]}
    assert rules.from_form(form, {})["then"][0]["values"] == {"a": "1", "b": "None"}


@pytest.mark.parametrize(
    ("before", "after"), [({}, "later"), ({"timing": "now"}, "later"), ({"timing": "before"}, "later")]
)
def test_a_rule_that_calls_runs_later_whatever_was_picked_before(before: dict[str, str], after: str) -> None:
    assert rules.from_form(rules.to_form(CALL), before)["timing"] == after


@pytest.mark.parametrize("key", RULES)
def test_every_condition_is_made_of_rows_not_of_formulas(key: str) -> None:
    rows = conditions.rows_of(RULES[key].get("if")).rows
    assert all(row.subject != "formula" for row in rows)


def test_a_rule_reads_as_a_sentence(general: Judged, zh: Words, en: Words) -> None:
    assert general.package
    rule = RULES["make_delivery"]
    assert Phraser(general.package, zh).rule(rule).text(zh) == (
        "当销售订单执行“审核”时，如果设置“审核后自动生成出库单”成立并且明细的未开单的合计大于0，就把这张销售订单下推为“生成销售出库单”。"
    )
    assert Phraser(general.package, en).rule(rule).text(en) == (
        "When “Approve” happens to a Sales order, if the setting “Make deliveries at approval” holds and the sum of"
        " Lines › Not on a delivery is more than 0, then “Make a delivery” is made from this Sales order."
    )


@pytest.mark.parametrize(
    "source",
    [
        "total >= 50000",
        "not is_gift",
        "a == 'x' or b != None",
        "state in ['draft', 'void'] and SUM(lines.quantity) > 0",
        "IF(a > 1, b, c) > 2 and d",
        "a and (b or c)",
        "1 < a < 3",
        'name == "O\'Neill"',
    ],
)
def test_any_condition_survives_being_shown_as_rows(source: str) -> None:
    assert conditions.composed(conditions.rows_of(source)) == source
    form = conditions.to_form(conditions.rows_of(source), "if")
    assert conditions.composed(conditions.from_form(form, "if")) == source


def test_what_cannot_be_read_stays_as_it_is() -> None:
    assert conditions.rows_of("a >").rows == (Condition("formula", "a >"),)
    assert conditions.composed(conditions.rows_of("a >")) == "a >"


def test_no_rows_make_no_condition() -> None:
    assert conditions.composed(Conditions()) is None
    assert conditions.rows_of(None) == Conditions()


NAMES = st.sampled_from(["total", "customer.level", "setting.limit", "lines.quantity"])
ROWS = st.one_of(
    st.builds(Condition, st.just("path"), NAMES, st.sampled_from(["filled", "empty", "is_true", "is_false"])),
    st.builds(
        Condition,
        st.sampled_from(["path", "sum", "count", "days"]),
        NAMES,
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        st.just("number"),
        st.tuples(st.integers(0, 10**9).map(str)),
    ),
    st.builds(
        Condition,
        st.just("path"),
        NAMES,
        st.sampled_from(["in", "not in"]),
        st.just("text"),
        st.lists(st.text("abc '库", min_size=1).filter(str.strip), min_size=1, max_size=3).map(tuple),
    ),
)


@given(
    st.builds(Conditions, st.sampled_from(["all", "any"]), st.lists(ROWS, min_size=2, max_size=4).map(tuple))
)
def test_rows_make_an_expression_that_shows_the_same_rows(given_rows: Conditions) -> None:
    source = conditions.composed(given_rows)
    assert conditions.rows_of(source) == given_rows


@pytest.mark.parametrize(
    "where",
    [
        {"field": "state", "op": "in", "value": ["approved", "partial"]},
        {
            "and": [
                {"field": "is_supplier", "op": "=", "value": True},
                {"field": "status", "op": "=", "value": "active"},
            ]
        },
        {"or": [{"field": "qty", "op": ">", "value": 5}, {"field": "name", "op": "not_empty"}]},
        {"field": "code", "op": "=", "value": "12"},
        {"not": {"field": "a", "op": "=", "value": 1}},
        {"field": "parent", "op": "=", "value": {"record": "item"}},
    ],
)
def test_filters_survive_being_shown_as_rows(where: dict[str, Any]) -> None:
    assert filters.composed(filters.rows_of(where)) == where
    assert filters.from_form(filters.to_form(where, "c"), "c") == where


def test_expressions_are_explained_with_the_labels_of_what_they_name(
    general: Judged, zh: Words, en: Words
) -> None:
    assert general.package
    frame = Frame(self_="sales_order", line="sales_order_line")
    chinese, english = Explainer(general.package, frame, zh), Explainer(general.package, frame, en)
    assert condition_words(chinese, "total >= setting.large_order") == "价税合计达到设置“大额订单金额”"
    assert condition_words(english, "total >= 50000") == "Total is at least 50,000"
    assert condition_words(chinese, "state in ['draft', 'void']") == "状态是“草稿”或“已作废”"
    assert chinese.explain("(net + tax) * 2") == "(未税金额 ＋ 税额) × 2"
    assert chinese.filled("超期:{customer.name}") == "超期:‹客户的名称›"


NESTED: dict[str, Any] = {
    "when": {"kind": "line_changed", "entity": "sales_order_line", "fields": ["quantity"], "to": "0"},
    "then": [
        {
            "kind": "branch",
            "if": "quantity > 10",
            "then": [
                {
                    "kind": "each",
                    "entity": "delivery",
                    "filter": {"field": "remark", "op": "=", "value": {"record": "remark"}},
                    "then": [{"kind": "update", "values": {"remark": "outer.remark"}}],
                },
                {
                    "kind": "notify",
                    "to": [{"head": 0}, {"actor": True}],
                    "title": {"zh-CN": "看", "en": "Look"},
                },
            ],
            "else": [{"kind": "assign", "to": [{"head": 1}]}],
        }
    ],
}
HEARD: dict[str, Any] = {
    "when": {
        "kind": "webhook",
        "connector": "books",
        "entity": "sales_order",
        "filter": {"field": "number", "op": "=", "value": {"payload": "order.no"}},
    },
    "if": "payload.kind == 'paid'",
    "timing": "later",
    "then": [
        {"kind": "start_approval", "transition": "approve"},
        {"kind": "print", "print": "sales_order"},
        {"kind": "convert", "conversion": "to_delivery", "values": {"remark": "payload.text"}},
        {"kind": "transition", "transition": "close", "values": {"remark": "'x'"}},
        {"kind": "notify", "connector": "group", "title": {"zh-CN": "看", "en": "Look"}},
    ],
}


@pytest.mark.parametrize("rule", [NESTED, HEARD], ids=["nested", "heard"])
def test_actions_in_actions_are_the_same_after_a_round_trip(rule: dict[str, Any]) -> None:
    assert picked(rule) == rule


def test_actions_in_actions_are_said_one_below_the_other(general: Judged, zh: Words, en: Words) -> None:
    assert general.package
    phrase = Phraser(general.package, en).rule(NESTED)
    assert [depth for depth, _ in phrase.steps] == [0, 1, 2, 1, 0, 1]
    said = [text for _, text in phrase.steps]
    assert said[0] == "if Quantity is more than 10:"
    assert said[4] == "otherwise:"
    assert phrase.when == "Quantity of a Sales order line changes to “0”"
    for words in (zh, en):
        sentence = Phraser(general.package, words).rule(NESTED).text(words)
        assert not any(mark in sentence for mark in ("_", "==", "!=", "None", "()", "{"))
    assert not re.search(r"\bd\.", sentence), "a name of a text, not its words"


def test_an_action_is_added_inside_another() -> None:
    form = {**rules.to_form(NESTED), "add": ["then.0.else"]}
    (branch,) = rules.from_form(rules.grown(form), {})["then"]
    assert [a["kind"] for a in branch["else"]] == ["assign", "notify"]
    assert rules.grown({"add": ["then.x"]}) == {"add": ["then.x"]}


def test_a_branch_that_was_only_just_picked_holds_something() -> None:
    form = {**rules.to_form(ASSIGN), "then.0.kind": ["branch"]}
    (branch,) = rules.from_form(form, {})["then"]
    assert [a["kind"] for a in branch["then"]] == ["notify"]


@pytest.mark.parametrize(
    ("kinds", "timing"),
    [
        (("set", "refuse"), "before"),
        (("notify",), "now"),
        (("notify", "print"), "later"),
        (("set", "notify"), "now"),
    ],
)
def test_when_actions_can_happen_need_not_be_known(kinds: tuple[str, ...], timing: str) -> None:
    assert timing_of([{"kind": "branch", "then": [{"kind": k} for k in kinds]}], "now") == timing


FOUND: dict[str, Any] = {
    "when": {"kind": "record_created", "entity": "sales_order"},
    "then": [
        {
            "kind": "notify",
            "to": [
                {"entity": "partner", "filter": {"field": "id", "op": "=", "value": {"record": "customer"}}, "person": "salesman"},
                {"owner": True},
            ],
            "title": {"zh-CN": "看一下", "en": "Have a look"},
        }
    ],
}  # fmt: skip


def test_people_who_are_found_by_a_condition_are_the_same_after_a_round_trip() -> None:
    assert picked(FOUND) == FOUND


def test_people_are_found_by_picking(general: Judged, en: Words) -> None:
    """An entity is picked; the field that names people and a value for a condition that was begun are filled in."""
    drawing = drawing_of(general, en, Frame(self_="sales_order"))
    form = {**rules.to_form(ASSIGN), "then.0.to": ["owner"], "then.0.to.found.new": ["partner"]}
    (action,) = rules.from_form(form, {}, drawing)["then"]
    assert action["to"] == [{"owner": True}, {"entity": "partner", "person": "salesman"}]
    begun = rules.to_form({**ASSIGN, "then": [action]}) | {
        "then.0.to.found.0.filter.0.field": ["is_customer"]
    }
    (action,) = rules.from_form(begun, {}, drawing)["then"]
    assert action["to"][1]["filter"] == {"field": "is_customer", "op": "=", "value": True}
    gone = rules.to_form({**ASSIGN, "then": [action]}) | {"then.0.to.found.0.gone": ["1"]}
    assert rules.from_form(gone, {}, drawing)["then"][0]["to"] == [{"owner": True}]


def drawing_of(judged: Judged, words: Words, frame: Frame) -> Drawing:
    assert judged.package
    return Drawing(Pickers(judged.package, judged.references, words), frame)


def test_a_ticket_of_a_balance_is_about_what_the_balance_is_counted_by(general: Judged, en: Words) -> None:
    assert general.package
    stock = general.package.ledger("stock")
    assert stock
    grain = next(g for g in stock.grains if "item" in g.dimensions)
    drawing = drawing_of(general, en, Frame(ledger="stock", grain=grain.key))
    found = Around(general.package, drawing.pickers, drawing).references()
    assert ("item", "Item") in [(c.value, c.label) for c in found]


def test_a_schedule_without_records_says_only_when(general: Judged, zh: Words, en: Words) -> None:
    assert general.package
    rule = {"when": {"kind": "schedule", "cron": "0 9 1 * *"}, "then": []}
    assert Phraser(general.package, zh).rule(rule).when == "到了每月1日 09:00"
    assert "nothing" not in Phraser(general.package, en).rule(rule).when


def test_values_of_settings_and_switches_are_words(general: Judged, zh: Words) -> None:
    assert general.package
    at = Explainer(general.package, Frame(self_="item"), zh)
    assert "backorder" not in at.explain("setting.shortage_policy == 'backorder'")
    where = {"field": "is_customer", "op": "=", "value": False}
    assert (
        Phraser(general.package, zh)
        .filter(where, Explainer(general.package, Frame(self_="partner"), zh))
        .endswith("不成立")
    )


@pytest.mark.parametrize(
    ("action", "begun"),
    [
        ({"kind": "ticket"}, {"to": [{"owner": True}], "title": {"zh-CN": "请看一下", "en": "Please have a look"}}),
        ({"kind": "refuse"}, {"message": {"zh-CN": "现在不能保存", "en": "This cannot be saved now"}}),
        ({"kind": "assign"}, {"to": [{"actor": True}]}),
        ({"kind": "call"}, {"connector": "books"}),
        ({"kind": "start_approval"}, {"transition": "approve"}),
        ({"kind": "transition"}, {}),
    ],
)  # fmt: skip
def test_an_action_that_was_only_picked_says_what_can_be_known(
    connected: Judged, en: Words, action: dict[str, Any], begun: dict[str, Any]
) -> None:
    """Words, people and what there is only one of; what has to be chosen among several stays open."""
    drawing = drawing_of(connected, en, Frame(self_="sales_order"))
    form = {"when.kind": ["record_created"], "when.entity": ["sales_order"], "then.0.kind": [action["kind"]]}
    assert rules.from_form(form, {}, drawing)["then"] == [{**action, **begun}]


def test_a_trigger_that_was_only_picked_watches_something(connected: Judged, en: Words) -> None:
    drawing = drawing_of(connected, en, Frame(ledger="stock"))
    form = {"when.kind": ["threshold"], "when.ledger": ["stock"], "then.0.kind": ["ticket"]}
    when = rules.from_form(form, {}, drawing)["when"]
    assert (when["grain"], when["slack"]) != ("", "")
    form = {"when.kind": ["relative_date"], "when.entity": ["sales_order"], "then.0.kind": ["notify"]}
    assert rules.from_form(form, {}, drawing)["when"]["date_field"]


def test_what_is_wrong_with_a_rule_is_said_without_keys(zh: Words, en: Words) -> None:
    params = {"rule": "R", "action": "create", "name": "values"}
    assert zh.told(Problem("E192", params=params)).params == {
        "rule": "R",
        "action": "新建记录",
        "name": "字段的值",
    }
    trigger = en.told(Problem("E190", params={"rule": "R", "name": "slack"}))
    assert trigger.params["name"] != "slack"
    other = Problem("E101", params={"name": "x"})
    assert en.told(other) is other


def test_a_connector_is_filled_in_by_picking(templates: dict[str, Nodes], en: Words) -> None:
    """Vendors and the secrets that each kind knows are picked; only robots have a vendor."""
    for kind, vendors, secrets in (
        ("rest", None, ["signing", "token"]),
        ("webhook", None, ["signing", "signing_next"]),
        ("robot", ["WeCom", "DingTalk", "Feishu"], ["key", "signing"]),
    ):
        judged = JUDGE({**templates["general"], ("connector", "books"): {**BOOKS, "kind": kind}})
        found = {w.name: w for w in Panel(judged, ("connector", "books"), en, None).widgets()}
        assert [c.value for c in found["secrets"].choices] == secrets
        assert ([c.label for c in found["vendor"].choices] if "vendor" in found else None) == vendors
