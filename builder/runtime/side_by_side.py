"""Side by side: scenarios played by several processes at once, told in their order as if one had played them."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace

from builder.metadata.report import Scenario
from builder.runtime.coverage import Met
from builder.runtime.differing import Difference
from builder.runtime.scenarios import Failed, Result
from builder.runtime.scratch import Scratch

FORK = "fork"
LEAST = 4
"""Scenarios that make up for what a process of its own costs."""

Told = tuple[int, tuple[Difference, ...], str]
"""What travels of a step that failed: its number, what differs, of which entity. Its error does not: it may hold anything."""


def fit(scenarios: int, asked: int | None = None) -> int:
    """How many processes play so many scenarios: as many as are asked for and have something to do, otherwise as many as are worth it on
    this machine. Processes share what was installed, which only forked ones can."""
    if FORK not in multiprocessing.get_all_start_methods():
        return 1
    most = min(os.cpu_count() or 1, scenarios // LEAST) if asked is None else min(asked, scenarios)
    return max(1, most)


def play(scratch: Scratch, scenarios: Sequence[Scenario], jobs: int) -> Iterator[Result]:
    """Every scenario's result in their order, each as soon as it and those before it were played; ``scratch`` knows afterwards what they
    met. With one job the results keep their errors."""
    if jobs == 1:
        yield from map(scratch.run, scenarios)
        return
    # Here, once: otherwise each process would install what it needs.
    scratch.prepare(scenarios)
    # What is shared stays so: looking through it for circles would copy it into every process.
    gc.collect()
    gc.freeze()
    context = multiprocessing.get_context(FORK)
    with ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(scratch, scenarios)) as pool:
        try:
            for scenario, (told, met) in zip(scenarios, pool.map(_play, range(len(scenarios))), strict=True):
                scratch.met.uids |= met
                yield _result(scenario, told)
        finally:
            # Nobody listens any longer to what has not begun.
            pool.shutdown(cancel_futures=True)
            gc.unfreeze()


_given: list[tuple[Scratch, Sequence[Scenario]]] = []
"""Of a process that plays: its scratch, and what it may be asked for. Both came with the fork."""


def _begin(scratch: Scratch, scenarios: Sequence[Scenario]) -> None:
    # An interrupt is for the process that told this one what to do: it ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    own = replace(scratch, folder=scratch.folder / f"by-{os.getpid()}", met=Met())
    _given[:] = [(own, scenarios)]


def _play(number: int) -> tuple[Told | None, set[str]]:
    [(scratch, scenarios)] = _given
    scratch.met.uids.clear()
    failed = scratch.run(scenarios[number]).failed
    told = (failed.number, failed.differences, failed.entity) if failed is not None else None
    return told, set(scratch.met.uids)


def _result(scenario: Scenario, told: Told | None) -> Result:
    if told is None:
        return Result(scenario)
    number, differences, entity = told
    return Result(scenario, Failed(number, scenario.steps[number - 1], differences, entity))
