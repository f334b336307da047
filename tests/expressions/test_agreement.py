"""Agreement: thousands of generated expressions mean the same to compiled code, to the explaining walker and to the browser."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest

from builder.expressions import Expression, ExpressionError, compile_expression
from builder.expressions.browser import value_json
from builder.expressions.explain import explain
from builder.expressions.to_json import to_json
from tests.expressions.generated import NAMES, Generator
from tests.expressions.world import Names, World

SCOPE = Names(NAMES)
WALK = Path(__file__).parent / "walk.mjs"


@dataclass(frozen=True)
class Sample:
    expression: Expression
    values: dict[str, Any]


def samples(seed: int, count: int) -> Iterator[Sample]:
    """Expressions that the gate and the types let through, each with values."""
    generator = Generator(Random(seed))
    while count:
        try:
            expression = compile_expression(generator.some(4), SCOPE)
        except ExpressionError as error:
            # A generated expression may be too long; it is never wrong.
            if error.code != "EXPRESSION_BUDGET":
                raise
            continue
        count -= 1
        yield Sample(expression, generator.values())


def outcome(expression: Expression, values: dict[str, Any]) -> tuple[str, Any]:
    try:
        return "result", expression.evaluate(values, World())
    except ExpressionError as error:
        return str(error.params["reason"]), error.position


def same(one: Any, other: Any) -> bool:
    """Equal, of the same kind, and a number written with the same digits."""
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and str(one) == str(other)


def agree(seed: int, count: int) -> dict[str, int]:
    seen: dict[str, int] = {}
    for sample in samples(seed, count):
        kind, result = outcome(sample.expression, sample.values)
        explained = explain(sample.expression, sample.values, World())
        source = (sample.expression.source, sample.values)
        if kind == "result":
            assert explained.error is None, source
            assert same(explained.result, result), source
        else:
            assert explained.error is not None, source
            assert (explained.error.params["reason"], explained.error.position) == (kind, result), source
        seen[kind] = seen.get(kind, 0) + 1
    return seen


def test_compiled_code_and_the_explaining_walker_agree() -> None:
    seen = agree(seed=1, count=5000)
    assert seen["result"] > 2500
    assert seen["division"] > 0
    assert not seen.keys() & {"missing", "environment", "value"}


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 12))
def test_they_agree_on_many_more(seed: int) -> None:
    agree(seed, 5000)


# Exactness ------------------------------------------------------------------------------------------------------------


def exactly(source: str, values: dict[str, Decimal]) -> Fraction:
    """Sums, differences and products over fractions, which lose nothing."""
    return eval(source, {"__builtins__": {}}, {k: Fraction(v) for k, v in values.items()})  # type: ignore[no-any-return]


def worked_out(source: str, values: dict[str, Decimal]) -> Fraction:
    found = compile_expression(source).evaluate(values)
    assert isinstance(found, Decimal)
    return Fraction(found)


def test_sums_and_products_are_those_of_fractions() -> None:
    random = Random(7)
    for _ in range(1000):
        values = {
            name: Decimal(random.randint(-(10**6), 10**6)).scaleb(-random.randint(0, 4)) for name in "abcd"
        }
        ops = [random.choice("+-*") for _ in range(3)]
        source = f"(a {ops[0]} b) {ops[1]} (c {ops[2]} d)"
        assert worked_out(source, values) == exactly(source, values)


def test_quotients_are_the_nearest_of_twelve_digits_half_away_from_zero() -> None:
    random = Random(8)
    for _ in range(1000):
        a, b = random.randint(-(10**9), 10**9), random.choice((3, 7, -9, 2**13, 10**12 * 2, 12345))
        found = worked_out("a / b", {"a": Decimal(a), "b": Decimal(b)})
        exact = Fraction(a, b)
        rounded = int(abs(exact) * 10**12 + Fraction(1, 2))
        assert found == (rounded if exact >= 0 else -rounded) * Fraction(1, 10**12)


# The browser ----------------------------------------------------------------------------------------------------------


def received(answer: Any) -> Any:
    """What came back, in a form that says nothing about trailing zeros."""
    if isinstance(answer, list):
        return [received(item) for item in answer]
    if isinstance(answer, dict) and "n" in answer:
        return {"n": Decimal(answer["n"])}
    if isinstance(answer, dict) and "i" in answer:
        return {"i": datetime.fromisoformat(answer["i"])}
    return {"c": time.fromisoformat(answer["c"])} if isinstance(answer, dict) and "c" in answer else answer


def in_the_browser(found: list[Sample]) -> list[dict[str, Any]]:
    world = World()
    task = {
        "world": {
            "today": value_json(world.today()),
            "now": value_json(world.now()),
            "user": value_json(world.user()),
            "zone": world.zone,
        },
        "cases": [
            {"tree": to_json(s.expression), "values": {k: value_json(v) for k, v in s.values.items()}}
            for s in found
        ],
    }
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, str(WALK)], input=json.dumps(task), capture_output=True, text=True, check=True
    )
    answers: list[dict[str, Any]] = json.loads(done.stdout)
    return answers


def agree_in_the_browser(seed: int, count: int) -> int:
    """How many of them the browser could work out."""
    found = list(samples(seed, count))
    known = 0
    for sample, answer in zip(found, in_the_browser(found), strict=True):
        if answer.get("reason") == "function":
            continue
        known += 1
        kind, result = outcome(sample.expression, sample.values)
        source = (sample.expression.source, sample.values, answer)
        if kind == "result":
            assert "value" in answer, source
            assert received(answer["value"]) == received(value_json(result)), source
        else:
            assert answer.get("reason") == kind, source
    return known


def test_the_browser_agrees() -> None:
    assert agree_in_the_browser(seed=21, count=5000) > 4500


@pytest.mark.long
@pytest.mark.parametrize("seed", range(22, 27))
def test_the_browser_agrees_on_many_more(seed: int) -> None:
    agree_in_the_browser(seed, 5000)
