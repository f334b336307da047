"""What happens whoever keeps the books: what customers want, what comes back, what breaks, when trucks arrive."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from benchmarks.twin.assumptions import Assumptions
from benchmarks.twin.goods import BY_CODE, CUSTOMERS, ITEMS, SUPPLIERS, WAREHOUSES, front_of

FIRST = date(2026, 3, 2)
"""A Monday."""
MONTH = 26
"""Working days."""
OPENING, CALLING = 8 * 60 + 30, 8 * 60
"""Minute of the day at which the first customer may call, and for how many minutes they do."""
PACK = 5


@dataclass(frozen=True)
class Need:
    """What one customer asks for: quantities by item, wanted on the next working day."""

    key: str
    customer: int
    minute: int
    lines: Mapping[str, int]

    @property
    def warehouse(self) -> str:
        return front_of(self.customer)


def working_days(count: int) -> Iterator[date]:
    """Every day but Sundays."""
    day = FIRST
    for _ in range(count):
        yield day
        day = next_day(day)


def next_day(day: date, days: int = 1) -> date:
    for _ in range(days):
        day += timedelta(days=2 if day.weekday() == 5 else 1)
    return day


def needs(plan: Assumptions, day: date) -> list[Need]:
    """The day's calls in the order in which they come."""
    drawn = Random(f"{plan.seed} needs {day}")
    made = [_need(drawn, f"{day:%m%d}-{n:02d}") for n in range(_about(drawn, plan.orders_a_day))]
    return sorted(made, key=lambda need: need.minute)


def _about(drawn: Random, mean: int) -> int:
    return max(1, round(drawn.gauss(mean, mean / 5)))


def _need(drawn: Random, key: str) -> Need:
    wanted = drawn.randint(3, 8)
    lines: dict[str, int] = {}
    while len(lines) < wanted:
        (item,) = drawn.choices(ITEMS, [one.share for one in ITEMS])
        lines[item.code] = PACK * max(1, round(drawn.lognormvariate(0.9, 0.6)))
    return Need(key, drawn.randrange(CUSTOMERS), OPENING + drawn.randrange(CALLING), lines)


def daily_sales(plan: Assumptions) -> Mapping[str, float]:
    """What sells of each item on a working day in the long run: measured over a year of calls, not over those of the simulation."""
    days = list(working_days(312))
    total = dict.fromkeys(BY_CODE, 0)
    for day in days:
        for need in needs(plan, day):
            for code, quantity in need.lines.items():
                total[code] += quantity
    return {code: quantity / len(days) for code, quantity in total.items()}


def comes_back(plan: Assumptions, order: str, lines: Mapping[str, int]) -> tuple[str, int] | None:
    """An item of a delivered order and how much of it comes back."""
    drawn = Random(f"{plan.seed} back {order}")
    if drawn.random() >= plan.returned:
        return None
    code = drawn.choice(sorted(lines))
    return code, max(1, lines[code] // 4)


def breaks(plan: Assumptions, day: date) -> Iterator[tuple[str, str, int]]:
    """Warehouse, item, quantity: what falls off the fork-lift."""
    drawn = Random(f"{plan.seed} breaks {day}")
    for warehouse in WAREHOUSES:
        if drawn.random() < plan.breakages:
            (item,) = drawn.choices(ITEMS, [one.share for one in ITEMS])
            yield warehouse, item.code, 1 if item.buy > 100 else drawn.randint(1, 2)


def arrival(plan: Assumptions, supplier: str, order: str, day: date) -> date:
    """The working day on which a truck comes that was ordered on this one."""
    drawn = Random(f"{plan.seed} truck {order}")
    late = drawn.randint(1, 4) if drawn.random() < plan.late else 0
    comes = day + timedelta(days=SUPPLIERS[supplier])
    if comes.weekday() == 6:
        comes += timedelta(days=1)
    return next_day(comes, late)
