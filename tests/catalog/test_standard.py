"""Scenarios of standard: every one holds, number by number."""

from __future__ import annotations

import pytest

from builder.metadata.report import Scenario
from tests.catalog.playing import Play, own, player

play = player("standard")


@pytest.mark.parametrize("scenario", own("standard"), ids=lambda s: s.key)
def test_it_holds(play: Play, scenario: Scenario) -> None:
    play(scenario)
