"""Scratch: scenarios play on copies of a database on which the app was installed once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from builder.config import Settings
from builder.metadata.report import Scenario, Step
from builder.runtime import scenarios
from builder.runtime.installing import loaded, template
from builder.runtime.scratch import Scratch

LEAVE = loaded(Path(__file__).resolve().parents[2] / "docs" / "examples" / "leave_and_hours")
KIND = {"code": "X1", "name": "Moving house", "limited": False}


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(LEAVE, Settings(), tmp_path / "scratch")


def made(name: str = "Moving house", at: str = "2026-02-01 09:00") -> Scenario:
    """A scenario that adds a kind of leave and expects its name."""
    add = Step("create", at=at, as_="role:personnel", entity="leave_type", values=KIND)
    return Scenario("u", "made", "Made", (replace(add, expect={"values": {"name": name}}),))


def test_a_scenario_leaves_nothing_for_the_next(scratch: Scratch) -> None:
    """The code is unique: the second would be refused if the first were still there."""
    for _ in range(2):
        result = scratch.run(made())
        assert result.passed, scenarios.words(result, "en")


def test_the_app_is_installed_once_for_all_that_begin_no_earlier(
    scratch: Scratch, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed: list[str] = []
    prepare = scenarios.Runner.prepare

    def counted(self: scenarios.Runner, app: str, scenario: Scenario, at: datetime) -> None:
        installed.append(f"{at:%Y-%m-%d}")
        prepare(self, app, scenario, at)

    monkeypatch.setattr(scenarios.Runner, "prepare", counted)
    for day in ("2026-02-01", "2026-02-01", "2026-03-01", "2025-06-01"):
        assert scratch.run(made(at=f"{day} 09:00")).passed
    assert installed == ["2026-02-01", "2025-06-01"]


def test_a_copy_is_thrown_away_even_where_its_scenario_fails(scratch: Scratch) -> None:
    result = scratch.run(made("Moving away"))
    assert result.failed is not None
    assert sorted(f.name for f in scratch.folder.iterdir()) == ["1", "empty"]


def test_what_the_scenarios_met_is_told(scratch: Scratch) -> None:
    """Every document of the example is met by its own scenarios; what they or one of them leave out is named."""
    first = LEAVE.scenarios[0]
    assert scratch.run(first).passed
    alone = scratch.met.coverage(LEAVE, "en")
    assert alone.missed["documents"]
    for scenario in LEAVE.scenarios[1:]:
        assert scratch.run(scenario).passed
    whole = scratch.met.coverage(LEAVE, "en")
    assert whole.missed["documents"] == ()
    assert whole.met["guards"] == ("Leave · available",)
    assert whole.missed["guards"] == ("Leave · entitlement",)
    assert set(alone.met["documents"]) < set(whole.met["documents"])
    told = whole.met["checks"] + whole.missed["checks"]
    assert len(told) == sum(len(entity.constraints) for entity in LEAVE.entities)


def test_a_check_is_met_where_it_refuses(tmp_path: Path) -> None:
    """Of general's item, a price below the least price; nothing else of it."""
    package = template("general").package
    scratch = Scratch(package, Settings(), tmp_path)
    refused = next(s for s in package.scenarios if s.key == "what_is_refused")
    steps = [s for s in refused.steps if s.entity == "item" and s.expect][:1]
    assert scratch.run(replace(refused, steps=tuple(steps))).passed
    assert scratch.met.coverage(package, "en").met["checks"] == ("Item · price_floor",)


def test_moves_that_were_refused_and_approvals_that_were_rejected_are_met(tmp_path: Path) -> None:
    """An empty contract is not submitted; a whole one is, and sent back by whom it was put to. Nothing else of contracts was tried."""
    package = template("general").package
    scratch = Scratch(package, Settings(), tmp_path)
    for key, tried in (("empty_documents", {"submit"}), ("sent_back", {None})):
        scenario = next(s for s in package.scenarios if s.key == key)
        about = [s for s in scenario.steps if "sales_contract" in (s.record or s.entity or "")]
        steps = [s for s in about if s.do in {"create", "task"} or s.transition in tried]
        assert scratch.run(replace(scenario, steps=(*scenario.steps[:8], *steps))).passed
    told = scratch.met.coverage(package, "en").met
    assert "sales_contract · Submit" in told["conditions"]
    assert "sales_contract · Unapprove" not in told["conditions"]
    assert "sales_contract · Approve" in told["rejections"]
    of_contracts = [state for state in told["states"] if state.startswith("sales_contract")]
    assert of_contracts == ["sales_contract · Draft", "sales_contract · To approve"]


def test_a_move_is_not_met_where_another_refuses_with_the_same_words(tmp_path: Path) -> None:
    """An empty expense is neither submitted nor approved, but nobody tried to approve it."""
    package = template("general").package
    scratch = Scratch(package, Settings(), tmp_path)
    scenario = next(s for s in package.scenarios if s.key == "empty_documents")
    about = [s for s in scenario.steps if "expense" in (s.entity, (s.record or "")[1:])]
    steps = [s for s in about if s.do == "create" or s.transition == "submit"]
    assert scratch.run(replace(scenario, steps=tuple(steps))).passed
    conditions = scratch.met.coverage(package, "en").met["conditions"]
    assert "expense · Submit" in conditions
    assert "expense · Approve" not in conditions
