"""Every function says what it does in two languages, and every example it gives is true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from builder.expressions import compile_expression
from builder.expressions.decimals import number_text
from builder.expressions.functions import FUNCTIONS, Function


class World:
    """The environment in which the examples are true."""

    def __init__(self, zone: str = "UTC") -> None:
        self.zone = zone

    def today(self) -> date:
        return date(2026, 3, 15)

    def now(self) -> datetime:
        return datetime(2026, 3, 15, 8, 30, tzinfo=UTC)

    def user(self) -> int:
        return 7

    def balance(self, ledger: str, measure: str, keys: Sequence[Any]) -> Decimal:
        return Decimal(120)


def shown(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(shown, value))}]"
    if isinstance(value, Decimal):
        return number_text(value)
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def result(source: str, zone: str = "UTC", **values: Any) -> str:
    return shown(compile_expression(source).evaluate(values, World(zone)))


EXAMPLES = [(f.name, source, expected) for f in FUNCTIONS for source, expected in f.examples]


@pytest.mark.parametrize(("name", "source", "expected"), EXAMPLES, ids=[source for _, source, _ in EXAMPLES])
def test_example_is_true(name: str, source: str, expected: str) -> None:
    assert f"{name}(" in source
    assert result(source) == expected


@pytest.mark.parametrize("function", list(FUNCTIONS), ids=FUNCTIONS.names())
def test_function_explains_itself(function: Function) -> None:
    assert re.fullmatch("[A-Z][A-Z0-9_]*", function.name)
    assert function.examples
    for words in (function.label, function.help):
        assert set(words) == {"zh-CN", "en"}
        assert re.search("[\u4e00-\u9fff]", words["zh-CN"])
        assert words["en"]
        assert not re.search("[\u4e00-\u9fff]", re.sub("零|元|角", "", words["en"]))


def test_there_are_many() -> None:
    assert len(FUNCTIONS.names()) >= 60


def test_nothing_makes_nothing_unless_a_function_says_otherwise() -> None:
    assert result("ROUND(a, 2)", a=None) == "None"
    assert result("SUM(a)", a=(None, Decimal(1))) == "1"
