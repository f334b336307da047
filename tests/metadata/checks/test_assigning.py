"""What is found in rules that assign: nobody named, a wrong time, and one that wakes itself."""

from __future__ import annotations

from typing import Any

import pytest

from tests.metadata.library import found

Edit = tuple[str, Any]
CHANGED: Edit = ("rule/touch/when", {"kind": "record_changed", "entity": "loan"})
ASSIGN: Edit = ("rule/touch/then", [{"kind": "assign", "to": [{"owner": True}]}])
NOBODY: Edit = ("rule/touch/then", [{"kind": "assign"}])
DUE: Edit = ("rule/touch/when", {"kind": "record_changed", "entity": "loan", "fields": ["due_on"]})


@pytest.mark.parametrize(
    ("edits", "code"),
    [([NOBODY], "E192"), ([ASSIGN, ("rule/touch/timing", "before")], "E193"), ([ASSIGN, CHANGED], "E130")],
)
def test_what_is_wrong_is_found(edits: list[Edit], code: str) -> None:
    assert code in {p.code for p in found(*edits)}


def test_what_is_right_is_not_blamed() -> None:
    assert not {"E130", "E192", "E193", "E194"} & {p.code for p in found(ASSIGN, DUE)}
