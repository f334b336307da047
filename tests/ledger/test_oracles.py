"""Ledger cases with known answers, many from other systems' own test suites."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.ledger.oracles import World, differences, load

CASES = load(Path(__file__).with_name("cases.json"))

LATER = {
}
"""Cases that need what the ledger does not do yet, and what that is."""


@pytest.mark.parametrize("case", [c for c in CASES if c["id"] not in LATER], ids=lambda c: c["id"])
def test_a_case_comes_out_to_the_cent(case: dict[str, Any]) -> None:
    assert differences(World(case).run()) == []


def test_the_list_of_what_is_left_names_only_cases_that_exist() -> None:
    assert set(LATER) < {c["id"] for c in CASES}
