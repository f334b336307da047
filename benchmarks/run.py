"""Run: measure everything, print it, and keep it in ``docs/performance.md``."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from benchmarks import data, machine
from benchmarks.comparing import Plan, Row, compare, now
from benchmarks.jobs import JOBS, Job
from benchmarks.sides import Baseline, Product, Side
from benchmarks.startup import Started, install_general, start
from benchmarks.telling import Run, database, told

PAGE = Path(__file__).resolve().parent.parent / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
QUICK = Plan(data.Size(things=2000, items=200, customers=50), rounds=2, seconds=1.5)
DATABASES = ("sqlite", "postgresql")


def options() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.run", description="measure the product against the baseline"
    )
    made.add_argument("--quick", action="store_true", help="small and short: to see that it works")
    made.add_argument("--rows", type=int, help="how many things each database holds")
    made.add_argument("--seconds", type=float, help="length of one round")
    made.add_argument("--callers", type=int, help="callers at once")
    made.add_argument("--database", choices=DATABASES, action="append", help="only this one")
    made.add_argument("--job", choices=[job.key for job in JOBS], action="append", help="only this row")
    made.add_argument("--no-start", action="store_true", help="leave start-up out")
    made.add_argument(
        "--write",
        action="store_true",
        help="keep the result in docs/performance.md; a whole run does so anyway",
    )
    return made


def plan_of(args: argparse.Namespace) -> Plan:
    plan = QUICK if args.quick else Plan()
    if args.rows:
        plan = replace(plan, size=replace(plan.size, things=args.rows))
    return replace(plan, seconds=args.seconds or plan.seconds, callers=args.callers or plan.callers)


@contextmanager
def sides_on(name: str) -> Iterator[tuple[Side, Side]]:
    """Both sides on empty databases of this kind, which are gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="zhanggui-bench-") as folder:
        base = Path(folder)
        if name == "sqlite":
            yield (
                Baseline(f"sqlite:///{base / 'baseline.db'}", base),
                Product(f"sqlite:///{base / 'product.db'}", base),
            )
            return
        # The server is started when it is imported by name only, and only then needs its binaries.
        from tests.postgres import server

        urls = server(durable=True).empty(), server(durable=True).empty()
        try:
            yield Baseline(urls[0], base), Product(urls[1], base)
        finally:
            for url in urls:
                server(durable=True).drop(url)


def compare_on(name: str, plan: Plan, jobs: Sequence[Job]) -> list[Row]:
    with sides_on(name) as sides:
        rows = list(compare(sides, plan, jobs))
    print("\n".join(database(name, rows)), flush=True)
    return rows


def measure_start(times: int) -> tuple[Started, float]:
    with tempfile.TemporaryDirectory(prefix="zhanggui-bench-") as folder:
        url = f"sqlite:///{Path(folder) / 'zhanggui.db'}"
        installing = install_general(url, Path(folder))
        return start(Product(url, Path(folder)), times), installing


def main(argv: Sequence[str] | None = None) -> int:
    args = options().parse_args(argv)
    plan = plan_of(args)
    jobs = [job for job in JOBS if not args.job or job.key in args.job]
    before = machine.load()
    rows = {name: compare_on(name, plan, jobs) for name in args.database or DATABASES}
    started, installing = (None, 0.0) if args.no_start else measure_start(1 if args.quick else 5)
    run = Run(now(), plan, (before, machine.load()), rows, started, installing)
    print(told(run))
    if args.write or not (args.quick or args.job or args.database or args.no_start):
        keep(told(run))
    return 0


def keep(text: str) -> None:
    """Put a run into the page, in place of the one before."""
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
