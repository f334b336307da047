"""Parts: what of a late cost goes on along the issues, and to whoever took over the cost of what is gone."""

from __future__ import annotations

from datetime import date

from builder.ledger.parts import split
from builder.ledger.state import Entry, Trail, Way


def _entry(id: int) -> Entry:
    return Entry(id, 1, "stock", 1, 0, "normal", (1,), date(2026, 5, 1), id, (-10, -100))


MADE, SOLD, GIVEN, CAKE = _entry(1), _entry(2), _entry(3), _entry(9)
TRAIL = Trail(10, 10, (Way(MADE, 5, 5, (), ((CAKE, 50),)), Way(SOLD, 3, 3), Way(GIVEN, 2, 2)))
"""Ten went: five into a cake, three were sold, two given away for nothing."""


def test_what_was_sold_is_left_where_nobody_is_corrected() -> None:
    on, parts = split(1000, TRAIL)
    assert on == 500
    assert [(p.issue.id, p.to, p.gone) for p in parts] == [(1, ((CAKE, 500),), 0)]


def test_whoever_took_over_the_cost_of_what_is_gone_gets_its_part() -> None:
    on, parts = split(1000, TRAIL, {SOLD.id})
    assert on == 800
    assert [(p.issue.id, p.whole, p.gone) for p in parts] == [(1, 500, 0), (2, 300, 300)]
