"""Ports: what the designer asks of the world."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeAlias

from flask import Request

from builder.commands import Actor, Command
from builder.errors import Problem
from builder.metadata.choosing import Choosing
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.package import Package
from builder.metadata.text import Text
from builder.web.shell import Shell


@dataclass(frozen=True, slots=True)
class AppRow:
    """An installed app that the actor may design. ``edits`` counts the draft's definitions that differ from the live version."""

    key: str
    label: Text
    version: int
    icon: str = "package"
    color: str = "blue"
    template: str = ""
    edits: int = 0


@dataclass(frozen=True, slots=True)
class VersionRow:
    """One published version. ``rolled_back_from`` is the version that it brought back, if it did."""

    number: int
    at: datetime
    by: str
    note: str = ""
    rolled_back_from: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """An app's draft: the live version's ``nodes`` with the edits laid over them. ``version`` moves by one with every definition that is
    saved, undone or redone; ``node_versions`` are those of edited nodes. ``undo`` and ``redo`` count what the actor may take back and
    do again (or say 1 for some); ``others`` are the names of other people who edit it."""

    nodes: Nodes
    live: int
    version: int = 0
    node_versions: Mapping[NodeName, int] = field(default_factory=dict)
    undo: int = 0
    redo: int = 0
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """The records of a changed field on their way: for which version, how far (in percent). With ``is_running`` False it is the last
    one, and ``problems`` say why it stopped."""

    version: int
    percent: int
    is_running: bool
    waits: bool = False
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works with the app, as the designer names people."""

    login: str
    name: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A record to try something on."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Foreseen:
    """One step that a record would pass. ``names`` are the people asked; ``note`` says what else there is to know: ``skipped``, ``nobody``,
    ``choice`` or nothing."""

    uid: str
    kind: str
    label: Text
    names: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """What an approval is tried on: ``record`` (an id; empty: a new one), with ``values`` laid over it as typed, submitted by ``by``
    (a login; empty: the one who asks)."""

    workflow: str
    transition: str
    record: str = ""
    by: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


class Workshop(Protocol):
    """Reading of templates, apps, drafts and versions, and the one door for commands.

    Every method that names an app raises ``NotFoundError`` where the actor's workspace has none of that key and ``ForbiddenError``
    where the actor lacks the *design* right in it.
    """

    def templates(self) -> Mapping[str, Nodes]:
        """The catalog: ready-made apps by key, complete (with what they extend)."""

    def choosing(self) -> Choosing:
        """The questions that lead to one of them."""

    def apps(self, actor: Actor) -> Sequence[AppRow]: ...

    def draft(self, actor: Actor, app: str) -> Draft: ...

    def live_nodes(self, actor: Actor, app: str) -> Nodes: ...

    def rehearse(self, actor: Actor, app: str, draft: Package) -> Sequence[Problem]:
        """Warnings about what the draft's ledgers would have done differently with what really happened. Writes nothing."""

    def people(self, actor: Actor, app: str) -> Sequence[Person]:
        """Everybody who is active in the workspace."""

    def records(self, actor: Actor, app: str, entity: str) -> Sequence[Listed]:
        """The records of the live version that were changed last, as far as the actor may read them."""

    def foresee(self, actor: Actor, app: str, draft: Package, trial: Trial) -> Sequence[Foreseen] | None:
        """The path and the people that the draft's approval would have; None where it would not be asked for. Writes nothing."""

    def versions(self, actor: Actor, app: str) -> Sequence[VersionRow]:
        """Newest first."""

    def move(self, actor: Actor, app: str) -> Move | None:
        """The move of records that is under way, or the last one if it stopped."""

    def version_nodes(self, actor: Actor, app: str, number: int) -> Nodes: ...

    def template_nodes(self, actor: Actor, app: str) -> Nodes:
        """The app's template as its live version took it over last, or as the app was made of it."""

    def send(self, actor: Actor, commands: Sequence[Command]) -> Mapping[str, object]:
        """Sends commands one after the other and answers what the last one answered."""


Identify: TypeAlias = Callable[[Request], Actor]
"""Who asks; refuses strangers and writing requests without the session's proof."""
MakeShell: TypeAlias = Callable[[], Shell]
