"""Many readings in one call have the effects that they would have had one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from builder.commands import CreateRecord, WriteRecords
from builder.metadata.report import Scenario, Step
from builder.rules.cause import BUDGET
from builder.runtime.installing import template
from builder.runtime.playing import Player, system
from builder.runtime.scenarios import START, Runner
from tests.runtime.world import WS, World, open_world

REQUIRED = ("units", "item_categories", "reasons", "accounts")
FIRST = datetime(2026, 1, 4, 22, tzinfo=UTC)


@contextmanager
def cold(folder: Path) -> Iterator[tuple[World, int]]:
    """A cold store with one thermometer that may be warm for fifteen minutes."""
    folder.mkdir()
    world = open_world(f"sqlite:///{folder}/cold.db", folder)
    runner = Runner(world.engine, template("food").package)
    runner.prepare("food", Scenario("c", "c", "c", (), requires=REQUIRED), START)
    world.app = "food"
    player = Player(world.engine, WS, "food", FIRST.date(), runner.people)
    store = {"code": "K", "name": "K", "type": "cold"}
    device = {"code": "D", "name": "D", "temp_min": "0", "temp_max": "6", "warehouse": "$k"}
    for entity, id, values in (("warehouse", "k", store), ("device", "d", device)):
        made = player.play(Step("create", as_="role:boss", entity=entity, id=id, values=values))
        assert made.error is None
    yield world, player.names["d"].id
    world.engine.database.close()


def rows(device: int, *read: tuple[int, str]) -> list[dict[str, object]]:
    return [
        {
            "device": device,
            "read_at": (FIRST + timedelta(minutes=minutes)).isoformat(),
            "temperature": degrees,
        }
        for minutes, degrees in read
    ]


def told(world: World) -> tuple[list[object], list[object]]:
    """The excursions, and what the thermometer knows."""
    with world.reading() as ctx:
        found = [r.values for r in ctx.reader.find("excursion")]
        device = ctx.reader.find("device")[0].values
        minutes = [
            r.values["minutes"] for r in ctx.reader.find("reading", sort=[("read_at", False)], limit=5000)
        ]
        return [(x["peak"], x["level"], x["back_at"]) for x in found], [
            *(device[k] for k in ("alarm", "last_temperature", "peak")),
            minutes,
        ]


READ: Sequence[tuple[int, str]] = ((0, "4"), (10, "8"), (20, "9"), (30, "9.5"), (40, "5"), (50, "7"))


def test_one_call_comes_to_the_same_as_one_after_the_other(tmp_path: Path) -> None:
    with cold(tmp_path / "at_once") as (world, device):
        world.send(WriteRecords("food", "reading", tuple(rows(device, *READ))), actor=system(WS))
        at_once = told(world)
    assert len(at_once[0]) == 1
    assert at_once[1][-1] == [0, 10, 10, 10, 10, 10]
    with cold(tmp_path / "each") as (world, device):
        for row in rows(device, *READ):
            world.send(CreateRecord("food", "reading", row), actor=system(WS))
        assert told(world) == at_once


def test_each_reading_has_the_budget_of_a_command(tmp_path: Path) -> None:
    """More records than one command may cause actions: each of them causes one."""
    many = [(minutes, "4.5") for minutes in range(BUDGET + 1)]
    with cold(tmp_path / "many") as (world, device):
        world.send(WriteRecords("food", "reading", tuple(rows(device, *many))), actor=system(WS))
        excursions, (alarm, degrees, _, minutes) = told(world)
    assert (excursions, alarm, str(degrees)) == ([], False, "4.5")
    assert minutes == [0] + [1] * BUDGET, "a rule before a record is kept sees what the one before it caused"
