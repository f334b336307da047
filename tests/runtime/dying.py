"""A process whose children die in the middle of a command.

``python -m tests.runtime.dying URL FOLDER`` reads a line of JSON per child: ``step`` (a step of the write transaction, ``commit``, or
``committed``) and ``command`` with ``key``. It forks a child that sends the command and is killed right after that step, and says
how the child ended. Only one thread runs here, so that forking is safe; each child opens the database for itself.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from builder.clock import FixedClock
from builder.commands import ActOnTask, Actor, CreateRecord, FireTransition
from builder.config import Settings
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.storage.database import Database
from tests.runtime.breaking import after
from tests.runtime.world import START

KINDS = {kind.__name__: kind for kind in (ActOnTask, CreateRecord, FireTransition)}


def die(_: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _tuples(said: dict[str, Any]) -> dict[str, Any]:
    """JSON has no tuples, of which commands and actors are made."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}


def live(url: str, folder: str, order: dict[str, Any]) -> None:
    """Send the command, and die where the order says."""
    engine = Engine(Settings(database=url, var=folder), Database.open(url), FixedClock(START))
    command = KINDS[order["kind"]](**_tuples(order["command"]))
    actor = Actor(**_tuples(order["actor"]))
    with after(order["step"], die) if order["step"] != "committed" else nullcontext():
        Dispatcher(engine)(actor, command, key=order["key"])
    die(None)


def main(url: str, folder: str) -> None:
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            try:
                live(url, folder, json.loads(line))
            finally:
                # Nothing of the parent may run on: neither its loop nor what it does at its end.
                traceback.print_exc()
                os._exit(1)
        _, status = os.waitpid(child, 0)
        print(f"signal {os.WTERMSIG(status)}" if os.WIFSIGNALED(status) else "ended", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], str(Path(sys.argv[2])))
