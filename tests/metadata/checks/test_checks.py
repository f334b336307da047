"""Checks: for every check a package that it stops, and one that comes close and is right."""

from __future__ import annotations

from typing import Any

import pytest

from builder.metadata.checks import CHECKS
from builder.metadata.text import LOCALES
from builder.storage.tables import ledgers as tables
from builder.storage.tables import pool
from builder.web.locale import Messages
from tests.metadata.checks.close_calls import RIGHT
from tests.metadata.checks.faults import WRONG
from tests.metadata.checks.pieces import FIELDS, NEW, NODE, Edit
from tests.metadata.library import GONE, found, said


def test_the_library_is_right_in_every_respect() -> None:
    assert found() == ()


@pytest.mark.parametrize(
    ("code", "place", "edits"), WRONG, ids=[f"{c}-{i}" for i, (c, _, _) in enumerate(WRONG)]
)
def test_what_is_wrong_is_said_with_its_place(code: str, place: str, edits: list[Edit]) -> None:
    assert (code, place) in said(*edits)


@pytest.mark.parametrize(("code", "edits"), RIGHT, ids=[f"{c}-{i}" for i, (c, _) in enumerate(RIGHT)])
def test_what_comes_close_and_is_right_is_not_blamed(code: str, edits: list[Edit]) -> None:
    assert code not in {c for c, _ in said(*edits)}


@pytest.mark.parametrize(("length", "each"), [(9, 1), (30, 4), (1900, 1)])
def test_parts_of_parts_are_measured_before_a_run_goes_through_them(length: int, each: int) -> None:
    """A run would leave out what lies deeper, and would copy four parts of four parts of four parts."""
    approval = {"rejects_by": "refuse", "nodes": [{**NODE, "approvers": [{"head": 0}]}]}
    edits: list[Edit] = [("workflow/loan/transitions/1/approval/nodes", [_part(0)])]
    for i in range(length):
        nodes = [_part(i + 1)] * each if i + 1 < length else approval["nodes"]
        move = {
            "key": f"x{i}",
            "label": NEW,
            "from": ["asked"],
            "to": "asked",
            "approval": {**approval, "nodes": nodes},
        }
        edits.append((f"workflow/loan/transitions/{5 + i}", move))
    assert ("E136", "workflows/loan.json#/transitions/1/approval/nodes") in said(*edits)


def _part(number: int) -> dict[str, Any]:
    return {"kind": "flow", "label": NEW, "flow": f"x{number}"}


def test_a_package_in_which_half_is_missing_is_judged_to_the_end() -> None:
    edits: list[Edit] = [
        ("entity/loan_line", GONE),
        ("ledger/copies", GONE),
        ("workflow/loan", GONE),
        ("entity/book", GONE),
    ]
    assert {"E101"} <= {p.code for p in found(*edits)}


def test_every_code_of_every_check_has_words_and_is_tried() -> None:
    messages = Messages.load()
    codes = [code for one in CHECKS for code in one.codes]
    assert {code for code in codes if set(messages.texts.get(code, {})) != set(LOCALES)} == set()
    untried = {"E110", "E114", "E171", "FILTER_SHAPE", "FILTER_VALUE"}
    assert set(codes) - {c for c, _, _ in WRONG} <= untried


def test_every_problem_is_said_in_words_without_holes() -> None:
    messages = Messages.load()
    for _, _, edits in WRONG:
        for problem in found(*edits):
            for locale in LOCALES:
                words = messages.text(problem.code, locale, problem.params)
                assert "{" not in words.replace(str(problem.params.get("source")), "") or problem.code in {
                    "E178"
                }
                assert "zh-CN" not in words or problem.code == "E166"


def test_rules_that_certainly_call_each_other_are_an_error_and_with_conditions_a_warning() -> None:
    changed: Edit = ("rule/touch/when", {"kind": "record_changed", "entity": "loan"})
    conditional: Edit = ("rule/touch/if", "due_on > TODAY()")
    assert [p.severity for p in found(changed) if p.code == "E130"] == ["error"]
    assert [p.severity for p in found(changed, conditional) if p.code == "E130"] == ["warning"]


def test_errors_come_before_warnings() -> None:
    severities = [p.severity for p in found(("entity/reader/label", "读者"), (f"{FIELDS}/5/formula", "1 +"))]
    assert severities == sorted(severities)


def test_the_rooms_of_ledgers_are_those_of_the_tables() -> None:
    from builder.metadata.checks import slots

    assert (slots.DIMENSIONS, slots.MEASURES) == (tables.DIMENSIONS, tables.MEASURES)
    assert (slots.GRAIN_DIMENSIONS, slots.COST_DIMENSIONS) == (
        tables.GRAIN_DIMENSIONS,
        tables.COST_DIMENSIONS,
    )
    assert pool.SLOTS["u"] == slots.UNIQUE_KEYS
