"""The browser answers what the server answers: thousands of expressions by chance, evaluated by both, and every example."""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from builder.expressions import Expression, ExpressionError, compile_expression
from builder.expressions.browser import KNOWN, unknown_functions, value_json
from builder.expressions.decimals import number_text
from builder.expressions.functions import FUNCTIONS
from builder.expressions.to_json import to_json
from tests.expressions.generate import TYPES, VALUES, Chance
from tests.expressions.world import Names

SCRIPT = Path(__file__).with_name("run_javascript.mjs")


class World:
    """The same moment on both sides."""

    def __init__(self, zone: str) -> None:
        self.zone = zone

    def today(self) -> date:
        return date(2026, 3, 15)

    def now(self) -> datetime:
        return datetime(2026, 3, 15, 8, 30, tzinfo=UTC)

    def user(self) -> int:
        return 7

    def balance(self, ledger: str, measure: str, keys: Sequence[Any]) -> Decimal:
        return Decimal(120)


def in_browser(expressions: Iterable[Expression], zone: str) -> dict[str, Any]:
    world = World(zone)
    given = {
        "values": {path: value_json(value) for path, value in VALUES.items()},
        "world": {
            "today": value_json(world.today()),
            "now": value_json(world.now()),
            "user": value_json(world.user()),
            "zone": zone,
        },
        "trees": [to_json(expression) for expression in expressions],
    }
    done = subprocess.run(
        ["node", str(SCRIPT)],
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def on_server(expression: Expression, zone: str) -> dict[str, Any]:
    try:
        return {"value": value_json(expression.evaluate(VALUES, World(zone)))}
    except ExpressionError as error:
        return {"failed": error.params.get("reason", error.code)}


def plain(value: Any) -> Any:
    """Numbers by value, not by how many zeros they carry."""
    if isinstance(value, dict) and "n" in value:
        return {"n": number_text(Decimal(value["n"]))}
    return [plain(one) for one in value] if isinstance(value, list) else value


def same(server: dict[str, Any], browser: dict[str, Any]) -> bool:
    if "failed" in server or "failed" in browser:
        return "failed" in server and "failed" in browser and "not meant" not in browser["failed"]
    return bool(plain(server["value"]) == plain(browser["value"]))


def generated(seed: int, count: int) -> list[Expression]:
    chance = Chance(seed, sorted(KNOWN))
    names = Names(TYPES, {})
    made: list[Expression] = []
    turn = 0
    while len(made) < count:
        function = chance.functions[turn // 2 % len(chance.functions)] if turn % 2 else None
        turn += 1
        try:
            made.append(compile_expression(chance.expression(function), names))
        except ExpressionError:
            continue
    return made


@pytest.mark.parametrize(("zone", "seed"), [("UTC", 1), ("Asia/Shanghai", 2), ("Europe/Berlin", 3)])
def test_both_answer_the_same(zone: str, seed: int) -> None:
    expressions = generated(seed, 3000)
    answers = in_browser(expressions, zone)["results"]
    differ, answered = [], Counter[str]()
    for expression, browser in zip(expressions, answers, strict=True):
        server = on_server(expression, zone)
        answered["failed" if "failed" in server else "value"] += 1
        if not same(server, browser):
            differ.append(f"{expression.source}\n  server {server}\n  browser {browser}")
    assert not differ, f"{len(differ)} differ\n" + "\n".join(differ[:12])
    assert answered["value"] > answered["failed"]


def test_every_example_is_true_in_the_browser() -> None:
    examples = [
        (compile_expression(source), expected)
        for function in FUNCTIONS
        for source, expected in function.examples
    ]
    known = [(expression, expected) for expression, expected in examples if not unknown_functions(expression)]
    answers = in_browser([expression for expression, _ in known], "UTC")["results"]
    for (expression, _), browser in zip(known, answers, strict=True):
        assert same(on_server(expression, "UTC"), browser), (expression.source, browser)


def test_the_server_knows_what_the_browser_knows() -> None:
    assert set(in_browser([], "UTC")["known"]) == KNOWN
    assert set(FUNCTIONS.names()) - KNOWN == {"BALANCE"}


def test_what_the_browser_cannot_call_is_told() -> None:
    assert unknown_functions(compile_expression("1 + BALANCE('stock', 'on_hand')")) == {"BALANCE"}
    assert not unknown_functions(compile_expression("SUM([1, 2])"))
