"""Waiting: what has been in its state for longer than the app allows, step by step, whenever it began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from builder.metadata.entity import Entity
from builder.metadata.settings import MIRROR_HOURS
from builder.runtime.context import Context
from builder.storage import mirror as stored
from builder.workflow.mirror import ends


@dataclass(frozen=True)
class Waiting:
    """How many records have been in a state for too long, and for how many seconds the oldest has."""

    entity: str
    state: str
    count: int
    oldest: int


def hours_allowed(ctx: Context) -> int:
    """After how many hours a record waits too long; a setting of the app."""
    return int(str(ctx.reader.setting(MIRROR_HOURS)))


def long_waiting(ctx: Context, entities: Sequence[Entity]) -> tuple[Waiting, ...]:
    """The steps at which something waits too long, the oldest first. What is done or void waits for nothing. The caller has made sure that the
    actor may count all records of ``entities``."""
    since = ctx.pending.now - timedelta(hours=hours_allowed(ctx))
    now = int(ctx.pending.now.timestamp())
    found: list[Waiting] = []
    for entity in entities:
        flow = ctx.app.package.workflow_of(entity.key)
        if flow is None:
            continue
        keys, over = {s.uid: s.key for s in flow.states}, ends(flow)
        for state, count, oldest in stored.waiting(ctx.conn, ctx.app.maps, ctx.ws, entity.key, since):
            key = keys.get(state, state)
            if key not in over:
                found.append(Waiting(entity.key, key, count, now - oldest))
    return tuple(sorted(found, key=lambda w: -w.oldest))
