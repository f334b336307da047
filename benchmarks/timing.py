"""Timing: how long work takes by the clock, what this process worked in that time, and how many statements it sent."""

from __future__ import annotations

import resource
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from benchmarks.statements import watched


@dataclass(frozen=True)
class Took:
    """Seconds by the clock, and those that this process and the ended ones that it began worked."""

    clock: float
    worked: float


def took(work: Callable[..., Any], *args: Any, **options: Any) -> tuple[Took, Any]:
    """How long one piece of work took, and what came of it."""
    clock, before = time.perf_counter(), _worked()
    made = work(*args, **options)
    return Took(time.perf_counter() - clock, _worked() - before), made


def _worked() -> float:
    of_others = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + of_others.ru_utime + of_others.ru_stime


@dataclass(frozen=True)
class Times:
    """Milliseconds of each time, by the clock and worked, and the statements of one time."""

    clock: tuple[float, ...]
    worked: tuple[float, ...]
    statements: int

    @property
    def median(self) -> float:
        return sorted(self.clock)[len(self.clock) // 2]

    @property
    def slowest(self) -> float:
        """The 95th of a hundred; of few times, the slowest."""
        return max(self.clock)


def timed(works: Iterable[Callable[[], Any]]) -> Times:
    """Each piece of work done once, in order."""
    with watched() as seen:
        found = [took(work)[0] for work in works]
    return Times(
        tuple(1000 * one.clock for one in found),
        tuple(1000 * one.worked for one in found),
        round(len(seen) / len(found)),
    )
