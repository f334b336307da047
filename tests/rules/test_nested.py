"""Actions inside actions, lines that come and change, messages from outside: what rules make of them. No database."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from builder.commands import CreateRecord, MakePrint, StartApproval, UpdateLines, UpdateRecord
from builder.events import RecordChanged
from builder.metadata.outside import Connector
from builder.metadata.rule import Action, Recipient, Rule, Trigger
from builder.record import Record
from builder.registry import installed
from builder.rules import engine
from builder.rules.actions import ACTIONS, ActionKind, Decided, Situation, registry
from builder.rules.actions.kind import LIMIT, schema
from builder.rules.context import Context
from tests.memory import MemoryDirectory
from tests.rules.office import (
    ACME,
    CLERK,
    OIL,
    OLD_CUSTOMER,
    RICE,
    SELLER,
    action,
    around,
    changed,
    created,
    line,
    office,
    order,
    refuse,
    rule,
)

_NUMBERS = count()


def one(kind: str, **more: Any) -> Action:
    """An action whose uid is its own."""
    return action(kind, uid=f"n.{next(_NUMBERS)}", **more)


def branch(condition: str, *then: Action, otherwise: tuple[Action, ...] = ()) -> Action:
    return one("branch", if_=condition, then=then, else_=otherwise)


def each(*then: Action, **over: Any) -> Action:
    return one("each", then=then, **over)


def note(text: str) -> Action:
    return one("create", entity="customer", values={"name": text})


def watching(kind: Any, *fields: str, **more: Any) -> Trigger:
    return Trigger(kind, entity="order_line", fields=fields, **more)


def lines_of(record: Record) -> list[Any]:
    return [own.get("quantity") for own in record.lines["lines"]]


def names(reaction: engine.Reaction) -> list[Any]:
    """What the created customers are called."""
    return [c.command.values["name"] for c in reaction.commands if isinstance(c.command, CreateRecord)]


def reacting(*rules: Rule, event: Any, context: Context | None = None) -> engine.Reaction:
    return engine.now(context or around(office(*rules)), event)


# Branches


def test_a_branch_takes_the_way_that_its_condition_says() -> None:
    ways = branch("customer.level == 'a'", note("'first'"), otherwise=(note("'other'"),))
    both = rule("r", "record_created", ways)
    assert names(reacting(both, event=created(order()))) == ["first"]
    assert names(reacting(both, event=created(order(customer=OLD_CUSTOMER)))) == ["other"]
    alone = rule("r", "record_created", branch("customer.level == 'b'", note("'never'")))
    assert names(reacting(alone, event=created(order()))) == []


def test_a_branch_before_sees_what_was_set_before_it_and_sets_for_what_follows() -> None:
    then = (
        one("set", values={"remark": "'rush'"}),
        branch("remark == 'rush'", one("set", values={"reason": "CONCAT(remark, '!')"})),
        branch("reason == 'rush!'", refuse("{reason}", uid="n.refused")),
    )
    found = engine.before(
        around(office(rule("r", "record_created", *then, timing="before"))), created(order())
    )
    assert (found.record.get("remark"), found.record.get("reason")) == ("rush", "rush!")
    assert [p.message for p in found.problems] == [{"zh-CN": "rush!", "en": "rush!"}]


def test_the_log_shows_the_steps_inside() -> None:
    inside = rule("r", "record_created", branch("True", each(note("number"), each="lines")))
    (run,) = reacting(inside, event=created(order(line(11), line(12)))).runs
    (outer,) = run.steps
    (walk,) = outer["steps"]
    assert (outer["kind"], walk["kind"]) == ("branch", "each")
    assert [step["kind"] for step in walk["steps"]] == ["create", "create"]


def test_a_branch_that_cannot_be_judged_refuses_with_the_rules_name() -> None:
    failing = rule("r", "record_created", branch("1 / 0 > 1", note("'x'")))
    assert [p.code for p in reacting(failing, event=created(order())).problems] == ["RULE_FAILED"]


# Each


def test_each_line_is_the_record_at_hand_and_the_document_is_outer() -> None:
    walk = rule("r", "record_created", each(note("CONCAT(outer.number, '/', goods.name)"), each="lines"))
    reaction = reacting(walk, event=created(order(line(11), line(12, OIL))))
    assert names(reaction) == ["SO-1/Rice", "SO-1/Oil"]


def test_each_before_sets_values_of_lines() -> None:
    walk = each(branch("goods.name == 'Oil'", one("set", values={"quantity": "quantity * 2"})), each="lines")
    correct = rule("r", "record_created", walk, timing="before")
    found = engine.before(around(office(correct)), created(order(line(11), line(12, OIL))))
    assert lines_of(found.record) == [Decimal("2.00"), Decimal("4.00")]


def test_each_refuses_beside_the_line() -> None:
    walk = each(branch("quantity > 5", refuse("No", at="quantity", uid="n.no")), each="lines")
    strict = rule("r", "record_created", walk, timing="before")
    found = engine.before(around(office(strict)), created(order(line(11), line(12, OIL, "9.00"))))
    assert [p.path for p in found.problems] == ["/lines/1/quantity"]


def test_each_after_changes_the_lines_at_once() -> None:
    walk = rule("r", "record_created", each(one("update", values={"quantity": "3"}), each="lines"))
    (caused,) = reacting(walk, event=created(order(line(11), line(12)))).commands
    assert caused.command == UpdateLines(
        "office", "order", 1, "lines", {11: {"quantity": Decimal("3.00")}, 12: {"quantity": Decimal("3.00")}}
    )


def test_each_goes_through_a_query_over_the_record_at_hand() -> None:
    same = {"field": "customer", "op": "=", "value": {"record": "customer"}}
    raised = one("update", values={"name": "outer.number"})
    walk = rule("r", "record_created", each(raised, entity="goods", filter=same))
    commands = [c.command for c in reacting(walk, event=created(order())).commands]
    assert commands == [UpdateRecord("office", "goods", id, {"name": "SO-1"}) for id in (RICE, OIL)]


def test_each_goes_through_references_and_into_one_another() -> None:
    inner = each(
        note("CONCAT(outer.outer.number, outer.name, name)"),
        entity="goods",
        filter={"field": "name", "op": "=", "value": "Oil"},
    )
    walk = rule("r", "record_created", each(inner, each="customer"))
    assert names(reacting(walk, event=created(order()))) == ["SO-1AcmeOil"]


def test_more_than_anybody_oversees_is_refused_whole() -> None:
    walk = rule("r", "record_created", each(note("'x'"), each="lines"))
    reaction = reacting(walk, event=created(order(*(line(n) for n in range(11, 12 + LIMIT)))))
    assert [p.code for p in reaction.problems] == ["RULE_EACH_LIMIT"]
    assert not reaction.commands


# Lines


def test_lines_that_come_change_and_go_wake_their_rules_each_with_its_line() -> None:
    rules = [
        rule("came", watching("line_added"), note("CONCAT('+', goods.name, parent.number)")),
        rule(
            "changed", watching("line_changed", "quantity"), note("CONCAT('~', old.quantity, ' ', quantity)")
        ),
        rule("went", watching("line_removed"), note("CONCAT('-', goods.name)")),
    ]
    before = order(line(11), line(12, OIL))
    after = order(line(11, quantity="3.00"), line(13, OIL))
    event = RecordChanged(before, after, frozenset({"lines"}))
    assert names(reacting(*rules, event=created(before))) == ["+RiceSO-1", "+OilSO-1"]
    assert sorted(map(str, names(reacting(*rules, event=event)))) == ["+OilSO-1", "-Oil", "~2 3"]


def test_a_rule_that_watches_other_fields_of_lines_sleeps() -> None:
    sleeping = rule("r", watching("line_changed", "goods"), note("'x'"))
    event = RecordChanged(order(line(11)), order(line(11, quantity="3.00")), frozenset({"lines"}))
    assert not reacting(sleeping, event=event).commands


def test_a_change_of_anything_in_a_line_fires_when_the_condition_becomes_true() -> None:
    large = rule("r", watching("line_changed"), note("'x'"), if_="quantity > 5")
    small, big, bigger = (order(line(11, quantity=q)) for q in ("2.00", "6.00", "7.00"))
    assert reacting(large, event=RecordChanged(small, big, frozenset({"lines"}))).commands
    assert not reacting(large, event=RecordChanged(big, bigger, frozenset({"lines"}))).commands


def test_before_rules_correct_and_refuse_lines() -> None:
    rules = [
        rule(
            "least",
            watching("line_added"),
            one("set", values={"quantity": "MAX(quantity, 5)"}),
            timing="before",
        ),
        rule(
            "kept",
            watching("line_removed"),
            refuse("No", at="goods"),
            timing="before",
            if_="goods.name == 'Oil'",
        ),
    ]
    context = around(office(*rules))
    found = engine.before(context, created(order(line(11), line(12, quantity="9.00"))))
    assert lines_of(found.record) == [Decimal("5.00"), Decimal("9.00")]
    gone = RecordChanged(order(line(11), line(12, OIL)), order(line(11)), frozenset({"lines"}))
    assert [p.path for p in engine.before(context, gone).problems] == ["/lines/goods"]


def test_a_line_that_is_gone_when_its_later_rule_runs_concerns_nobody() -> None:
    later = rule("r", watching("line_added"), note("'x'"), timing="later")
    (message,) = reacting(later, event=created(order(line(11)))).messages
    assert (message.body["entity"], message.body["id"]) == ("order_line", 11)
    assert engine.run(around(office(later)), later, None, message.body["event"]) == engine.Reaction()


# From what to what


@pytest.mark.parametrize(
    ("goes", "before", "after", "wakes"),
    [
        ({"to": "sent"}, "open", "sent", True),
        ({"to": "sent"}, "open", "lost", False),
        ({"from_": "open"}, "open", "lost", True),
        ({"from_": "open", "to": "lost"}, "sent", "lost", False),
        ({"from_": ""}, None, "sent", True),
    ],
)
def test_a_change_from_what_to_what(goes: dict[str, Any], before: Any, after: Any, wakes: bool) -> None:
    when = Trigger("record_changed", entity="order", fields=("remark",), **goes)
    reaction = reacting(rule("r", when, note("'x'")), event=changed(order(remark=before), remark=after))
    assert bool(reaction.commands) is wakes


def test_numbers_and_switches_are_compared_by_what_they_are() -> None:
    ten = Trigger("line_changed", entity="order_line", fields=("quantity",), to="10")
    event = RecordChanged(order(line(11)), order(line(11, quantity="10.00")), frozenset({"lines"}))
    assert reacting(rule("r", ten, note("'x'")), event=event).commands
    on = Trigger("record_changed", entity="order", fields=("urgent",), from_="false", to="true")
    assert reacting(rule("r", on, note("'x'")), event=changed(order(urgent=False), urgent=True)).commands


# Messages from outside


def hook(*then: Action, **more: Any) -> Rule:
    return rule(
        "r", Trigger("webhook", connector="bank", **more.pop("when", {})), *then, timing="later", **more
    )


def test_what_a_message_says_is_read_with_exact_numbers() -> None:
    made = one(
        "create", entity="goods", values={"name": "payload.item.name", "price": "payload.item.price * 2"}
    )
    event = {"kind": "webhook", "payload": '{"item": {"name": "Salt", "price": 1.10}}'}
    one_rule = hook(made, if_="payload.item.price > 1")
    (caused,) = engine.run(around(office(one_rule)), one_rule, None, event).commands
    assert isinstance(caused.command, CreateRecord)
    assert caused.command.values == {"name": "Salt", "price": Decimal("2.20")}
    empty = engine.run(around(office(one_rule)), one_rule, None, {"kind": "webhook", "payload": "{}"})
    assert empty == engine.Reaction()


def test_words_from_outside_are_not_filled_again() -> None:
    told = one("notify", to=(Recipient(user="clerk"),), title="{payload.text}")
    one_rule = hook(told)
    event = {"kind": "webhook", "payload": '{"text": "{number}"}'}
    (message,) = engine.run(around(office(one_rule)), one_rule, order(), event).messages
    assert message.body["title"] == {"zh-CN": "{number}", "en": "{number}"}


# Further actions and recipients


def test_an_approval_starts_and_a_print_is_made_of_the_record_at_hand() -> None:
    both = rule("r", "record_created", one("start_approval", transition="approve"), timing="later")
    commands = [c.command for c in engine.run(around(office(both)), both, order(), {}).commands]
    assert commands == [StartApproval("office", "order", 1, "approve")]
    slip = rule("r", "record_created", one("print", print="slip", at="remark"), timing="later")
    (caused,) = engine.run(around(office(slip)), slip, order(), {}).commands
    assert isinstance(caused.command, MakePrint)
    assert (caused.command.print, caused.command.field) == ("slip", "remark")


def test_a_groups_robot_is_told_with_a_title_and_a_text() -> None:
    told = one(
        "notify", connector="group", title={"zh-CN": "单 {number}", "en": "{number}"}, body="{customer}"
    )
    package = replace(
        office(rule("r", "record_created", told, timing="later")),
        connectors=(Connector("c", "group", "Group", "robot"),),
    )
    context = around(package)
    (message,) = engine.run(context, package.rules[0], order(), {}).messages
    assert (message.kind, message.body["connector"], message.body["data"]) == (
        "robot",
        "group",
        {"title": "单 SO-1", "text": "Acme"},
    )
    early = engine.now(around(office(rule("r", "record_created", told))), created(order()))
    assert [p.code for p in early.problems] == ["RULE_ACTION_MISPLACED"]


def told(to: Recipient, record: Record | None = None) -> list[int]:
    directory = MemoryDirectory(heads={1: (CLERK,), 2: (SELLER,)}, logins={"clerk": CLERK})
    one_rule = rule("r", "record_created", one("notify", to=(to,), title="Look"))
    reaction = engine.now(
        around(office(one_rule), directory=directory), created(record or order(salesman=SELLER))
    )
    return [m.body["user_id"] for m in reaction.messages]


def test_heads_of_departments_and_whoever_did_it_are_told() -> None:
    assert told(Recipient(head=0)) == [CLERK]
    assert told(Recipient(actor=True)) == [around(office()).actor.user_id]


def test_people_of_records_are_told() -> None:
    where = {"field": "number", "op": "=", "value": {"record": "number"}}
    one_rule = rule(
        "r",
        "record_created",
        one("notify", to=(Recipient(entity="order", filter=where, person="salesman"),), title="x"),
    )
    other = order(salesman=CLERK).but(id=5)
    reaction = engine.now(around(office(one_rule), other), created(order(customer=ACME)))
    assert [m.body["user_id"] for m in reaction.messages] == [CLERK]


# Plug-ins


def test_a_plug_in_brings_an_action_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    from builder.metadata.plugged import PLUGGED_ACTIONS

    def decide(one: Action, at: Situation) -> Decided:
        return Decided(values=at.evaluated(one)) if at.timing == "before" else Decided()

    kind = ActionKind(
        "shout",
        {"zh-CN": "喊", "en": "Shout"},
        schema({"values": {"type": "object"}}, ("values",)),
        frozenset({"before"}),
        decide,
    )
    monkeypatch.setattr(ACTIONS, "_things", dict(ACTIONS._things))
    monkeypatch.setattr(PLUGGED_ACTIONS, "_things", {})
    registry.plug_in(kind)
    loud = rule("r", "record_created", one("shout", values={"remark": "UPPER(number)"}), timing="before")
    assert engine.before(around(office(loud)), created(order(number="so-2"))).record.get("remark") == "SO-2"
    assert PLUGGED_ACTIONS.get("shout").required == ("values",)


def test_an_installed_package_names_its_actions_by_entry_points(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "loud_actions.py").write_text("SHOUT, WHISPER = 'shout', 'whisper'\n", encoding="utf-8")
    folder = tmp_path / "loud-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: loud\nVersion: 1.0\n", encoding="utf-8")
    named = "[zhanggui.actions]\nwhisper = loud_actions:WHISPER\nshout = loud_actions:SHOUT\n"
    (folder / "entry_points.txt").write_text(named, encoding="utf-8")
    assert list(installed(registry.ENTRY_POINTS)) == []
    monkeypatch.syspath_prepend(str(tmp_path))
    assert list(installed(registry.ENTRY_POINTS)) == ["shout", "whisper"]
