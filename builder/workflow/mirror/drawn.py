"""Drawn: an as-is map that people drew, with the steps outside the system, and what the declared workflow saves of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from builder.errors import Problem

Means = Literal["system", "mail", "wechat", "phone", "paper", "other"]
MEANS: tuple[Means, ...] = ("system", "mail", "wechat", "phone", "paper", "other")
MOST_STEPS, MOST_MINUTES, MOST_WORDS = 60, 100_000, 200


@dataclass(frozen=True, slots=True)
class DrawnStep:
    """What somebody does today: ``who``, by which means, how many minutes it takes; ``by`` names the transition (``entity.transition``) that does
    it from now on, empty where it stays."""

    label: str
    who: str = ""
    means: Means = "other"
    minutes: int = 0
    by: str = ""

    def plain(self) -> dict[str, Any]:
        return {
            "label": self.label, "who": self.who, "means": self.means, "minutes": self.minutes, "by": self.by,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saved:
    """The drawn map in figures, and what is left of it: ``steps``, ``outside``, ``hand_overs`` and ``minutes`` before; ``steps_saved`` are drawn
    steps that one and the same transition does now, ``hand_overs_replaced`` changes of hands before steps that the system does from now on,
    ``minutes_saved`` what outside steps took that it does. ``new`` are declared transitions that nothing drawn corresponds to."""

    steps: int
    outside: int
    hand_overs: int
    minutes: int
    steps_saved: int
    hand_overs_replaced: int
    minutes_saved: int
    new: tuple[str, ...]


def compare_drawn(steps: Sequence[DrawnStep], transitions: Iterable[str]) -> Saved:
    """What the workflow with those ``transitions`` (``entity.transition``) makes of the drawn ``steps``."""
    declared = list(dict.fromkeys(transitions))
    known = set(declared)
    done = [s for s in steps if s.by in known]
    outside = [s for s in steps if s.means != "system"]
    hands = [(one, other) for one, other in pairwise(steps) if one.who != other.who]
    return Saved(
        steps=len(steps),
        outside=len(outside),
        hand_overs=len(hands),
        minutes=sum(s.minutes for s in steps),
        steps_saved=len(done) - len({s.by for s in done}),
        hand_overs_replaced=sum(1 for _, other in hands if other.by in known and other.means != "system"),
        minutes_saved=sum(s.minutes for s in done if s.means != "system"),
        new=tuple(t for t in declared if t not in {s.by for s in steps}),
    )


def read_steps(
    rows: Iterable[Mapping[str, Any]], known: Iterable[str]
) -> tuple[tuple[DrawnStep, ...], tuple[Problem, ...]]:
    """The steps that were drawn, and everything that is wrong with them. Rows without words are left out."""
    names = set(known)
    found: list[DrawnStep] = []
    problems: list[Problem] = []
    for place, row in enumerate(rows):
        label = str(row.get("label", "")).strip()
        if not label:
            continue
        path = f"/steps/{place}"
        means, minutes, by = (
            str(row.get("means", "other")),
            str(row.get("minutes") or "0").strip(),
            str(row.get("by", "")),
        )
        who = str(row.get("who", "")).strip()
        if len(label) > MOST_WORDS or len(who) > MOST_WORDS:
            problems.append(
                Problem("VALUE_TOO_LONG", f"{path}/label", {"field": label[:20], "max": MOST_WORDS})
            )
        if means not in MEANS or (by and by not in names):
            problems.append(Problem("VALUE_CHOICE", f"{path}/means", {"field": label[:20], "value": means}))
        elif (
            not minutes.isascii()
            or not minutes.isdecimal()
            or len(minutes) > 9
            or int(minutes) > MOST_MINUTES
        ):
            problems.append(Problem("MAP_MINUTES", f"{path}/minutes", {"step": label, "max": MOST_MINUTES}))
        else:
            found.append(DrawnStep(label, who, means, int(minutes), by))
    if len(found) > MOST_STEPS:
        problems.append(Problem("MAP_STEPS", "/steps", {"max": MOST_STEPS}))
    return tuple(found), tuple(problems)
