"""Levels: whatever a thing is needed for lies above it, and what is made of itself is told with the way round."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.computing.structure import CircleError, Edge, levels, levels_of_days

ONE = Decimal(1)


def edges(*pairs: tuple[int, int]) -> list[Edge]:
    return [Edge(parent, child, ONE) for parent, child in pairs]


def test_a_part_of_several_levels_lies_at_the_deepest() -> None:
    """The screw is in the cabinet and in its door."""
    cabinet, door, screw = 1, 2, 3
    assert levels(edges((cabinet, screw), (cabinet, door), (door, screw))) == {cabinet: 0, door: 1, screw: 2}


def test_a_circle_is_named_and_what_only_lies_below_it_is_not() -> None:
    with pytest.raises(CircleError) as told:
        levels(edges((1, 2), (2, 3), (3, 1), (3, 9), (9, 10)))
    assert set(told.value.nodes) == {1, 2, 3}
    assert told.value.nodes[0] == told.value.nodes[-1]


def test_something_made_of_itself_is_the_shortest_circle() -> None:
    with pytest.raises(CircleError) as told:
        levels(edges((5, 5)))
    assert told.value.nodes == (5, 5)


JUNE, JULY = date(2026, 6, 30), date(2026, 7, 1)


def test_what_is_never_made_so_on_one_day_is_no_circle() -> None:
    """In June the tray is made of the box, from July on the box of the tray."""
    box, tray = 1, 2
    turned = [Edge(tray, box, ONE, until=JUNE), Edge(box, tray, ONE, since=JULY)]
    assert levels_of_days(turned) == ({box: 1, tray: 1}, True)
    assert levels_of_days(turned[:1]) == ({tray: 0, box: 1}, False)


def test_a_circle_of_a_later_day_is_told() -> None:
    both = [Edge(2, 1, ONE), Edge(1, 2, ONE, since=JULY)]
    with pytest.raises(CircleError) as told:
        levels_of_days(both)
    assert set(told.value.nodes) == {1, 2}


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=20))
def test_levels_rise_along_every_edge_or_there_is_a_circle(pairs: list[tuple[int, int]]) -> None:
    circle = _circle(pairs)
    if circle:
        assert all(step in pairs for step in pairwise(circle))
        assert circle[0] == circle[-1]
        return
    found = levels(edges(*pairs))
    assert all(found[parent] < found[child] for parent, child in pairs)


def _circle(pairs: list[tuple[int, int]]) -> tuple[int, ...]:
    try:
        levels(edges(*pairs))
    except CircleError as circle:
        return circle.nodes
    return ()
