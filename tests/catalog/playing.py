"""Playing a template's scenarios, each in an app of its own on one scratch database."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest

from builder.config import Settings
from builder.metadata.package import Package
from builder.metadata.report import Scenario
from builder.runtime.installing import template
from builder.runtime.scenarios import words
from builder.runtime.scratch import Scratch

Play = Callable[[Scenario], None]
BASE = "general"


@cache
def package_of(key: str) -> Package:
    """A template of the catalog, read once: what tests there are is asked in every process that runs some."""
    return template(key).package


def own(key: str) -> list[Scenario]:
    """What a template adds to the one that it extends, and what it tells differently. What it takes over as it is is played there, and in
    the long run here too (``test_coverage``)."""
    package = package_of(key)
    known = {s.uid: s for s in package_of(BASE).scenarios} if key != BASE else {}
    return [s for s in package.scenarios if known.get(s.uid) != s]


def player(key: str) -> Callable[[pytest.TempPathFactory], Play]:
    """A fixture that plays scenarios of the template and says where one does not hold."""

    @pytest.fixture(scope="module")
    def play(tmp_path_factory: pytest.TempPathFactory) -> Play:
        scratch = Scratch(package_of(key), Settings(), tmp_path_factory.mktemp(key))

        def played(scenario: Scenario) -> None:
            result = scratch.run(scenario)
            assert result.passed, words(result, "en")

        return played

    return play
