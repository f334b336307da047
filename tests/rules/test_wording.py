"""Words of rules: values as people read them, and a text for every refusal in each language."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from builder.errors import Problem
from builder.record import Record
from builder.rules.wording import displayed, filled
from tests.rules.office import CUSTOMER, SELLER, around, field, office, order, words


def test_values_are_said_as_people_read_them() -> None:
    level, discount = CUSTOMER.field("level"), CUSTOMER.field("discount")
    context = around(office())
    money = field("order", "m", "money")
    assert displayed(Decimal("1234567.5"), money, "en") == "1,234,567.50"
    assert displayed(Decimal("2.500"), None, "en") == "2.5"
    assert displayed(Decimal("100"), None, "en") == "100"
    assert displayed("a", level, "zh-CN") == "甲"
    assert displayed("a", level, "en") == "First"
    assert displayed("gone", level, "en") == "gone"
    assert displayed(True, None, "zh-CN") == "是"
    assert displayed(False, None, "en") == "no"
    assert displayed((date(2026, 1, 2), None, "x"), None, "zh-CN") == "2026-01-02、x"
    assert displayed(SELLER, field("order", "salesman", "user"), "en", context) == "user 7"
    assert displayed(None, discount, "en") == ""


def test_places_that_nobody_knows_are_not_guessed() -> None:
    context = around(office())
    said = filled("{number} {customer.name} {nothing} {number.x} {}", context, order())
    assert isinstance(said, dict)
    assert said["en"].startswith("SO-1 Acme ")
    assert filled(None, context, order()) == ""
    assert filled("plain", context, order()) == "plain"


def test_a_text_from_a_value_is_not_filled_again() -> None:
    context = around(office(), Record("customer", 70, {"name": "{number}", "active": True}, version=1))
    said = filled("{customer}", context, order(customer=70))
    assert isinstance(said, dict)
    assert said["en"] == "{number}"


@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_every_refusal_of_rules_has_words(locale: str) -> None:
    for code in (
        "RULE_REFUSED", "RULE_FAILED", "RULE_DEPTH", "RULE_BUDGET", "RULE_LOOP", "RULE_ACTION_MISPLACED", "RULE_RECORD_GONE",
        "CHECK_FAILED", "CHECK_NOT_JUDGED", "CONDITION_FAILED", "FORMULA_FAILED", "REQUIRED", "REFERENCE_MISSING",
        "REFERENCE_ARCHIVED", "REFERENCE_NOT_ALLOWED", "FIELD_READ_ONLY", "FIELD_NOT_EDITABLE",
    ):  # fmt: skip
        assert words(Problem(code))[locale] != code
