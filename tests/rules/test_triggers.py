"""Triggers and conditions: what wakes a rule, and whether it applies once it is awake."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from builder.events import ApprovalChanged, ButtonPressed, RecordDeleted
from builder.metadata.rule import Rule, Trigger
from builder.record import Record
from builder.rules.conditions import bound, judge, passes, plain
from builder.rules.triggers import before_of, is_edge, record_of, woken
from tests.memory import NOW
from tests.rules.office import (
    ACME,
    OLD_CUSTOMER,
    around,
    changed,
    created,
    fired,
    line,
    office,
    order,
    refuse,
    rule,
)


def on(kind: Any, **more: Any) -> Trigger:
    return Trigger(kind, entity="order", **more)


def wakes(trigger: Trigger, event: Any) -> bool:
    return bool(woken(office(rule("r", trigger, refuse())), event))


def test_each_kind_of_event_wakes_its_rules_alone() -> None:
    at = order()
    events = {
        "record_created": created(at),
        "record_changed": changed(at, remark="x"),
        "record_deleted": RecordDeleted(at),
        "transition": fired(at),
        "approval": ApprovalChanged(at, "approve", "started"),
        "button": ButtonPressed(at, "r"),
    }
    for kind in events:
        assert {name for name, event in events.items() if wakes(on(kind), event)} == {kind}


def test_a_rule_of_another_entity_or_that_is_off_sleeps() -> None:
    assert not wakes(Trigger("record_created", entity="customer"), created(order()))
    assert woken(office(rule("r", "record_created", refuse(), enabled=False)), created(order())) == ()


def test_rules_wake_in_their_declared_order() -> None:
    rules = (
        rule("b", "record_created", refuse(), order=5),
        rule("a", "record_created", refuse(), order=5),
        rule("z", "record_created", refuse(), order=1),
    )
    assert [r.key for r in woken(office(*rules), created(order()))] == ["z", "a", "b"]


def test_a_change_wakes_by_the_fields_that_it_names() -> None:
    at = order(line(11))
    assert wakes(on("record_changed", fields=("remark", "due")), changed(at, remark="x"))
    assert not wakes(on("record_changed", fields=("due",)), changed(at, remark="x"))
    assert wakes(on("record_changed"), changed(at, remark="x"))


def test_a_field_of_the_lines_wakes_only_where_it_changed() -> None:
    at = order(line(11), line(12))
    other = at.but(
        lines={"lines": (line(12), line(11).but(values={**line(11).values, "quantity": Decimal(9)}))}
    )
    event = changed(at)._replace(after=other, fields=frozenset({"lines"}))
    assert wakes(on("record_changed", fields=("lines.quantity",)), event)
    assert not wakes(on("record_changed", fields=("lines.price",)), event)
    moved = event._replace(after=at.but(lines={"lines": (line(12), line(11))}))
    assert not wakes(on("record_changed", fields=("lines.quantity",)), moved)


def test_a_transition_and_an_approval_may_be_named() -> None:
    at = order()
    assert wakes(on("transition", transition="approve"), fired(at))
    assert not wakes(on("transition", transition="void"), fired(at))
    started = ApprovalChanged(at, "approve", "started")
    assert wakes(on("approval", event="started"), started)
    assert not wakes(on("approval", event="rejected"), started)
    assert not wakes(on("approval", transition="void"), started)


def test_a_button_is_its_own_rules_alone() -> None:
    rules = (rule("one", on("button"), refuse()), rule("two", on("button"), refuse()))
    assert [r.key for r in woken(office(*rules), ButtonPressed(order(), "two"))] == ["two"]
    assert [r.key for r in woken(office(*rules), ButtonPressed(order(), "r.one"))] == ["one"]


def test_an_event_knows_its_record_before_and_after() -> None:
    at = order()
    assert record_of(created(at)) == at
    assert before_of(created(at)) is None
    assert (before_of(fired(at)), record_of(fired(at)).state) == (at, "approved")


# Conditions


def applies(one: Rule, record: Record, old: Record | None = None, **options: Any) -> bool:
    return judge(around(office(one), **options), one, record, old).applies


def test_a_rule_without_a_condition_applies() -> None:
    assert applies(rule("r", "record_created", refuse()), order())


def test_a_condition_follows_references_lines_and_the_record_before() -> None:
    for text, expected in (
        ("customer.level = 'a'", True),
        ("customer.level = 'b'", False),
        ("SUM(lines.quantity) > 3", True),
        ("number = 'SO-1' and not urgent", True),
    ):
        one = rule("r", "record_created", refuse(), if_=text.replace(" = ", " == "))
        assert applies(one, order(line(11), line(12), urgent=False)) == expected, text
    one = rule("r", on("record_changed", fields=("due",)), refuse(), if_="due > old.due")
    before = order(due=date(2026, 3, 5))
    assert applies(one, before.with_values({"due": date(2026, 3, 6)}), before)
    assert not applies(one, before.with_values({"due": date(2026, 3, 4)}), before)


def test_what_was_looked_at_is_kept_exact_for_the_log() -> None:
    one = rule("r", "record_created", refuse(), if_="SUM(lines.quantity) > 3 and due == DATE(2026, 3, 5)")
    found = judge(around(office(one)), one, order(line(11), line(12), due=date(2026, 3, 5)))
    assert found.inputs == {"lines.quantity": ["2.00", "2.00"], "due": "2026-03-05"}


def test_a_reaction_to_any_change_fires_when_its_condition_becomes_true_and_not_again() -> None:
    one = rule("r", "record_changed", refuse(), if_="urgent")
    calm, urgent = order(urgent=False), order(urgent=True)
    assert applies(one, urgent, calm)
    assert not applies(one, urgent.with_values({"remark": "x"}), urgent)
    assert not applies(one, calm, urgent)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, True),
        ({"timing": "later"}, True),
        ({"timing": "before"}, False),
        ({"when": on("record_changed", fields=("urgent",))}, False),
        ({"when": on("record_created")}, False),
        ({"if_": None}, False),
    ],
)
def test_only_reactions_to_any_change_are_edges(more: dict[str, Any], expected: bool) -> None:
    one = replace(rule("r", "record_changed", refuse(), if_="urgent"), **more)
    assert is_edge(one, frozenset({"urgent"})) == expected
    assert not is_edge(one, frozenset({"urgent", "old.urgent"}))


def test_the_owners_pilot_limits_a_rule_to_what_its_filter_lets_through() -> None:
    one = rule("r", "record_created", refuse(), scope="pilot")
    pilot = {"field": "customer.level", "op": "=", "value": "a"}
    assert applies(one, order(), settings={"pilot": pilot})
    assert not applies(one, order(customer=OLD_CUSTOMER), settings={"pilot": pilot})
    assert applies(one, order(customer=OLD_CUSTOMER), settings={})
    assert applies(one, order(), settings={"pilot": {}})


def test_filters_know_today_the_actor_and_the_records_own_values() -> None:
    context = around(office())
    assert passes(context, {"field": "due", "op": "<", "value": {"today": 1}}, order(due=date(2026, 3, 2)))
    assert not passes(
        context, {"field": "due", "op": "<", "value": {"today": 0}}, order(due=date(2026, 3, 2))
    )
    assert passes(context, {"field": "owner", "op": "=", "value": {"actor": "id"}}, order())
    assert passes(context, None, order())
    where = {"and": [{"field": "x", "op": "in", "value": [{"record": "customer"}, 1]}]}
    assert bound(context, where, order()) == {"and": [{"field": "x", "op": "in", "value": [ACME, 1]}]}


def test_values_are_plain_and_exact() -> None:
    value = {"a": (Decimal("1.10"), date(2026, 1, 2), NOW), "b": None, 1: True}
    assert plain(value) == {"a": ["1.10", "2026-01-02", NOW.isoformat()], "b": None, "1": True}
