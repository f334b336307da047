"""Checking: packages judged side by side, by as many processes as there are processors, and told in the order in which they were named."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from builder.errors import Problem
from builder.metadata.checks import check
from builder.metadata.once import Once
from builder.metadata.package import Package

FORK = "fork"

Found = tuple[Problem, ...]


def judged(packages: Sequence[Package | None], once: Once) -> Iterator[Found]:
    """What the checks find in each; nothing in one that could not be loaded."""
    jobs = fit(sum(package is not None for package in packages))
    if jobs == 1:
        for package in packages:
            yield _checked(package, once)
        return
    context = multiprocessing.get_context(FORK)
    with ProcessPoolExecutor(jobs, context, initializer=_begin, initargs=(packages, once)) as pool:
        # The largest first: one that begins when the others end would be waited for alone.
        order = sorted(range(len(packages)), key=lambda n: -_size(packages[n]))
        asked = {number: pool.submit(_judge, number) for number in order}
        for number in range(len(packages)):
            yield asked[number].result()


def fit(packages: int) -> int:
    """How many processes judge so many packages: what was read of them comes with the fork, and is far too much to be sent."""
    if FORK not in multiprocessing.get_all_start_methods():
        return 1
    return max(1, min(os.cpu_count() or 1, packages))


def _size(package: Package | None) -> int:
    return 0 if package is None else len(package.nodes)


def _checked(package: Package | None, once: Once) -> Found:
    return () if package is None else check(package, once)


_given: list[tuple[Sequence[Package | None], Once]] = []
"""Of a process that judges: what it may be asked for, which came with the fork."""


def _begin(packages: Sequence[Package | None], once: Once) -> None:
    # An interrupt is for the process that told this one what to do: it ends both.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _given[:] = [(packages, once)]


def _judge(number: int) -> Found:
    [(packages, once)] = _given
    return _checked(packages[number], once)
