"""Worlds: the same company over the same days, once with each kind of books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.twin import outside
from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.company import Company, Story
from benchmarks.twin.figures import Figures, worked_out
from benchmarks.twin.office import office
from benchmarks.twin.product import Product
from benchmarks.twin.sheets import Sheets
from benchmarks.twin.shelves import Shelves, opening


@dataclass(frozen=True)
class Lived:
    """What one world came to. ``refused`` counts by code how often the product said no, ``findings`` are those of ``builder verify``."""

    story: Story
    figures: Figures | None
    requests: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)
    findings: int = 0

    @property
    def right(self) -> float:
        """Share of warehouse and item on which book and shelf agree on the last evening, before anything is counted."""
        return self.story.accuracy[-1]


def with_sheets(plan: Assumptions) -> Lived:
    daily = outside.daily_sales(plan)
    there = opening(plan, daily)
    books = Sheets(plan, there, daily)
    story = Company(plan, books, Shelves(there)).run(outside.working_days(plan.days))
    return Lived(story, _figures(plan, story, books))


def with_product(plan: Assumptions, database: str = "sqlite") -> Lived:
    daily = outside.daily_sales(plan)
    there = opening(plan, daily)
    shelves = Shelves(there)
    with office(plan, database) as (desk, ids):
        books = Product(plan, desk, ids, shelves)
        books.open_with(there)
        story = Company(plan, books, shelves).run(outside.working_days(plan.days))
        return Lived(story, _figures(plan, story, books), desk.requests, dict(desk.refused), desk.verified())


def _figures(plan: Assumptions, story: Story, books: Sheets | Product) -> Figures | None:
    """None where the simulation ends before what is measured begins."""
    return worked_out(plan, story, books) if plan.days > plan.measured_from else None
