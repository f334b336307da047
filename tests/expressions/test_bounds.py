"""Bounds: what single names must keep wherever an expression is true."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.expressions import compile_expression
from builder.expressions.bounds import bounds_of

HELD = {"==": Decimal.__eq__, "!=": Decimal.__ne__, "<": Decimal.__lt__, "<=": Decimal.__le__, ">": Decimal.__gt__, ">=": Decimal.__ge__}  # fmt: skip


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("on_hand < 0 and value == 0", ["on_hand < 0", "value == 0"]),
        ("0 <= a < 7", ["a >= 0", "a < 7"]),
        ("-1.5 != a", ["a != -1.5"]),
        ("a > 1 and (b > 2 or c > 3) and (d > 4 and e > 5)", ["a > 1", "d > 4", "e > 5"]),
        ("a < 0 or b < 0", []),
        ("not (a < 0)", []),
        ("a < b and c + 1 > 2 and d == 'x' and f", []),
        ("IF(a > 1, b > 2, c > 3)", []),
    ],
)
def test_comparisons_with_numbers_that_are_joined_by_and(source: str, found: list[str]) -> None:
    assert [f"{b.path} {b.op} {b.number}" for b in bounds_of(compile_expression(source))] == found


COMPARISONS = st.builds(
    "{} {} {}".format, st.sampled_from("ab"), st.sampled_from(list(HELD)), st.integers(-2, 2)
)
SOURCES = st.recursive(
    COMPARISONS, lambda part: st.builds("({} {} {})".format, part, st.sampled_from(["and", "or"]), part)
)


@given(SOURCES, st.integers(-3, 3), st.integers(-3, 3))
def test_where_an_expression_is_true_its_bounds_hold(source: str, a: int, b: int) -> None:
    expression = compile_expression(source)
    values = {"a": Decimal(a), "b": Decimal(b)}
    if expression.evaluate(values):
        assert all(HELD[bound.op](values[bound.path], bound.number) for bound in bounds_of(expression))
