"""Upkeep: what a database needs now and then, done by the background of whichever process is alive. Each part is safe to repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from builder.storage.chains import add_anchor
from builder.storage.commands import forget_before
from builder.storage.database import Database
from builder.storage.growing import grow
from builder.storage.migrating import grow_pool
from builder.storage.opening import SQLITE
from builder.storage.sql.maintenance import ANALYZE, ANALYZE_SOME
from builder.storage.tables.machinery import anchor, chain

KEYS_LIVE = timedelta(days=14)
ANCHOR_EVERY = timedelta(hours=1)
ANALYZE_AFTER = 2_000
"""Commands after which what the planner knows is out of date; a growing database doubles before it is looked at again."""


@dataclass
class Upkeep:
    """The upkeep of one open database. ``run`` is called every few minutes."""

    database: Database
    analyzed_at: int = 0

    def run(self, ws: int, now: datetime) -> None:
        """Members ahead, grown entities in tables of their own, an anchor an hour, old keys forgotten, the planner informed."""
        grow_pool(self.database)
        if grow(self.database):
            grow_pool(self.database)
        self._anchor(ws, now)
        with self.database.write(job=True) as conn:
            forget_before(conn, ws, now - KEYS_LIVE)
        self._analyze()

    def _anchor(self, ws: int, now: datetime) -> None:
        with self.database.snapshot() as conn:
            last = conn.execute(select(func.max(anchor.c.at)).where(anchor.c.ws == ws)).scalar()
        if last is None or now - last >= ANCHOR_EVERY:
            with self.database.write(job=True) as conn:
                add_anchor(conn, ws, now)

    def _analyze(self) -> None:
        """PostgreSQL looks by itself; SQLite has to be told, and open connections keep what they knew."""
        if self.database.dialect != SQLITE:
            return
        with self.database.snapshot() as conn:
            commands = int(conn.execute(select(func.coalesce(func.sum(chain.c.seq), 0))).scalar_one())
        if commands - self.analyzed_at < max(ANALYZE_AFTER, self.analyzed_at):
            return
        with self.database.maintenance() as conn:
            conn.execute(ANALYZE_SOME)
            conn.execute(ANALYZE)
        self.database.renew_readers()
        self.analyzed_at = commands
