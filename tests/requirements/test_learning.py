"""What goes with the start: who has learned what, phases, goals that are looked at every month and can be handed round."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from builder.runtime.scheduler import Scheduler
from tests.api.caller import good
from tests.requirements.test_files import sheet
from tests.requirements.trade import APP, Trade


def goal(trade: Trade, name: str, *values: str, **more: Any) -> Any:
    readings = [{"day": f"2026-0{n}-28", "value": value} for n, value in enumerate(values, 1)]
    body = {
        "name": name,
        "metric": "accuracy",
        "unit": "percent",
        "better": "higher",
        "baseline": "71",
        "target": "90",
        "go_live": "2026-01-01",
        "window_days": 90,
        "owner_user": trade.keeper.read("/me")["id"],
    }
    return trade.make("kpi_goal", {**body, "lines": readings, **more})


@pytest.mark.requirement("R182")
def test_goals_are_brought_up_again_every_month(trade: Trade) -> None:
    """The general manager is told to review, whoever is responsible to enter the value of what is not met."""
    goal(trade, "准确率一仓", "84")
    goal(trade, "准确率二仓", "92")
    trade.tick()
    for month, at in (("二月", "2026-02-02 09:05"), ("三月", "2026-03-02 09:05")):
        trade.at(at)
        Scheduler(trade.world.engine, 1).run_schedules()
        told = [body for body in trade.told() if body.get("rule") == "goals_monthly"]
        titles = sorted(str(body["title"]) for body in told)
        assert len(told) == 2, (month, titles)
        assert any("本月效果评估" in title for title in titles)
        assert any("准确率一仓" in title for title in titles)
    trade.at("2026-03-20 09:05")
    assert [body for body in trade.tick() if body.get("rule") == "goals_monthly"] == []


@pytest.mark.requirement("R185")
def test_the_review_sets_what_is_against_what_was_and_is_exported(trade: Trade) -> None:
    """71 before, 90 wanted, 96 now: 25 points and 35.2 % more; met."""
    goal(trade, "库存准确率", "84", "96")
    goal(trade, "二仓准确率", "80")
    rows = trade.boss.read(f"{APP}/reports/goals_review")["rows"]
    found = {row["name"]: row for row in rows}
    met = found["库存准确率"]
    assert [Decimal(met[key]) for key in ("baseline", "target", "current", "change", "change_rate")] == [
        Decimal(text) for text in ("71", "90", "96", "25", "35.2")
    ]
    assert (met["result"], found["二仓准确率"]["result"]) == ("met", "missed")
    xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = trade.boss.get(f"{APP}/reports/goals_review", headers={"Accept": xlsx})
    table = sheet(answer.get_data())
    line = next(row for row in table if "库存准确率" in row)
    assert {Decimal(str(cell)) for cell in line if isinstance(cell, int | float)} >= {
        Decimal(71),
        Decimal(90),
        Decimal(96),
        Decimal(25),
    }


@pytest.mark.requirement("R178")
def test_who_has_learned_what_is_on_record_and_counted(trade: Trade) -> None:
    """Three of four people have learned to receive by scanning: 75 %."""
    people = [trade.callers[role].read("/me")["id"] for role in ("keeper", "buyer", "sales", "finance")]
    for number, person in enumerate(people):
        trade.make("training_record", {"topic": "扫码收货", "person": person, "done": number < 3})
    trade.make("training_record", {"topic": "日结", "person": people[0], "done": True})
    rows = {r["topic"]: r for r in trade.boss.read(f"{APP}/reports/training_done")["rows"]}
    assert Decimal(rows["扫码收货"]["people"]) == 4
    assert Decimal(rows["扫码收货"]["done"]) == 75
    assert Decimal(rows["日结"]["done"]) == 100
    (late,) = [r for r in trade.all("training_record") if not r["done"]]
    good(trade.boss.patch(f"{APP}/training_record/{late['id']}", {"done": True}))
    rows = {r["topic"]: r for r in trade.boss.read(f"{APP}/reports/training_done")["rows"]}
    assert Decimal(rows["扫码收货"]["done"]) == 100
