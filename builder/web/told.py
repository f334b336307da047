"""Told: what was done, or would be, as people read it. What ``_told.html`` draws."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """A field with its value; with ``before`` what was there. ``is_change`` says that it was another one."""

    label: str
    after: str
    before: str = ""
    is_change: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """One thing: a sentence, its record's page, the values that go with it, and what it consists of. ``tone``: ``bad``, ``new`` or none."""

    text: str
    icon: str = "point"
    url: str = ""
    tone: str = ""
    pairs: tuple[Pair, ...] = ()
    parts: tuple[Told, ...] = ()
