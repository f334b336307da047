"""Verifying: nothing differs after a whole scenario; one number changed behind the engine's back is found."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from builder.errors import NotFoundError
from builder.runtime.installing import template
from builder.runtime.scenarios import Runner
from builder.runtime.verifying import verify_all
from tests.runtime.world import World, open_world

GENERAL = template("general").package


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("verifying")
    made = open_world(f"sqlite:///{folder}/scratch.db", folder)
    runner = Runner(made.engine, GENERAL)
    for key in ("golden_1", "count_below_reserved"):
        assert runner.run(next(s for s in GENERAL.scenarios if s.key == key)).passed
    yield made
    made.engine.database.close()


def test_nothing_differs_and_a_count_below_what_was_promised_is_only_noted(world: World) -> None:
    found = verify_all(world.engine)
    assert found.findings == ()
    assert len(found.notes) == 1
    assert found.counted["command chain: links"] > 10
    assert verify_all(world.engine, app="s1_golden_1").notes == ()
    with pytest.raises(NotFoundError):
        verify_all(world.engine, app="nothing")


def test_a_number_changed_behind_the_engine_is_found(world: World) -> None:
    path = Path(world.engine.settings.database.removeprefix("sqlite:///"))
    with sqlite3.connect(path) as conn:
        conn.execute("UPDATE balance SET m1 = m1 + 1 WHERE m1 > 0")
    assert verify_all(world.engine).findings
