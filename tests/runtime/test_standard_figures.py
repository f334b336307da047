"""The chain template's dashboards: a number opens exactly the records that it counts."""

from __future__ import annotations

import pytest

from builder.metadata.report import Card
from builder.runtime.installing import template

STANDARD = template("standard").package
NUMBERS = [
    (dashboard.key, card)
    for dashboard in STANDARD.dashboards
    if dashboard.key in ("chain", "store")
    for card in dashboard.cards
    if card.kind == "number"
]
COUNTED = [(dashboard, card) for dashboard, card in NUMBERS if not card.report]
TOTALS = [(dashboard, card) for dashboard, card in NUMBERS if card.report]


@pytest.mark.parametrize(("dashboard", "card"), TOTALS, ids=lambda x: x if isinstance(x, str) else x.uid)
def test_a_total_is_a_column_of_the_report_that_it_opens(dashboard: str, card: Card) -> None:
    report = STANDARD.report(card.report)
    assert report is not None
    assert card.column in {column.name for column in report.columns}


@pytest.mark.parametrize(("dashboard", "card"), COUNTED, ids=lambda x: x if isinstance(x, str) else x.uid)
def test_a_number_opens_the_records_that_it_counts(dashboard: str, card: Card) -> None:
    assert card.figure is not None
    opened = next(v for v in STANDARD.views if v.key == card.view)
    assert (opened.entity, opened.filter) == (card.figure.entity, card.figure.filter)
    if card.figure.field:
        assert card.figure.field in opened.totals
