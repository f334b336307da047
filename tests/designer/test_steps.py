"""Undo takes an edit back with every definition that it changed, as long as nobody else was at the draft."""

from __future__ import annotations

from builder.commands import Actor
from builder.designer.steps import Steps

ME, YOU = Actor(1, 1), Actor(1, 2)


def test_an_edit_is_taken_back_and_done_again_as_a_whole() -> None:
    steps = Steps()
    steps.saved(ME, "app", 0, 3)
    steps.saved(ME, "app", 3, 1)
    assert steps.size(ME, "app", 4, redo=False) == 1
    steps.moved(ME, "app", 4, 1, redo=False)
    assert steps.size(ME, "app", 5, redo=False) == 3
    steps.moved(ME, "app", 5, 3, redo=False)
    assert steps.size(ME, "app", 8, redo=True) == 3
    steps.moved(ME, "app", 8, 3, redo=True)
    assert steps.size(ME, "app", 11, redo=False) == 3


def test_after_somebody_else_one_definition_is_one_step() -> None:
    steps = Steps()
    steps.saved(ME, "app", 0, 3)
    steps.saved(YOU, "app", 3, 1)
    assert steps.size(ME, "app", 4, redo=False) == 1


def test_a_new_edit_ends_what_could_be_done_again() -> None:
    steps = Steps()
    steps.saved(ME, "app", 0, 2)
    steps.moved(ME, "app", 2, 2, redo=False)
    steps.saved(ME, "app", 4, 1)
    assert steps.size(ME, "app", 5, redo=True) == 1
