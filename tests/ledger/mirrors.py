"""Ledgers in a database, mirrored in memory: what a case posts goes through lanes, plan and journal, and must be the same in both."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, select

from builder.changes import Intent
from builder.commands import Override
from builder.ledger import journal, period
from builder.ledger.columns import COST_KEY, GRAIN_KEY, measures_of
from builder.ledger.definition import LedgerModel
from builder.ledger.outcome import Plan
from builder.ledger.verify import verify
from builder.storage.tables.ledgers import balance, layer
from tests.ledger.memory import MemoryLedgers
from tests.ledger.store import PACKAGE, WS, LedgerStore


class StoredLedgers(MemoryLedgers):
    """Posts to the database; memory only repeats what was written."""

    def __init__(self, engine: Engine, *models: LedgerModel) -> None:
        self.db = LedgerStore(engine, *models)
        super().__init__(*self.db.models.values())
        self.models = self.db.models
        self.db._ids = self._ids
        self.db.settings = self.settings

    def post(self, *intents: Intent, overrides: Sequence[Override] = (), may: Sequence[str] = ()) -> Plan:
        self._close()
        made = self.db.post(*intents, overrides=overrides, may=may)
        if not made.is_refused:
            super().apply(made)
        return made

    def apply(self, made: Plan) -> None:
        """A plan that was made in memory, such as a replay, is written too."""
        with self.db.write() as conn:
            journal.write(conn, self.models, self.db.maps, made, cmd=next(self.db._cmds), ws=WS, actor_id=5)
        super().apply(made)

    def _close(self) -> None:
        for key, day in self.closed.items():
            with self.db.write() as conn:
                if period.closed_through(conn, self.models[key], WS) != day:
                    period._write(conn, self.models[key], WS, day, next(self.db._cmds))

    def check(self) -> None:
        """Memory holds what its entries say, the database the same, and it proves itself."""
        super().check()
        with self.db.snapshot() as conn:
            stored = {
                (row.ledger_id, row.grain, tuple(row._mapping[n] for n in GRAIN_KEY)): row
                for row in conn.execute(select(balance))
                if any(row._mapping[f"m{i}"] for i in range(1, 7))
            }
            kept = {
                (row.entry_id): (row.qty_left, row.value_left, tuple(row._mapping[n] for n in COST_KEY))
                for row in conn.execute(select(layer).where(layer.c.qty_left != 0))
            }
            found = verify(conn, self.models, self.db.maps, PACKAGE, WS, self.settings)
        for key, model in self.models.items():
            for (grain, at), row in self.rows[key].items():
                padded = (*at, *(0 for _ in range(len(GRAIN_KEY) - len(at))))
                other: Any = stored.pop((model.ledger_id, grain, padded), None)
                measures = (
                    measures_of(model, other._mapping) if other is not None else (0,) * len(row.measures)
                )
                assert measures == row.measures
        assert not stored
        mine = {
            x.entry_id: (x.qty, x.value)
            for pools in self.layers.values()
            for pool in pools.values()
            for x in pool.values()
            if x.qty
        }
        assert {i: (q, v) for i, (q, v, _) in kept.items()} == mine
        assert [f for f in found if not f.code.startswith("GUARD_")] == []
