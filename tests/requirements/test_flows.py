"""Approvals and what runs by itself: changed without a restart, never at a dead end."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from builder.commands import Publish, RollBack, SaveDraft, SaveOrgUnit, SaveUser
from builder.metadata.catalog import template_nodes
from builder.runtime import lateness
from builder.storage import accounts
from tests.api.caller import good, refused
from tests.requirements.trade import APP, Trade


def workflow(key: str) -> dict[str, Any]:
    """The definition as it ships, to be changed."""
    nodes = template_nodes("general")
    assert nodes is not None
    return copy.deepcopy(dict(nodes["workflow", key]))


def approval(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(t for t in body["transitions"] if t["key"] == "approve")["approval"]
    return found


def publish(trade: Trade, kind: str, key: str, body: dict[str, Any]) -> None:
    trade.world.send(SaveDraft("general", kind, key, body))
    trade.world.send(Publish("general"))


def submitted(trade: Trade, price: str = "50000.00") -> str:
    """A large order waits for its approval."""
    item = trade.item(f"I{len(trade.all('item'))}")
    trade.received(item, 10)
    body = {"customer": trade.ids["customer"], "warehouse": trade.ids["warehouse"]}
    made = trade.make("sales_order", {**body, "lines": trade.lines((item, 1), price=price)})
    trade.move("sales_order", made["id"], "submit")
    return str(made["id"])


def tasks(trade: Trade, who: str) -> list[Any]:
    return list(trade.callers[who].read("/tasks")["items"])


@pytest.mark.requirement("R168")
def test_from_fifty_thousand_on_the_general_manager_is_asked(trade: Trade) -> None:
    small = submitted(trade, "49999.99")
    assert tasks(trade, "boss") == []
    trade.move("sales_order", small, "approve", who="sales_manager")
    large = submitted(trade, "50000.00")
    refused(trade.sales_manager.post(f"{APP}/sales_order/{large}/transitions/approve", {}), 409)
    (task,) = tasks(trade, "boss")
    item = trade.read("sales_order", large)["lines"][0]["item"]
    good(trade.boss.post(f"/tasks/{task['id']}/reject", {"opinion": "太便宜"}))
    assert trade.read("sales_order", large)["state"] == "draft"
    assert trade.stock(item, "reserved") == "0"


def reviewed(body: dict[str, Any]) -> dict[str, Any]:
    """The same flow with one more step: quality looks at it first."""
    step = {
        "uid": "workflow.sales_order.t.approve.approval.n.review",
        "kind": "approver",
        "label": {"zh-CN": "品控复核", "en": "Quality review"},
        "approvers": [{"role": "keeper"}],
        "mode": "any",
        "nobody": "app_owner",
    }
    approval(body)["nodes"].insert(0, step)
    return body


@pytest.mark.requirement("R039", "R134", "R167")
def test_a_step_is_added_for_what_comes_and_taken_back_again(trade: Trade) -> None:
    running = submitted(trade)
    publish(trade, "workflow", "sales_order", reviewed(workflow("sales_order")))
    nxt = submitted(trade)
    assert [t["record"] for t in tasks(trade, "keeper")] == [nxt]
    assert [t["record"] for t in tasks(trade, "boss")] == [running]
    good(trade.keeper.post(f"/tasks/{tasks(trade, 'keeper')[0]['id']}/approve", {}))
    assert {t["record"] for t in tasks(trade, "boss")} == {running, nxt}
    for task in tasks(trade, "boss"):
        good(trade.boss.post(f"/tasks/{task['id']}/approve", {}))
    assert {trade.read("sales_order", id)["state"] for id in (running, nxt)} == {"approved"}
    trade.world.send(RollBack("general", 1))
    after = submitted(trade)
    assert tasks(trade, "keeper") == []
    assert [t["record"] for t in tasks(trade, "boss")] == [after]


@pytest.mark.requirement("R155")
def test_branches_all_any_and_copies(trade: Trade) -> None:
    body = workflow("sales_order")
    uid = "workflow.sales_order.t.approve.approval.n"

    def ask(key: str, roles: list[str], mode: str) -> dict[str, Any]:
        who = [{"role": role} for role in roles]
        return {
            "uid": f"{uid}.{key}",
            "kind": "approver",
            "label": key,
            "approvers": who,
            "mode": mode,
            "nobody": "app_owner",
        }

    large = {
        "uid": f"{uid}.b.large",
        "label": "Large",
        "when": "total >= 80000",
        "nodes": [ask("both", ["finance", "boss"], "all")],
    }
    other = {"uid": f"{uid}.b.other", "label": "Other", "nodes": [ask("either", ["finance", "boss"], "any")]}
    copies = {"uid": f"{uid}.cc", "kind": "cc", "label": "Copies", "approvers": [{"role": "buyer"}]}
    branch = {"uid": f"{uid}.branch", "kind": "condition", "label": "Amount", "branches": [large, other]}
    approval(body)["nodes"] = [branch, copies]
    publish(trade, "workflow", "sales_order", body)
    any_ = submitted(trade, "50000.00")
    good(trade.finance.post(f"/tasks/{tasks(trade, 'finance')[0]['id']}/approve", {}))
    assert trade.read("sales_order", any_)["state"] == "approved"
    assert tasks(trade, "boss") == []
    all_ = submitted(trade, "80000.00")
    good(trade.finance.post(f"/tasks/{tasks(trade, 'finance')[0]['id']}/approve", {}))
    assert trade.read("sales_order", all_)["state"] == "submitted"
    good(trade.boss.post(f"/tasks/{tasks(trade, 'boss')[0]['id']}/approve", {}))
    assert trade.read("sales_order", all_)["state"] == "approved"
    trade.told()
    kinds = [n["kind"] for n in trade.buyer.read("/notifications")["items"]]
    assert kinds.count("NOTICE_CC") == 2, kinds


@pytest.mark.requirement("R011")
def test_tasks_of_who_left_go_to_the_superior_and_what_is_late_is_told(trade: Trade) -> None:
    world = trade.world
    chief = trade.boss.read("/me")["id"]
    with world.engine.database.snapshot() as conn:
        manager = accounts.user_by_login(conn, 1, "sales-manager")
    assert manager is not None
    world.send(SaveOrgUnit("hq", "总部", head=world.id({"id": chief})))
    world.send(SaveUser("sales-manager", "Manager", manager.user_id, org_unit="hq"))
    body = workflow("sales_order")
    who: dict[str, Any] = {"approvers": [{"role": "sales_manager"}], "due_hours": 24, "late": "escalate"}
    asked = {
        "uid": "workflow.sales_order.t.approve.approval.n.manager",
        "kind": "approver",
        "label": "Manager",
    }
    approval(body)["nodes"] = [{**asked, **who}]
    publish(trade, "workflow", "sales_order", body)
    late = submitted(trade)
    assert [t["record"] for t in tasks(trade, "sales_manager")] == [late]
    trade.at("2026-01-06 12:00")
    assert lateness.see_to(world.engine) == 1
    assert [t["record"] for t in tasks(trade, "boss")] == [late]
    left = submitted(trade)
    assert [t["record"] for t in tasks(trade, "boss")] == [late]
    world.send(SaveUser("sales-manager", "Manager", manager.user_id, status="disabled"))
    assert lateness.see_to(world.engine) == 1
    assert {t["record"] for t in tasks(trade, "boss")} == {late, left}
    for task in tasks(trade, "boss"):
        good(trade.boss.post(f"/tasks/{task['id']}/approve", {}))
    assert {trade.read("sales_order", id)["state"] for id in (late, left)} == {"approved"}


def test_the_second_of_two_edits_is_refused(trade: Trade) -> None:
    order = trade.order((trade.ids["item"], 1))
    version = {"If-Match": f'"{order["version"]}"'}
    good(trade.boss.patch(f"{APP}/sales_order/{order['id']}", {"remark": "先"}, headers=version))
    second = trade.boss.patch(f"{APP}/sales_order/{order['id']}", {"remark": "后"}, headers=version)
    refused(second, 409, "VERSION_CONFLICT")
    assert trade.read("sales_order", order["id"])["remark"] == "先"
