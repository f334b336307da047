"""Catalog: what the templates cost: installing them, checking them, playing their scenarios, a planning run, ten thousand readings at once.

``python -m benchmarks.catalog`` measures all parts, ``--part plan`` one. The clock's seconds are told beside those that this process worked, which are what counts
where others work on the machine too.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.growth import empty_url
from benchmarks.run import DATABASES
from benchmarks.serving import ROOT
from benchmarks.timing import Took, took
from builder.app import create_app
from builder.cli import main as command_line
from builder.cli.collecting import seldom
from builder.cli.opening import opened
from builder.clock import FixedClock
from builder.commands import RunComputation, SaveToken
from builder.config import Settings
from builder.metadata.catalog import catalog
from builder.metadata.report import Scenario, Step
from builder.runtime import side_by_side
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.installing import Installer, Sample, template
from builder.runtime.playing import Player, system
from builder.runtime.scenarios import Runner, begins
from builder.runtime.scratch import Scratch

WS = 1
START = datetime(2026, 1, 5, 1, tzinfo=UTC)
ORDERS, PRODUCTS, READINGS = 5_000, 100, 10_000
REQUIRED = ("units", "item_categories", "reasons", "accounts")
BARS = {
    "install": 3.0,
    "install with its sample": 15.0,
    "static checks of all": 2.0,
    "scenarios of all": 60.0,
}
PASSWORDS: defaultdict[str, str] = defaultdict(lambda: "Right-Horse-7-Battery")


def tell(database: str, what: str, found: Took, bar: float | None = None) -> None:
    least = f"{bar:g}" if bar is not None else ""
    print(f"| {database} | {what} | {found.clock:.1f} | {found.worked:.1f} | {least} |", flush=True)


@contextmanager
def standing(name: str) -> Iterator[Engine]:
    """The product on an empty database of this kind whose clock stands."""
    with (
        tempfile.TemporaryDirectory(prefix="zhanggui-catalog-") as folder,
        empty_url(name, Path(folder)) as url,
        opened(Settings(database=url, var=folder), FixedClock(START), migrate=True) as engine,
    ):
        yield engine


def install(name: str) -> None:
    """Each template without and with its sample."""
    for key in catalog():
        with standing(name) as engine:
            package = template(key).package
            found, _ = took(Installer(engine, system(WS)).install, package, key, passwords=PASSWORDS)
            tell(name, f"install {key}", found, BARS["install"])
            sample = Sample(engine, WS, key, START.date())
            steps = sample.steps()
            played, _ = took(sample.play, steps, 0, len(steps))
            whole = Took(found.clock + played.clock, found.worked + played.worked)
            tell(name, f"install {key} with its {len(steps)} steps", whole, BARS["install with its sample"])


def checks(name: str) -> None:
    """``template check`` of the whole catalog: in this process, and as a command with its start."""
    command = [sys.executable, "-m", "builder.cli", "template", "check"]
    with redirect_stdout(StringIO()):
        found, _ = took(command_line, command[3:])
    tell(name, "static checks of all", found, BARS["static checks of all"])
    options = {"cwd": ROOT, "check": True, "stdout": subprocess.DEVNULL}
    found, _ = took(subprocess.run, command, **options)
    tell(name, "the same as a command, with its start", found, BARS["static checks of all"])


def scenarios(name: str) -> None:
    """Every scenario of every template, by as many processes as ``scenario run`` would; an extended one's are played where they are written."""
    base = {s.uid for s in template("general").package.scenarios}
    total = Took(0.0, 0.0)
    for key in catalog():
        package = template(key).package
        own = [s for s in package.scenarios if key == "general" or s.uid not in base]
        with tempfile.TemporaryDirectory(prefix="zhanggui-catalog-") as folder:
            found, results = took(_played, Scratch(package, Settings(), Path(folder)), own)
        assert results
        tell(name, f"{len(own)} scenarios of {key}", found)
        total = Took(total.clock + found.clock, total.worked + found.worked)
    tell(name, "scenarios of all", total, BARS["scenarios of all"])


def _played(scratch: Scratch, scenarios: Sequence[Scenario]) -> bool:
    return all(r.passed for r in side_by_side.play(scratch, scenarios, side_by_side.fit(len(scenarios))))


def prepared(engine: Engine, key: str) -> tuple[Player, Callable[..., None]]:
    """The template with somebody for every role, and what plays a step of theirs or says why it was refused."""
    package = template(key).package
    runner = Runner(engine, package)
    scenario = Scenario("b", "b", "b", (), requires=REQUIRED)
    start = begins(scenario, engine.settings.timezone)
    runner.prepare(key, scenario, start)
    player = Player(engine, WS, key, start.date(), runner.people)

    def play(do: Any, who: str, **rest: Any) -> None:
        played = player.play(Step(do, as_=f"role:{who}", **rest))
        if played.error is not None:
            raise played.error

    return player, play


def plan(name: str) -> None:
    """Orders of products that are made of three further levels: what is looked at before anything is written."""
    with standing(name) as engine:
        player, play = prepared(engine, "discrete_mfg")
        _factory(play)
        promised = player.today + timedelta(days=30)
        for number in range(ORDERS):
            line = {"item": f"$p{number % PRODUCTS}", "quantity": str(1 + number % 7), "price": "10"}
            day = promised + timedelta(days=number % 40)
            values = {
                "customer": "$cus",
                "warehouse": "$wh",
                "promised_date": day.isoformat(),
                "lines": [line],
            }
            play("create", "sales_manager", entity="sales_order", id="so", values=values, submit=True)
            play("transition", "sales_manager", record="$so", transition="approve")
        actor = player.actor("role:planner")
        run = RunComputation("discrete_mfg", "plan", {})
        found, answer = took(Dispatcher(engine), actor, run, dry_run=True)
        tell(name, f"planning: {ORDERS:,} orders, 4 levels, {len(answer['rows']):,} proposals", found, 10.0)


def _factory(play: Callable[..., None]) -> None:
    """A hundred products of two assemblies each, of two parts each, of one bought material each."""
    play("create", "boss", entity="warehouse", id="wh", values={"code": "W", "name": "W", "type": "central"})
    buyer = {"code": "C", "name": "C", "credit_days": 30, "credit_limit": "999999999"}
    play("create", "boss", entity="partner", id="cus", values=buyer)
    play("setting", "boss", key="shortage_policy", value="backorder")
    play("setting", "boss", key="large_order", value="999999999")
    levels = {"m": 20, "c": 40, "a": 60, "p": PRODUCTS}
    for letter, count in levels.items():
        for n in range(count):
            source = "bought" if letter == "m" else "made"
            values: dict[str, Any] = {
                "base_unit": "件",
                "category": "WJ-CL",
                "code": f"{letter}{n}",
                "name": f"{letter} {n}",
            }
            values |= {"tax_rate": "0", "source": source, "warehouse": "$wh", "lead_days": 1 + n % 3}
            play("create", "boss", entity="item", id=f"{letter}{n}", values=values)
    for letter, below in (("c", "m"), ("a", "c"), ("p", "a")):
        for n in range(levels[letter]):
            of = [f"${below}{(n * 2 + i) % levels[below]}" for i in range(2)]
            lines = [{"item": item, "quantity": "2"} for item in of]
            bill: dict[str, Any] = {"item": f"${letter}{n}", "lines": lines, "operations": []}
            play("create", "planner", entity="bom", id="bom", values=bill, submit=True)
            play("task", "finance", record="$bom", task="approve", opinion="ok")


def readings(name: str) -> None:
    """Temperatures of one thermometer in a single call of the API."""
    with standing(name) as engine:
        player, play = prepared(engine, "food")
        play(
            "create", "boss", entity="warehouse", id="cold", values={"code": "K", "name": "K", "type": "cold"}
        )
        device = {"code": "D", "name": "D", "temp_min": "0", "temp_max": "6", "warehouse": "$cold"}
        play("create", "boss", entity="device", id="d", values=device)
        token = Dispatcher(engine)(player.actor("role:boss"), SaveToken("benchmark"))["token"]
        id = engine.database.show(player.names["d"].id)
        at = START - timedelta(days=10)
        rows = [
            {"device": id, "read_at": (at + timedelta(minutes=n)).isoformat(), "temperature": "4.5"}
            for n in range(READINGS)
        ]
        client = create_app(engine).test_client()
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": "benchmark-readings"}

        def send() -> Any:
            return client.post("/api/v1/apps/food/reading/bulk", json={"rows": rows}, headers=headers)

        found, answer = took(send)
        assert answer.status_code == 201, answer.get_data(as_text=True)[:500]
        tell(name, f"{READINGS:,} readings in one call", found, 2.0)


PARTS: Mapping[str, Callable[[str], None]] = {
    "checks": checks,
    "install": install,
    "scenarios": scenarios,
    "readings": readings,
    "plan": plan,
}
ONCE = frozenset({"checks", "scenarios"})
"""Parts that do not depend on the kind of database."""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.catalog", description=__doc__)
    parser.add_argument("--database", choices=DATABASES, action="append")
    parser.add_argument("--part", choices=PARTS, action="append")
    asked = parser.parse_args(argv)
    seldom()
    print("\n".join(f"- {line}" for line in machine.lines()), f"- Load average: {machine.load()}", sep="\n")
    print("\n| database | what | clock s | worked s | at most |\n| --- | --- | ---: | ---: | ---: |")
    for part in asked.part or PARTS:
        for name in (asked.database or DATABASES)[: 1 if part in ONCE else None]:
            PARTS[part](name)


if __name__ == "__main__":
    main()
