"""Figures of the article, worked out as domain.md §4 defines them, over the months that are measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.company import Month, Story
from benchmarks.twin.outside import MONTH

CALENDAR = 30


class Kept(Protocol):
    """Books, as far as work on them takes time."""

    minutes_to_answer: list[float]
    minutes_to_count: list[float]


@dataclass(frozen=True)
class Figures:
    """``accuracy`` is of the full counts, ``every_day`` of all evenings. Shares are of 1; ``on_time`` is of what was promised, ``as_asked`` of the next day."""

    accuracy: float
    every_day: float
    handling_minutes: float
    on_time: float
    as_asked: float
    turnover_days: float
    plan_accuracy: float
    closing_days: float
    counting_hours: float


def worked_out(plan: Assumptions, story: Story, kept: Kept) -> Figures:
    first = plan.measured_from // MONTH
    months, days = story.months[first:], story.accuracy[first * MONTH :]
    start = sum(order.asked <= story.days[first * MONTH] for order in story.orders)
    due = [order for order in story.orders[start:] if order.promised <= story.days[-1]]
    took = kept.minutes_to_answer[start:]
    return Figures(
        accuracy=_share(sum(m.right for m in months), sum(m.lines for m in months)),
        every_day=sum(days) / len(days),
        handling_minutes=sum(took) / len(took),
        on_time=_share(sum(o.done is not None and o.done <= o.promised for o in due), len(due)),
        as_asked=_share(sum(o.done is not None and o.done <= o.asked for o in due), len(due)),
        turnover_days=_turnover(months),
        plan_accuracy=_planned(months),
        closing_days=sum(m.closing for m in months) / len(months) / plan.minutes.working_day,
        counting_hours=sum(kept.minutes_to_count) / 60 / len(story.months),
    )


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _turnover(months: Sequence[Month]) -> float:
    """Average daily value of the stock × days ÷ cost of what was sold."""
    worth = [value for month in months for value in month.worth]
    average = sum(worth, Decimal(0)) / len(worth)
    cost = sum((month.cost for month in months), Decimal(0))
    return float(average * CALENDAR * len(months) / cost)


def _planned(months: Sequence[Month]) -> float:
    """1 − Σ|planned − received| ÷ Σ planned, per item and month, never below 0."""
    off = whole = 0
    for month in months:
        whole += sum(month.planned.values())
        off += sum(abs(q - month.bought.get(code, 0)) for code, q in month.planned.items())
    return max(0.0, 1 - off / whole) if whole else 0.0
