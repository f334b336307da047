"""How long the process mirror takes over a hundred thousand rows of history: ``python -m benchmarks.mirror``.

``--records`` sets how many documents there are (five states each), ``--database`` another database than SQLite in memory of the disk.
The rows are written as commands write them; what is measured is what the page does: read, mine, compare.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from builder.app import open_engine
from builder.commands import InstallApp
from builder.config import Settings
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.mirroring import families, mirror_of
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.storage.tables.machinery import command_log
from builder.storage.tables.records import state_span
from tests.runtime.shop import shop_nodes

STATES = 5
WS = 1


def fill(engine: Engine, records: int) -> None:
    """Histories of orders: every state of the workflow in turn, some back once, most still open at the end."""
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, system(WS), "shop", engine.clock.now())
        entity_id = ctx.app.maps.entity_id("order")
        flow = ctx.app.package.workflow_of("order")
    assert flow is not None
    uids = [s.uid for s in flow.states]
    start = datetime(2026, 1, 1, tzinfo=UTC)
    spans, cmd = [], 10**15
    for record in range(records):
        at = start + timedelta(minutes=record * 3)
        for step in range(STATES):
            left = at + timedelta(minutes=20 + record * 7 % 400)
            cmd += 1
            spans.append(
                {
                    "ws": WS, "entity_id": entity_id, "record_id": 10**14 + record, "entered_cmd": cmd,
                    "state": uids[step % len(uids)], "entered_at": at,
                    "left_at": left if step < STATES - 1 else None, "actor_id": step % 3,
                }
            )  # fmt: skip
            at = left
    logged = [
        {
            "ws": WS, "cmd": s["entered_cmd"], "at": s["entered_at"], "actor_kind": "user", "actor_id": s["actor_id"],
            "kind": "FireTransition", "chain_no": 99, "chain_seq": n, "content_hash": b"", "prev_hash": b"", "hash": b"",
        }
        for n, s in enumerate(spans)
    ]  # fmt: skip
    with engine.database.write(job=True) as conn:
        for start_at in range(0, len(spans), 10_000):
            conn.execute(insert(state_span), spans[start_at : start_at + 10_000])
            conn.execute(insert(command_log), logged[start_at : start_at + 10_000])


def measure(engine: Engine, tries: int) -> list[tuple[float, float]]:
    """Seconds of each look at the whole year: on the clock, and of the processor."""
    took = []
    span = (datetime(2025, 1, 1, tzinfo=UTC), datetime(2028, 1, 1, tzinfo=UTC))
    for _ in range(tries):
        begun, worked = time.perf_counter(), time.process_time()
        with engine.database.snapshot() as conn:
            ctx = open_reading(engine, conn, system(WS), "shop", engine.clock.now())
            found = mirror_of(ctx, families(ctx.app.package)[0], span)
        took.append((time.perf_counter() - begun, time.process_time() - worked))
        assert found.as_is.moves
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--tries", type=int, default=5)
    parser.add_argument("--database", default="")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database or f"sqlite:///{Path(folder)}/mirror.db"
        engine = open_engine(Settings(database=url, var=folder))
        engine.database.migrate()
        Dispatcher(engine)(system(WS), InstallApp("shop", shop_nodes()))
        fill(engine, asked.records)
        took = measure(engine, asked.tries)
        clock, worked = zip(*took, strict=True)
        print(
            f"rows {asked.records * STATES:,}  median {statistics.median(clock):.2f} s  worst {max(clock):.2f} s"
            f"  processor {statistics.median(worked):.2f} s"
        )
        engine.database.close()


if __name__ == "__main__":
    main()
