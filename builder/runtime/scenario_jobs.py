"""Scenarios as a job: an app's own tests played in the background, on throw-away databases, while people look at how far it is.

Nothing of the app's data is read or written: what counts are its definitions, as they are published or as the draft has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from builder.commands import Actor
from builder.errors import NotFoundError
from builder.metadata.package import Package
from builder.metadata.report import Scenario, Step
from builder.runtime import jobs
from builder.runtime.engine import Engine
from builder.runtime.jobs import Advance
from builder.runtime.opening import open_reading
from builder.runtime.scenarios import Failed, Result, begins
from builder.runtime.scratch import Scratch
from builder.storage.jobs import JobRow

KIND = "scenarios"
MOST = 10
"""Scenarios of one step of the job: they share an installation, and a lease outlives them by far."""


def start(engine: Engine, actor: Actor, app: str, keys: Sequence[str] = ()) -> int:
    """Queue the scenarios of an app (all, or those of ``keys``); the job's id. For who may change its settings. Raises ``NotFoundError``
    where there is nothing to play."""
    package = _package(engine, actor, app)
    if not _asked(package, keys):
        raise NotFoundError(scenario=" ".join(keys))
    return jobs.start(engine, actor, KIND, {"app": app, "keys": list(keys)})


def run(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The next few scenarios; the cursor counts those that were played."""
    package = _package(engine, actor, row.args["app"])
    batches = _batches(_asked(package, row.args["keys"]), engine.settings.timezone)
    at = int(row.cursor or 0)
    results = list((row.progress or {}).get("results", ()))
    if at < len(batches):
        with TemporaryDirectory(prefix="zhanggui-") as folder:
            scratch = Scratch(package, engine.settings, Path(folder))
            results += [to_json(scratch.run(scenario)) for scenario in batches[at]]
    progress = {"done": len(results), "total": sum(map(len, batches)), "results": results}
    return Advance(at + 1 if at + 1 < len(batches) else None, progress)


def _package(engine: Engine, actor: Actor, app: str) -> Package:
    with engine.database.snapshot() as conn:
        ctx = open_reading(engine, conn, actor, app, engine.clock.now())
        ctx.kernel.require("settings")
        return ctx.app.package


def _asked(package: Package, keys: Sequence[str]) -> list[Scenario]:
    return [s for s in package.scenarios if not keys or s.key in keys]


def _batches(scenarios: list[Scenario], timezone: str) -> list[list[Scenario]]:
    """Those that share an installation, a few at a time."""

    def shared(scenario: Scenario) -> tuple[str, list[str]]:
        return begins(scenario, timezone).isoformat(), sorted(scenario.requires)

    groups = [list(group) for _, group in groupby(sorted(scenarios, key=shared), key=shared)]
    return [group[i : i + MOST] for group in groups for i in range(0, len(group), MOST)]


def to_json(result: Result) -> Mapping[str, Any]:
    """What is kept of a result: the words are said when it is looked at, in the reader's language."""
    failed = result.failed
    return {"key": result.scenario.key, "failed": _failed(failed) if failed is not None else None}


def _failed(failed: Failed) -> Mapping[str, Any]:
    error = failed.error
    problems = [(p.code, p.params) for p in error.problems] or [(error.code, error.params)] if error else []
    return {
        "number": failed.number,
        "do": failed.step.do,
        "entity": failed.entity,
        "deed": _deed(failed.step),
        "problems": [[code, _plain(params)] for code, params in problems],
        "differences": [[d.path, d.wanted, d.found] for d in failed.differences],
    }


def _deed(step: Step) -> str:
    """What was done, by its key: a transition, a rule, a setting …"""
    named = (step.transition, step.conversion, step.rule, step.computation, step.task, step.ledger, step.key)
    return next((name for name in named if name), "")


def _plain(params: Mapping[str, Any]) -> Mapping[str, Any]:
    return {k: v if isinstance(v, int | str | Mapping) else str(v) for k, v in params.items()}


jobs.KINDS.register(KIND, run)
