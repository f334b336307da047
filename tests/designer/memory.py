"""An in-memory workshop: apps, drafts with undo, versions. What the real one does through storage and the one door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from builder.commands import (
    Actor,
    Command,
    DiscardDraft,
    InstallApp,
    Publish,
    RollBack,
    SaveDraft,
    TakeOver,
    UndoDraft,
)
from builder.designer.edits.change import applied
from builder.designer.judging import Judge
from builder.designer.ports import AppRow, Draft, Foreseen, Listed, Move, Person, Trial, VersionRow
from builder.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, Problem
from builder.metadata.choosing import Choosing
from builder.metadata.kinds import NodeName, Nodes
from builder.metadata.package import Package
from builder.metadata.reading import read_folder

TEMPLATES = Path(__file__).resolve().parents[2] / "templates_catalog"
JUDGE = Judge(200)
"""Shared by all tests: most of them look at the same drafts."""
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@dataclass
class Kept:
    """One app: published versions (the last is live), the draft, and every edit with what stood there before."""

    versions: list[tuple[VersionRow, Nodes]]
    template: str
    draft: Nodes
    done: list[tuple[NodeName, Any, int]] = field(default_factory=list)
    undone: list[tuple[NodeName, Any, int]] = field(default_factory=list)
    version: int = 0
    taken: dict[str, Nodes] = field(default_factory=dict)


class MemoryWorkshop:
    """``Workshop`` without a database. ``designers`` limits who may design (None: everybody)."""

    def __init__(
        self, templates: Mapping[str, Nodes], *, designers: set[int] | None = None, checked: bool = True
    ) -> None:
        self._templates = templates
        self._kept: dict[str, Kept] = {}
        self._designers = designers
        self._clock = START
        self.judge = JUDGE if checked else Judge(check=lambda package: ())
        self.others: tuple[str, ...] = ()
        self.moving: Move | None = None
        self.rehearsed: tuple[Problem, ...] = ()
        self.foreseen: Sequence[Foreseen] | None = ()
        self.trials: list[Trial] = []

    # Reading

    def templates(self) -> Mapping[str, Nodes]:
        return self._templates

    def choosing(self) -> Choosing:
        return Choosing()

    def apps(self, actor: Actor) -> Sequence[AppRow]:
        return [self._row(key, kept) for key, kept in self._kept.items()]

    def _row(self, key: str, kept: Kept) -> AppRow:
        live = kept.versions[-1][1]
        app = live["app", "app"]
        edits = sum(1 for n in {*live, *kept.draft} if live.get(n) != kept.draft.get(n))
        return AppRow(
            key,
            app["label"],
            len(kept.versions),
            str(app.get("icon", "package")),
            str(app.get("color", "blue")),
            kept.template,
            edits,
        )

    def _open(self, actor: Actor, app: str) -> Kept:
        if app not in self._kept:
            raise NotFoundError(app=app)
        if self._designers is not None and actor.user_id not in self._designers:
            raise ForbiddenError(right="design")
        return self._kept[app]

    def draft(self, actor: Actor, app: str) -> Draft:
        kept = self._open(actor, app)
        return Draft(
            kept.draft,
            len(kept.versions),
            kept.version,
            undo=len(kept.done),
            redo=len(kept.undone),
            others=self.others,
        )

    def rehearse(self, actor: Actor, app: str, draft: Package) -> Sequence[Problem]:
        return self.rehearsed

    def live_nodes(self, actor: Actor, app: str) -> Nodes:
        return self._open(actor, app).versions[-1][1]

    def move(self, actor: Actor, app: str) -> Move | None:
        self._open(actor, app)
        return self.moving

    def people(self, actor: Actor, app: str) -> Sequence[Person]:
        return [Person("boss", "林老板"), Person("clerk", "小李")]

    def records(self, actor: Actor, app: str, entity: str) -> Sequence[Listed]:
        return [Listed("1", "XS-1")]

    def foresee(self, actor: Actor, app: str, draft: Package, trial: Trial) -> Sequence[Foreseen] | None:
        self.trials.append(trial)
        return self.foreseen

    def versions(self, actor: Actor, app: str) -> Sequence[VersionRow]:
        return [row for row, _ in reversed(self._open(actor, app).versions)]

    def version_nodes(self, actor: Actor, app: str, number: int) -> Nodes:
        found = self._open(actor, app).versions
        if not 1 <= number <= len(found):
            raise NotFoundError(version=number)
        return found[number - 1][1]

    def template_nodes(self, actor: Actor, app: str) -> Nodes:
        kept = self._open(actor, app)
        version = str(kept.versions[-1][1]["app", "app"].get("version"))
        return kept.taken.get(version, kept.versions[0][1])

    # Writing

    def send(self, actor: Actor, commands: Sequence[Command]) -> Mapping[str, object]:
        for command in commands:
            self._do(actor, command)
        return {}

    def _save(self, kept: Kept, command: SaveDraft) -> None:
        name = (command.kind, command.key)
        kept.done.append((name, kept.draft.get(name), command.step))
        kept.undone.clear()
        kept.draft = applied(kept.draft, {name: command.body})
        kept.version += 1

    def _do(self, actor: Actor, command: Command) -> None:
        if isinstance(command, InstallApp):
            self._install(actor, command)
            return
        kept = self._open(actor, getattr(command, "app"))  # noqa: B009
        if isinstance(command, SaveDraft):
            self._save(kept, command)
        elif isinstance(command, TakeOver):
            step = kept.version + 1
            for (kind, key), body in command.changed.items():
                self._save(kept, SaveDraft(command.app, kind, key, body, None, step))
            kept.taken[str(command.template["app", "app"].get("version"))] = command.template
        elif isinstance(command, UndoDraft):
            self._undo(kept, command.redo)
        elif isinstance(command, DiscardDraft):
            kept.draft, kept.done, kept.undone = kept.versions[-1][1], [], []
        elif isinstance(command, Publish):
            self._publish(actor, kept, kept.draft, command.note)
        elif isinstance(command, RollBack):
            nodes = self.version_nodes(actor, command.app, command.version)
            self._publish(actor, kept, nodes, command.note, command.version)

    def _install(self, actor: Actor, command: InstallApp) -> None:
        if command.key in self._kept:
            raise ConflictError("APP_EXISTS", app=command.key)
        app = {**command.nodes["app", "app"], "key": command.key}
        if command.label:
            app["label"] = command.label
        nodes = {**command.nodes, ("app", "app"): app}
        self._refuse_wrong(nodes)
        row = VersionRow(1, self._now(), actor.name)
        self._kept[command.key] = Kept([(row, nodes)], command.template_key, nodes)

    def _undo(self, kept: Kept, redo: bool) -> None:
        source, target = (kept.undone, kept.done) if redo else (kept.done, kept.undone)
        if not source:
            raise ConflictError("NOTHING_TO_UNDO")
        step = source[-1][2]
        while source and source[-1][2] == step:
            name, body, _ = source.pop()
            target.append((name, kept.draft.get(name), step))
            kept.draft = applied(kept.draft, {name: body})
            kept.version += 1
            if not step:
                return

    def _publish(self, actor: Actor, kept: Kept, nodes: Nodes, note: str, back: int | None = None) -> None:
        self._refuse_wrong(nodes)
        row = VersionRow(len(kept.versions) + 1, self._now(), actor.name, note, back)
        kept.versions.append((row, nodes))
        kept.draft, kept.done, kept.undone = nodes, [], []

    def _refuse_wrong(self, nodes: Nodes) -> None:
        errors = self.judge(nodes).errors
        if errors:
            raise InvalidError("PACKAGE_INVALID", problems=errors)

    def _now(self) -> datetime:
        self._clock += timedelta(minutes=7)
        return self._clock


@cache
def catalog() -> dict[str, Nodes]:
    """Every template of the catalog, read once."""
    return {
        folder.name: read_folder(folder)[0]
        for folder in sorted(TEMPLATES.iterdir())
        if (folder / "app.json").is_file()
    }
