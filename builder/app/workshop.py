"""The workshop: what the designer asks of the world, answered from storage and sent through the one door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from builder.commands import Actor, Command, InstallApp
from builder.designer.ports import AppRow, Draft, Foreseen, Listed, Move, Person, Trial, VersionRow
from builder.errors import BuilderError, NotFoundError, Problem
from builder.metadata.catalog import catalog, choosing
from builder.metadata.choosing import Choosing
from builder.metadata.kinds import Nodes
from builder.metadata.package import Package
from builder.runtime.api.door import Door
from builder.runtime.context import Context
from builder.runtime.foreseeing import Tried, foresee_draft
from builder.runtime.installing import Installer, loaded, template
from builder.runtime.listing import Wanted, list_records
from builder.runtime.representation import title_of
from builder.runtime.what_if import rehearse
from builder.storage import accounts, preparing
from builder.storage import apps as stored
from builder.workflow.preview import Preview

SHOWN = 30
"""How many records are offered to try something on."""


def _foreseen(ctx: Context, step: Preview) -> Foreseen:
    names = tuple(name for user in step.users if (name := ctx.directory.name_of(user)))
    known = {"nobody": step.nobody, "skipped": step.skipped, "choice": step.choice and not names}
    note = next((key for key, holds in known.items() if holds), "")
    return Foreseen(step.uid, step.kind, step.label, names, note)


@dataclass(frozen=True)
class StoredWorkshop:
    """Implements ``designer.ports.Workshop``."""

    door: Door

    @cached_property
    def _templates(self) -> Mapping[str, Nodes]:
        return {key: template(key).package.nodes for key in catalog()}

    @cached_property
    def _choosing(self) -> Choosing:
        return choosing()

    def templates(self) -> Mapping[str, Nodes]:
        return self._templates

    def choosing(self) -> Choosing:
        return self._choosing

    @contextmanager
    def _designing(self, actor: Actor, app: str) -> Iterator[Context]:
        with self.door.reading(actor, app) as ctx:
            ctx.kernel.require("design")
            yield ctx

    def apps(self, actor: Actor) -> Sequence[AppRow]:
        with self.door.engine.database.snapshot() as conn:
            rows = stored.apps(conn, actor.workspace)
        found: list[AppRow] = []
        for row in rows:
            try:
                with self._designing(actor, row.key) as ctx:
                    found.append(self._app(ctx))
            except BuilderError:
                # Not this person's to design: for the designer it does not exist.
                continue
        return found

    def _app(self, ctx: Context) -> AppRow:
        row, app = ctx.app.row, ctx.app.package.app
        state = stored.draft_state(ctx.conn, ctx.ws, row.app_id, ctx.actor.user_id)
        return AppRow(
            row.key, app.label, row.live_version, app.icon, app.color, row.template_key, len(state.nodes)
        )

    def draft(self, actor: Actor, app: str) -> Draft:
        with self._designing(actor, app) as ctx:
            row = ctx.app.row
            state = stored.draft_state(ctx.conn, ctx.ws, row.app_id, actor.user_id)
            names = {u.user_id: u.name for u in accounts.users(ctx.conn, ctx.ws)}
            return Draft(
                nodes=stored.draft_nodes(ctx.conn, ctx.ws, row.app_id),
                live=row.live_version,
                version=state.version,
                node_versions=state.nodes,
                undo=int(state.can_undo),
                redo=int(state.can_redo),
                others=tuple(names[user] for user in state.editors if user in names),
            )

    def live_nodes(self, actor: Actor, app: str) -> Nodes:
        with self._designing(actor, app) as ctx:
            return ctx.app.package.nodes

    def rehearse(self, actor: Actor, app: str, draft: Package) -> Sequence[Problem]:
        with self._designing(actor, app) as ctx:
            return rehearse(ctx, draft)

    def people(self, actor: Actor, app: str) -> Sequence[Person]:
        with self._designing(actor, app) as ctx:
            return [Person(u.login, u.name) for u in accounts.users(ctx.conn, ctx.ws) if u.status == "active"]

    def records(self, actor: Actor, app: str, entity: str) -> Sequence[Listed]:
        with self._designing(actor, app) as ctx:
            model = ctx.app.package.entity(entity)
            if model is None or not ctx.kernel.may("read", entity):
                return []
            wanted = Wanted(sort=(("updated_at", True),), limit=SHOWN, count="none")
            found = list_records(ctx, entity, wanted).records
            return [Listed(ctx.engine.database.show(r.id), title_of(model, r)) for r in found]

    def foresee(self, actor: Actor, app: str, draft: Package, trial: Trial) -> Sequence[Foreseen] | None:
        with self._designing(actor, app) as ctx:
            record = ctx.engine.database.read_id(trial.record) if trial.record else None
            tried = Tried(trial.workflow, trial.transition, record, trial.values, trial.by)
            steps = foresee_draft(ctx, draft, tried)
            return [_foreseen(ctx, step) for step in steps] if steps is not None else None

    def versions(self, actor: Actor, app: str) -> Sequence[VersionRow]:
        with self._designing(actor, app) as ctx:
            rows = stored.versions(ctx.conn, ctx.ws, ctx.app.row.app_id)
            names = {u.user_id: u.name for u in accounts.users(ctx.conn, ctx.ws)}
        # People read the wall clock of the business, not the database's.
        zone = ZoneInfo(self.door.engine.settings.timezone)
        return [
            VersionRow(
                r.version,
                r.published_at.astimezone(zone),
                names.get(r.author_id, ""),
                r.note,
                r.rolled_back_from,
            )
            for r in rows
        ]

    def move(self, actor: Actor, app: str) -> Move | None:
        with self._designing(actor, app) as ctx:
            found = preparing.move_of(ctx.conn, ctx.ws, ctx.app.row.app_id)
            if found is None or found.state == preparing.DONE:
                return None
            job = preparing.job_of(ctx.conn, ctx.ws, found)
        done = (job.progress or {}).get("done", 0) if job else 0
        told = [Problem(p["code"], p["path"], p["params"]) for p in found.problems or ()]
        percent = min(99, done * 100 // max(found.total, 1))
        waits = found.version > ctx.app.row.live_version
        return Move(found.version, percent, found.is_running, waits, tuple(told))

    def version_nodes(self, actor: Actor, app: str, number: int) -> Nodes:
        with self._designing(actor, app) as ctx:
            nodes = stored.version_nodes(ctx.conn, ctx.ws, ctx.app.row.app_id, number)
        if not nodes:
            raise NotFoundError(version=number)
        return nodes

    def template_nodes(self, actor: Actor, app: str) -> Nodes:
        with self._designing(actor, app) as ctx:
            return stored.template_nodes(ctx.conn, ctx.ws, ctx.app.row.app_id)

    def send(self, actor: Actor, commands: Sequence[Command]) -> Mapping[str, object]:
        answer: Mapping[str, Any] = {}
        for command in commands:
            answer = (
                self._install(actor, command)
                if isinstance(command, InstallApp)
                else self.door.send(actor, command, None)
            )
        return answer

    def _install(self, actor: Actor, command: InstallApp) -> Mapping[str, Any]:
        """The app with its reference data, as a person who installs it means it."""
        package = loaded(command.nodes)
        installer = Installer(self.door.engine, actor)
        installer.install(package, command.key, template_key=command.template_key, label=command.label)
        return {"app": command.key}
