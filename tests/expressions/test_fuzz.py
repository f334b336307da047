"""Noise: whatever is typed, the answer is an expression or one kind of error, and never anything else."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.expressions import ExpressionError, compile_expression
from builder.expressions.explain import explain
from builder.expressions.to_json import to_json
from tests.expressions.world import VALUES, Names, World

PIECES = (
    "a", "quantity", "lines.amount", "__class__", "1", "0.5", "'x'", '"', "'", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", "**",
    "//", "%", "==", "=", "!=", "<", ">=", "not", "and", "or", "in", "if", "else", "is", "lambda", ":", "{", "}", "\\", "SUM(", "IF(",
    "ROUND", "None", "True", "for", " ", "\n", "\t", "客", "，", "（", "\x00", "@", "$", "#", ";", "f'", "0x", "1e9", "_", "await",
)  # fmt: skip


def survives(source: str) -> bool:
    """Whether the source is an expression; if so, everything that is made from it is made."""
    try:
        expression = compile_expression(source, Names())
    except ExpressionError as error:
        assert error.position is not None  # noqa: PT017
        assert 0 <= error.position <= len(source)  # noqa: PT017
        return False
    to_json(expression)
    explain(expression, VALUES, World())
    try:
        expression.evaluate(VALUES, World())
    except ExpressionError as error:
        assert error.code == "EXPRESSION_FAILED"  # noqa: PT017
    return True


def soup(random: Random) -> str:
    glue = random.choice(("", " "))
    return glue.join(random.choice(PIECES) for _ in range(random.randint(1, 14)))


def test_pieces_of_code_in_any_order() -> None:
    random = Random(3)
    assert sum(survives(soup(random)) for _ in range(10_000)) > 50


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_more_pieces(seed: int) -> None:
    random = Random(seed)
    for _ in range(50_000):
        survives(soup(random))


@given(st.text(max_size=60))
def test_any_text(source: str) -> None:
    survives(source)


@given(st.text(alphabet="()[]-+*/<>=!,.'\"abSUM01 \\n", max_size=80))
def test_any_text_of_the_alphabet(source: str) -> None:
    survives(source)
