"""Evaluating: what an expression makes of plain values, and what it says where it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from builder.expressions import ExpressionError, compile_expression, quantise, that_reads
from tests.expressions.world import VALUES, Names, World


def evaluated(source: str, values: Mapping[str, Any] = VALUES) -> Any:
    return compile_expression(source, Names()).evaluate(values, World())


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("quantity * price", "1248.750"),
        ("quantity * price * (1 - discount / 100)", "1155.093750000000000"),
        ("0.1 + 0.2", "0.3"),
        ("-quantity", "-12.5"),
        ("1 / 3", "0.333333333333"),
        ("2 / 3", "0.666666666667"),
        ("-2 / 3", "-0.666666666667"),
        ("5 - 2 - 1", "2"),
        ("2 + 3 * 4", "14"),
        ("SUM(lines.amount)", "30.50"),
    ],
)
def test_numbers_are_exact(source: str, result: str) -> None:
    found = evaluated(source)
    assert isinstance(found, Decimal)
    assert found == Decimal(result)


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("customer.level", "A"),
        ("note if urgent else 'none'", "call first"),
        ("customer.limit", None),
        ("due", date(2026, 3, 9)),
        ("TODAY()", date(2026, 3, 2)),
        ("tags", ("new", "big")),
        ("[1, 2] == [1, 2]", True),
        ("state in ['draft', 'approved']", True),
        ("state not in ('draft', 'approved')", False),
        ("customer.limit in [None, 1]", True),
        ("'new' in tags", True),
        ("price in lines.amount", False),
        ("1 < quantity <= 12.5 < price", True),
        ("1 < quantity <= 12 < price", False),
        ("urgent and not quantity < 3", True),
        ("quantity == 12.50", True),
        ("state != None", True),
    ],
)
def test_values_of_every_kind(source: str, result: Any) -> None:
    assert evaluated(source) == result


@pytest.mark.parametrize(
    ("source", "result"),
    [
        ("customer.limit + 1", None),
        ("-customer.limit", None),
        ("customer.limit > 0", False),
        ("customer.limit <= 0", False),
        ("customer.limit == None", True),
        ("customer.limit != 0", True),
        ("not (customer.limit > 0)", True),
        ("1 if None else 2", Decimal(2)),
        ("None and urgent", False),
        ("None or urgent", True),
        ("customer.limit / 0", None),
    ],
)
def test_nothing_makes_nothing_and_is_never_more_or_less(source: str, result: Any) -> None:
    assert evaluated(source) == result


@pytest.mark.parametrize(
    "source",
    [
        "1 if urgent else 1 / 0",
        "urgent or 1 / 0 > 1",
        "not urgent and 1 / 0 > 1",
        "IF(urgent, 1, 1 / 0)",
        "IFS(urgent, 1, 1 / 0 > 1, 2, 3)",
        "5 < 3 < 1 / 0",
    ],
)
def test_what_is_not_chosen_is_not_worked_out(source: str) -> None:
    evaluated(source)


def test_if_without_another_value_is_nothing() -> None:
    assert evaluated("IF(not urgent, 1)") is None
    assert evaluated("IFS(not urgent, 1, quantity > 90, 2)") is None
    assert evaluated("IFS(not urgent, 1, quantity > 9, 2, 3)") == 2


def test_a_value_between_two_comparisons_is_worked_out_once() -> None:
    world = World()
    expression = compile_expression("0 <= BALANCE('stock', 'on_hand', item) < 5", Names())
    assert expression.evaluate(VALUES, world) is True
    assert world.asked == [("stock", "on_hand", 11)]


@pytest.mark.parametrize(
    ("source", "reason", "position"),
    [
        ("1 + quantity / (price - price)", "division", 4),
        ("quantity +\n 1 / 0", "division", 12),
        ("1 if urgent and 1 / 0 > 1 else 2", "division", 16),
        ("9999999999999999999999999999 * 10", "digits", 0),
        ("9999999999999999999999999999 + 1", "digits", 0),
    ],
)
def test_what_fails_says_why_and_where(source: str, reason: str, position: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluated(source)
    assert caught.value.code == "EXPRESSION_FAILED"
    assert caught.value.params["reason"] == reason
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("source", "values", "reason"),
    [
        ("a + 1", {"a": "text"}, "number"),
        ("a + 1", {"a": True}, "number"),
        ("a + 1", {"a": 1.5}, "number"),
        ("a < 1", {"a": "text"}, "order"),
        ("1 if a else 2", {"a": "text"}, "truth"),
        ("1 if a else 2", {"a": 1}, "truth"),
        ("1 in a", {"a": "text"}, "list"),
        ("a", {}, "missing"),
        ("ROUND(a, 2)", {"a": "text"}, "number"),
        ("TODAY()", {}, "environment"),
    ],
)
def test_a_value_of_another_kind_than_was_said_is_refused(
    source: str, values: Mapping[str, Any], reason: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(source).evaluate(values)
    assert (caught.value.code, caught.value.params["reason"]) == ("EXPRESSION_FAILED", reason)
    assert caught.value.position is not None


def test_a_reference_is_a_number_without_being_one() -> None:
    assert compile_expression("a == b").evaluate({"a": 7, "b": 7}) is True
    assert compile_expression("a == b").evaluate({"a": True, "b": 1}) is False
    assert compile_expression("a in [b, 2]").evaluate({"a": True, "b": 1}) is False


def test_a_text_with_what_looks_like_code_is_a_text() -> None:
    text = "__import__(os).system(x) {0} %s"
    assert evaluated(f"'{text}'") == text


def test_values_are_read_and_never_changed() -> None:
    values = {"a": (Decimal(2), Decimal(1)), "b": Decimal(1)}
    before = dict(values)
    compile_expression("SUM(SORT(a)) + b").evaluate(values)
    assert values == before


def test_a_long_sum_needs_no_deep_stack() -> None:
    assert compile_expression("+".join(["a"] * 150)).evaluate({"a": Decimal(2)}) == 300


@pytest.mark.parametrize(
    ("value", "scale", "kept"),
    [
        ("0.125", 2, "0.13"),
        ("-0.125", 2, "-0.13"),
        ("2.5", 0, "3"),
        ("1", 4, "1.0000"),
        ("0.004999", 2, "0.00"),
    ],
)
def test_assigning_rounds_half_up(value: str, scale: int, kept: str) -> None:
    assert str(quantise(Decimal(value), scale)) == kept


@pytest.mark.parametrize(
    ("source", "part"),
    [
        ("parent.kind == 'a' and item != None", "(parent.kind == 'a')"),
        (
            "item != None and (parent.kind == 'a' or parent.other) and parent.kind",
            "(parent.kind == 'a' or parent.other) and (parent.kind)",
        ),
        ("parent.kind == 'a' and parent.other", "parent.kind == 'a' and parent.other"),
        ("parent.kind == item", None),
        ("parent.kind == 'a' or item != None", None),
        ("item != None and True", None),
    ],
)
def test_what_must_hold_together_is_parted_by_what_it_reads(source: str, part: str | None) -> None:
    found = that_reads(compile_expression(source), lambda path: path.startswith("parent."))
    assert (found.source if found is not None else None) == part
