"""Scenarios of general: every one holds, number by number."""

from __future__ import annotations

import pytest

from builder.metadata.report import Scenario
from builder.runtime.installing import template
from tests.catalog.playing import Play, own, player

play = player("general")


@pytest.mark.parametrize("scenario", own("general"), ids=lambda s: s.key)
def test_it_holds(play: Play, scenario: Scenario) -> None:
    play(scenario)


def test_what_is_booked_shows_its_cost_and_no_estimate_of_what_is_left() -> None:
    """An estimate goes by what is there: of the last pieces written off it would be nothing beside a real loss."""
    package = template("general").package
    for key in ("write_off", "other_issue", "internal_use"):
        entity = package.entity(key)
        assert entity is not None
        estimate = next(f for f in entity.fields if f.key == "estimate")
        assert estimate.visible_if == "state in ['draft', 'submitted']", key
