"""Scenarios of discrete mfg: every one holds, number by number."""

from __future__ import annotations

import pytest

from builder.metadata.report import Scenario
from tests.catalog.playing import Play, own, player

play = player("discrete_mfg")


@pytest.mark.parametrize("scenario", own("discrete_mfg"), ids=lambda s: s.key)
def test_it_holds(play: Play, scenario: Scenario) -> None:
    play(scenario)
