"""The gate: only the language gets through, and every refusal is one kind of error that says where."""

from __future__ import annotations

import json
import tracemalloc
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builder.errors import BuilderError
from builder.expressions import ExpressionError, compile_expression
from builder.expressions.parse import MAX_NODES, parse
from builder.expressions.tokens import MAX_SOURCE
from builder.expressions.tree import walk


@pytest.mark.parametrize(
    "source",
    [
        "quantity * price",
        "-quantity + 3.50",
        "a < b <= c",
        "state in ('draft', 'approved') and not urgent",
        "1 if urgent else None",
        "SUM(lines.amount)",
        '"it is " == note',
        "a\n+ b",
        "'客户' == name",
    ],
)
def test_the_language_gets_through(source: str) -> None:
    assert list(walk(parse(source).root))


@pytest.mark.parametrize(
    ("source", "code", "position"),
    [
        ("a = 1", "EXPRESSION_SYNTAX", 2),
        ("a ** 2", "EXPRESSION_FORBIDDEN", 2),
        ("a % 2", "EXPRESSION_SYNTAX", 2),
        ("lambda: 1", "EXPRESSION_FORBIDDEN", 0),
        ("a.__class__", "EXPRESSION_FORBIDDEN", 2),
        ("'x'.upper()", "EXPRESSION_FORBIDDEN", 0),
        ("items[0]", "EXPRESSION_FORBIDDEN", 0),
        ("{'a': 1}", "EXPRESSION_SYNTAX", 0),
        ("f'{a}'", "EXPRESSION_SYNTAX", 1),
        ("[x for x in a]", "EXPRESSION_FORBIDDEN", 3),
        ("ROUND(a, digits=2)", "EXPRESSION_SYNTAX", 15),
        ("MAX(*a)", "EXPRESSION_FORBIDDEN", 0),
        ("a is None", "EXPRESSION_FORBIDDEN", 2),
        ("a; b", "EXPRESSION_SYNTAX", 1),
        ("1e5", "EXPRESSION_SYNTAX", 1),
        ("a +", "EXPRESSION_SYNTAX", 3),
        ("", "EXPRESSION_SYNTAX", 0),
        ("'open", "EXPRESSION_SYNTAX", 0),
        (r"'a\x41'", "EXPRESSION_SYNTAX", 2),
        (r"'\' + a.b + '\''", "EXPRESSION_SYNTAX", 1),
        ("'a\x00'", "EXPRESSION_SYNTAX", 2),
        ("'\ud800'", "EXPRESSION_SYNTAX", 1),
        ("a.b.c.d.e.f", "EXPRESSION_BUDGET", 0),
        ("1" * 29, "EXPRESSION_BUDGET", 0),
        ("(" * 21 + "1" + ")" * 21, "EXPRESSION_BUDGET", 20),
        ("+".join(["a"] * 200), "EXPRESSION_BUDGET", None),
        ("a" * (MAX_SOURCE + 1), "EXPRESSION_BUDGET", MAX_SOURCE),
    ],
)
def test_anything_else_is_refused_with_its_place(source: str, code: str, position: int | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert caught.value.code == code
    if position is not None:
        assert caught.value.position == position
        assert caught.value.params["position"] == position + 1


def test_a_full_width_bracket_is_answered_with_the_right_one() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse("SUM（lines.amount)")
    assert (caught.value.params["found"], caught.value.params["expected"]) == ("（", "(")


def test_as_many_nodes_as_the_budget_allows() -> None:
    terms = (MAX_NODES + 1) // 2
    assert compile_expression("+".join(["1"] * terms)).evaluate({}) == terms
    with pytest.raises(ExpressionError, match="BUDGET"):
        parse("+".join(["1"] * (terms + 1)))


# The attack cases -----------------------------------------------------------------------------------------------------

CASES = Path(__file__).parent / "attacks.json"


def _cases() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(CASES.read_text(encoding="utf-8"))
    return found


def _source(case: dict[str, Any]) -> str:
    """What is written out, or put together from parts that are repeated."""
    return str(case.get("source") or "".join(part * times for part, times in case.get("built", ())))


@pytest.mark.parametrize("case", _cases(), ids=lambda case: case["id"])
def test_an_attack_is_refused_for_little_memory(case: dict[str, Any]) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(ExpressionError) as caught:
            compile_expression(_source(case))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(caught.value, BuilderError)
    assert caught.value.code.startswith("EXPRESSION_")
    assert caught.value.position is not None
    assert peak < 20_000_000


def test_a_decimal_price_takes_a_decimal_constant() -> None:
    # EXP-034
    assert compile_expression("price + 0.1").evaluate({"price": Decimal("9.90")}) == Decimal("10.00")
