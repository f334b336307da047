"""Validation: everything wrong with a record, at once, each at its place, in words of both languages."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from builder.errors import Problem
from builder.metadata.entity import Constraint, Option
from builder.record import Record
from builder.rules.editing import uneditable
from builder.rules.validation import validate
from tests.rules.office import (
    ACME,
    CHECK,
    LINE_FIELDS,
    OLD_CUSTOMER,
    ORDER_FIELDS,
    RICE,
    around,
    field,
    line,
    office,
    order,
    words,
)


def found(problems: tuple[Problem, ...]) -> set[tuple[str, str]]:
    for problem in problems:
        said = words(problem)
        assert all(text and text != problem.code and "{" not in text for text in said.values()), said
        assert said["en"] != said["zh-CN"] or problem.message is not None, said
    return {(p.code, p.path) for p in problems}


def judged(record: Record, before: Record | None = None, **of: Any) -> set[tuple[str, str]]:
    return found(validate(around(office(**of)), record, before))


def test_a_good_record_has_no_problem() -> None:
    assert judged(order(line(11))) == set()


def test_everything_is_said_at_once_with_places_of_lines() -> None:
    bad = order(
        line(11, quantity="0.00"),
        line(12, goods=None),
        line(13, goods=999, quantity="1001.00"),
        urgent=True,
        customer=999,
    )
    assert judged(bad) == {
        ("REQUIRED", "/reason"),
        ("REFERENCE_MISSING", "/customer"),
        ("REQUIRED", "/lines/1/goods"),
        ("REFERENCE_MISSING", "/lines/2/goods"),
        ("REFERENCE_NOT_ALLOWED", "/lines/0/goods"),
        ("VALUE_MIN", "/lines/0/quantity"),
        ("VALUE_MAX", "/lines/2/quantity"),
    }


@pytest.mark.parametrize("empty", [None, "", "   ", "\t"])
def test_what_is_required_is_not_filled_by_blanks(empty: Any) -> None:
    fields = (field("order", "remark", required=True),)
    assert judged(Record("order", 1, {"remark": empty}), order=fields) == {("REQUIRED", "/remark")}


def test_zero_and_no_are_values() -> None:
    fields = (field("order", "a", "integer", required=True), field("order", "b", "boolean", required=True))
    assert judged(Record("order", 1, {"a": Decimal(0), "b": False}), order=fields) == set()


def test_lines_that_are_required_need_one() -> None:
    fields = (field("order", "lines", "lines", entity="order_line", required=True),)
    assert judged(Record("order", 1, {}, lines={"lines": ()}), order=fields) == {("REQUIRED", "/lines")}


def test_a_field_is_required_while_its_condition_holds() -> None:
    assert judged(order(urgent=True)) == {("REQUIRED", "/reason")}
    assert judged(order(urgent=False)) == set()
    assert judged(order(urgent=True, reason="late")) == set()


def test_what_is_void_need_not_be_complete() -> None:
    before = order(urgent=True)
    assert judged(before.but(state="approved"), before) == {("REQUIRED", "/reason")}
    assert judged(before.but(state="void"), before) == set()


def test_a_field_that_is_hidden_by_its_condition_is_never_required() -> None:
    assert judged(order(urgent=True, remark="silent")) == set()


def test_a_condition_that_cannot_be_judged_is_told_not_passed_over() -> None:
    fields = (*ORDER_FIELDS, field("order", "x", required_if="1 / 0 > 1"))
    assert judged(order(), order=fields) == {("CONDITION_FAILED", "/x")}


def test_a_reference_must_exist_be_in_use_and_be_allowed() -> None:
    assert judged(order(customer=999)) == {("REFERENCE_MISSING", "/customer")}
    assert judged(order(customer=OLD_CUSTOMER)) == {("REFERENCE_NOT_ALLOWED", "/customer")}
    context = around(office())
    archived = context.reader.get("customer", [ACME])[ACME].but(archived_at=context.env.now())
    context.reader.put(archived)  # type: ignore[attr-defined]
    assert found(validate(context, order())) == {("REFERENCE_ARCHIVED", "/customer")}


def test_what_was_there_before_is_not_held_against_a_record() -> None:
    context = around(office())
    before = order(line(11), customer=OLD_CUSTOMER)
    after = before.with_values({"remark": "changed"}).but(lines={"lines": (line(11), line(12))})
    assert found(validate(context, after, before)) == {("REFERENCE_NOT_ALLOWED", "/lines/1/goods")}


def test_a_filter_with_the_records_own_value_follows_it() -> None:
    context = around(office(), Record("goods", 70, {"name": "Others", "customer": OLD_CUSTOMER}, version=1))
    assert found(validate(context, order(line(11, 70)))) == {("REFERENCE_NOT_ALLOWED", "/lines/0/goods")}
    assert found(validate(context, order(line(11, RICE)))) == set()


def test_a_reference_is_asked_anew_when_what_its_filter_goes_by_changes() -> None:
    """Goods of one customer do not stay on an order that is turned over to another."""
    other = Record("customer", 52, {"name": "Other", "active": True}, version=1)
    context = around(office(), other)
    before = order(line(11, RICE))
    turned = before.with_values({"customer": 52})
    assert found(validate(context, turned, before)) == {("REFERENCE_NOT_ALLOWED", "/lines/0/goods")}
    assert found(validate(context, turned, turned)) == set()


def test_references_are_read_once_for_all_lines() -> None:
    context = around(office())
    validate(context, order(*(line(11 + i) for i in range(50))))
    assert context.reader.asked["goods"] <= 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("of", "value", "code"),
    [
        (field("order", "x", "text", max_length=3), "abcd", "VALUE_TOO_LONG"),
        (field("order", "x", "text", max_length=3), "abc", None),
        (field("order", "x", "text", pattern=r"[A-Z]{2}\d+"), "AB12", None),
        (field("order", "x", "text", pattern=r"[A-Z]{2}\d+"), "AB12x", "VALUE_PATTERN"),
        (field("order", "x", "text", pattern=r"[A-Z]{2}\d+"), "xAB12", "VALUE_PATTERN"),
        (field("order", "x", "integer", min="1", max="9"), Decimal(1), None),
        (field("order", "x", "integer", min="1", max="9"), Decimal(0), "VALUE_MIN"),
        (field("order", "x", "integer", min="1", max="9"), Decimal(10), "VALUE_MAX"),
        (field("order", "x", "choice", options=(Option("o", "a", "A"),)), "b", "VALUE_CHOICE"),
        (field("order", "x", "choice", options=(Option("o", "a", "A"),)), "a", None),
    ],
)
def test_ranges_lengths_patterns_and_options_hold(of: Any, value: Any, code: str | None) -> None:
    problems = validate(around(office(order=(of,))), Record("order", 1, {"x": value}))
    assert found(problems) == ({(code, "/x")} if code else set()), problems


def test_an_option_that_has_gone_stays_where_it_was() -> None:
    of = field("order", "x", "choice", options=(Option("o", "a", "A", archived=True),))
    before = Record("order", 1, {"x": "a"}, version=1)
    assert judged(before.with_values({}), before, order=(of,)) == set()


def test_a_check_says_its_own_words_filled_with_the_record() -> None:
    context = around(office(constraints=(CHECK,)))
    problems = validate(context, order(due=date(2026, 3, 1)))
    assert found(problems) == {("CHECK_FAILED", "")}
    assert words(problems[0]) == {"zh-CN": "SO-1 交期已过", "en": "SO-1 is due too early"}
    assert found(validate(context, order(due=date(2026, 3, 2)))) == set()
    assert found(validate(context, order(due=None))) == set()


def test_a_check_that_cannot_be_judged_refuses() -> None:
    failing = Constraint("c.x", "x", "Never said", check="1 / 0 > 1")
    assert judged(order(), constraints=(failing,)) == {("CHECK_NOT_JUDGED", "")}


def test_uniqueness_is_left_to_commit_where_it_holds() -> None:
    twice = Constraint("c.u", "u", "Taken", unique=("number",))
    assert judged(order(), constraints=(twice,)) == set()


def test_computed_and_archived_fields_are_not_judged() -> None:
    fields = (
        field("order", "x", "money", formula="1", required=True, min="5"),
        field("order", "y", required=True, archived=True),
        field("order", "n", "auto_number", required=True),
    )
    assert judged(Record("order", 1, {"x": Decimal(1)}), order=fields) == set()


# Editing


def test_fields_that_are_closed_are_named_when_somebody_changes_them() -> None:
    fields = (
        *ORDER_FIELDS,
        field("order", "limit", editable_if="urgent"),
        field("order", "fixed", read_only=True),
    )
    lines = (*LINE_FIELDS, field("line", "note", editable_if="parent.urgent"))
    context = around(office(order=fields, line=lines))
    before = order(line(11, note="a"), limit="1", fixed="1", urgent=False)
    after = before.with_values({"limit": "2", "fixed": "2"}).but(
        lines={"lines": (line(11, note="b"), line(12, note="c"))},
    )
    assert found(uneditable(context, before, after)) == {
        ("FIELD_NOT_EDITABLE", "/limit"),
        ("FIELD_READ_ONLY", "/fixed"),
        ("FIELD_NOT_EDITABLE", "/lines/0/note"),
    }


def test_a_field_is_open_as_the_record_was_before() -> None:
    fields = (*ORDER_FIELDS, field("order", "limit", editable_if="urgent"))
    context = around(office(order=fields))
    shut = order(limit="1", urgent=False)
    assert found(uneditable(context, shut, shut.with_values({"limit": "2", "urgent": True}))) == {
        ("FIELD_NOT_EDITABLE", "/limit")
    }
    opened = order(limit="1", urgent=True)
    assert uneditable(context, opened, opened.with_values({"limit": "2", "urgent": False})) == ()
