"""Real servers that are killed without warning: ``builder serve`` and ``builder worker``, each a family of processes of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOMENT = 0.02
PATIENCE = 3000


@dataclass
class Killed:
    """A command of the engine that runs until it is killed."""

    words: tuple[str, ...]
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    def start(self) -> None:
        log = Path(self.environment["BUILDER_VAR"]) / f"{self.words[0]}.log"
        with log.open("ab") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "builder.cli", *self.words],
                cwd=ROOT,
                env={**os.environ, **self.environment},
                stdout=out,
                stderr=out,
                # The server's own children die with it.
                start_new_session=True,
            )

    def kill(self) -> None:
        """SIGKILL for all of its processes. It must have been running."""
        assert self.process is not None
        assert self.process.poll() is None, "it ended by itself"
        os.killpg(self.process.pid, signal.SIGKILL)
        assert self.process.wait() == -signal.SIGKILL


def moment() -> None:
    """A while for others to go on."""
    threading.Event().wait(MOMENT)
