"""Every kind of action keeps the same contract: it decides, in its own timings, and says nothing else."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from jsonschema_rs import meta

from builder.commands import Convert, CreateRecord, FireTransition, UpdateRecord
from builder.expressions import ExpressionError
from builder.metadata.entity import Conversion
from builder.metadata.rule import Action, Recipient
from builder.record import Record
from builder.rules.actions import ACTIONS, ActionKind, Decided, Situation
from builder.rules.scene import Scene
from tests.memory import MemoryDirectory, context_of
from tests.rules.office import (
    ACME,
    CLERK,
    GONE,
    NOBODY,
    OIL,
    OLD_CUSTOMER,
    RICE,
    SELLER,
    action,
    around,
    notify,
    office,
    order,
    refuse,
    rule,
)

ONE_OF_EACH: dict[str, Action] = {
    "set": action("set", values={"remark": "'checked'"}),
    "refuse": refuse({"zh-CN": "不行", "en": "No"}),
    "create": action("create", entity="customer", values={"name": "number"}),
    "update": action("update", target="customer", values={"name": "'New'"}),
    "convert": action("convert", conversion="ship"),
    "transition": action("transition", transition="approve"),
    "notify": notify(),
    "call": action("call", connector="books", payload={"number": "number"}),
    "assign": action("assign", to=(Recipient(user="clerk"),)),
    "ticket": action(
        "ticket", to=(Recipient(user="clerk"),), title={"zh-CN": "看 {number}", "en": "See {number}"}
    ),
}
ONE_OF_EACH |= {
    "branch": action(
        "branch", if_="urgent", then=(action("set", values={"remark": "'rush'"}),), else_=(refuse("No"),)
    ),
    "each": action("each", each="lines", then=(action("set", values={"quantity": "outer.total"}),)),
    "start_approval": action("start_approval", transition="approve"),
    "print": action("print", print="slip"),
    "compute": action("compute", computation="needs", payload={"day": "due"}),
}
FAILING = ("set", "create", "update", "convert", "transition")
"""The kinds that have expressions."""


def decide(one: Action, timing: Any = "now", record: Record | None = None, **options: Any) -> Decided:
    context = around(office(rule("r", "record_created", one)), **options)
    woken = context.package.rules[0]
    situation = Situation(context, woken, Scene(record or order()), timing)
    return ACTIONS.get(one.kind).decide(woken.then[0], situation)


# The contract


@pytest.fixture(params=ACTIONS.names())
def kind(request: pytest.FixtureRequest) -> ActionKind:
    found: ActionKind = ACTIONS.get(request.param)
    return found


def test_every_kind_has_an_example_here(kind: ActionKind) -> None:
    assert kind.name in ONE_OF_EACH


def test_a_kind_has_words_in_both_languages_and_times_when_it_may_run(kind: ActionKind) -> None:
    assert set(kind.label) == {"zh-CN", "en"}
    assert all(kind.label.values())
    assert kind.timings
    assert kind.timings <= {"before", "now", "later"}


def test_a_kind_describes_its_properties(kind: ActionKind) -> None:
    assert meta.is_valid(dict(kind.schema))
    known = {f for f in Action.__dataclass_fields__ if f not in {"uid", "kind", "when"}}
    assert set(kind.schema["properties"]) <= known
    assert set(kind.schema["required"]) <= set(kind.schema["properties"])


def test_deciding_changes_nothing_and_comes_to_the_same_again(kind: ActionKind) -> None:
    one = ONE_OF_EACH[kind.name]
    for timing in kind.timings:
        record = order()
        first, second = decide(one, timing, record), decide(one, timing, record)
        assert first == second
        assert record == order()


def test_a_kind_gives_values_only_before_and_commands_only_after(kind: ActionKind) -> None:
    for timing in kind.timings:
        decided = decide(ONE_OF_EACH[kind.name], timing)
        if timing == "before":
            assert not decided.commands
            assert not decided.messages
        else:
            assert not decided.values


@pytest.mark.parametrize("name", FAILING)
def test_an_expression_that_fails_is_raised_not_swallowed(name: str) -> None:
    bad = replace(ONE_OF_EACH[name], values={"remark" if name != "create" else "name": "TEXT(1 / 0)"})
    with pytest.raises(ExpressionError):
        decide(bad, "now")


def test_a_call_says_what_its_expressions_come_to_in_the_records_order() -> None:
    one = action("call", connector="books", payload={"number": "number", "total": "total * 2"})
    (told,) = decide(one, "later").messages
    assert (told.kind, told.body["connector"]) == ("connector", "books")
    assert told.body["data"]["number"] == order().get("number")
    assert told.order_key.endswith(f":{order().entity}:{order().id}")


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match="registered already"):
        ACTIONS.register("set", ACTIONS.get("set"))
    with pytest.raises(KeyError):
        ACTIONS.get("explode")


# Each of them


def test_set_lays_values_over_the_record_before_and_asks_for_an_update_after() -> None:
    one = action("set", values={"remark": "'x'", "number": "number"})
    assert decide(one, "before").values == {"remark": "x"}
    assert decide(one, "now").commands == (UpdateRecord("office", "order", 1, {"remark": "x"}),)


def test_set_that_would_change_nothing_asks_for_nothing() -> None:
    assert decide(action("set", values={"number": "'SO-1'"})) == Decided()


def test_values_are_taken_at_the_scale_of_their_field() -> None:
    assert decide(action("set", values={"net": "1 / 3"}), "before").values == {"net": Decimal("0.33")}


def test_refuse_says_its_words_at_its_field() -> None:
    one = refuse({"zh-CN": "{customer} 的 {number} 不行", "en": "{number} of {customer}"}, at="remark")
    problem = decide(one, "before").problems[0]
    assert (problem.code, problem.path) == ("RULE_REFUSED", "/remark")
    assert problem.message == {"zh-CN": "Acme 的 SO-1 不行", "en": "SO-1 of Acme"}


def test_create_makes_a_record_and_may_submit_it() -> None:
    one = action("create", entity="customer", values={"name": "number", "discount": "0.1"}, submit=True)
    assert decide(one).commands == (
        CreateRecord(
            "office", "customer", {"name": "SO-1", "discount": Decimal("0.1")}, submit=True, source="rule"
        ),
    )


def test_update_reaches_the_referenced_record() -> None:
    one = action("update", target="customer", values={"name": "number"})
    assert decide(one).commands == (UpdateRecord("office", "customer", ACME, {"name": "SO-1"}),)
    assert decide(one, record=order(customer=None)).commands == ()
    assert decide(one, record=order(customer=999)).commands == ()


def test_update_reaches_all_that_pass_a_filter_with_the_records_own_values() -> None:
    where = {"field": "customer", "op": "=", "value": {"record": "customer"}}
    one = action("update", entity="goods", filter=where, values={"name": "'Renamed'"})
    assert {c.id for c in decide(one).commands if isinstance(c, UpdateRecord)} == {RICE, OIL}
    assert decide(one, record=order(customer=OLD_CUSTOMER)).commands == ()
    already = replace(one, values={"customer": "customer"})
    assert decide(already).commands == ()


def test_a_transition_moves_the_record_or_those_it_reaches() -> None:
    one = action("transition", transition="approve", values={"remark": "'moved'"})
    assert decide(one).commands == (
        FireTransition("office", "order", 1, "approve", values={"remark": "moved"}),
    )


def test_a_conversion_is_asked_for_with_the_values_laid_over_it() -> None:
    package = office(
        rule("r", "record_created", action("convert", conversion="ship", values={"remark": "number"}))
    )
    converting = replace(
        package,
        entities=tuple(
            replace(e, conversions=(Conversion("v", "ship", "Ship", "order", {}),)) if e.key == "order" else e
            for e in package.entities
        ),
    )
    context = context_of(converting, around(package).reader)  # type: ignore[arg-type]
    the_rule = converting.rules[0]
    decided = ACTIONS.get("convert").decide(
        the_rule.then[0], Situation(context, the_rule, Scene(order()), "now")
    )
    assert decided.commands == (
        Convert("office", "order", (1,), "ship", values={"remark": "SO-1"}, by="rule"),
    )


def test_notify_tells_each_active_person_once() -> None:
    one = notify(
        Recipient(role="sales"),
        Recipient(role="finance"),
        Recipient(user="clerk"),
        Recipient(user="nobody"),
        Recipient(field="salesman"),
        Recipient(owner=True),
        title={"zh-CN": "看 {number}", "en": "See {number}"},
    )
    messages = decide(one, record=order(salesman=SELLER)).messages
    assert [m.body["user_id"] for m in messages] == [SELLER, CLERK]
    assert messages[0].body["title"] == {"zh-CN": "看 SO-1", "en": "See SO-1"}
    assert len({m.dedupe_key for m in messages}) == 2
    assert all(m.kind == "notification" for m in messages)
    assert decide(replace(one, channel="email")).messages[0].kind == "email"


def test_assign_hands_the_record_to_the_first_who_is_active() -> None:
    one = action("assign", to=(Recipient(field="salesman"), Recipient(role="finance")))
    assert decide(one).commands == (UpdateRecord("office", "order", 1, {"owner": CLERK}),)
    assert decide(one, record=order(salesman=GONE)).commands == decide(one).commands
    assert decide(one, record=order(salesman=SELLER)) == Decided()
    assert decide(replace(one, to=(Recipient(role="empty"),))) == Decided()


def test_assign_names_a_person_in_a_field() -> None:
    one = action("assign", to=(Recipient(owner=True),), at="salesman")
    assert decide(one).commands == (UpdateRecord("office", "order", 1, {"salesman": SELLER}),)
    assert decide(one, record=order(salesman=SELLER)) == Decided()


def test_notify_without_anybody_tells_nobody() -> None:
    assert decide(notify(Recipient(role="empty"))).messages == ()
    assert decide(notify(Recipient(role="sales")), directory=MemoryDirectory()).messages == ()
    assert decide(notify(), directory=None).messages == ()
    assert NOBODY.with_role("finance") == (CLERK,)
