"""Scratch: throw-away databases on which the scenarios of a package play, each a copy of one on which it was installed once.

Installing takes longer than most scenarios do. Those that require the same share an original, in which the app was installed when the
first of them begins; none of them leaves anything for the next, because each has a copy of its own that is thrown away.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from pathlib import Path

from builder.clock import FixedClock
from builder.config import Settings
from builder.metadata.package import Package
from builder.metadata.report import Scenario
from builder.runtime.apps import Apps
from builder.runtime.coverage import Met
from builder.runtime.engine import Engine
from builder.runtime.playing import Player
from builder.runtime.scenarios import START, Result, Runner, begins
from builder.storage import account_writes
from builder.storage.database import Database
from builder.storage.fencing import unfenced

WORKSPACE = 1
FILE = "scratch.db"


@dataclass(frozen=True)
class _Original:
    """A closed database that is copied: its folder, when its app was installed, what was loaded from it, and the login that plays each
    role."""

    folder: Path
    at: datetime = START
    apps: Apps = field(default_factory=Apps)
    people: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Scratch:
    """Runs scenarios of ``package``. ``folder`` takes the throw-away databases; of ``settings`` language and time zone count."""

    package: Package
    settings: Settings
    folder: Path
    met: Met = field(default_factory=Met)
    plays: type[Player] = Player
    _originals: dict[frozenset[str], _Original] = field(default_factory=dict)
    _number: int = 0

    def prepare(self, scenarios: Iterable[Scenario]) -> None:
        """Install what these will be played on before the first of them is."""
        with unfenced():
            for scenario in scenarios:
                self._original(scenario, begins(scenario, self.settings.timezone))

    def run(self, scenario: Scenario) -> Result:
        """Play every step on a copy of the original that the scenario needs, and compare."""
        with unfenced():
            return self._run(scenario)

    def _run(self, scenario: Scenario) -> Result:
        start = begins(scenario, self.settings.timezone)
        original = self._original(scenario, start)
        with self._copied(original, start) as engine:
            runner = Runner(
                engine, self.package, people=dict(original.people), met=self.met, plays=self.plays
            )
            result = runner.play(self._app, scenario)
            with engine.database.snapshot() as conn:
                self.met.look(conn, engine.apps.load(conn, WORKSPACE, self._app))
        self._clear()
        return result

    def _original(self, scenario: Scenario, start: datetime) -> _Original:
        """What has all that the scenario requires, installed before it starts."""
        wanted = frozenset(scenario.requires)
        found = self._originals.get(wanted)
        if found is None or found.at > start:
            alike = (s for s in self.package.scenarios if frozenset(s.requires) == wanted)
            first = min([start, *(begins(s, self.settings.timezone) for s in alike)])
            found = self._originals[wanted] = self._installed(scenario, first)
        return found

    @property
    def _app(self) -> str:
        return self.package.app.key

    @cached_property
    def _empty(self) -> _Original:
        """A database with its tables and a workspace, and nothing else."""
        self._clear()
        self._place.mkdir(parents=True)
        with self._opened(Apps(), START) as engine:
            engine.database.migrate()
            with engine.database.write() as conn:
                zone, locale = self.settings.timezone, self.settings.locale
                account_writes.add_workspace(
                    conn, WORKSPACE, key="main", name="", timezone=zone, locale=locale
                )
        return _Original(self._kept("empty"))

    def _installed(self, scenario: Scenario, at: datetime) -> _Original:
        with self._copied(self._empty, at) as engine:
            runner = Runner(engine, self.package)
            runner.prepare(self._app, scenario, at)
        self._number += 1
        return _Original(self._kept(str(self._number)), at, engine.apps, runner.people)

    def _kept(self, name: str) -> Path:
        """Where what was just made lies from now on, to be copied."""
        return self._place.replace(self.folder / name)

    @contextmanager
    def _copied(self, original: _Original, start: datetime) -> Iterator[Engine]:
        self._clear()
        shutil.copytree(original.folder, self._place)
        with self._opened(original.apps.copy(), start) as engine:
            yield engine

    def _clear(self) -> None:
        shutil.rmtree(self._place, ignore_errors=True)

    @property
    def _place(self) -> Path:
        """Where everything is played."""
        return self.folder / "played"

    @property
    def _own(self) -> Settings:
        return replace(self.settings, database=f"sqlite:///{self._place / FILE}", var=str(self._place))

    @cached_property
    def _database(self) -> Database:
        """The same for all that is played, so that each statement is compiled once."""
        return Database.open(self._own, durable=False)

    @contextmanager
    def _opened(self, apps: Apps, start: datetime) -> Iterator[Engine]:
        self._database.forget()
        try:
            yield Engine(self._own, self._database, FixedClock(start), apps)
        finally:
            self._database.close()
