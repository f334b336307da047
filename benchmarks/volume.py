"""Volume: what every list, report, dashboard and close of a template costs with 20,000 documents and 200,000 entries behind it, and what a recall does.

``python -m benchmarks.volume`` fills an empty database of each kind (``filling`` says how), has it verified, asks every page as the owner and
as people who see a part of it, and closes the ledgers. ``--items``, ``--rounds`` and ``--copies`` make less.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import text

from benchmarks import machine, recall
from benchmarks.filling import WS, Copies, Size, Trade
from benchmarks.growth import empty_url
from benchmarks.run import DATABASES
from benchmarks.timing import Times, timed
from builder.app import create_app
from builder.cli.collecting import seldom
from builder.cli.opening import opened
from builder.commands import ClosePeriod
from builder.config import Settings
from builder.metadata.package import Package
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, template
from builder.runtime.playing import system
from builder.runtime.verifying import verify_all

APP = "general"
PASSWORD = "Right-Horse-7-Battery"
TIMES = 5
CLOSES = (30, 7, 1)
SLOWEST = 15
PEOPLE = ("owner", "sales", "keeper")
"""Who asks: one who sees everything, and two whom scopes and hidden fields hold back."""
BARS = {"lists": 0.3, "reports": 1.0, "close": 2.0, "recall": 1.0}


@dataclass(frozen=True)
class Asked:
    """One page, as one person: how long it takes, and its size."""

    part: str
    what: str
    who: str
    took: Times
    size: int = 0

    @property
    def missed(self) -> bool:
        return self.took.slowest > 1000 * BARS[self.part]


@contextmanager
def filled(name: str, size: Size) -> Iterator[Engine]:
    """The template with its sample people and much behind it, on an empty database of this kind."""
    with (
        tempfile.TemporaryDirectory(prefix="zhanggui-volume-") as folder,
        empty_url(name, Path(folder)) as url,
        opened(Settings(database=url, var=folder), migrate=True) as engine,
    ):
        fill(engine, size)
        yield engine


def fill(engine: Engine, size: Size) -> None:
    began = time.perf_counter()
    earliest = engine.database.new_id()
    passwords: defaultdict[str, str] = defaultdict(lambda: PASSWORD)
    Installer(engine, system(WS)).install(template(APP).package, APP, passwords=passwords)
    trade = Trade(engine, APP, size)
    trade.masters()
    trade.opening()
    copies = Copies(engine, APP, earliest)
    made = trade.documents()
    played = time.perf_counter()
    copies.write(size.copies)
    counted = time.perf_counter()
    with engine.database.snapshot() as conn:
        entries = conn.execute(text("SELECT count(*) FROM entry")).scalar_one()
        journals = conn.execute(text("SELECT count(*) FROM journal")).scalar_one()
    found = verify_all(engine)
    documents = made * (1 + size.copies)
    print(
        f"- {engine.database.dialect}: {size.items:,} items, {documents:,} documents, {journals:,} postings, {entries:,} entries; played {played - began:.0f} s, copied "
        f"{counted - played:.0f} s, verified {time.perf_counter() - counted:.0f} s: {len(found.findings)} findings",
        flush=True,
    )
    for line in found.findings[:10]:
        print(f"  - {line}", flush=True)


def signed_in(engine: Engine, login: str) -> Any:
    """A browser of this person."""
    client = create_app(engine).test_client()
    page = client.get("/sign-in").get_data(as_text=True)
    hidden = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', page))
    answer = client.post("/sign-in", data={**hidden, "login": login, "password": PASSWORD})
    assert answer.status_code in {302, 303}, answer.status_code
    return client


def pages(package: Package) -> Iterator[tuple[str, str, str]]:
    """Every list, board, report, dashboard and closing page: its part, its name, its address."""
    for view in package.views:
        yield "lists", f"list {view.key}", f"/a/{APP}/{view.entity}?view={view.key}"
    for report in package.reports:
        yield "reports", f"report {report.key}", f"/a/{APP}/reports/{report.key}"
    for board in package.dashboards:
        yield "reports", f"dashboard {board.key}", f"/a/{APP}/dashboards/{board.key}"
    yield "reports", "home of the app", f"/a/{APP}"
    yield "reports", "health", f"/a/{APP}/health"
    for ledger in package.ledgers:
        yield "close", f"closing page of {ledger.key}", f"/a/{APP}/ledgers/{ledger.key}/close"


def ask(engine: Engine, parts: Sequence[str], times: int = TIMES) -> Iterator[Asked]:
    package = template(APP).package
    for who in PEOPLE:
        client = signed_in(engine, who)
        for part, what, address in pages(package):
            if part in parts and (found := measured(client, part, what, who, address, times)) is not None:
                yield found


def closed(engine: Engine) -> Asked:
    """All ledgers closed one after the other, as of a month ago, of a week ago, and of yesterday."""
    package, dispatch, today = template(APP).package, Dispatcher(engine), engine.clock.now().date()

    def close(through: date) -> None:
        for ledger in package.ledgers:
            dispatch(system(WS), ClosePeriod(APP, ledger.key, through.isoformat()))

    took = timed(partial(close, today - timedelta(days=ago)) for ago in CLOSES)
    return Asked("close", f"closing all {len(package.ledgers)} ledgers", "system", took)


def measured(client: Any, part: str, what: str, who: str, address: str, times: int) -> Asked | None:
    """None where the person may not open the page."""
    first = client.get(address)
    if first.status_code in {403, 404}:
        return None
    if first.status_code != 200:
        print(f"- {what} as {who}: answered {first.status_code}", flush=True)
        return None
    took = timed([lambda: client.get(address).get_data()] * times)
    return Asked(part, what, who, took, len(first.data))


def told(name: str, found: Sequence[Asked]) -> None:
    """The slowest of each part, and how many miss the bar."""
    for part in dict.fromkeys(one.part for one in found):
        rows = sorted((one for one in found if one.part == part), key=lambda one: -one.took.slowest)
        missed = sum(one.missed for one in rows)
        print(f"\n{name}, {part}: {len(rows)} asked, {missed} slower than {1000 * BARS[part]:.0f} ms\n")
        print("| what | as | median ms | slowest ms | worked ms | statements | kB |")
        print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
        for one in rows[:SLOWEST]:
            took = one.took
            numbers = (
                f"{took.median:,.0f} | {took.slowest:,.0f} | {min(took.worked):,.0f} | {took.statements}"
            )
            print(f"| {one.what} | {one.who} | {numbers} | {one.size // 1000:,} |", flush=True)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.volume", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--part", choices=BARS, action="append")
    size = Size()
    parser.add_argument("--items", type=int, default=size.items)
    parser.add_argument("--rounds", type=int, default=size.rounds, help="rounds of documents played")
    parser.add_argument("--copies", type=int, default=size.copies, help="how often they are copied")
    parser.add_argument("--times", type=int, default=TIMES)
    asked = parser.parse_args(argv)
    seldom()
    parts = asked.part or list(BARS)
    print("\n".join(f"- {line}" for line in machine.lines()), f"- Load average: {machine.load()}", sep="\n")
    for name in asked.database or DATABASES:
        if set(parts) != {"recall"}:
            with filled(name, Size(asked.items, asked.rounds, asked.copies)) as engine:
                found = list(ask(engine, parts, asked.times))
                told(name, [*found, *([closed(engine)] if "close" in parts else [])])
        if "recall" in parts:
            what, took = recall.measure(name, asked.times)
            told(name, [Asked("recall", what, "boss", took)])


if __name__ == "__main__":
    main()
