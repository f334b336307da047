"""Hot totals: 16 writers at one unguarded total, against 16 writers at totals of their own, on both databases.

The difference is what waiting for one lock costs: the most that a total split over several rows could save. Each writer is a thread with a connection of its own;
a posting is one line of a ledger without guards and costs, from the locks to the commit, without a document around it.

    python -m benchmarks.hot_totals
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from time import perf_counter

from benchmarks import machine
from builder.changes import Intent
from builder.ledger.compile import compile_ledger
from builder.ledger.definition import LedgerModel
from builder.metadata.ledger import Dimension, Grain, Ledger, Measure
from tests import postgres
from tests.ledger.store import LedgerStore, postgres_engine, sqlite_engine

WRITERS = 16
EACH = 100
"""Postings of one writer."""
DAY = date(2026, 3, 2)


def total() -> LedgerModel:
    """Money by account, guarded by nothing."""
    return compile_ledger(
        Ledger(
            "cash",
            "cash",
            "Cash",
            (Dimension("account", "account", "Account", entity="account"),),
            (Measure("amount", "amount", "Amount", scale=2),),
            (Grain("account", "account", ("account",)),),
        )
    )


@dataclass(frozen=True)
class Figure:
    """Postings a second, all writers together."""

    database: str
    totals: int
    per_second: float


def _store(name: str, where: str) -> LedgerStore:
    engine = sqlite_engine(Path(where)) if name == "sqlite" else postgres_engine(where)
    return LedgerStore(engine, total())


def _intent(record: int, account: int) -> Intent:
    amount = {"amount": Decimal(1)}
    return Intent("cash", "cash", "delivery", record, record, 1, DAY, {"account": account}, amount)


def measured(name: str, where: str, totals: int) -> Figure:
    """Every writer at one of so many totals."""
    store, start = _store(name, where), Barrier(WRITERS + 1)
    for account in range(1, totals + 1):
        store.post(_intent(account, account))

    def write(number: int) -> None:
        start.wait()
        for i in range(EACH):
            store.post(_intent(1_000 * (number + 1) + i, 1 + number % totals))

    writers = [Thread(target=write, args=(number,)) for number in range(WRITERS)]
    for writer in writers:
        writer.start()
    start.wait()
    begun = perf_counter()
    for writer in writers:
        writer.join()
    store.engine.dispose()
    return Figure(name, totals, WRITERS * EACH / (perf_counter() - begun))


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    print("\n".join(f"- {line}" for line in machine.lines()), f"- Load average: {machine.load()}", sep="\n")
    print("\n| database | totals | postings a second |\n| --- | ---: | ---: |")
    for name in argv or ("sqlite", "postgresql"):
        for totals in (1, WRITERS):
            with tempfile.TemporaryDirectory() as folder:
                where = (
                    folder if name == "sqlite" else postgres.server(durable=True).database(lambda _url: None)
                )
                figure = measured(name, where, totals)
            print(f"| {name} | {totals} | {figure.per_second:,.0f} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
