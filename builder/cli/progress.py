"""Progress: how far the sample of a demo is, beside the server that fills it."""

from __future__ import annotations

import sys
import threading
from dataclasses import dataclass, field
from typing import TextIO

from builder.cli.opening import WORKSPACE, open_engine
from builder.cli.speaking import words
from builder.config import Settings
from builder.errors import BuilderError
from builder.runtime.engine import Engine
from builder.storage import jobs
from builder.storage.errors import StorageError

WIDTH = 24
STEP = 10
"""Per cent between two lines where nobody sees a line change."""
LABEL = {"zh-CN": "正在写入示例数据", "en": "Filling in the sample"}
READY = {"zh-CN": "示例数据已就绪", "en": "The sample is ready"}
BROKEN = {"zh-CN": "示例数据没有写完,原因见日志", "en": "The sample stopped before its end; the log says why"}


@dataclass
class Bar:
    """A line that changes on a terminal; elsewhere lines that follow each other."""

    out: TextIO
    is_tty: bool
    _said: int = field(default=-1, init=False)

    def show(self, percent: int, *, broken: bool = False) -> None:
        if self.is_tty:
            full = WIDTH * percent // 100
            end = "\n" if percent >= 100 else ""
            print(
                f"\r  {words(LABEL)}  [{'#' * full}{'-' * (WIDTH - full)}] {percent:3} %",
                end=end,
                file=self.out,
            )
        elif percent >= 100 or percent // STEP > self._said // STEP or self._said < 0:
            print(f"  {words(LABEL)}: {percent} %", file=self.out)
        self._said = percent
        if percent >= 100:
            print(f"  {words(BROKEN if broken else READY)}", file=self.out)
        self.out.flush()


def percent_of(engine: Engine) -> int | None:
    """How far the sample is over all apps; None where none is filled, 100 when all are."""
    shares = [_share(row) for row in _samples(engine)]
    return sum(shares) // len(shares) if shares else None


def is_broken(engine: Engine) -> bool:
    """Whether the sample of an app stopped before its end."""
    return any(row.state == jobs.FAILED for row in _samples(engine))


def _samples(engine: Engine) -> list[jobs.JobRow]:
    with engine.database.snapshot() as conn:
        return [row for row in jobs.of(conn, WORKSPACE) if row.kind == "sample"]


def _share(row: jobs.JobRow) -> int:
    if row.state not in {jobs.WAITING, jobs.RUNNING}:
        return 100
    progress = row.progress or {}
    total = int(progress.get("total") or 0)
    # All steps may be played while the job itself is not over yet.
    return min(99, 100 * int(progress.get("done") or 0) // total) if total else 0


def watch(settings: Settings, stop: threading.Event, out: TextIO | None = None, every: float = 1.0) -> None:
    """Show how far the sample is until it is ready or ``stop`` is set. One that is ready already is not mentioned."""
    out = out or sys.stdout
    bar = Bar(out, out.isatty())
    engine = open_engine(settings)
    try:
        percent = percent_of(engine)
        if percent is None or percent >= 100:
            return
        bar.show(percent)
        while not stop.wait(every):
            percent = percent_of(engine)
            bar.show(100 if percent is None else percent, broken=is_broken(engine))
            if percent is None or percent >= 100:
                return
    except (BuilderError, StorageError):
        # The server says what is wrong; a bar must not.
        return
    finally:
        engine.database.close()
