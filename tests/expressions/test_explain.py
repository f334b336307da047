"""Explaining: the same result as evaluating, with every step that was taken."""

from __future__ import annotations

from typing import Any

from builder.expressions import compile_expression
from builder.expressions.explain import Explanation, explain
from tests.expressions.world import VALUES, Names, World


def explained(source: str) -> Explanation:
    return explain(compile_expression(source, Names()), VALUES, World())


def steps(found: Explanation) -> list[tuple[str, Any]]:
    return [
        (step.text, step.value if not hasattr(step.value, "as_tuple") else str(step.value))
        for step in found.steps
    ]


def test_every_step_with_its_value_inner_ones_first() -> None:
    found = explained("quantity * (price - 0.90) > 100")
    assert found.result is True
    assert steps(found) == [
        ("quantity", "12.5"),
        ("price", "99.90"),
        ("price - 0.90", "99.00"),
        ("quantity * (price - 0.90)", "1237.500"),
        ("quantity * (price - 0.90) > 100", True),
    ]
    assert [step.depth for step in found.steps] == [2, 3, 2, 1, 0]


def test_what_was_not_needed_is_no_step() -> None:
    assert steps(explained("price if urgent else quantity / 0")) == [
        ("urgent", True),
        ("price", "99.90"),
        ("price if urgent else quantity / 0", "99.90"),
    ]
    assert [text for text, _ in steps(explained("urgent or quantity > 3"))] == [
        "urgent",
        "urgent or quantity > 3",
    ]


def test_functions_are_steps_and_ask_the_same_world() -> None:
    found = explained("IF(SUM(lines.amount) > 30, TODAY(), due)")
    assert found.result == World().today()
    assert [text for text, _ in steps(found)] == [
        "lines.amount",
        "SUM(lines.amount)",
        "SUM(lines.amount) > 30",
        "TODAY()",
        "IF(SUM(lines.amount) > 30, TODAY(), due)",
    ]


def test_a_failure_is_explained_up_to_where_it_happened() -> None:
    found = explained("1 + price / (quantity - quantity)")
    assert found.result is None
    assert found.error is not None
    assert (found.error.params["reason"], found.error.position) == ("division", 4)
    assert steps(found)[-1] == ("quantity - quantity", "0.0")


def test_a_missing_value_is_told() -> None:
    found = explain(compile_expression("a + 1"), {})
    assert found.error is not None
    assert found.error.params["name"] == "a"
