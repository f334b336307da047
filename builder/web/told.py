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


@dataclass(frozen=True, slots=True)
class CameTo:
    """What would come of something, each as it is told."""

    refused: tuple[Told, ...] = ()
    changes: tuple[Told, ...] = ()
    postings: tuple[Told, ...] = ()
    asked: tuple[Told, ...] = ()
    notified: tuple[Told, ...] = ()
    rules: tuple[Told, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any((self.refused, self.changes, self.postings, self.asked, self.notified, self.rules))
