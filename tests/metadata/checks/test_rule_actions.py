"""Actions inside actions: their names are judged where they stand, found where they are used, renamed with what they mention."""

from __future__ import annotations

from typing import Any

from builder.metadata.references import References
from builder.metadata.renaming import rename
from tests.metadata.library import found, package_of

Body = dict[str, Any]
NEW = {"zh-CN": "新的", "en": "New"}


def touching(*then: Body, **more: Any) -> list[tuple[str, Any]]:
    return [("rule/touch/then", list(then)), *((f"rule/touch/{key}", value) for key, value in more.items())]


def update(**values: str) -> Body:
    return {"kind": "update", "values": values}


def branch(condition: str, *then: Body, otherwise: tuple[Body, ...] = ()) -> Body:
    return {
        "kind": "branch",
        "if": condition,
        "then": list(then),
        **({"else": list(otherwise)} if otherwise else {}),
    }


def each(*then: Body, **over: Any) -> Body:
    return {"kind": "each", **over, "then": list(then)}


def circles(*edits: tuple[str, Any]) -> list[str]:
    return [p.severity for p in found(*edits) if p.code == "E130"]


def test_a_branch_and_a_walk_over_lines_are_right() -> None:
    line = update(count="IF(outer.due_on > TODAY(), count, 1)")
    nested = branch(
        "due_on != None", each(branch("count > 1", line), each="lines"), otherwise=(update(due_on="TODAY()"),)
    )
    assert found(*touching(nested)) == ()


def test_inside_a_walk_the_record_before_is_outer_and_may_be_asked_how_it_was() -> None:
    inner = {"kind": "notify", "to": [{"field": "outer.librarian"}], "title": "{book}: {outer.due_on}"}
    assert found(*touching(each(branch("outer.old.due_on != None", inner), each="lines"))) == ()
    wrong = {"kind": "notify", "to": [{"field": "outer.libarian"}], "title": "{outer.due}"}
    assert {p.code for p in found(*touching(each(wrong, each="lines")))} == {"E102"}


def test_rules_that_wake_themselves_through_a_branch_or_a_walk_are_warned_of() -> None:
    changed = {"kind": "record_changed", "entity": "loan"}
    assert circles(*touching(branch("True", update(due_on="TODAY()")), when=changed)) == ["warning"]
    own = {"field": "id", "op": "=", "value": {"record": "id"}}
    assert circles(*touching(each(update(due_on="TODAY()"), entity="loan", filter=own), when=changed)) == [
        "warning"
    ]
    added = {"kind": "line_changed", "entity": "loan_line"}
    assert circles(*touching(update(count="2"), when=added)) == ["error"]
    assert circles(*touching(update(count="2"), when={**added, "fields": ["book"]})) == []


def test_a_walk_over_lines_wakes_who_watches_the_lines_of_the_document() -> None:
    changed = {"kind": "record_changed", "entity": "loan", "fields": ["lines"]}
    assert circles(*touching(each(update(count="2"), each="lines"), when=changed)) == ["warning"]


def test_what_is_told_outside_may_come_back() -> None:
    post = {"key": "post", "kind": "webhook", "label": NEW, "origin": "https://post.example"}
    called = {"kind": "call", "connector": "post"}
    edits = touching(called, when={"kind": "webhook", "connector": "post"}, timing="later")
    assert circles(("connector/post", post), *edits) == ["warning"]


def test_an_approval_that_a_rule_starts_wakes_who_waits_for_it() -> None:
    started = {"kind": "approval", "entity": "loan", "event": "started"}
    assert circles(*touching({"kind": "start_approval", "transition": "hand_out"}, when=started)) == ["error"]


def test_a_message_from_outside_is_read_where_a_webhook_woke_the_rule() -> None:
    post = {"key": "post", "kind": "webhook", "label": NEW}
    made = {"kind": "create", "entity": "loan", "values": {"due_on": "payload.loan.due"}}
    hook = {"kind": "webhook", "connector": "post"}
    right = touching(made, when=hook, timing="later", **{"if": "payload.kind == 'loan'"})
    assert found(("connector/post", post), *right) == ()
    assert {p.code for p in found(*touching(update(due_on="payload.loan.due")))} == {"E115"}


def test_what_is_mentioned_inside_is_found_and_renamed() -> None:
    inner = {"kind": "notify", "to": [{"owner": True}], "title": "{outer.due_on}"}
    package = package_of(*touching(each(branch("outer.due_on > TODAY()", inner), each="lines")))
    uses = {(use.parts, use.how) for use in References(package).usages(("field", "loan", "due_on"))}
    at = ("then", 0, "then", 0)
    assert {((*at, "if"), "expression"), ((*at, "then", 0, "title"), "text")} <= uses
    renamed = rename(package, ("field", "loan", "due_on"), "due_at")
    then = renamed["rule", "touch"]["then"][0]["then"][0]
    assert then["if"] == "outer.due_at > TODAY()"
    assert then["then"][0]["title"] == "{outer.due_at}"


def test_every_action_is_met_on_a_walk_through_a_rule() -> None:
    nested = branch(
        "due_on != None", each(update(count="1"), each="lines"), otherwise=(update(due_on="TODAY()"),)
    )
    package = package_of(*touching(nested))
    (rule,) = (r for r in package.rules if r.key == "touch")
    assert [a.kind for a in rule.walk()] == ["branch", "each", "update", "update"]
    assert len({a.uid for a in rule.walk()}) == 4


SHORT: Body = {"kind": "threshold", "ledger": "copies", "grain": "book", "slack": "on_shelf - 2"}


def test_a_rule_about_a_balance_looks_for_records_by_their_fields() -> None:
    """Its actions and its recipients look for records; the balance is what is at hand."""
    asked = {"field": "librarian", "op": "not_empty"}
    told: Body = {
        "kind": "notify",
        "title": "{book.name}",
        "to": [{"entity": "loan", "filter": asked, "person": "librarian"}],
    }
    walk = each(update(due_on="TODAY()"), entity="loan", filter=asked)
    assert found(*touching(told, walk, when=SHORT, timing="later")) == ()
    wrong = {"field": "libarian", "op": "not_empty"}
    assert "E102" in {p.code for p in found(*touching({**walk, "filter": wrong}, when=SHORT, timing="later"))}


def test_a_rule_about_a_balance_that_moves_it_is_warned_of() -> None:
    move = {"kind": "transition", "transition": "hand_out"}
    assert circles(*touching(each(move, entity="loan"), when=SHORT, timing="later")) == ["warning"]
    assert (
        circles(*touching(each(update(due_on="TODAY()"), entity="reader"), when=SHORT, timing="later")) == []
    )


def test_a_transition_of_records_that_a_filter_finds_is_one_of_theirs() -> None:
    """Books have no flow, whatever loans can do."""
    other = {"field": "id", "op": "not_empty"}
    moved = {"kind": "transition", "entity": "book", "filter": other, "transition": "hand_out"}
    assert "E101" in {p.code for p in found(*touching(moved, timing="later"))}
    assert found(*touching({**moved, "entity": "loan"}, timing="later")) == ()
