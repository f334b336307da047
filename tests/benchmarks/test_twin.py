"""The simulated company: the same luck in both worlds, books that are right when nobody slips, and slips that the product answers."""

from __future__ import annotations

from dataclasses import replace

from benchmarks.twin import outside
from benchmarks.twin.assumptions import Assumptions, Rates
from benchmarks.twin.goods import BY_CODE
from benchmarks.twin.slips import Slips
from benchmarks.twin.world import with_product, with_sheets

NOBODY_SLIPS = Rates(**dict.fromkeys(Rates.__dataclass_fields__, 0.0))
SMALL = Assumptions(days=3, orders_a_day=3, heeds=1.0, breakages=0, returned=0)
"""Whoever breaks something and tells nobody is found by counts alone, which a few days do not have."""


def test_the_same_seed_is_the_same_world() -> None:
    first, again = (with_sheets(Assumptions(days=30)) for _ in range(2))
    other = with_sheets(Assumptions(days=30, seed=2))
    assert first.story == again.story
    assert first.story.accuracy != other.story.accuracy


def test_orders_come_to_about_forty_eight_million_a_year() -> None:
    day = sum(float(BY_CODE[code].sell) * n for code, n in outside.daily_sales(Assumptions()).items())
    assert 46e6 < day * 312 * 1.09 < 50e6


def test_sheets_of_people_who_never_slip_are_right() -> None:
    lived = with_sheets(Assumptions(days=26, rates=NOBODY_SLIPS))
    assert set(lived.story.accuracy) == {1.0}


def test_a_slip_is_the_same_whoever_asks_and_as_frequent_as_its_rate() -> None:
    slips = Slips(1, Rates())
    drawn = [slips.happens("forgotten", str(n)) for n in range(10_000)]
    assert drawn == [slips.happens("forgotten", str(n)) for n in range(10_000)]
    assert 0.015 < sum(drawn) / len(drawn) < 0.025
    assert all(slips.figure(n, str(n)) != n for n in range(1, 1_000))


def test_the_product_s_books_are_right_when_nobody_slips() -> None:
    lived = with_product(replace(SMALL, rates=NOBODY_SLIPS))
    assert set(lived.story.accuracy) == {1.0}
    assert lived.findings == 0
    assert any(order.done for order in lived.story.orders)


def test_what_is_forgotten_doubled_or_mistyped_is_off_in_sheets_and_right_in_the_product() -> None:
    often = replace(SMALL, rates=Rates(forgotten=0.3, doubled=0.3, mistyped=0.3, postponed=0, swapped=0, drawer=0, unwritten=0, miscounted=0))  # fmt: skip
    sheets, product = with_sheets(often), with_product(often)
    assert sheets.right < 1.0
    assert product.right == 1.0
    assert product.refused["OVER_DELIVERY"]
    assert product.findings == 0
