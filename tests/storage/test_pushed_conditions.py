"""Conditions pushed down to queries: the database finds what the expression holds for, and nothing else where the filter is exact."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from builder.expressions import compile_expression
from builder.expressions.to_filter import to_filter
from builder.metadata.scopes import RecordScope
from builder.record import Record
from builder.storage import query as queries
from builder.storage.database import Database
from builder.storage.query import FilterContext
from tests.storage.world import ACTOR, NOW, ORDER, PACKAGE, TODAY, World

SCOPE = RecordScope(PACKAGE, ORDER)
CONDITIONS = (
    "total > {n}", "{n} >= total", "total == {n}.50", "total != {n}", "{n} < total <= 3", "BETWEEN(total, {n}, 3.25)",
    "state == '{state}'", "state != '{state}'", "state in ['{state}', 'voided']", "state not in ['{state}']",
    "customer.level == '{level}'", "customer.level != '{level}'", "customer.level in ['{level}']", "customer.active",
    "not customer.active", "customer == None", "customer != None", "due == None", "due < TODAY()", "due >= TODAY()",
    "due == DATEADD(TODAY(), {n}, 'days')", "DATEADD(due, {n}, 'days') <= TODAY()", "DATEDIFF(due, TODAY(), 'days') > {n}",
    "DATEDIFF(TODAY(), due) != {n}", "created_by == USER()", "CONTAINS(number, '{level}')", "STARTSWITH(number, '{level}')",
    "number == '{level}1'", "total * 2 > {n}", "total + 1 > {n}", "1 > 2",
)  # fmt: skip


@dataclass(frozen=True)
class Env:
    def today(self) -> date:
        return TODAY

    def now(self) -> datetime:
        return NOW

    def user(self) -> int:
        return ACTOR

    def balance(self, ledger: str, measure: str, keys: Sequence[Any]) -> Decimal:
        raise AssertionError("no condition here asks for a balance")


def condition(random: Random, depth: int) -> str:
    if depth == 0 or random.random() < 0.3:
        state, level = random.choice(("draft", "approved")), random.choice("ABab")
        return random.choice(CONDITIONS).format(n=random.randint(-2, 4), state=state, level=level)
    if random.random() < 0.2:
        return f"not ({condition(random, depth - 1)})"
    joint = random.choice((" and ", " or "))
    return joint.join(f"({condition(random, depth - 1)})" for _ in range(random.randint(2, 3)))


@pytest.fixture
def world(database: Database) -> World:
    return World(database)


def orders(world: World, random: Random) -> Iterator[tuple[Record, Mapping[str, Any]]]:
    """Stored orders, each with the values that expressions see of it."""
    people = [
        world.add("customer", {"code": f"C{i}", "name": "x", "level": level, "active": active})
        for i, (level, active) in enumerate((("A", True), ("B", False), (None, None)))
    ]
    for i in range(40):
        customer = random.choice((*people, None))
        values: dict[str, Any] = {
            "number": f"{random.choice('ABab')}{i}",
            "customer": customer.id if customer else None,
            "total": random.choice((None, Decimal(random.randint(-8, 16)) / 4)),
            "due": random.choice((None, *(TODAY + timedelta(days=d) for d in range(-4, 5)))),
        }
        state = random.choice(("draft", "approved", "voided"))
        around = {
            "state": state,
            "created_by": ACTOR,
            "customer.level": customer.get("level") if customer else None,
            "customer.active": customer.get("active") if customer else None,
        }
        yield world.add("order", values, state=state), values | around


def test_the_database_finds_what_the_expression_holds_for(world: World) -> None:
    random = Random(5)
    stored = list(orders(world, random))
    exact = 0
    with world.database.snapshot() as conn:
        for _ in range(300):
            source = condition(random, 3)
            expression = compile_expression(source, SCOPE)
            pushed = to_filter(expression, SCOPE, {}, Env())
            if pushed is None:
                continue
            filters = FilterContext(today=TODAY, user_id=ACTOR)
            found = queries.find(
                conn, world.maps, PACKAGE, world.ws, "order", pushed.filter, filters, limit=100
            )
            ids = {record.id for record in found}
            holds = {record.id for record, values in stored if expression.evaluate(values, Env())}
            assert holds <= ids, source
            assert ids == holds or not pushed.exact, source
            exact += pushed.exact
    assert exact > 100
