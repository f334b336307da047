"""A whole engine on a database of its own, with people and one app: what tests of the door start from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from builder.clock import FixedClock
from builder.commands import (
    Actor,
    ChangeSetting,
    Command,
    Convert,
    CreateRecord,
    FireTransition,
    GrantRole,
    InstallApp,
    SaveUser,
    UpdateRecord,
)
from builder.config import Settings
from builder.runtime.auth import actor_of
from builder.runtime.context import Context
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.storage import accounts
from builder.storage.database import Database

START = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)
PASSWORD = "Right-Horse-7-Battery"
WS = 1


@dataclass
class World:
    """``actor`` is the system until a test says otherwise."""

    engine: Engine
    app: str = ""
    actor: Actor = field(default_factory=lambda: system(WS))

    @property
    def clock(self) -> FixedClock:
        clock = self.engine.clock
        assert isinstance(clock, FixedClock)
        return clock

    def send(self, command: Command, *, actor: Actor | None = None, **options: Any) -> Mapping[str, Any]:
        return Dispatcher(self.engine)(actor or self.actor, command, **options)

    def install(self, nodes: Mapping[tuple[str, str], Mapping[str, Any]], key: str) -> None:
        self.send(InstallApp(key, nodes))
        self.app = key

    def person(self, login: str, *roles: str, admin: bool = False, org_unit: str | None = None) -> Actor:
        """A person with an account and these roles in the app."""
        command = SaveUser(login, login.title(), password=PASSWORD, is_admin=admin, org_unit=org_unit)
        id = self.id(self.send(command))
        for role in roles:
            self.send(GrantRole(self.app, id, role))
        with self.engine.database.snapshot() as conn:
            user = accounts.user(conn, WS, id)
        assert user is not None
        return actor_of(WS, user)

    def id(self, answer: Mapping[str, Any]) -> int:
        found = self.engine.database.read_id(answer["id"])
        assert found is not None
        return found

    def create(self, entity: str, values: Mapping[str, Any], **options: Any) -> Mapping[str, Any]:
        submit = options.pop("submit", False)
        return self.send(CreateRecord(self.app, entity, values, submit), **options)

    def update(self, entity: str, id: int, values: Mapping[str, Any], **options: Any) -> Mapping[str, Any]:
        version = options.pop("version", None)
        return self.send(UpdateRecord(self.app, entity, id, values, version), **options)

    def fire(self, entity: str, id: int, transition: str, **options: Any) -> Mapping[str, Any]:
        return self.send(FireTransition(self.app, entity, id, transition), **options)

    def convert(self, entity: str, id: int, conversion: str, **options: Any) -> Mapping[str, Any]:
        return self.send(Convert(self.app, entity, (id,), conversion), **options)

    def setting(self, key: str, value: Any) -> None:
        self.send(ChangeSetting(self.app, key, value))

    @contextmanager
    def reading(self, actor: Actor | None = None) -> Iterator[Context]:
        with self.engine.database.snapshot() as conn:
            yield open_reading(self.engine, conn, actor or self.actor, self.app, self.clock.now())

    def balance(self, ledger: str, measure: str, *keys: Any) -> Decimal:
        with self.reading() as ctx:
            return ctx.reader.balance(ledger, measure, keys)

    def later(self, **by: float) -> None:
        self.clock.advance(timedelta(**by))

    def other_process(self) -> World:
        """The same database through an engine of its own, as another process has it."""
        engine = self.engine
        database = Database.open(engine.settings.database)
        return replace(self, engine=Engine(engine.settings, database, engine.clock))


@cache
def _with_tables() -> bytes:
    """An SQLite file in which the tables were made once: they are copied much faster than made."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ready.db"
        database = Database.open(f"sqlite:///{path}")
        database.migrate()
        database.close()
        return path.read_bytes()


def lay_tables(url: str) -> None:
    """Put a database with tables where the URL says there will be one."""
    path = Path(url.removeprefix("sqlite:///"))
    if url.startswith("sqlite:///") and not path.exists():
        path.write_bytes(_with_tables())


def open_world(url: str, folder: Path) -> World:
    """A migrated database with a workspace, on a clock that stands."""
    settings = Settings(database=url, var=str(folder))
    lay_tables(url)
    database = Database.open(url)
    if database.revision is None:
        database.migrate()
    return World(Engine(settings, database, FixedClock(START)))
