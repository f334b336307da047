"""Foretelling: whom a command's approval would ask, found by deciding the very command and writing nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from builder.changes import Approval
from builder.commands import Actor, Command
from builder.metadata.text import Text
from builder.runtime.decide import decide
from builder.runtime.engine import Engine
from builder.workflow.flow import walk
from builder.workflow.standing import from_json


@dataclass(frozen=True, slots=True)
class Told:
    """One step of the way. ``users`` are asked at it, in order; a step that asks nobody goes on by itself."""

    uid: str
    kind: str
    label: Text
    mode: str
    users: tuple[int, ...]


def foretell(engine: Engine, actor: Actor, command: Command) -> tuple[Told, ...]:
    """The way through the approval that ``command`` would start; empty where it starts none. Raises what the command would."""
    with engine.database.snapshot() as conn:
        decided = decide(engine, conn, actor, command, engine.clock.now())
    started = (a for a in decided.pending.approvals.values() if a.version <= 1)
    return tuple(told for approval in started for told in _way(approval))


def _way(approval: Approval) -> Iterator[Told]:
    standing = from_json(approval.cursor, approval.round)
    for step in walk(approval.definition["nodes"], standing.ways):
        users = standing.foreseen.get(step.uid, ())
        mode = "any" if step.rescue else str(step.node.get("mode") or "any")
        yield Told(step.uid, step.kind, step.node["label"], mode, users)
