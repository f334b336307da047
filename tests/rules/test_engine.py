"""The engine: before, now and later; refusals, failures, loops, thresholds."""

from __future__ import annotations

from decimal import Decimal

from builder.commands import UpdateRecord
from builder.errors import Problem
from builder.metadata.rule import Recipient, Trigger
from builder.rules import engine
from builder.rules.cause import BUDGET, DEPTH, Cause, stop
from tests.rules.office import (
    ACME,
    action,
    around,
    changed,
    created,
    fired,
    line,
    notify,
    office,
    order,
    refuse,
    rule,
    words,
)

# Before


def test_before_rules_change_the_record_one_after_the_other() -> None:
    first = rule("first", "record_created", action("set", values={"remark": "'a'"}), timing="before", order=1)
    second = rule(
        "second",
        "record_created",
        action("set", values={"remark": "CONCAT(remark, 'b')"}),
        timing="before",
        order=2,
    )
    found = engine.before(around(office(second, first)), created(order()))
    assert found.record.get("remark") == "ab"
    assert found.problems == ()
    assert [(r.rule, r.outcome, r.timing) for r in found.runs] == [
        ("first", "done", "before"),
        ("second", "done", "before"),
    ]


def test_actions_of_one_rule_see_what_the_ones_before_them_set() -> None:
    one = rule(
        "r",
        "record_created",
        action("set", uid="a.1", values={"remark": "'x'"}),
        action("set", uid="a.2", values={"reason": "CONCAT(remark, 'y')"}),
        timing="before",
    )
    record = engine.before(around(office(one)), created(order())).record
    assert (record.get("remark"), record.get("reason")) == ("x", "xy")


def test_every_refusal_is_collected_in_both_languages() -> None:
    rules = (
        rule(
            "a",
            "record_created",
            refuse({"zh-CN": "{number} 太晚", "en": "{number} is late"}, at="due"),
            timing="before",
        ),
        rule("b", "record_created", refuse("Not for {customer}"), timing="before"),
    )
    found = engine.before(around(office(*rules)), created(order()))
    assert [(p.code, p.path) for p in found.problems] == [("RULE_REFUSED", "/due"), ("RULE_REFUSED", "")]
    assert words(found.problems[0]) == {"zh-CN": "SO-1 太晚", "en": "SO-1 is late"}
    assert words(found.problems[1]) == {"zh-CN": "Not for Acme", "en": "Not for Acme"}
    assert [r.outcome for r in found.runs] == ["refused", "refused"]


def test_an_action_has_a_condition_of_its_own() -> None:
    one = rule(
        "r",
        "record_created",
        action("set", uid="a.1", values={"remark": "'big'"}, when="SUM(lines.quantity) > 3"),
        action("set", uid="a.2", values={"reason": "'always'"}),
        timing="before",
    )
    record = engine.before(around(office(one)), created(order(line(11)))).record
    assert (record.get("remark"), record.get("reason")) == (None, "always")


def test_an_action_that_does_not_belong_before_is_a_problem() -> None:
    found = engine.before(
        around(office(rule("r", "record_created", notify(), timing="before"))), created(order())
    )
    assert [p.code for p in found.problems] == ["RULE_ACTION_MISPLACED"]
    assert words(found.problems[0])["en"] != "RULE_ACTION_MISPLACED"


def test_a_rule_that_fails_refuses_with_its_name_in_both_languages() -> None:
    label = {"zh-CN": "检查", "en": "Checking"}
    for one in (
        rule("r", "record_created", refuse(), timing="before", if_="1 / 0 > 1", label=label),
        rule("r", "record_created", action("set", values={"net": "1 / 0"}), timing="before", label=label),
    ):
        found = engine.before(around(office(one)), created(order()))
        assert [p.code for p in found.problems] == ["RULE_FAILED"]
        said = words(found.problems[0])
        assert "检查" in said["zh-CN"]
        assert "Checking" in said["en"]
        assert "{" not in said["zh-CN"] + said["en"]


# Now


def test_now_rules_add_commands_with_the_chain_that_led_to_them() -> None:
    one = rule("r", "transition", action("update", target="customer", values={"name": "number"}), as_="actor")
    found = engine.now(around(office(one)), fired(order()), Cause(("first",)))
    assert [(c.command, c.cause.rules, c.as_) for c in found.commands] == [
        (UpdateRecord("office", "customer", ACME, {"name": "SO-1"}), ("first", "r"), "actor")
    ]
    step = found.runs[0].steps[0]
    assert step["commands"] == [
        {"command": "UpdateRecord", "entity": "customer", "id": ACME, "values": {"name": "SO-1"}}
    ]


def test_now_rules_see_the_record_as_it_is_after_and_before() -> None:
    one = rule("r", "record_changed", action("set", values={"reason": "CONCAT(old.remark, remark)"}))
    event = changed(order(remark="a"), remark="b")
    assert engine.now(around(office(one)), event).commands[0].command.values == {"reason": "ab"}  # type: ignore[union-attr]


def test_what_does_not_match_leaves_no_trace() -> None:
    one = rule("r", "record_created", refuse(), if_="number == 'other'")
    assert engine.now(around(office(one)), created(order())) == engine.Reaction()


def test_before_rules_do_not_run_now_and_the_other_way_round() -> None:
    rules = (rule("a", "record_created", refuse(), timing="before"), rule("b", "record_created", refuse()))
    context = around(office(*rules))
    assert [r.rule for r in engine.before(context, created(order())).runs] == ["a"]
    assert [r.rule for r in engine.now(context, created(order())).runs] == ["b"]


# Later


def test_later_rules_become_one_message_for_each_moment() -> None:
    one = rule("r", "transition", notify(), timing="later")
    context = around(office(one))
    found = engine.now(context, fired(order()), Cause(("first",)))
    (message,) = found.messages
    assert message.kind == "rule"
    assert message.body["event"] == {
        "kind": "transition",
        "version": 1,
        "transition": "approve",
        "matched": True,
        "cause": ["first"],
    }
    assert message.order_key == "office:order:1"
    assert [r.outcome for r in found.runs] == ["queued"]
    again = engine.now(context, fired(order()))
    assert again.messages[0].dedupe_key == message.dedupe_key
    other = engine.now(context, fired(order().but(version=2)))
    assert other.messages[0].dedupe_key != message.dedupe_key


def test_a_condition_that_fails_later_does_not_refuse_what_the_person_does() -> None:
    one = rule("r", "record_created", notify(), timing="later", if_="1 / 0 > 1")
    context = around(office(one))
    found = engine.now(context, created(order()))
    assert found.problems == ()
    assert found.messages[0].body["event"]["matched"] is False
    run = engine.run(context, one, order(), found.messages[0].body["event"])
    assert [p.code for p in run.problems] == ["RULE_FAILED"]


def test_the_second_half_runs_with_the_chain_so_far() -> None:
    one = rule("r", "record_created", action("set", values={"remark": "'done'"}), timing="later")
    context = around(office(one))
    message = engine.now(context, created(order()), Cause(("x",))).messages[0]
    found = engine.run(context, one, order(), message.body["event"])
    assert found.commands[0].cause.rules == ("x", "r")
    assert engine.command_of(message.body, "key").fire_key == "key"


def test_a_record_that_has_gone_meanwhile_is_told() -> None:
    one = rule("r", "record_created", notify(), timing="later")
    found = engine.run(around(office(one)), one, None, {"matched": True})
    assert [p.code for p in found.problems] == ["RULE_RECORD_GONE"]
    assert all("{" not in text for text in words(found.problems[0]).values())


# Loops


def test_a_chain_ends_at_its_depth_with_the_names_of_its_rules() -> None:
    cause = Cause()
    for n in range(DEPTH):
        cause = cause.by(f"r{n}")
        assert stop(cause, 1) is None
    problem = stop(cause.by("last"), 1)
    assert isinstance(problem, Problem)
    assert problem.code == "RULE_DEPTH"
    for text in words(problem).values():
        assert "r0 → r1" in text
        assert "16" in text


def test_a_command_that_causes_too_many_ends() -> None:
    assert stop(Cause(("r",)), BUDGET) is None
    problem = stop(Cause(("r",)), BUDGET + 1)
    assert problem is not None
    assert problem.code == "RULE_BUDGET"
    assert "100" in words(problem)["en"]


def test_a_rule_that_feeds_itself_is_cut() -> None:
    """The loop of a decision in small: each command's change wakes the rule again."""
    one = rule("echo", "record_changed", action("set", values={"remark": "CONCAT(remark, '.')"}))
    context = around(office(one))
    record, cause, made = order(remark=""), Cause(), 0
    event = changed(record, remark="x")
    while True:
        (caused,) = engine.now(context, event, cause).commands
        made += 1
        if stop(caused.cause, made) is not None:
            break
        cause = caused.cause
        assert isinstance(caused.command, UpdateRecord)
        event = changed(event.after, **caused.command.values)
    assert made == DEPTH + 1


# Thresholds


def test_a_threshold_tells_the_keys_and_figures_that_crossed_it() -> None:
    one = rule(
        "low",
        Trigger("threshold", ledger="stock", slack="on_hand - 5"),
        notify(
            Recipient(user="clerk"),
            title={"zh-CN": "{goods} 缺 {shortage}", "en": "{goods} is short of {shortage}"},
        ),
        timing="later",
    )
    context = around(office(one))
    message = engine.crossing(
        "office", one, {"goods": 60}, {"on_hand": Decimal("3.00")}, Decimal("-2.00"), "lane:7"
    )
    assert message.body["event"]["measures"] == {"on_hand": "3.00", "slack": "-2.00", "shortage": "2.00"}
    same = engine.crossing(
        "office", one, {"goods": 60}, {"on_hand": Decimal("3.00")}, Decimal("-2.00"), "lane:7"
    )
    assert same.dedupe_key == message.dedupe_key
    later = engine.crossing(
        "office", one, {"goods": 60}, {"on_hand": Decimal("3.00")}, Decimal("-2.00"), "lane:8"
    )
    assert later.dedupe_key != message.dedupe_key
    found = engine.run(context, one, None, message.body["event"])
    assert [m.body["title"]["en"] for m in found.messages] == ["60 is short of 2"]
    assert found.messages[0].body["record_id"] is None
