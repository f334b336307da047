"""Finishing: an import that ends wakes the rules that wait for it, once."""

from __future__ import annotations

from builder.metadata.rule import Trigger
from builder.rules.engine import run
from builder.rules.finishing import finished
from tests.rules.office import around, notify, office, rule


def test_an_import_wakes_the_rules_of_its_entity_and_those_of_any() -> None:
    package = office(
        rule("orders", Trigger("import_finished", entity="order"), notify()),
        rule("any", Trigger("import_finished"), notify()),
        rule("goods", Trigger("import_finished", entity="goods"), notify()),
        rule("off", Trigger("import_finished", entity="order"), notify(), enabled=False),
        rule("made", "record_created", notify()),
    )
    messages = finished(package, "office", "order", "import:7")
    assert [m.body["rule"] for m in messages] == ["orders", "any"]
    assert messages == finished(package, "office", "order", "import:7")
    assert not {m.dedupe_key for m in messages} & {
        m.dedupe_key for m in finished(package, "office", "order", "import:8")
    }


def test_such_a_rule_is_about_no_record() -> None:
    package = office(rule("orders", Trigger("import_finished", entity="order"), notify(), timing="later"))
    (message,) = finished(package, "office", "order", "import:7")
    reaction = run(around(package), package.rules[0], None, message.body["event"])
    assert not reaction.problems
    assert reaction.messages
