"""A kind of job that adds up: each step brings one more, by a command whose key makes it happen once."""

from __future__ import annotations

from builder.commands import Actor, CreateRecord
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.jobs import Advance
from builder.storage.jobs import JobRow

STEPS = 12


def step(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    at = (row.cursor or 0) + 1
    values = {"goods": row.args["goods"], "quantity": "1"}
    command = CreateRecord("shop", "arrival", values, submit=True)
    Dispatcher(engine)(actor, command, key=f"job:{row.job_id}:{at}")
    return Advance(at if at < STEPS else None, {"done": at, "total": STEPS})
