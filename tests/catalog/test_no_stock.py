"""Scenarios of no stock: every one holds, number by number."""

from __future__ import annotations

import pytest

from builder.metadata.report import Scenario
from tests.catalog.playing import Play, own, player

play = player("no_stock")


@pytest.mark.parametrize("scenario", own("no_stock"), ids=lambda s: s.key)
def test_it_holds(play: Play, scenario: Scenario) -> None:
    play(scenario)
