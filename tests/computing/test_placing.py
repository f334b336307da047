"""Placing tasks: never beyond a capacity, in order, nothing lost, the same again; and plans that can be followed by hand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builder.computing.placing import CapacityError, FarError, Placed, Task, place

MONDAY = date(2026, 1, 5)
PRESS, PLATING, BENCH = 1, 2, 3
D = Decimal
CAPACITIES: Mapping[int, Decimal | None] = {PRESS: D(8), PLATING: None, BENCH: D("7.5")}


def weekday(day: date) -> bool:
    return day.weekday() < 5


def day(count: int) -> date:
    """So many days after Monday."""
    return MONDAY + timedelta(days=count)


def placed(*tasks: Task, backward: bool = False, limited: bool = True) -> dict[int, Placed]:
    found = place(tasks, CAPACITIES, today=MONDAY, is_worked=weekday, backward=backward, limited=limited)
    return {one.task.task: one for one in found}


def work(one: Placed) -> list[tuple[date, Decimal]]:
    return [(p.day, p.work) for p in one.pieces]


def test_forward_a_task_takes_as_many_days_as_it_needs() -> None:
    """20 hours at 8 a day: Monday 8, Tuesday 8, Wednesday 4."""
    one = placed(Task(1, 1, PRESS, D(20)))[1]
    assert work(one) == [(day(0), D(8)), (day(1), D(8)), (day(2), D(4))]
    assert (one.start, one.finish, one.late) == (day(0), day(2), False)


def test_what_is_due_sooner_comes_first_and_the_other_waits_for_the_rest_of_the_day() -> None:
    found = placed(
        Task(1, 1, PRESS, D(10), due=day(10)),
        Task(2, 2, PRESS, D(4), due=day(1)),
    )
    assert work(found[2]) == [(day(0), D(4))]
    assert work(found[1]) == [(day(0), D(4)), (day(1), D(6))]


def test_a_smaller_rank_comes_before_a_sooner_day() -> None:
    found = placed(Task(1, 1, PRESS, D(8), due=day(1)), Task(2, 2, PRESS, D(8), due=day(9), rank=D(-1)))
    assert (found[2].start, found[1].start) == (day(0), day(1))


def test_a_step_begins_when_the_one_before_it_has_ended_also_within_a_day() -> None:
    """Two of eight hours at the press leave the bench three quarters of its day: 5.625 of 7.5."""
    found = placed(Task(1, 1, PRESS, D(2), step=D(10)), Task(2, 1, BENCH, D(7), step=D(20)))
    assert work(found[1]) == [(day(0), D(2))]
    assert work(found[2]) == [(day(0), D("5.625")), (day(1), D("1.375"))]


def test_a_gap_before_what_is_placed_is_filled() -> None:
    """The first order reaches the bench on Tuesday; the second may use Monday's bench."""
    found = placed(
        Task(1, 1, PRESS, D(8), step=D(1), due=day(1)),
        Task(2, 1, BENCH, D(4), step=D(2), due=day(1)),
        Task(3, 2, BENCH, D(3), due=day(2)),
    )
    assert found[2].start == day(1)
    assert work(found[3]) == [(day(0), D(3))]


def test_outside_work_takes_its_days_and_no_capacity() -> None:
    """Three working days at the plater, from Thursday: back on the next Monday, so that the bench begins on Tuesday."""
    found = placed(
        Task(1, 1, PRESS, D(24), step=D(1)),
        Task(2, 1, PLATING, D(5), step=D(2), lasts=3),
        Task(3, 1, BENCH, D(1), step=D(3)),
    )
    assert (found[2].start, found[2].finish) == (day(3), day(7))
    assert found[3].start == day(8)


def test_backward_the_chain_ends_on_the_day_it_is_due() -> None:
    """Friday week: three days outside before it, and the press before those."""
    found = placed(
        Task(1, 1, PRESS, D(12), step=D(1), due=day(11)),
        Task(2, 1, PLATING, D(0), step=D(2), due=day(11), lasts=3),
        backward=True,
        limited=False,
    )
    assert (found[2].start, found[2].finish) == (day(9), day(11))
    assert work(found[1]) == [(day(7), D(4)), (day(8), D(8))]
    assert not found[1].late


def test_backward_without_limit_everybody_gets_the_day_and_it_shows_as_too_much() -> None:
    both = [Task(n, n, PRESS, D(6), due=day(4)) for n in (1, 2)]
    assert {one.start for one in placed(*both, backward=True, limited=False).values()} == {day(4)}
    limited = placed(*both, backward=True)
    assert [work(limited[n]) for n in (1, 2)] == [[(day(4), D(6))], [(day(3), D(4)), (day(4), D(2))]]


def test_backward_into_the_past_is_late_and_forward_beyond_the_day_too() -> None:
    assert placed(Task(1, 1, PRESS, D(40), due=day(1)), backward=True)[1].late
    assert placed(Task(1, 1, PRESS, D(40), due=day(1)))[1].late


def test_what_is_not_due_is_placed_from_today_on_in_both_directions() -> None:
    assert placed(Task(1, 1, PRESS, D(1)), backward=True)[1].start == MONDAY


def test_days_off_are_no_days() -> None:
    saturday = placed(Task(1, 1, PRESS, D(1), earliest=day(5)))[1]
    assert saturday.start == day(7)
    assert placed(Task(1, 1, PRESS, D(1), due=day(6)), backward=True)[1].finish == day(4)


def test_a_resource_that_can_do_nothing_or_is_unknown_is_named() -> None:
    with pytest.raises(CapacityError) as error:
        place([Task(1, 1, 8, D(1)), Task(2, 2, 9, D(1))], {8: D(0)}, today=MONDAY, is_worked=weekday)
    assert error.value.resources == (8, 9)


def test_what_finds_no_place_in_ten_years_is_named() -> None:
    with pytest.raises(FarError) as error:
        place([Task(7, 1, 8, D(99999))], {8: D(1)}, today=MONDAY, is_worked=weekday)
    assert error.value.task == 7


HOURS = st.integers(0, 400_000).map(lambda n: D(n) / 10_000)
DAYS = st.none() | st.integers(-5, 30).map(day)


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Task], dict[int, Decimal | None]]:
    """A few chains over a few resources."""
    limits = st.integers(5_000, 240_000).map(lambda n: D(n) / 10_000) | st.none()
    resources = dict(enumerate(draw(st.lists(limits, min_size=1, max_size=3))))
    tasks: list[Task] = []
    for chain in range(draw(st.integers(1, 5))):
        due, rank = draw(DAYS), D(draw(st.integers(0, 2)))
        for _ in range(draw(st.integers(1, 4))):
            tasks.append(
                Task(
                    len(tasks) + 1, chain + 1, draw(st.sampled_from(sorted(resources))), draw(HOURS),
                    D(draw(st.integers(1, 3))), draw(DAYS), due, rank, draw(st.integers(0, 3)),
                )
            )  # fmt: skip
    return tasks, resources


WAYS = st.tuples(st.booleans(), st.booleans())


def _by_task(found: tuple[Placed, ...]) -> dict[int, Placed]:
    return {one.task.task: one for one in found}


@given(plans(), WAYS, st.randoms())
@settings(max_examples=150, deadline=None)
def test_whatever_is_planned(
    plan: tuple[list[Task], dict[int, Decimal | None]], way: tuple[bool, bool], random: Random
) -> None:
    tasks, capacities = plan
    backward, limited = way

    def again(given: list[Task]) -> tuple[Placed, ...]:
        return place(given, capacities, today=MONDAY, is_worked=weekday, backward=backward, limited=limited)

    found = again(tasks)
    # Nothing is lost, nothing twice.
    assert sorted(one.task.task for one in found) == [t.task for t in tasks]
    for one in found:
        assert sum((p.work for p in one.pieces), D(0)) == one.task.work
        assert one.begins <= one.ends
        assert list(one.pieces) == sorted(one.pieces, key=lambda p: (p.day, p.since))
        assert all(weekday(p.day) for p in one.pieces)
    _check_capacity(found, capacities, limited=limited)
    _check_order(found)
    for one in found:
        if not backward or one.task.due is None:
            assert one.start >= max(MONDAY, one.task.earliest or MONDAY) or backward
    # The same again, in whatever order the tasks are said.
    mixed = list(tasks)
    random.shuffle(mixed)
    assert _by_task(again(mixed)) == _by_task(found)


def _check_capacity(
    found: tuple[Placed, ...], capacities: Mapping[int, Decimal | None], *, limited: bool
) -> None:
    """With a limit nothing on a resource happens at the same time, nor after its day's end."""
    taken: dict[tuple[int, date], list[tuple[Decimal, Decimal]]] = {}
    for one in found:
        capacity = capacities[one.task.resource]
        for piece in one.pieces if capacity is not None else ():
            assert capacity is not None
            assert 0 <= piece.since <= piece.until <= capacity
            if piece.work:
                taken.setdefault((one.task.resource, piece.day), []).append((piece.since, piece.until))
    for (resource, _), spans in taken.items() if limited else ():
        spans.sort()
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        capacity = capacities[resource]
        assert capacity is not None
        assert sum((until - since for since, until in spans), D(0)) <= capacity


def _check_order(found: tuple[Placed, ...]) -> None:
    """No step begins before everything of the steps before it has ended."""
    for one in found:
        for other in found:
            if one.task.chain == other.task.chain and one.task.step < other.task.step:
                assert one.ends <= other.begins


@given(plans())
@settings(max_examples=100, deadline=None)
def test_backward_without_limit_every_chain_is_ready_when_it_is_due(
    plan: tuple[list[Task], dict[int, Decimal | None]],
) -> None:
    tasks, capacities = plan
    found = place(tasks, capacities, today=MONDAY, is_worked=weekday, backward=True, limited=False)
    for one in found:
        if one.task.due is not None:
            assert one.finish <= one.task.due
            assert one.late == (one.start < MONDAY)
