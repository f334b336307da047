"""Scenarios: one that does not hold says where; those of the templates are played in ``tests/catalog``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from builder.metadata.catalog import catalog
from builder.metadata.package import Package
from builder.metadata.report import Scenario, Step
from builder.runtime.differing import same
from builder.runtime.installing import template
from builder.runtime.scenarios import Result, Runner, junit, summary, words
from tests.runtime.world import open_world

GENERAL = template("general").package


@pytest.fixture(scope="module")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    """One scratch database; every scenario has an app of its own in it."""
    folder = tmp_path_factory.mktemp("scenarios")
    world = open_world(f"sqlite:///{folder}/scratch.db", folder)
    yield Runner(world.engine, GENERAL)
    world.engine.database.close()


def test_a_wrong_number_fails_at_its_step(runner: Runner) -> None:
    scenario = next(s for s in GENERAL.scenarios if s.key == "golden_4")
    steps = list(scenario.steps)
    at = next(i for i, s in enumerate(steps) if "balances" in s.expect)
    balance = dict(steps[at].expect["balances"][0], measures={"on_hand": "500.0001"})
    steps[at] = replace(steps[at], expect={"balances": [balance]})
    result = runner.run(replace(scenario, steps=tuple(steps)))
    assert result.failed is not None
    assert result.failed.number == at + 1
    assert [(d.wanted, d.found) for d in result.failed.differences] == [("500.0001", "500.0000")]


def test_what_nobody_can_look_at_fails(runner: Runner) -> None:
    """A word that is none would otherwise hold whatever happens."""
    step = Step("create", as_="role:boss", entity="warehouse", values={"code": "X", "name": "X"})
    result = runner.run(Scenario("u", "odd", "Odd", (replace(step, expect={"line": [{"quantity": "1"}]}),)))
    assert result.failed is not None
    assert [d.path for d in result.failed.differences] == ["line"]


def test_states_of_other_records_are_looked_at(runner: Runner) -> None:
    make = Step("create", id="w", as_="role:boss", entity="warehouse", values={"code": "Y", "name": "Y"})
    other = replace(make, id="v", values={"code": "Z", "name": "Z"}, expect={"states": {"$w": "approved"}})
    result = runner.run(Scenario("u", "states", "States", (make, other)))
    assert result.failed is not None
    assert [(d.path, d.wanted) for d in result.failed.differences] == [("states.$w", "approved")]


def test_a_refusal_that_nobody_expected_fails(runner: Runner) -> None:
    step = Step("create", as_="role:boss", entity="warehouse", values={})
    result = runner.run(Scenario("u", "refused", "Refused", (step,)))
    assert result.failed is not None
    assert result.failed.differences[0].path == "error"
    assert "REQUIRED" in result.failed.differences[0].found


def test_results_as_junit() -> None:
    scenario = Scenario("u", "a<b", "A", ())
    text = junit([Result(scenario)], "general")
    suite = ElementTree.fromstring(text)
    assert suite.attrib == {"name": "general", "tests": "1", "failures": "0"}
    assert summary([Result(scenario)]) == {"passed": 1, "failed": 0}


def test_the_catalog_has_its_templates(tmp_path: Path) -> None:
    assert "general" in set(catalog())
    assert isinstance(template("general").package, Package)


@pytest.mark.parametrize(
    ("wanted", "found", "is_same"),
    [
        ("1.50", "1.5", True),
        ("1.50", "1.51", False),
        (1, True, False),
        (None, "", True),
        ("a", "a", True),
        ("1", None, False),
    ],
)
def test_equality(wanted: object, found: object, is_same: bool) -> None:
    assert same(wanted, found) is is_same


def test_a_step_closes_a_ledger(runner: Runner) -> None:
    """What is dated in the closed days is refused; from the next day on it is accepted."""
    found = next(s for s in GENERAL.scenarios if s.key == "blind_count")
    opening = found.steps[:4]
    closing = Step("close", at="2026-01-06 09:00", as_="role:finance", ledger="stock", value="2026-01-05")
    values = {"warehouse": "$wh", "scope": "spot", "lines": [{"item": "$oil", "counted": "100"}]}
    dated = {**values, "business_date": "2026-01-05"}
    late = Step("create", as_="role:boss", id="pd", entity="stocktake", values=dated, submit=True)
    refused = Step(
        "transition", as_="role:boss", record="$pd", transition="approve", expect={"error": "PERIOD_CLOSED"}
    )
    again = Step("create", as_="role:boss", id="pd", entity="stocktake", values=values, submit=True)
    done = Step(
        "transition", as_="role:boss", record="$pd", transition="approve", expect={"state": "approved"}
    )
    result = runner.run(replace(found, steps=(*opening, closing, late, refused, again, done)))
    assert result.passed, words(result, "en")


@pytest.mark.parametrize(("expect", "code", "place"), [
    ({"values": ["5"]}, "E214", "/expect/values"),
    ({"balances": {"ledger": "stock"}}, "E214", "/expect/balances"),
    ({"balances": [{"ledger": "stock", "dimensions": {}}]}, "E214", "/expect/balances/0"),
    ({"balances": [{"ledger": "stock", "dimensions": {}, "measures": {"value": "a lot"}}]}, "E214", "/expect/balances/0/measures/value"),
    ({"balances": [{"ledger": "stok", "dimensions": {}, "measures": {}}]}, "E215", "/expect/balances/0/ledger"),
    ({"balances": [{"ledger": "stock", "dimensions": {}, "measures": {}, "as_of": "soon"}]}, "E214", "/expect/balances/0/as_of"),
    ({"tasks": "many"}, "E214", "/expect/tasks"),
    ({"created": ["ticket"]}, "E214", "/expect/created"),
    ({"created": {"tiket": 1}}, "E215", "/expect/created/tiket"),
    ({"messages": {"bos": 1}}, "E215", "/expect/messages/bos"),
    ({"health": {"nothing": 0}}, "E215", "/expect/health/nothing"),
    ({"reports": [{"report": "nothing"}]}, "E215", "/expect/reports/0/report"),
    ({"problems": ["REQUIRED"]}, "E214", "/expect/problems/0"),
])  # fmt: skip
def test_an_expectation_that_cannot_be_compared_is_told_with_its_place(
    runner: Runner, expect: dict[str, object], code: str, place: str
) -> None:
    step = Step(
        "create", as_="role:boss", entity="warehouse", values={"code": "X", "name": "X"}, expect=expect
    )
    result = runner.run(Scenario("u", "odd", "Odd", (step,)))
    assert result.failed is not None
    assert result.failed.error is not None
    assert [(p.code, p.path) for p in result.failed.error.problems] == [(code, place)]
    assert f"{code} {place}" in words(result, "en")
