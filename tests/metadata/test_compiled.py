"""Compiled packages: every expression under the uid of its node, in its own scope, and what it reads."""

from __future__ import annotations

import pytest

from builder.errors import Problem
from builder.expressions import ExpressionError
from builder.expressions.types import BOOL, NUMBER
from builder.metadata.compiled import CompiledPackage
from tests.metadata.library import package_of

FORMULA = "entity/loan/fields/5/formula"


def _compiled(*edits: tuple[str, object]) -> CompiledPackage:
    return CompiledPackage(package_of(*edits))


@pytest.mark.parametrize(
    ("owner", "property", "source"),
    [
        ("loan.count", "formula", "SUM(lines.count)"),
        ("reader.level", "default", "'adult'"),
        ("book.on_shelf", "balance.measure", "on_shelf"),
        ("book.on_shelf", "balance.dimensions.book", "id"),
        ("loan.posting.out", "measures.on_shelf", "-count"),
        ("loan.posting.lent", "dimensions.book", "book"),
        ("loan.conversion.give_back", "lines.map.book", "book"),
        ("loan.conversion.give_back", "open.slack", "lent"),
        ("loan.constraint.dates", "check", "due_on >= business_date"),
        ("workflow.loan.transition.hand_out", "condition", "count > 0"),
        ("rule.remind", "if", "state == 'out'"),
        ("rule.touch.then.update", "values.librarian", "actor.id"),
        ("ledger.copies.guard.left", "slack", "on_shelf - book.spare"),
    ],
)
def test_an_expression_is_found_by_its_owner_and_property(owner: str, property: str, source: str) -> None:
    found = _compiled().expression(owner, property)
    assert found is not None
    assert found.source == source


def test_what_has_no_expression_has_none_and_the_same_one_is_compiled_once() -> None:
    compiled = _compiled()
    assert compiled.expression("loan.count", "default") is None
    assert compiled.expression("nobody", "formula") is None
    assert compiled.expression("loan.count", "formula") is compiled.expression("loan.count", "formula")


def test_each_place_has_its_own_names_and_type() -> None:
    compiled = _compiled()
    condition = compiled.expression("workflow.loan.transition.hand_out", "condition")
    slack = compiled.expression("ledger.copies.guard.left", "slack")
    assert condition is not None
    assert slack is not None
    assert (condition.type, slack.type) == (BOOL, NUMBER)
    wrong = _compiled(("ledger/copies/guards/0/slack", "on_shelf - due_on"))
    with pytest.raises(ExpressionError):
        wrong.expression("ledger.copies.guard.left", "slack")
    header = _compiled(("entity/loan/postings/0/measures/on_shelf", "-count * parent.count"))
    assert header.problems() == ()


def test_every_expression_that_does_not_compile_is_said_with_its_place() -> None:
    problems = _compiled((FORMULA, "SUM(lines.gone)"), ("rule/remind/if", "due_on")).problems()
    assert {(p.code, p.path) for p in problems} == {
        ("E110", "entities/loan.json#/fields/5/formula"),
        ("E110", "rules/remind.json#/if"),
    }


def test_formulas_come_in_the_order_in_which_they_need_each_other() -> None:
    more = [
        (
            "entity/loan/fields/7",
            {"key": "late", "type": "integer", "formula": "doubled + 1", "label": "Late"},
        ),
        (
            "entity/loan/fields/8",
            {"key": "doubled", "type": "integer", "formula": "count * 2", "label": "Doubled"},
        ),
        (
            "entity/loan_line/fields/3",
            {"key": "share", "type": "decimal", "formula": "count * parent.doubled", "label": "Share"},
        ),
    ]
    names = [f.name for f in _compiled(*more).formulas("loan")]
    assert (
        names.index("count") < names.index("doubled") < min(names.index("late"), names.index("lines.share"))
    )
    with pytest.raises(KeyError):
        _compiled().formulas("nothing")


def test_a_circle_through_the_lines_is_found() -> None:
    share = {"key": "share", "type": "decimal", "formula": "parent.count * 2", "label": "Share"}
    compiled = _compiled((FORMULA, "SUM(lines.share)"), ("entity/loan_line/fields/3", share))
    problems = compiled.problems()
    assert [p.code for p in problems] == ["E111"]
    assert isinstance(problems[0], Problem)
    assert {f.name for f in compiled.formulas("loan")} == {"count", "lines.share"}


def test_what_a_posting_reads_is_frozen_with_it() -> None:
    compiled = _compiled(("entity/loan/postings/0/reason", "parent.number"))
    assert compiled.posting_paths("loan.posting.out") == {"book", "count", "parent.number"}
    assert compiled.posting_paths("loan.posting.lent") == {"book", "moved"}
    assert compiled.posting_paths("nobody") == frozenset()


def test_paths_through_references_are_known_beforehand() -> None:
    compiled = _compiled(
        ("entity/loan/constraints/0/check", "reader.level != 'child' or due_on >= business_date")
    )
    reads = compiled.reads("loan")
    assert "reader.level" in reads.record
    assert set(reads.lines) == {"lines"}
    assert not any(path.startswith(("setting.", "actor.")) for path in reads.record)
