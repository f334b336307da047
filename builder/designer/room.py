"""Room: what every page and endpoint of the designer starts from: who asks, in which words, and the draft with its judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import render_template, request, url_for

from builder.commands import Actor, Command, SaveDraft, UndoDraft
from builder.designer.edits.change import Changes, complete
from builder.designer.judging import Judge, Judged
from builder.designer.panel import Panel
from builder.designer.pickers import Pickers, frame_at
from builder.designer.ports import Draft, Identify, MakeShell, Workshop
from builder.designer.rehearsal import Rehearsals
from builder.designer.words import Words
from builder.metadata.frames import Frame
from builder.metadata.kinds import KINDS, NodeName
from builder.metadata.places import Parts
from builder.web.locale import Messages, Texts
from builder.web.problems import problem_list
from builder.web.shell import AppLink, MenuItem, Shell

SYMBOLS: Mapping[str, str] = {
    "app": "settings", "entity": "database", "form": "forms", "view": "list-details", "ledger": "abacus", "report": "report-analytics",
    "workflow": "git-branch", "dashboard": "layout-dashboard", "rule": "bolt", "health": "heart-rate-monitor",
    "computation": "calculator", "print": "printer", "connector": "plug", "roles": "shield", "data": "database-import",
    "scenario": "test-pipe", "i18n": "language",
}  # fmt: skip
COLOURS: Mapping[str, str] = {"grey": "gray", "teal": "cyan"}


@dataclass(frozen=True)
class Opened:
    """One app's draft, opened by one person."""

    app: str
    actor: Actor
    draft: Draft
    judged: Judged
    words: Words

    @cached_property
    def pickers(self) -> Pickers | None:
        package = self.judged.package
        return Pickers(package, self.judged.references, self.words) if package else None

    def panel(self, name: NodeName) -> Panel:
        return Panel(self.judged, name, self.words, self.pickers)

    def frame(self, name: NodeName, parts: Parts, of: str = "self") -> Frame:
        """The surroundings of a place, with the entity that ``of`` stands for as the one at hand."""
        package = self.judged.package
        if package is None:
            return Frame()
        frame = frame_at(package, name, parts)
        wanted = frame.entity("line" if of == "posting" else of)
        return frame._replace(self_=wanted) if of not in {"", "self", "source"} else frame

    @property
    def label(self) -> str:
        return self.words.node(("app", "app"), self.draft.nodes.get(("app", "app")))

    def called(self, name: NodeName) -> str:
        """What a definition is called; a data set by what it holds."""
        body = self.draft.nodes.get(name)
        about = ("entity", str((body or {}).get("entity") or ""))
        if name[0] == "data" and about in self.draft.nodes:
            return self.words.node(about, self.draft.nodes[about])
        return self.words.node(name, body)

    def keys(self, kind: str) -> list[tuple[str, str]]:
        """Key and name of every definition of a kind."""
        found = [(key, self.called((of, key))) for (of, key), body in self.draft.nodes.items() if of == kind]
        return sorted(found, key=lambda pair: pair[0]) if kind in {"scenario", "data"} else found


@dataclass(frozen=True)
class Room:
    """The designer with everything it was given."""

    workshop: Workshop
    identify: Identify
    shell: MakeShell
    texts: Texts
    messages: Messages
    judge: Judge
    rehearsals: Rehearsals | None = None

    def actor(self) -> Actor:
        return self.identify(request)

    def words(self) -> Words:
        return Words(self.texts, self.shell().locale)

    def open(self, app: str) -> Opened:
        actor = self.actor()
        draft = self.workshop.draft(actor, app)
        return Opened(app, actor, draft, self.judge(draft.nodes), self.words())

    def save(self, opened: Opened, changes: Changes) -> None:
        """Sends what changed, as one step: the draft's version, which moves with every edit, names it."""
        full = complete(opened.draft.nodes, changes)
        versions = opened.draft.node_versions
        commands: list[Command] = [
            SaveDraft(opened.app, kind, key, body, versions.get((kind, key)), opened.draft.version + 1)
            for (kind, key), body in full.items()
        ]
        if commands:
            self.workshop.send(opened.actor, commands)

    def undo(self, app: str, *, redo: bool = False) -> None:
        """Takes the person's last edit back, or does it again, with all the definitions that it changed."""
        self.workshop.send(self.actor(), [UndoDraft(app, redo)])

    def render(self, template: str, opened: Opened | None = None, **values: Any) -> str:
        """A page in the frame; with ``opened`` the side menu is the designer's."""
        words = opened.words if opened else self.words()
        shell = self.shell()
        if opened is not None:
            values |= self._of_draft(opened)
            values["app_url"] = next((a.url for a in shell.apps if a.key == opened.app), shell.home_url)
            shell = self._framed(shell, opened)
        return render_template(
            f"design/{template}", shell=shell, w=words, symbols=SYMBOLS, colours=COLOURS, **values
        )

    def _of_draft(self, opened: Opened) -> dict[str, Any]:
        told, locale = opened.words.told, opened.words.locale
        problems = problem_list(map(told, opened.judged.problems), self.messages, locale)
        return {
            "app": opened.app,
            "opened": opened,
            "draft": opened.draft,
            "nodes": opened.draft.nodes,
            "problems": problems,
            "errors": len(opened.judged.errors),
            "can_try": self.rehearsals is not None and opened.judged.package is not None,
            "problems_of": lambda path: [p for p in problems if p["path"].partition("#")[0] == path],
            "message_of": lambda p: self.messages.text(p.code, locale, told(p).params, p.message),
        }

    def _framed(self, shell: Shell, opened: Opened) -> Shell:
        body = opened.draft.nodes.get(("app", "app"), {})
        link = AppLink(
            opened.app,
            opened.label,
            url_for("design.overview", app=opened.app),
            str(body.get("icon") or "package"),
            str(body.get("color") or "blue"),
        )
        return replace(shell, app=link, menu=self._menu(opened), pinned=(), designer_url="")

    def _menu(self, opened: Opened) -> tuple[MenuItem, ...]:
        words, app = opened.words, opened.app
        counts: dict[str, int] = {}
        for kind, _ in opened.draft.nodes:
            counts[kind] = counts.get(kind, 0) + 1

        def kinds(*names: str) -> tuple[MenuItem, ...]:
            return tuple(self._kind_item(app, kind, words, counts.get(kind, 0)) for kind in names)

        return (
            self._item(words("d.overview"), "design.overview", "home", app),
            MenuItem(words("d.menu.data"), items=kinds("entity", "ledger")),
            MenuItem(words("d.menu.pages"), items=kinds("form", "view", "report", "dashboard", "print")),
            MenuItem(words("d.menu.how"), items=kinds("workflow", "rule", "roles")),
            MenuItem(
                words("d.menu.more"),
                items=kinds("app", "health", "computation", "connector", "scenario", "data"),
            ),
            MenuItem(
                words("d.menu.release"),
                items=(
                    self._item(words("d.publish"), "design.release", "rocket", app),
                    self._item(words("d.versions"), "design.versions", "history", app),
                ),
            ),
        )

    @staticmethod
    def _item(label: str, endpoint: str, icon: str, app: str) -> MenuItem:
        url = url_for(endpoint, app=app)
        return MenuItem(label, url, icon, request.path == url)

    @staticmethod
    def _kind_item(app: str, kind: str, words: Words, count: int) -> MenuItem:
        url = url_for("design.listing", app=app, kind=kind)
        plural = words.find(f"d.kinds.{kind}") or words.kind(kind)
        current = request.path == url or request.path.startswith(f"{url}/")
        return MenuItem(plural, url, SYMBOLS[kind], current, count if KINDS[kind].folder else 0)
