"""How long a trace takes over graphs of 10,000 and 100,000 edges, on both databases: ``python -m benchmarks.tracing``."""

from __future__ import annotations

import random
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine, insert

from builder.ledger.trace import Tracer
from builder.metadata.ledger import Costing
from builder.storage.tables import ledgers as t
from tests.ledger.goods import Writer, stock
from tests.ledger.store import PACKAGE, WS, LedgerStore, postgres_engine, sqlite_engine
from tests.postgres import server

SIZES = ((5_000, 2), (20_000, 5))
"""Entries, and edges from each to later ones."""
RUNS = 3


def fill(store: LedgerStore, entries: int, fan: int) -> list[int]:
    """A graph without circles in which everything hangs together; its entries."""
    first = store.post(Writer().receipt(1, 1)).entries[0].id
    ids = [first, *range(first + 1_000_000, first + 1_000_000 + entries - 1)]
    chance = random.Random(7)
    edges = {
        (ids[i], ids[min(entries - 1, i + 1 + (chance.randrange(40) if n else 0))])
        for i in range(entries - 1)
        for n in range(fan)
    }
    with store.write() as conn:
        row = conn.execute(t.entry.select().where(t.entry.c.entry_id == first)).one()._mapping
        conn.execute(
            insert(t.entry), [{**row, "entry_id": id, "part": id - first, "line_id": id} for id in ids[1:]]
        )
        conn.execute(
            insert(t.edge),
            [{"ws": WS, "from_entry": a, "to_entry": b, "qty": 1, "value": 1} for a, b in sorted(edges)],
        )
    # As upkeep does: without statistics neither planner knows that an edge's index is worth its while.
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.exec_driver_sql("ANALYZE")
    return ids


def measure(engine: Engine, entries: int, fan: int) -> None:
    store = LedgerStore(engine, stock(costing=Costing("on_hand", "value", method="fifo")))
    ids = fill(store, entries, fan)
    for direction, start in (("forward", ids[0]), ("backward", ids[-1])):
        taken = []
        for _ in range(RUNS):
            with store.snapshot() as conn:
                began = time.perf_counter()
                found = Tracer(conn, store.models, PACKAGE, WS).trace([start], direction, most=500_000)  # type: ignore[arg-type]
                taken.append(time.perf_counter() - began)
        name = engine.dialect.name
        print(
            f"{name:<11} {direction:<9} {len(found.nodes):>6} entries {len(found.flows):>7} edges  "
            f"median {sorted(taken)[RUNS // 2]:.2f} s, worst {max(taken):.2f} s"
        )


def main() -> None:
    for entries, fan in SIZES:
        with TemporaryDirectory() as folder:
            engine = sqlite_engine(Path(folder))
            measure(engine, entries, fan)
            engine.dispose()
        url = server(durable=True).empty()
        engine = postgres_engine(url)
        measure(engine, entries, fan)
        engine.dispose()
        server(durable=True).drop(url)


if __name__ == "__main__":
    main()
