"""Filters from conditions: what a query can answer, never less than the expression says, and exactly that where it claims so."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from builder.expressions import compile_expression
from builder.expressions.to_filter import Pushed, to_filter
from builder.expressions.types import BOOL, NUMBER
from builder.metadata.filter import filter_of, matches
from tests.expressions.world import TYPES, Names, World

NAMES = Names({**TYPES, "setting.limit": NUMBER, "setting.strict": BOOL})
KNOWN: Mapping[str, Any] = {"setting.limit": Decimal(100), "setting.strict": True}


def pushed(source: str) -> Pushed | None:
    return to_filter(compile_expression(source, NAMES), NAMES, KNOWN, World())


def where(field: str, op: str, *value: Any) -> Mapping[str, Any]:
    return {"field": field, "op": op, "value": value[0]} if value else {"field": field, "op": op}


@pytest.mark.parametrize(
    ("source", "filter"),
    [
        ("quantity > 3.50", where("quantity", ">", "3.5")),
        ("3 <= quantity", where("quantity", ">=", "3")),
        ("state == 'done'", where("state", "=", "done")),
        ("state != 'done'", where("state", "!=", "done")),
        ("state in ['a', 'b']", where("state", "in", ["a", "b"])),
        ("customer.level not in ('A',)", where("customer.level", "not_in", ["A"])),
        ("customer == None", where("customer", "is_empty")),
        ("due != None", where("due", "not_empty")),
        ("owner == USER()", where("owner", "=", 3)),
        ("urgent", where("urgent", "=", True)),
        ("not urgent", {"not": where("urgent", "=", True)}),
        ("1 < quantity <= 5", {"and": [where("quantity", ">", "1"), where("quantity", "<=", "5")]}),
        ("BETWEEN(price, 1, 2)", {"and": [where("price", ">=", "1"), where("price", "<=", "2")]}),
        ("urgent or due < TODAY()", {"or": [where("urgent", "=", True), where("due", "<", "2026-03-02")]}),
        ("price > setting.limit * 2", where("price", ">", "200")),
        ("due < DATEADD(TODAY(), -30, 'days')", where("due", "<", "2026-01-31")),
        ("DATEADD(due, 7, 'days') < TODAY()", where("due", "<", "2026-02-23")),
        ("DATEDIFF(due, TODAY(), 'days') > 10", where("due", "<", "2026-02-20")),
        ("DATEDIFF(TODAY(), due, 'days') <= 3", where("due", "<=", "2026-03-05")),
        ("setting.strict", {"and": []}),
        ("not setting.strict and urgent", {"and": [{"not": {"and": []}}, where("urgent", "=", True)]}),
        ("1 > 2", {"or": []}),
    ],
)
def test_what_a_query_answers_exactly(source: str, filter: Mapping[str, Any]) -> None:
    assert pushed(source) == Pushed(filter, True)
    filter_of(filter)


@pytest.mark.parametrize(
    ("source", "filter"),
    [
        ("CONTAINS(note, 'Glass')", where("note", "contains", "Glass")),
        ("STARTSWITH(note, 'a')", where("note", "starts_with", "a")),
        ("urgent and quantity * price > 5", where("urgent", "=", True)),
        (
            "urgent and quantity > 1 and note == None",
            {"and": [where("urgent", "=", True), where("quantity", ">", "1")]},
        ),
    ],
)
def test_what_it_answers_generously(source: str, filter: Mapping[str, Any]) -> None:
    assert pushed(source) == Pushed(filter, False)


@pytest.mark.parametrize(
    "source",
    [
        "quantity * price > 5",
        "quantity / 2 == 1",
        "quantity > price",
        "urgent or quantity * 2 > 1",
        "not CONTAINS(note, 'x')",
        "note == None",
        "note != ''",
        "note < 'b'",
        "created_at > NOW()",
        "SUM(lines.amount) > 3",
        "'new' in tags",
        "quantity in [1, None]",
        "DATEDIFF(due, TODAY(), 'months') > 1",
        "DATEADD(due, 0.5, 'days') < TODAY()",
        "price > setting.limit / 0",
        "LEN(note) > 3",
    ],
)
def test_what_it_cannot_answer_is_left_to_the_expression(source: str) -> None:
    assert pushed(source) is None


def test_without_an_environment_nothing_volatile_is_worked_out() -> None:
    assert to_filter(compile_expression("due < TODAY()", NAMES), NAMES) is None


# Generated ------------------------------------------------------------------------------------------------------------

ATOMS = (
    "quantity > {n}", "{n} >= price", "quantity == {n}", "price != {n}", "state == '{s}'", "state != '{s}'",
    "state in ['{s}', 'b']", "state not in ['{s}', 'b']", "customer == None", "due != None", "owner == USER()",
    "urgent", "not urgent", "{n} < quantity <= price", "BETWEEN(price, {n}, 3)", "due < TODAY()",
    "due == DATEADD(TODAY(), {n}, 'days')", "DATEDIFF(due, TODAY(), 'days') > {n}", "DATEDIFF(TODAY(), due) != {n}",
    "CONTAINS(note, '{s}')", "STARTSWITH(note, '{s}')", "quantity * 2 > {n}", "note == None", "setting.strict",
)  # fmt: skip


def condition(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.3:
        return random.choice(ATOMS).format(n=random.randint(-2, 4), s=random.choice("abAB"))
    if random.random() < 0.2:
        return f"not ({condition(random, depth - 1)})"
    joint = random.choice((" and ", " or "))
    return joint.join(f"({condition(random, depth - 1)})" for _ in range(random.randint(2, 3)))


def record(random: Random) -> dict[str, Any]:
    def maybe(value: Any) -> Any:
        return value if random.random() < 0.8 else None

    return {
        "quantity": maybe(Decimal(random.randint(-2, 4))),
        "price": maybe(Decimal(random.randint(-20, 40)) / 10),
        "state": maybe(random.choice("abAB")),
        "note": maybe(random.choice(("", "a", "Ab", "bA b", "xyz"))),
        "urgent": maybe(random.random() < 0.5),
        "due": maybe(date(2026, 3, 2) + timedelta(days=random.randint(-4, 4))),
        "created_at": datetime(2026, 3, 1, tzinfo=UTC),
        "customer": maybe(7),
        "owner": maybe(random.choice((3, 4))),
        **KNOWN,
    }


def test_a_filter_passes_what_holds_and_nothing_else_where_it_is_exact() -> None:
    random = Random(20260302)
    exact = 0
    for _ in range(1500):
        source = condition(random, 3)
        found = pushed(source)
        if found is None:
            continue
        exact += found.exact
        expression = compile_expression(source, NAMES)
        for _ in range(12):
            values = record(random)
            holds = bool(expression.evaluate(values, World()))
            passes = matches(found.filter, values)
            assert passes or not holds, (source, values)
            assert passes is holds or not found.exact, (source, values)
    assert exact > 300
