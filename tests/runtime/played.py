"""Played: a template's app in which one of its scenarios was played, wholly or up to a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from builder.metadata.package import Package
from builder.metadata.report import Step
from builder.runtime.scenarios import Runner
from tests.runtime.world import World, open_world


@contextmanager
def played(
    folder: Path, package: Package, key: str, before: Callable[[Step], bool] | None = None, *, more: int = 0
) -> Iterator[World]:
    """A world whose app has seen the scenario; with ``before`` its steps up to the first such one, and ``more`` from there on."""
    world = open_world(f"sqlite:///{folder}/{key}.db", folder)
    scenario = next(s for s in package.scenarios if s.key == key)
    if before is not None:
        known = len(list(takewhile(lambda step: not before(step), scenario.steps)))
        assert known < len(scenario.steps)
        scenario = replace(scenario, steps=scenario.steps[: known + more])
    assert Runner(world.engine, package).run(scenario).passed
    world.app = f"s1_{key}"
    yield world
    world.engine.database.close()
