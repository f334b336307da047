"""Side by side: several processes play scenarios; what is told of them is what one process would tell."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from builder.config import Settings
from builder.metadata.report import Scenario, Step
from builder.runtime import side_by_side
from builder.runtime.installing import loaded
from builder.runtime.scenarios import Runner, words
from builder.runtime.scratch import Scratch

LEAVE = loaded(Path(__file__).resolve().parents[2] / "docs" / "examples" / "leave_and_hours")


def made(key: str, name: str) -> Scenario:
    """A scenario that adds a kind of leave and expects its name; the second would be refused where the first still is."""
    values = {"code": "X1", "name": "Moving house", "limited": False}
    add = Step("create", at="2026-02-01 09:00", as_="role:personnel", entity="leave_type", values=values)
    return Scenario(key, key, key, (replace(add, expect={"values": {"name": name}}),))


def told(scenarios: list[Scenario], folder: Path, jobs: int) -> tuple[list[str], set[str]]:
    scratch = Scratch(LEAVE, Settings(), folder / str(jobs))
    results = list(side_by_side.play(scratch, scenarios, jobs))
    return [words(result, "en") for result in results], scratch.met.uids


def test_two_processes_tell_what_one_does(tmp_path: Path) -> None:
    """In the order of the scenarios, those that fail with their differences, and all that was met."""
    scenarios = [
        *LEAVE.scenarios,
        made("wrong", "Moving away"),
        *(made(f"n{n}", "Moving house") for n in range(3)),
    ]
    one, two = (told(scenarios, tmp_path, jobs) for jobs in (1, 2))
    assert two == one
    assert [line.split()[0] for line in one[0]].count("FAIL") == 1


def test_the_app_is_installed_once_for_all_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who plays finds it installed: installing a second time fails there."""
    here = os.getpid()
    prepare = Runner.prepare

    def only_here(*args: object) -> None:
        assert os.getpid() == here
        prepare(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(Runner, "prepare", only_here)
    lines, _ = told([made(f"n{n}", "Moving house") for n in range(4)], tmp_path, 2)
    assert [line.split()[0] for line in lines] == ["ok"] * 4


def test_so_many_processes_as_are_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert [side_by_side.fit(n) for n in (0, 1, 7, 8, 100)] == [1, 1, 1, 2, 2]
    assert [side_by_side.fit(3, asked) for asked in (1, 2, 9)] == [1, 2, 3]
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    assert side_by_side.fit(100, 8) == 1
