"""The process mirror: how documents really went, beside how they were meant to. Pure: from what was kept to what is shown."""

from __future__ import annotations

from builder.workflow.mirror.drawn import DrawnStep, Saved, compare_drawn
from builder.workflow.mirror.mining import AsIs, Move, Node, Visit, mine
from builder.workflow.mirror.twice import Typed, typed_twice
from builder.workflow.mirror.versus import Difference, compare, ends

__all__ = [
    "AsIs",
    "Difference",
    "DrawnStep",
    "Move",
    "Node",
    "Saved",
    "Typed",
    "Visit",
    "compare",
    "compare_drawn",
    "ends",
    "mine",
    "typed_twice",
]
