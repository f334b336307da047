"""Scenarios of general: every one holds, number by number."""

from __future__ import annotations

import pytest

from builder.metadata.report import Scenario
from tests.catalog.playing import Play, own, player

play = player("general")


@pytest.mark.parametrize("scenario", own("general"), ids=lambda s: s.key)
def test_it_holds(play: Play, scenario: Scenario) -> None:
    play(scenario)
