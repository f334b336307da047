"""Telling: what was measured as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import machine
from benchmarks.comparing import Plan, Row
from benchmarks.startup import Started

TITLES = {
    "sqlite": "SQLite (embedded, `synchronous=FULL`)",
    "postgresql": "PostgreSQL 15 (`synchronous_commit=on`)",
}
HEAD = (
    "what",
    "baseline /s",
    "product /s",
    "ratio",
    "bar",
    "p50 ms",
    "p95 ms",
    "server CPU ms",
    "statements",
)


@dataclass(frozen=True)
class Run:
    """All that one run found out: rows by database; ``started`` and the seconds of installing where starting was measured."""

    at: str
    plan: Plan
    loads: tuple[str, str]
    rows: Mapping[str, Sequence[Row]]
    started: Started | None = None
    installing: float = 0.0


def told(run: Run) -> str:
    """The part of the page that a run writes."""
    return "\n".join(
        [
            *_intro(run),
            *(line for name, rows in run.rows.items() for line in database(name, rows)),
            *_starting(run),
        ]
    )


def _intro(run: Run) -> Iterator[str]:
    size, plan = run.plan.size, run.plan
    yield f"Measured {run.at} on this machine:\n"
    yield from (f"- {line}" for line in machine.lines())
    yield f"- Load average when the run began and ended: {run.loads[0]}, {run.loads[1]}"
    yield (
        f"\nContent of each database: {size.things:,} things of 20 fields, {size.items:,} items in {size.warehouses} warehouses, "
        f"{size.customers:,} customers, {len(run.rows) and size.items * size.warehouses:,} stock entries. "
        f"{plan.callers} callers at once, {plan.rounds} rounds of {plan.seconds:g} s per side and row, sides taking turns.\n"
    )


def database(name: str, rows: Sequence[Row]) -> Iterator[str]:
    """The table of one database. Pairs are *baseline → product*."""
    yield f"### {TITLES[name]}\n"
    yield f"| {' | '.join(HEAD)} |"
    yield f"| --- {'| ---: ' * (len(HEAD) - 1)}|"
    yield from (_line(row) for row in rows)
    yield ""


def _line(row: Row) -> str:
    base, product = row.sides["baseline"], row.sides["product"]
    missed = {True: "", False: " **missed**", None: ""}[row.is_met]
    of = " (p95)" if row.job.of == "p95" else ""
    cells = (
        row.job.label,
        f"{base.per_second:.0f}",
        f"{product.per_second:.0f}",
        f"{row.ratio:.2f}{of}",
        f"{row.job.bar or '–'}{missed}",
        f"{base.percentile(0.5):.1f} → {product.percentile(0.5):.1f}",
        f"{base.percentile(0.95):.1f} → {product.percentile(0.95):.1f}",
        f"{base.cpu_ms:.2f} → {product.cpu_ms:.2f}",
        f"{row.statements['baseline']} → {row.statements['product']}",
    )
    return f"| {' | '.join(cells)} |"


def _starting(run: Run) -> Iterator[str]:
    if run.started is None:
        return
    found = run.started
    yield "### Start-up with the template `general` (embedded database, median of the starts)\n"
    yield "| what | measured | bar |"
    yield "| --- | ---: | ---: |"
    whole = found.sign_in_page + found.first_page
    yield f"| start of the process to the sign-in page | {found.sign_in_page:.2f} s | – |"
    yield f"| start of the process to the first list of the app | {whole:.2f} s | ≤ 2 s{_missed(whole > 2)} |"
    yield f"| of that, the first page of the app | {1000 * found.first_page:.0f} ms | ≤ 300 ms{_missed(found.first_page > 0.3)} |"
    yield f"| the same page again | {1000 * found.second_page:.0f} ms | – |"
    yield f"| resident memory of the server's process then | {found.memory:.0f} MiB | ≤ 150 MiB{_missed(found.memory > 150)} |"
    yield f"| making the database and installing the template, once | {run.installing:.1f} s | – |"
    yield ""


def _missed(is_missed: bool) -> str:
    return " **missed**" if is_missed else ""
