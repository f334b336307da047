"""Tickets end to end: rules open one each, people settle them, the clock passes them up and closes what has gone."""

from __future__ import annotations

from typing import Any

import pytest

from builder.commands import ActOnTicket, Actor, OpenTicket
from builder.errors import BuilderError
from builder.runtime import lateness, tending, tickets
from builder.runtime.relay import Relay
from builder.runtime.scheduler import Scheduler
from builder.storage import notifications
from builder.storage import tickets as stored
from tests.runtime.shop import shop_nodes
from tests.runtime.world import WS, World


def late(**more: Any) -> dict[str, Any]:
    """A rule that finds orders without a remark every morning."""
    action = {
        "uid": "rule.late.ticket",
        "kind": "ticket",
        "to": [{"role": "clerk"}],
        "title": {"zh-CN": "订单 {number} 没有备注", "en": "Order {number} says nothing"},
        "due_hours": 4,
        **more,
    }
    return {
        "uid": "rule.late",
        "key": "late",
        "label": {"zh-CN": "没有备注", "en": "Says nothing"},
        "when": {"kind": "schedule", "entity": "order", "cron": "0 10 * * *", "catch_up": "all"},
        "if": "remark == None",
        "timing": "later",
        "then": [action],
    }


def installed(empty: World, rule: dict[str, Any]) -> tuple[Actor, Actor]:
    empty.install({**shop_nodes(), ("rule", "late"): rule}, "shop")
    return empty.person("clerk", "clerk"), empty.person("boss", "boss")


def morning(world: World) -> None:
    """A day passes, and what the clock owes is done."""
    scheduler = Scheduler(world.engine, WS)
    scheduler.run_schedules()
    world.later(days=1)
    scheduler.run_schedules()
    Relay(world.engine, WS).drain()


def shown(world: World, actor: Actor, which: Any = "mine", state: str = "open") -> list[tickets.TicketItem]:
    with world.engine.database.snapshot() as conn:
        return list(tickets.listed(world.engine, conn, actor, world.clock.now(), which=which, state=state))


def notices(world: World, actor: Actor) -> list[str]:
    Relay(world.engine, WS).drain()
    with world.engine.database.snapshot() as conn:
        return [row.kind for row in notifications.of(conn, WS, actor.user_id)]


def test_a_rule_opens_one_ticket_and_finds_it_again_the_next_day(empty: World) -> None:
    clerk, _ = installed(empty, late())
    order = empty.id(empty.create("order", {"remark": ""}, actor=clerk))
    morning(empty)
    morning(empty)
    found = shown(empty, clerk)
    assert [(t.ticket.record_id, t.ticket.times, t.owner) for t in found] == [(order, 2, "Clerk")]
    assert notices(empty, clerk).count("NOTICE_TICKET") == 1


def test_closing_needs_a_reason_and_the_rule_opens_another_one(empty: World) -> None:
    clerk, _ = installed(empty, late())
    empty.create("order", {"remark": ""}, actor=clerk)
    morning(empty)
    (one,) = shown(empty, clerk)
    with pytest.raises(BuilderError) as refused:
        empty.send(ActOnTicket(one.ticket.id, "close"), actor=clerk)
    assert [p.code for p in refused.value.problems] == ["TICKET_REASON"]
    empty.send(ActOnTicket(one.ticket.id, "close", "asked the customer"), actor=clerk)
    assert shown(empty, clerk) == []
    assert [t.ticket.reason for t in shown(empty, clerk, state="closed")] == ["asked the customer"]
    morning(empty)
    (another,) = shown(empty, clerk)
    assert another.ticket.id != one.ticket.id


def test_a_rule_may_reopen_the_closed_one(empty: World) -> None:
    clerk, _ = installed(empty, late(reopen=True))
    empty.create("order", {"remark": ""}, actor=clerk)
    morning(empty)
    (one,) = shown(empty, clerk)
    empty.send(ActOnTicket(one.ticket.id, "close", "done"), actor=clerk)
    morning(empty)
    (again,) = shown(empty, clerk)
    assert (again.ticket.id, again.ticket.times, again.ticket.reason) == (one.ticket.id, 2, "")


def test_it_closes_itself_when_the_condition_has_gone(empty: World) -> None:
    clerk, _ = installed(empty, late(until_gone=True))
    order = empty.id(empty.create("order", {"remark": ""}, actor=clerk))
    morning(empty)
    assert tending.see_to(empty.engine, WS) == 0
    empty.update("order", order, {"remark": "by noon"})
    lateness.see_to(empty.engine, WS)
    assert shown(empty, clerk) == []
    (done,) = shown(empty, clerk, "all", "closed")
    with empty.engine.database.snapshot() as conn:
        steps = [step.action for step in stored.steps(conn, WS, done.ticket.id)]
    assert steps[-1] == "gone"
    assert "NOTICE_TICKET_GONE" in notices(empty, clerk)


def test_the_clock_reminds_and_passes_it_up_after_a_restart(empty: World) -> None:
    clerk, boss = installed(empty, late(escalate=[{"hours": 2, "to": [{"role": "boss"}]}]))
    empty.create("order", {"remark": ""}, actor=clerk)
    morning(empty)
    assert lateness.see_to(empty.engine, WS) == 0
    empty.later(hours=4)
    lateness.see_to(empty.engine, WS)
    assert "NOTICE_TICKET_LATE" in notices(empty, clerk)
    empty.later(hours=2)
    other = empty.other_process()
    lateness.see_to(other.engine, WS)
    other.engine.database.close()
    lateness.see_to(empty.engine, WS)
    (one,) = shown(empty, boss)
    assert (one.ticket.level, one.ticket.next_at) == (2, None)
    assert "NOTICE_TICKET_ESCALATED" in notices(empty, boss)
    assert shown(empty, clerk) == []
    assert shown(empty, clerk, "roles")
    assert shown(empty, boss, "overdue")


def test_people_open_hand_over_and_settle_tickets_on_a_record(empty: World) -> None:
    clerk, boss = installed(empty, late())
    stranger = empty.person("stranger")
    order = empty.id(empty.create("order", {"remark": "x"}, actor=clerk))
    command = OpenTicket("shop", "Call the customer", "order", order, owner=boss.user_id, due_hours=2)
    id = empty.id(empty.send(command, actor=clerk))
    assert [t.ticket.title for t in shown(empty, boss)] == ["Call the customer"]
    with pytest.raises(BuilderError) as hidden:
        empty.send(ActOnTicket(id, "comment", "hm"), actor=stranger)
    assert hidden.value.code == "NOT_FOUND"
    empty.send(ActOnTicket(id, "hand_over", "you know them", to_user=clerk.user_id), actor=boss)
    with pytest.raises(BuilderError) as foreign:
        empty.send(ActOnTicket(id, "nonsense"), actor=clerk)
    assert [p.code for p in foreign.value.problems] == ["TICKET_ACTION_UNKNOWN"]
    empty.send(ActOnTicket(id, "close", "called"), actor=clerk)
    empty.send(ActOnTicket(id, "reopen"), actor=clerk)
    with empty.engine.database.snapshot() as conn:
        steps = [(s.action, s.user_id) for s in stored.steps(conn, WS, id)]
    assert steps == [
        ("opened", clerk.user_id),
        ("handed_over", boss.user_id),
        ("closed", clerk.user_id),
        ("reopened", clerk.user_id),
    ]


def test_a_deadline_in_the_past_and_a_title_of_blanks_are_both_said(empty: World) -> None:
    clerk, _ = installed(empty, late())
    order = empty.id(empty.create("order", {"remark": "x"}, actor=clerk))
    command = OpenTicket("shop", " ", "order", order, due_at=empty.clock.now())
    with pytest.raises(BuilderError) as refused:
        empty.send(command, actor=clerk)
    assert {p.code for p in refused.value.problems} == {"REQUIRED", "TICKET_DUE_PAST"}


def test_only_the_one_who_is_concerned_acts(empty: World) -> None:
    clerk, boss = installed(empty, late())
    other = empty.person("other", "clerk")
    order = empty.id(empty.create("order", {"remark": "x"}, actor=clerk))
    id = empty.id(empty.send(OpenTicket("shop", "Look", "order", order, owner=boss.user_id), actor=clerk))
    empty.send(ActOnTicket(id, "comment", "I know this one"), actor=other)
    with pytest.raises(BuilderError) as refused:
        empty.send(ActOnTicket(id, "close", "mine now"), actor=other)
    assert refused.value.code == "TICKET_NOT_YOURS"
