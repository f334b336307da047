"""Scenarios of food: every one holds, number by number."""

from __future__ import annotations

import pytest

from builder.metadata.report import Scenario
from tests.catalog.playing import Play, own, player

play = player("food")


@pytest.mark.parametrize("scenario", own("food"), ids=lambda s: s.key)
def test_it_holds(play: Play, scenario: Scenario) -> None:
    play(scenario)
