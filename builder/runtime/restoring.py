"""Restoring by button: a backup takes the place of the data while the server runs.

Writers are held up from the moment at which somebody confirms until it is over; a backup of the present state is made first. How far it is
stands in a file beside the data, because the data themselves are what changes.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from builder.commands import Actor
from builder.errors import BuilderError, Problem
from builder.runtime import backups
from builder.runtime.engine import Engine
from builder.storage.backup import write_backup
from builder.storage.errors import BackupError
from builder.storage.inspecting import Inspection, inspect_backup
from builder.storage.restoring import replace_by_backup
from builder.storage.standstill import Hold

log = logging.getLogger(__name__)

DONE, FAILED = "done", "failed"


@dataclass(frozen=True)
class State:
    """How far a restore is. ``step``: reading, done, failed. ``kept``: the name of the backup of the state before."""

    name: str
    step: str
    at: str
    kept: str = ""
    problems: tuple[Problem, ...] = ()


def inspect(engine: Engine, name: str) -> Inspection:
    """What the backup of that name holds, and everything that is wrong with it."""
    return inspect_backup(backups.backup_path(engine, name), engine.database.revision)


def start(engine: Engine, actor: Actor, name: str) -> threading.Thread:
    """Restore the backup of that name. From now on writers are held up; the thread that is answered ends when they no longer are.
    ``BusyError`` where a restore runs already."""
    backups.backup_path(engine, name)
    hold = engine.standstill.take()
    try:
        state = State(
            name, "reading", engine.clock.now().isoformat(), backups.new_name(engine, backups.BEFORE)
        )
        _keep(engine, state)
        log.warning("restore of %s started by %s", name, actor.login)
        made = threading.Thread(target=_run, args=(engine, state, hold), name="restore")
        made.start()
    except BaseException:
        hold.release()
        raise
    return made


def state_of(engine: Engine) -> State | None:
    """The last restore; None where there was none. One whose process died has failed, and changed nothing."""
    try:
        body = orjson.loads(_path(engine).read_bytes())
    except (OSError, ValueError):
        return None
    problems = tuple(Problem(**one) for one in body.pop("problems", ()))
    state = State(**body, problems=problems)
    if state.step not in {DONE, FAILED} and not engine.standstill.is_on():
        return replace(state, step=FAILED, problems=(Problem("RESTORE_BROKEN_OFF"),))
    return state


def _run(engine: Engine, state: State, hold: Hold) -> None:
    try:
        _restore(engine, state)
        _keep(engine, replace(state, step=DONE))
        log.warning("restore of %s done; the state before is in %s", state.name, state.kept)
    except Exception as error:
        log.exception("restore of %s failed, nothing was changed", state.name)
        _keep(engine, replace(state, step=FAILED, problems=_problems(error)))
    finally:
        hold.release()


def _restore(engine: Engine, state: State) -> None:
    folder = backups.folder(engine)
    replace_by_backup(
        engine.database,
        backups.backup_path(engine, state.name),
        engine.files,
        lambda: write_backup(engine.database, folder / state.kept, engine.files, engine.clock.now()),
        (backups.KIND,),
    )
    engine.standstill.begin_era()
    engine.renew()


def _problems(error: Exception) -> tuple[Problem, ...]:
    if isinstance(error, BackupError) and error.problems:
        return error.problems
    if isinstance(error, BuilderError):
        return error.problems or (Problem(error.code, error.path, error.params),)
    return (Problem("RESTORE_BROKEN_OFF"),)


def _path(engine: Engine) -> Path:
    return Path(engine.settings.var) / "restore.json"


def _keep(engine: Engine, state: State) -> None:
    body: Mapping[str, Any] = {
        "name": state.name,
        "step": state.step,
        "at": state.at,
        "kept": state.kept,
        "problems": [
            {"code": one.code, "path": one.path, "params": dict(one.params)} for one in state.problems
        ],
    }
    path = _path(engine)
    partial = path.with_name("restore.json.partial")
    with os.fdopen(os.open(partial, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as out:
        out.write(orjson.dumps(body, default=str))
    partial.replace(path)
