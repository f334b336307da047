"""Growth: what posting costs with a thousand, a hundred thousand or ten million entries behind it, under each costing method.

``python -m benchmarks.growth`` takes some minutes; ``--levels full`` goes to ten million entries, ``--levels small`` measures a 10-line
delivery alone and takes less than a minute for a method. One caller, inside this process: what is measured is the command, not the
server in front of it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import text

from benchmarks import data, machine
from benchmarks.policies import STANDARD, costed_by
from benchmarks.product import APP, WS, settings_of
from benchmarks.run import DATABASES
from benchmarks.statements import watched
from builder.cli.opening import opened
from builder.commands import CreateRecord, InstallApp, WriteRecords
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.playing import system

WHOLE = ("moving_average", "fifo")
"""Methods under which everything is measured; under the others a 10-line delivery is."""
METHODS = (*WHOLE, "batch", "standard")
LEVELS = {
    "small": (1_000, 20_000),
    "usual": (1_000, 100_000, 1_000_000),
    "full": (1_000, 100_000, 1_000_000, 10_000_000),
}
FEW = 200
"""Items of a small run."""
HOT = 650_000
"""Entries of the one item that a receipt is measured on."""
TIMES = 15
LINES = 10
ITEMS = 5_000
ISSUES = 20_000
AT_ONCE = 200
BEHIND = {
    "sqlite": "WITH RECURSIVE n(n) AS (SELECT :first UNION ALL SELECT n + 1 FROM n WHERE n < :last)",
    "postgresql": "WITH n(n) AS (SELECT generate_series(CAST(:first AS bigint), CAST(:last AS bigint)))",
}
DAY = {
    "sqlite": "date('2020-01-01', '+' || (n.n % 1500) || ' days')",
    "postgresql": "DATE '2020-01-01' + CAST(n.n % 1500 AS integer)",
}
"""Pairs of entries that cancel out, spread over the items and over four years; they stand where nothing is ever posted."""


@dataclass(frozen=True)
class Figure:
    """What was measured: milliseconds of one command (median and slowest), and its statements."""

    what: str
    median: float
    slowest: float
    statements: int


class Shop:
    """The benchmark's package on one empty database, with the costing method that is measured."""

    def __init__(self, engine: Engine, method: str, items: int = ITEMS) -> None:
        self._engine, self._system = engine, system(WS)
        self._send = Dispatcher(engine)
        self._made = 0
        self._send(self._system, InstallApp(APP, costed_by(method)))
        more = {"standard": STANDARD} if method == "standard" else {}
        names = ({"code": data.item_code(n), "name": f"商品 {n}", **more} for n in range(items))
        self.items = self._write("item", list(names))
        self._batches: Mapping[str, str] = {}
        if method == "batch":
            codes = self._write("batch", [{"code": data.item_code(n)} for n in range(items)])
            self._batches = dict(zip(self.items, codes, strict=True))
        self.place = self._write("warehouse", [{"code": "W1", "name": "总仓", "allow_negative": False}])[0]
        self.customer = self._write(
            "customer", [{"code": "C1", "name": "客户", "credit_limit": data.CREDIT_LIMIT}]
        )[0]
        for start in range(0, items, AT_ONCE):
            self.receive(self.items[start : start + AT_ONCE])

    def _write(self, entity: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
        ids: list[str] = []
        for start in range(0, len(rows), 1000):
            answer = self._send(self._system, WriteRecords(APP, entity, tuple(rows[start : start + 1000])))
            ids += [row["id"] for row in answer["results"]]
        return ids

    def create(self, entity: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """Make a document and post it."""
        return self._send(self._system, CreateRecord(APP, entity, body, submit=True))

    def receive(self, items: Sequence[str], quantity: str = data.ON_HAND) -> Mapping[str, Any]:
        lines = [{"item": item, "quantity": quantity, "price": "3.3300"} for item in items]
        return self.create("receipt", {"warehouse": self.place, "lines": self._of_batches(lines)})

    def deliver(self, items: Sequence[str]) -> Mapping[str, Any]:
        body = data.delivery_body(items, self.customer, self.place)
        return self.create("delivery", {**body, "lines": self._of_batches(body["lines"])})

    def _of_batches(self, lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        """Lines that say of which batch they are, where the method needs it."""
        return [{**x, "batch": self._batches[x["item"]]} if self._batches else x for x in lines]

    def count(self, counted: str) -> Mapping[str, Any]:
        lines = [{"item": item, "counted": counted} for item in self.items]
        return self.create("stocktake", {"warehouse": self.place, "lines": lines})

    def pay_freight(self, line: str, amount: str) -> Mapping[str, Any]:
        body = {"receipt_line": line, "warehouse": self.place, "amount": amount}
        return self.create("freight", body)

    def put_behind(self, wanted: int, items: int) -> None:
        """Entries up to so many, of the first ``items`` items, in pairs that come to nothing."""
        dialect = self._engine.database.dialect
        numbers = BEHIND[dialect]
        keys = "SELECT k1, k2, k3, ledger_id, row_number() OVER (ORDER BY k1) AS at"
        keys += " FROM (SELECT DISTINCT k1, k2, k3, ledger_id FROM entry)"
        keys += " AS keys ORDER BY k1 LIMIT :items"
        entries = f"""INSERT INTO entry (ws, entry_id, journal_id, ledger_id, line_id, part, kind, k1, k2, k3, business_date, seq, m1, m2, reason)
            {numbers} SELECT 1, n.n, n.n, keys.ledger_id, n.n, 0, 'normal', keys.k1, keys.k2, keys.k3, {DAY[dialect]}, n.n,
            CASE WHEN n.n % 2 = 0 THEN 10000 ELSE -10000 END, CASE WHEN n.n % 2 = 0 THEN 333 ELSE -333 END, ''
            FROM n JOIN ({keys}) AS keys ON keys.at = (n.n / 2) % :items + 1"""
        while self._made < wanted:
            last = min(self._made + 500_000, wanted)
            with self._engine.database.maintenance() as conn:
                conn.execute(text(entries), {"first": self._made + 1, "last": last, "items": items})
            self._made = last
        with self._engine.database.maintenance() as conn:
            conn.execute(text("ANALYZE"))


def measure(what: str, do: Callable[[], Any], times: int = TIMES) -> Figure:
    """Do it once to warm up where it is done often, then so many times."""
    if times > 1:
        do()
    passed: list[float] = []
    with watched() as seen:
        for _ in range(times):
            started = time.perf_counter()
            do()
            passed.append(1000 * (time.perf_counter() - started))
    return Figure(what, median(passed), max(passed), round(len(seen) / times))


def deliveries(shop: Shop, levels: Sequence[int]) -> Iterator[Figure]:
    """A 10-line delivery with more and more behind it."""
    ten = shop.items[-LINES:]
    for level in levels:
        shop.put_behind(level, len(shop.items))
        yield measure(f"10-line delivery, {level:,} entries behind", lambda: shop.deliver(ten))


def figures(shop: Shop, levels: Sequence[int]) -> Iterator[Figure]:
    """Everything for one method on one database."""
    yield from deliveries(shop, levels)
    yield measure("count of 5,000 lines", lambda: shop.count("999000"), 1)
    line = shop.receive(shop.items[:1], str(ISSUES))["lines"][0]["id"]
    shop.create("stocktake", _emptied(shop))
    line = shop.receive(shop.items[:1], str(ISSUES * 2))["lines"][0]["id"]
    for _ in range(ISSUES // AT_ONCE):
        shop.deliver(shop.items[:1] * AT_ONCE)
    yield measure(
        f"freight on a receipt consumed by {ISSUES:,} issues", lambda: shop.pay_freight(line, "400.00"), 1
    )


def _emptied(shop: Shop) -> Mapping[str, Any]:
    return {"warehouse": shop.place, "lines": [{"item": shop.items[0], "counted": "0"}]}


def hot_item(engine: Engine, method: str) -> Figure:
    """A receipt on one item with ``HOT`` entries behind it."""
    shop = Shop(engine, method)
    shop.put_behind(HOT, 1)
    return measure(f"receipt on an item with {HOT:,} entries", lambda: shop.receive(shop.items[:1], "1"))


@contextmanager
def empty_url(name: str, folder: Path) -> Iterator[str]:
    """An empty database of this kind."""
    if name == "sqlite":
        yield f"sqlite:///{folder / 'growth.db'}"
        return
    # The server is started when it is imported by name only, and only then needs its binaries.
    from tests.postgres import server

    url = server(durable=True).empty()
    try:
        yield url
    finally:
        server(durable=True).drop(url)


@contextmanager
def engine_on(name: str) -> Iterator[Engine]:
    """The product on an empty database of this kind, gone afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="zhanggui-growth-") as folder,
        empty_url(name, Path(folder)) as url,
        opened(settings_of(url, Path(folder)), migrate=True) as engine,
    ):
        yield engine


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--method", choices=METHODS, action="append")
    parser.add_argument("--levels", choices=LEVELS, default="usual", help="how much is put behind")
    parser.add_argument("--full", action="store_const", dest="levels", const="full", help="--levels full")
    args = parser.parse_args(argv)
    print("\n".join(f"- {line}" for line in machine.lines()), f"- Load average: {machine.load()}", sep="\n")
    print(
        "\n| database | method | what | median ms | slowest ms | statements |\n| --- | --- | --- | ---: | ---: | ---: |"
    )
    for name in args.database or DATABASES:
        for method in args.method or METHODS:
            _measure(name, method, args.levels)


def _measure(name: str, method: str, levels: str) -> None:
    """All that is measured of one method on one kind of database."""
    is_small, is_whole = levels == "small", method in WHOLE
    with engine_on(name) as engine:
        shop = Shop(engine, method, FEW if is_small else ITEMS)
        each = figures if is_whole and not is_small else deliveries
        for figure in each(shop, LEVELS[levels]):
            _tell(name, method, figure)
    if is_whole and not is_small:
        with engine_on(name) as engine:
            _tell(name, method, hot_item(engine, method))


def _tell(name: str, method: str, figure: Figure) -> None:
    numbers = f"{figure.median:,.1f} | {figure.slowest:,.1f} | {figure.statements:,}"
    print(f"| {name} | {method} | {figure.what} | {numbers} |", flush=True)


if __name__ == "__main__":
    main()
