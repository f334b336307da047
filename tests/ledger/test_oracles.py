"""Ledger cases with known answers, many from other systems' own test suites, in memory and on both databases."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from builder.ledger import reading
from tests.ledger.mirrors import StoredLedgers
from tests.ledger.oracle_ledgers import load
from tests.ledger.oracles import World
from tests.ledger.pictures import differences

CASES = load(Path(__file__).with_name("cases.json"))


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_a_case_comes_out_to_the_cent(case: dict[str, Any]) -> None:
    assert differences(World(case).run()) == []


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["id"])
def test_a_case_comes_out_the_same_in_a_database(
    case: dict[str, Any], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(case, open=partial(StoredLedgers, engine))
    monkeypatch.setattr(reading, "dimension_fields", lambda *_: world.store.fields)
    assert differences(world.run()) == []
