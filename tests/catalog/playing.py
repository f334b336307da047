"""Playing a template's scenarios, each in an app of its own on one scratch database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from builder.metadata.report import Scenario
from builder.runtime.installing import template
from builder.runtime.scenarios import Runner, words
from tests.runtime.world import open_world

Play = Callable[[Scenario], None]
BASE = "general"


def own(key: str) -> list[Scenario]:
    """What a template adds to the one that it extends; what it takes over is played there."""
    package = template(key).package
    known = {s.uid for s in template(BASE).package.scenarios} if key != BASE else set()
    return [s for s in package.scenarios if s.uid not in known]


def player(key: str) -> Callable[[pytest.TempPathFactory], Iterator[Play]]:
    """A fixture that plays scenarios of the template and says where one does not hold."""

    @pytest.fixture(scope="module")
    def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
        folder = tmp_path_factory.mktemp(key)
        world = open_world(f"sqlite:///{folder}/scratch.db", folder)
        runner = Runner(world.engine, template(key).package)

        def played(scenario: Scenario) -> None:
            result = runner.run(scenario)
            assert result.passed, words(result, "en")

        yield played
        world.engine.database.close()

    return play
