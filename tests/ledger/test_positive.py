"""Sums of measures are asked of the database; what is no sum is worked out row by row."""

from __future__ import annotations

import pytest

from builder.expressions import compile_expression
from builder.ledger.positive import terms_of


@pytest.mark.parametrize(
    ("source", "terms"),
    [
        ("on_hand", {"on_hand": 1}),
        ("on_hand - held", {"on_hand": 1, "held": -1}),
        ("on_hand - (held - counting)", {"on_hand": 1, "held": -1, "counting": 1}),
        ("-held + on_hand - held", {"held": -2, "on_hand": 1}),
        ("on_hand * 2", None),
        ("on_hand - 1", None),
        ("MAX(on_hand, 0)", None),
    ],
)
def test_the_measures_of_a_sum(source: str, terms: dict[str, int] | None) -> None:
    assert terms_of(compile_expression(source)) == terms
