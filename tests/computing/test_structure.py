"""Levels: whatever a thing is needed for lies above it, and what is made of itself is told with the way round."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builder.computing.structure import CircleError, Edge, levels

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
