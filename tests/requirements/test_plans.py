"""What the engine promises about plans: seats, an end, a trial that can be kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from builder.commands import InstallApp, SavePlan
from builder.errors import ForbiddenError, InvalidError
from builder.runtime.installing import template
from builder.runtime.scheduler import Scheduler
from builder.storage import account_writes
from tests.api.caller import good, refused
from tests.requirements.test_channels import DESK, browser
from tests.requirements.trade import APP, ROLES, Trade
from tests.runtime.world import PASSWORD, WS


def planned(trade: Trade, plan: SavePlan) -> None:
    """Who runs the server gives the workspace a plan."""
    with trade.world.engine.database.write() as conn:
        account_writes.add_workspace(conn, WS, key="main", name="", timezone="Asia/Shanghai", locale="zh-CN")
    trade.world.send(plan)


def person(login: str) -> dict[str, str]:
    return {"login": login, "name": login, "password": PASSWORD}


@pytest.mark.requirement("R135")
def test_a_plan_has_seats_and_an_end(trade: Trade) -> None:
    """Six people are there: with seven seats the eighth is refused in words, until somebody leaves; the day after the end nothing is written."""
    planned(trade, SavePlan("标准版", seats=len(ROLES) + 1, ends_on=date(2026, 1, 31)))
    assert trade.boss.read("/me")["plan"] == {
        "name": "标准版",
        "seats": 7,
        "apps": None,
        "ends_on": "2026-01-31",
        "trial": False,
        "over": False,
    }
    seventh = trade.boss.make("/users", person("seventh"))
    answer = refused(trade.boss.post("/users", person("eighth")), 422)
    assert "7 个账号" in answer["errors"][0]["message"]
    good(
        trade.boss.patch(
            f"/users/{seventh['id']}", {"login": "seventh", "name": "seventh", "status": "disabled"}
        )
    )
    trade.boss.make("/users", person("eighth"))
    again = {"login": "seventh", "name": "seventh", "status": "active"}
    refused(trade.boss.patch(f"/users/{seventh['id']}", again), 422)
    assert "共 7 个" in browser(trade, "boss", DESK).page("/people")
    trade.at("2026-02-01 09:00")
    refused(trade.boss.post(f"{APP}/unit", {"code": "筐", "name": "筐"}), 403, "PLAN_ENDED")
    planned(trade, SavePlan("标准版", seats=7, ends_on=date(2027, 1, 31)))
    trade.boss.make(f"{APP}/unit", {"code": "筐", "name": "筐"})


def test_nobody_within_the_workspace_gives_it_another_plan(trade: Trade) -> None:
    admin = replace(trade.world.actor, kind="user", user_id=7, is_admin=True)
    with pytest.raises(ForbiddenError):
        trade.world.send(SavePlan(seats=99), actor=admin)
    with pytest.raises(InvalidError):
        planned(trade, SavePlan(seats=0))


def test_apps_are_counted_too(trade: Trade) -> None:
    planned(trade, SavePlan(apps=1))
    with pytest.raises(InvalidError) as refusal:
        trade.world.send(InstallApp("second", template("general").package.nodes))
    assert [p.code for p in refusal.value.problems] == ["APPS_TAKEN"]


@pytest.mark.requirement("R147")
def test_a_trial_of_fifteen_days_is_read_only_on_the_sixteenth_and_can_be_kept(trade: Trade) -> None:
    """From the fifth of January through the nineteenth; on the twentieth everything is there to read and nothing to write. Converted, it goes on."""
    planned(trade, SavePlan("试用", ends_on=date(2026, 1, 19), trial=True))
    item = trade.item("TRIAL", "试用大米")
    trade.received(item, 10)
    trade.at("2026-01-19 18:00")
    assert "还剩" in _banner(trade) or "最后一天" in _banner(trade)
    trade.delivered(item, 3)
    trade.at("2026-01-20 08:00")
    refused(trade.boss.post(f"{APP}/unit", {"code": "筐", "name": "筐"}), 403, "TRIAL_ENDED")
    refused(trade.keeper.patch(f"{APP}/item/{item}", {"name": "别的"}), 403)
    refused(trade.boss.post("/users", person("late")), 403, "TRIAL_ENDED")
    assert trade.read("item", item)["name"] == "试用大米"
    assert trade.stock(item) == "7"
    assert "试用已在" in _banner(trade)
    assert Scheduler(trade.world.engine, WS).run_schedules() == 0
    planned(trade, SavePlan("标准版"))
    assert "试用" not in _banner(trade)
    trade.delivered(item, 2)
    assert trade.stock(item) == "5"


def _banner(trade: Trade) -> str:
    page = browser(trade, "boss", DESK).page("/a/general/unit")
    return page.partition('<main class="main')[2].partition("<h1")[0]
