"""Timing: when the actions of a rule can happen, which who picks them need not know. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from builder.metadata.plugged import PLUGGED_ACTIONS

Body = Mapping[str, Any]
HOLDING: Mapping[str, tuple[str, ...]] = {"branch": ("then", "else"), "each": ("then",)}
"""Actions that hold others, and under which names."""
EARLY = frozenset({"set", "refuse"})
"""Actions that happen while the record is saved, and never after it."""
LATER = frozenset({"call", "print"})
"""Actions that leave the house, and therefore only once what they tell is committed."""


def timing_of(then: Sequence[Body], timing: str, trigger: str = "") -> str:
    """When the actions can happen: what corrects or refuses while the record is saved, what leaves the house afterwards, and what is about a
    line that goes while it is there. A rule that corrects or refuses stays one as long as all it does can happen then."""
    deeds = [a for action in then for a in _walk(action) if a["kind"] not in HOLDING]
    if deeds and all(a["kind"] in EARLY for a in deeds):
        return "before"
    if timing == "before":
        if all(_is_early(a) for a in deeds):
            return timing
        timing = "now"
    if any(a["kind"] in LATER or (a["kind"] == "notify" and a.get("connector")) for a in deeds):
        return "later"
    return "now" if trigger == "line_removed" else timing


def _is_early(action: Body) -> bool:
    plugged = PLUGGED_ACTIONS.find(str(action["kind"]))
    return action["kind"] in EARLY or (plugged is not None and "before" in plugged.timings)


def _walk(action: Body) -> Iterator[Body]:
    yield action
    for name in HOLDING.get(str(action["kind"]), ()):
        for inner in action.get(name, ()):
            yield from _walk(inner)
