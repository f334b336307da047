"""A database with the ledgers' tables, and the way commit goes through it: lanes, plan, journal."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from itertools import count
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect

from builder.changes import Intent
from builder.commands import Override
from builder.ledger import journal, lanes
from builder.ledger.definition import LedgerModel
from builder.ledger.outcome import Plan
from builder.ledger.plan import plan
from builder.ledger.state import State
from builder.metadata.package import App, Package
from builder.storage.tables import ledgers as _tables
from builder.storage.tables import metadata
from tests.ledger.goods import Writer
from tests.warm import warm_engine

WS = 1
UNNAMED = Writer().record
PACKAGE = Package(App("app", "app", "App"))
TABLES = [metadata.tables[name] for name in (
    "journal", "entry", "balance", "daily", "layer", "edge", "count_point", "period", "guard_override", "dim_value",
)]  # fmt: skip
assert _tables


class Entities:
    """Numbers of entities, as the slot map gives them."""

    def entity_id(self, key: str) -> int:
        return {"delivery": 7, "receipt": 8, "document": 9}[key]


class LedgerStore:
    """The tables on one engine. ``fields`` answers for dimension records."""

    def __init__(self, engine: Engine, *models: LedgerModel, today: date = date(2026, 12, 31)) -> None:
        self.engine = engine
        self.models: dict[str, LedgerModel] = {
            m.key: replace(m, ledger_id=number) for number, m in enumerate(models, 1)
        }
        self.today = today
        self.settings: dict[str, Any] = {}
        self.maps: Any = Entities()
        self._ids = count(1_000_000)
        self._cmds = count(1)
        self._documents = count(20_000)
        self._writer = threading.Lock()
        make_tables(engine)

    @property
    def new_id(self) -> Callable[[], int]:
        return lambda: next(self._ids)

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        with self.engine.connect() as conn:
            yield conn

    @contextmanager
    def single(self) -> Iterator[Connection]:
        with self.write() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        if self.engine.dialect.name == "sqlite":
            with self._writer, self.engine.begin() as conn:
                yield conn
        else:
            with self.engine.begin() as conn:
                yield conn

    def post(self, *intents: Intent, overrides: Sequence[Override] = (), may: Sequence[str] = ()) -> Plan:
        """What commit does with intents; a refused plan writes nothing. Intents that name no document become one of their own."""
        document = next(self._documents)
        intents = tuple(replace(i, record_id=document) if i.record_id == UNNAMED else i for i in intents)
        lanes.ensure(self, self.models, WS, intents)
        with self.write() as conn:
            locked = lanes.lock(conn, self.models, WS, intents)
            state = lanes.read(conn, self.models, self.maps, PACKAGE, WS, intents, locked)
            made = self._plan(state, intents, overrides, may)
            if not made.is_refused:
                journal.write(conn, self.models, self.maps, made, cmd=next(self._cmds), ws=WS, actor_id=5)
        return made

    def _plan(
        self, state: State, intents: Sequence[Intent], overrides: Sequence[Override], may: Sequence[str]
    ) -> Plan:
        return plan(
            self.models,
            state,
            intents,
            settings=self.settings,
            today=self.today,
            overrides=overrides,
            may_override=lambda permission: permission in may,
            new_id=self.new_id,
        )


def make_tables(engine: Engine) -> None:
    """Make them where they are not made yet."""
    if not inspect(engine).has_table("journal"):
        metadata.create_all(engine, TABLES, checkfirst=False)


def sqlite_engine(folder: Path) -> Engine:
    """A file database as the product opens one, but that no power is lost."""
    engine = warm_engine(f"sqlite:///{folder / 'ledger.db'}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def _open(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=OFF")

    @event.listens_for(engine, "begin")
    def _begin(conn: Connection) -> None:
        conn.exec_driver_sql(
            "BEGIN IMMEDIATE" if conn.get_execution_options().get("writes", True) else "BEGIN"
        )

    return engine


def fill_postgres(url: str) -> None:
    """Make the tables in a database that is copied."""
    engine = postgres_engine(url)
    make_tables(engine)
    engine.dispose()


def postgres_engine(url: str) -> Engine:
    return warm_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_size=24, max_overflow=8)


Rows = Mapping[str, Any]
