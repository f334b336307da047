"""Reports: what folding costs over 200,000 entries and the lines that made them, inside one process.

``python -m benchmarks.reports`` fills an empty database of each kind with deliveries over a year, each through the door, and says how long each
report takes, and how much of it this process worked (which is what counts where others work beside). ``--entries 20000`` measures less.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median

from benchmarks import machine
from benchmarks.growth import Shop, engine_on
from benchmarks.product import APP, WS
from benchmarks.run import DATABASES
from builder.clock import FixedClock
from builder.metadata.form import SortKey
from builder.metadata.report import Compare, Parameter, Report, ReportColumn, ReportPart
from builder.runtime.engine import Engine
from builder.runtime.opening import open_reading
from builder.runtime.playing import system
from builder.runtime.reports import run_report

ENTRIES = 200_000
ITEMS = 2_000
LINES = 200
DAYS = 360
TIMES = 7
BAR = 1.0
"""Seconds that a report may take."""
START = datetime(2025, 1, 1, 8, tzinfo=UTC)
PERIOD = (
    Parameter("p1", "from_day", "From", "date", "DATEADD(TODAY(), -89, 'days')"),
    Parameter("p2", "to_day", "To", "date", "TODAY()"),
)
C = ReportColumn
WHOLE = Parameter("p1", "from_day", "From", "date", "DATE(2024, 1, 1)"), PERIOD[1]
FIGURES = (
    C("f1", key="quantity", op="sum"),
    C("f2", key="value", op="sum"),
    C("f3", key="each", formula="value / quantity"),
)
REPORTS = {
    "received, issued, in hand of 2,000 items over 90 days": Report(
        "r1", "r1", "R1", source="movements", ledger="stock", parameters=PERIOD, from_="parameter.from_day", to="parameter.to_day", limit=10_000,
        columns=(C("a", "item.code", key="code", group=True), *(C(f"{k}{m}", f"{k}.{m}", op="sum") for k in ("opening", "added", "taken", "closing") for m in ("on_hand", "value"))),
        sort=(SortKey("code"),), compare=Compare("from_day", "to_day"),
    ),
    "entries by month and item": Report(
        "r2", "r2", "R2", source="entries", ledger="stock", limit=10_000,
        columns=(C("a", "business_date", key="month", group=True, bucket="month"), C("b", "item", group=True), C("c", "taken.on_hand", key="out", op="sum"), C("d", "value", op="sum")),
    ),
    "age of the stock, first in, first out": Report(
        "r3", "r3", "R3", source="layers", ledger="stock", limit=10_000,
        columns=(C("a", "item", group=True), C("b", "business_date", key="age", group=True, bucket="age", steps=(30, 90, 180)), C("c", "on_hand", op="sum"), C("d", "value", op="sum")),
    ),
    "lines by item and month, sums beside the period before": Report(
        "r4", "r4", "R4", entity="delivery_line", parameters=PERIOD, compare=Compare("from_day", "to_day"), limit=10_000,
        filter={"field": "parent.business_date", "op": "between", "value": [{"parameter": "from_day"}, {"parameter": "to_day"}]},
        columns=(C("a", "item", group=True), C("b", "parent.business_date", key="month", group=True, bucket="month"), C("c", "quantity", op="sum"), C("d", "amount", op="sum"), C("e", key="each", formula="amount / quantity"), C("f", key="rank", how="rank", of="amount")),
        sort=(SortKey("amount", descending=True),),
    ),
    "entries by item and day put together with balances": Report(
        "r5", "r5", "R5", limit=10_000,
        columns=(C("a", key="item", group=True), C("b", key="day", group=True, type="date"), *FIGURES),
        parts=(
            ReportPart("p1", {"item": "item", "day": "business_date", "quantity": "taken.on_hand", "value": "-value"}, source="entries", ledger="stock", filter={"field": "business_date", "op": ">=", "value": "2025-07-01"}),
            ReportPart("p2", {"item": "item", "quantity": "on_hand", "value": "value"}, source="balances", ledger="stock"),
        ),
        sort=(SortKey("day"), SortKey("value", descending=True)),
    ),
}  # fmt: skip


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reports", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    args = parser.parse_args(argv)
    print("\n".join(f"- {line}" for line in machine.lines()), f"- Load average: {machine.load()}", sep="\n")
    print(
        "\n| database | report | rows | median s | slowest s | bar |\n| --- | --- | ---: | ---: | ---: | ---: |"
    )
    for name in args.database or DATABASES:
        with engine_on(name) as engine:
            _measure(name, fill(engine, args.entries))


def fill(engine: Engine, entries: int) -> Engine:
    """Deliveries of 200 lines over 360 days, behind receipts of every item; the engine as it stands at the end of them."""
    clock = FixedClock(START)
    engine = replace(engine, clock=clock)
    shop = Shop(engine, "moving_average", ITEMS)
    documents = max(1, (entries - ITEMS) // LINES)
    for n in range(documents):
        clock.set(START + timedelta(days=1 + n * DAYS // documents, minutes=n % 600))
        first = n * 37 % (ITEMS - LINES)
        shop.deliver(shop.items[first : first + LINES])
    return engine


def _measure(name: str, engine: Engine) -> None:
    for what, report in REPORTS.items():
        for against in ("", "previous") if report.compare is not None else ("",):
            passed, worked = [], []
            for _ in range(TIMES):
                began, own = time.perf_counter(), time.process_time()
                with engine.database.snapshot() as conn:
                    ctx = open_reading(engine, conn, system(WS), APP, engine.clock.now())
                    found = run_report(ctx, report, against=against)
                passed.append(time.perf_counter() - began)
                worked.append(time.process_time() - own)
            bar = BAR * (2 if against else 1)
            missed = "" if median(passed) <= bar else " **missed**"
            beside = ", beside the period before" if against else ""
            print(
                f"| {name} | {what}{beside} | {found.count:,} | {median(passed):.2f} | {max(passed):.2f} | {median(worked):.2f} | ≤ {bar:.0f}{missed} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
