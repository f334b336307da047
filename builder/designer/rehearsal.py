"""Rehearsal: what the designer asks of the world to try things: on one record, on what happened; and what rules did lately."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from builder.commands import Actor
from builder.errors import Problem
from builder.metadata.package import Package
from builder.web.told import CameTo, Pair, Told


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found to try something on."""

    id: str
    title: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class JudgedPart:
    """One part of a condition: its source, what it looked at, and whether it holds (None: it cannot be judged)."""

    source: str
    pairs: tuple[Pair, ...]
    holds: bool | None


@dataclass(frozen=True, slots=True)
class RuleTried:
    """A rule on one record. ``applies`` None: its condition cannot be judged. ``happened``: what wakes it did happen to the record; else it
    is tried as if it came next."""

    title: str
    url: str
    applies: bool | None
    happened: bool
    parts: tuple[JudgedPart, ...]
    steps: tuple[Told, ...]
    came_to: CameTo


@dataclass(frozen=True, slots=True)
class DeedTried:
    """The same deed on one record, now and under the draft."""

    title: str
    url: str
    live: CameTo
    draft: CameTo


@dataclass(frozen=True, slots=True)
class Compared:
    """How often one thing did something in the period, and would have; how often both differ; ``unclear``: where today's
    data do not tell. ``sums`` are of the records' amounts."""

    label: str
    about: str
    did: int
    would: int
    more: int
    fewer: int
    otherwise: int
    unclear: int = 0
    sums: tuple[str, str] = ("", "")

    @property
    def differs(self) -> int:
        return self.more + self.fewer + self.otherwise


@dataclass(frozen=True, slots=True)
class Differing:
    """A record that came out otherwise."""

    title: str
    url: str
    when: str
    kind: str
    label: str
    then: tuple[Told, ...]
    now: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A what-if over history, so far. ``state``: waiting, running, done, failed, cancelled. ``is_stale``: the draft has moved on since."""

    kind: str
    key: str
    transition: str
    state: str
    done: int
    total: int
    since: str
    until: str
    days: int
    compared: tuple[Compared, ...] = ()
    rows: tuple[Differing, ...] = ()
    ledgers: tuple[Problem, ...] = ()
    problems: tuple[Problem, ...] = ()
    is_stale: bool = False

    @property
    def is_running(self) -> bool:
        return self.state in {"waiting", "running"}

    @property
    def percent(self) -> int:
        return min(100, self.done * 100 // max(self.total, 1))

    @property
    def differs(self) -> int:
        return sum(one.differs for one in self.compared)


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of a rule: its page, the record, what it did in a line, and what came of it."""

    url: str
    record: str
    when: str
    did: str
    outcome: str
    colour: str


class Rehearsals(Protocol):
    """Nothing of this writes records, ledgers or approvals; each raises ``ForbiddenError`` where the actor lacks the *design* right."""

    def find(self, actor: Actor, app: str, entity: str, text: str) -> Sequence[Hit]:
        """Records by code or name, the last changed ones for no text."""

    def balances(self, actor: Actor, app: str, draft: Package, key: str, text: str) -> Sequence[Hit]:
        """Balances that a threshold rule watches."""

    def rule(self, actor: Actor, app: str, draft: Package, key: str, record: str) -> RuleTried:
        """On a record; a threshold rule on a balance, as ``balances`` names it."""

    def deed(
        self, actor: Actor, app: str, draft: Package, entity: str, record: str, deed: str
    ) -> DeedTried: ...

    def start(self, actor: Actor, app: str, kind: str, key: str, transition: str, days: int) -> str:
        """Starts a what-if over the last ``days``; its id."""

    def replayed(self, actor: Actor, app: str, id: str) -> Replayed: ...

    def may_replay(self, draft: Package, kind: str, key: str) -> bool:
        """Whether the history tells enough to try that on it."""

    def ran(self, actor: Actor, app: str, uid: str) -> Sequence[Ran]:
        """The last runs of a rule."""


__all__ = [
    "CameTo",
    "Compared",
    "DeedTried",
    "Differing",
    "Hit",
    "JudgedPart",
    "Ran",
    "Rehearsals",
    "Replayed",
    "RuleTried",
]
