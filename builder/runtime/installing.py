"""Installing: a template becomes an app with its reference data, and on request with people and sample documents.

Everything goes through commands: sample documents are approved, delivered and paid like real ones, so that their numbers add up.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping, MutableMapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from importlib.resources.abc import Traversable
from typing import Any
from zoneinfo import ZoneInfo

from builder.clock import FixedClock, business_date
from builder.commands import Actor, GrantRole, InstallApp, SaveOrgUnit, SaveUser, WriteRecords
from builder.errors import BuilderError, InvalidError, NotFoundError, Problem
from builder.metadata.catalog import template_nodes, template_source
from builder.metadata.loading import load, load_trusted, read
from builder.metadata.package import Package
from builder.metadata.report import DataSet
from builder.metadata.text import Text
from builder.metadata.uids import with_uids
from builder.record import Ref
from builder.runtime import jobs
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.jobs import Advance
from builder.runtime.playing import Player, system
from builder.runtime.resolving import instant
from builder.runtime.sample_notices import NEWS_DAYS, read_until_now
from builder.storage import accounts
from builder.storage.jobs import JobRow

TRIES = 60
"""Looks at messages that are on their way; what somebody else holds for longer stays unread."""
SAMPLE_STEPS = 25
"""Steps of sample documents per job step: about half a second between two looks at the queue."""


@dataclass(frozen=True)
class Template:
    """A template of the catalog: who it is and its definitions, layered over what it extends."""

    key: str
    label: Text
    version: str
    description: Text
    package: Package


def template(key: str) -> Template:
    """The template, loaded. It was checked when it was made, and is again when it is installed. Raises ``NotFoundError``."""
    package = _shipped(template_source(key))
    app = package.app
    return Template(key, app.label, app.version, app.description, package)


def _shipped(source: Traversable) -> Package:
    nodes, _ = read(source)
    if nodes[("app", "app")].get("extends"):
        return loaded(source)
    return load_trusted(with_uids(nodes))


def loaded(source: Any) -> Package:
    """The package of a folder, zip or nodes, or all that is wrong with it."""
    package, problems = load(source, template_nodes)
    errors = [p for p in problems if p.severity == "error"]
    if package is None or errors:
        raise InvalidError("PACKAGE_INVALID", problems=errors)
    return package


@dataclass(frozen=True)
class Installer:
    """Installs for ``actor``, an administrator. The engine's own clock dates reference data; sample documents bring their own."""

    engine: Engine
    actor: Actor

    def install(
        self,
        package: Package,
        key: str,
        *,
        template_key: str = "",
        label: Text | None = None,
        passwords: MutableMapping[str, str] | None = None,
        only: frozenset[str] | None = None,
    ) -> None:
        """Make the app and load its reference data. With ``passwords`` (login → password) the sample's people and masters come too; its
        documents are played afterwards (``start_sample``). ``only`` names the data sets wanted."""
        command = InstallApp(key, package.nodes, template_key, package.app.version, label)
        Dispatcher(self.engine)(self.actor, command)
        sample = passwords is not None
        if passwords is not None:
            self.people(package, key, passwords)
        player = player_of(self.engine, self.actor.workspace, key)
        for data in sorted(package.data, key=lambda d: (d.order, d.key)):
            if (data.sample and not sample) or (only is not None and data.key not in only):
                continue
            if data.rows:
                self.load_rows(player, data)

    def load_rows(self, player: Player, data: DataSet) -> None:
        """The rows of a data set, in one command; references among them are found in order of the sets."""
        with player.reading() as ctx:
            model = ctx.app.package.entity(data.entity)
            if model is None:
                raise NotFoundError(entity=data.entity)
        rows: list[Mapping[str, Any]] = []
        problems: list[Problem] = []
        own = _is_own_reference(model, data)
        for index, row in enumerate(data.rows):
            try:
                with player.reading() as ctx:
                    rows.append(player.resolver.values(ctx, model, row))
            except BuilderError as error:
                problems.extend(
                    replace(p, path=f"data/{data.key}.json#/rows/{index}{p.path}") for p in error.problems
                )
                continue
            if own:
                self._write(player, data.entity, rows)
                rows = []
        if problems:
            raise InvalidError("DATA_INVALID", problems=problems)
        if rows:
            self._write(player, data.entity, rows)

    def _write(self, player: Player, entity: str, rows: list[Mapping[str, Any]]) -> None:
        command = WriteRecords(player.app, entity, tuple(rows), source="install")
        Dispatcher(player.engine)(system(player.ws), command)

    def people(self, package: Package, app: str, passwords: MutableMapping[str, str]) -> list[str]:
        """The sample's org units and people with their roles; ``passwords`` gives each login's. The logins that are there now."""
        sets = [d for d in sorted(package.data, key=lambda d: d.order) if d.users or d.org_units]
        send = Dispatcher(self.engine)
        units = [unit for data in sets for unit in data.org_units]
        users = [user for data in sets for user in data.users]
        for unit in units:
            send(self.actor, SaveOrgUnit(unit["key"], unit["name"], unit.get("parent")))
        for user in users:
            self._person(app, user, passwords)
        for unit in units:
            if unit.get("head"):
                head = self._id(unit["head"])
                send(self.actor, SaveOrgUnit(unit["key"], unit["name"], unit.get("parent"), head))
        return [user["login"] for user in users]

    def _person(self, app: str, user: Mapping[str, Any], passwords: MutableMapping[str, str]) -> None:
        login = user["login"]
        known = self._id(login)
        if known is None:
            command = SaveUser(
                login,
                user["name"],
                password=passwords[login],
                is_admin=bool(user.get("admin")),
                org_unit=user.get("org_unit"),
            )
            Dispatcher(self.engine)(self.actor, command)
            known = self._id(login)
        assert known is not None
        for role in user.get("roles", ()):
            Dispatcher(self.engine)(self.actor, GrantRole(app, known, role))

    def _id(self, login: str) -> int | None:
        with self.engine.database.snapshot() as conn:
            found = accounts.user_by_login(conn, self.actor.workspace, login)
        return found.user_id if found else None


def _is_own_reference(model: Any, data: DataSet) -> bool:
    """Whether rows refer to rows of the same set, and so must be written one by one."""
    keys = {key for row in data.rows for key in row}
    return any(f.entity == data.entity and f.key in keys for f in model.fields)


def player_of(engine: Engine, ws: int, app: str, *, at: datetime | None = None, **options: Any) -> Player:
    """A player on a clock of its own, standing at ``at`` (now), over the same database."""
    now = at or engine.clock.now()
    own = replace(engine, clock=FixedClock(now))
    today = options.pop("today", None) or business_date(now, engine.settings.timezone)
    return Player(own, ws, app, today, **options)


@dataclass
class Sample:
    """The sample documents of one app, played step by step. ``names`` and ``at`` are where it stands."""

    engine: Engine
    ws: int
    app: str
    today: date
    names: dict[str, Ref] = field(default_factory=dict)

    def steps(self) -> list[Any]:
        """Those of every set, in the order of their time: several lines of business live in one sample."""
        with player_of(self.engine, self.ws, self.app).reading() as ctx:
            sets = sorted(ctx.app.package.data, key=lambda d: (d.order, d.key))
        timed = (self._timed(data) for data in sets if data.sample)
        return [step for _, step in heapq.merge(*timed, key=lambda at: at[0])]

    def _timed(self, data: DataSet) -> Iterator[tuple[datetime, Any]]:
        """A set's steps with their time; one without goes with the one before."""
        zone = ZoneInfo(self.engine.settings.timezone)
        last = datetime.min.replace(tzinfo=zone)
        for step in data.steps:
            last = instant(step.at, self.today, zone) if step.at else last
            yield last, step

    def news_from(self, steps: list[Any]) -> int:
        """Where in the steps the last days begin: people have not read yet what they were told since."""
        zone = ZoneInfo(self.engine.settings.timezone)
        first = self.today - timedelta(days=NEWS_DAYS)
        return next(
            (i for i, s in enumerate(steps) if s.at and instant(s.at, self.today, zone).date() >= first),
            len(steps),
        )

    def play(self, steps: list[Any], first: int, until: int) -> None:
        """Play the steps from the ``first``. Raises where one is refused: a sample must not be."""
        player = player_of(self.engine, self.ws, self.app, today=self.today, names=self.names)
        for index in range(first, until):
            played = player.play(steps[index], key=f"sample:{self.app}:{index}")
            if played.error is not None:
                raise played.error


def play_sample(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The job kind *sample*: ``args`` name the app and the day that the sample ends before; the cursor holds the names so far."""
    cursor = row.cursor or {"at": 0, "names": {}}
    names = {name: Ref(entity, id) for name, (entity, id) in cursor["names"].items()}
    sample = Sample(engine, actor.workspace, row.args["app"], date.fromisoformat(row.args["today"]), names)
    steps = sample.steps()
    at, news = cursor["at"], sample.news_from(steps)
    progress = {"done": at, "total": len(steps)}
    if at == news and cursor.get("tries", 0) < TRIES:
        is_read = read_until_now(engine, actor.workspace, sample.app, row.created_at)
        return Advance({**cursor, "tries": TRIES if is_read else cursor.get("tries", 0) + 1}, progress)
    until = min(at + SAMPLE_STEPS, news if at < news else len(steps))
    sample.play(steps, at, until)
    progress = {**progress, "done": until}
    if until >= len(steps) and at >= news:
        return Advance(None, progress)
    kept = {name: [ref.entity, ref.id] for name, ref in sample.names.items()}
    return Advance({"at": until, "names": kept}, progress)


def start_sample(engine: Engine, actor: Actor, app: str) -> int:
    """Queue the sample documents of an app, as if the last two months had happened; the job's id."""
    today = business_date(engine.clock.now(), engine.settings.timezone)
    return jobs.start(engine, actor, "sample", {"app": app, "today": today.isoformat()})


jobs.KINDS.register("sample", play_sample)
