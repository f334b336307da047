"""Samples: what a template's sample company did is played to its end through the engine, and its books agree."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from builder.metadata.catalog import catalog
from builder.runtime.context import Context
from builder.runtime.installing import Installer, Sample, template
from builder.runtime.live import with_live
from builder.runtime.playing import system
from builder.runtime.relay import Relay
from builder.runtime.reports import run_report
from builder.runtime.resolving import instant
from builder.runtime.verifying import verify_all
from tests.runtime.world import WS, World, open_world
from tools import make_sample

DAYS = [date(2026, 6, 15), date(2026, 3, 1)]
"""In the middle of a month, and on its first day after a short one."""


PEOPLE: defaultdict[str, str] = defaultdict(lambda: "Right-Horse-7-Battery")


def played(folder: Path, key: str, day: date) -> World:
    """A template that is installed at noon of that day, with its sample played to its end."""
    world = open_world(f"sqlite:///{folder}/sample.db", folder)
    world.clock.set(datetime.combine(day, time(12), ZoneInfo(world.engine.settings.timezone)))
    Installer(world.engine, system(WS)).install(template(key).package, key, passwords=PEOPLE)
    world.app = key
    sample = Sample(world.engine, WS, key, day)
    steps = sample.steps()
    assert steps
    sample.play(steps, 0, len(steps))
    return world


Once = Callable[[str, date], World]


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Once]:
    """Samples that were played, each once for all tests that look at it."""
    worlds: dict[tuple[str, date], World] = {}

    def world_of(key: str, day: date) -> World:
        if (key, day) not in worlds:
            worlds[key, day] = played(tmp_path_factory.mktemp(key), key, day)
        return worlds[key, day]

    yield world_of
    for world in worlds.values():
        world.engine.database.close()


@pytest.mark.parametrize("day", [DAYS[0], pytest.param(DAYS[1], marks=pytest.mark.long)])
@pytest.mark.parametrize("key", sorted(catalog()))
def test_a_sample_is_played_to_its_end(once: Once, key: str, day: date) -> None:
    assert verify_all(once(key, day).engine).findings == ()


def test_what_has_expired_in_the_sample_is_frozen(once: Once) -> None:
    """The timed rules of the day before have run: a demo begins with batches near their day and one past it."""
    world = once("food", DAYS[0])
    Relay(world.engine, WS).drain()
    with world.reading() as ctx:
        stages = {str(r.values["number"]): r.values["stage"] for r in ctx.reader.find("batch")}
    assert stages["TS0410"] == "expired"
    assert set(stages.values()) == {"fresh", "near", "expired"}


def test_two_lines_of_business_live_in_one_sample(tmp_path: Path) -> None:
    """The hinge factory and its bakery, told in files of their own, are played hour by hour."""
    world = open_world(f"sqlite:///{tmp_path}/sample.db", tmp_path)
    Installer(world.engine, system(WS)).install(
        template("discrete_mfg").package, "discrete_mfg", passwords=PEOPLE
    )
    steps = Sample(world.engine, WS, "discrete_mfg", DAYS[0]).steps()
    zone = ZoneInfo(world.engine.settings.timezone)
    times = [instant(step.at, DAYS[0], zone) for step in steps]
    assert times == sorted(times)
    made = {step.values["item"] for step in steps if step.entity == "bom"}
    assert {"CP001", "HP001"} <= made
    world.engine.database.close()


def test_the_sample_of_trade_is_what_its_tool_writes() -> None:
    assert make_sample.TARGET.read_text() == make_sample.made(), "python -m tools.make_sample"


@pytest.mark.parametrize("key", ["general", "food", "discrete_mfg", "standard"])
def test_voucher_drafts_of_the_sample_balance(once: Once, key: str) -> None:
    """Every document's debits are its credits; goods come to what the stock ledger has gained since it was opened, and
    production cost to what work in progress is worth."""
    world = once(key, DAYS[0])
    with world.reading() as ctx:
        report = ctx.app.package.report("vouchers")
        assert report is not None
        rows = run_report(ctx, report, {"from_day": "2025-12-01", "to_day": "2026-06-15"}).rows
        worth = _sum(ctx, "warehouse", "stock_value")
        opened = _sum(ctx, "opening_stock", "value", "approved")
        in_work = _sum(ctx, "work_order", "wip_value") if key == "discrete_mfg" else Decimal(0)
    documents: defaultdict[str, Decimal] = defaultdict(Decimal)
    accounts: defaultdict[str, Decimal] = defaultdict(Decimal)
    for row in rows:
        moved = _money(row["debit"]) - _money(row["credit"])
        documents[str(row["number"])] += moved
        accounts[_account(row["account"])] += moved
    assert len(documents) > {"general": 100, "food": 6, "discrete_mfg": 30, "standard": 900}[key]
    assert {number: off for number, off in documents.items() if off} == {}
    assert accounts["1403"] + accounts["1405"] == worth - opened
    assert accounts["4001"] == in_work


def _sum(ctx: Context, entity: str, field: str, state: str | None = None) -> Decimal:
    found = [r for r in ctx.reader.find(entity) if state in {None, r.state}]
    return sum((_money(r.values[field]) for r in with_live(ctx, found)), Decimal(0))


def _account(said: object) -> str:
    """The number of an account, of words in several languages or of one's own."""
    words = dict(said)["zh-CN"] if isinstance(said, Mapping) else str(said)
    return words.split()[0]


def _money(value: object) -> Decimal:
    return Decimal(str(value or 0))
