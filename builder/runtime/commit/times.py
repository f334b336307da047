"""Writers of time: pauses, runs and hastened chores, as their handlers decided them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from builder.runtime.engine import Engine
from builder.storage import schedules

if TYPE_CHECKING:
    from builder.runtime.decide import Decided


def pause(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    assert decided.app is not None
    actor = decided.actor
    schedules.pause(
        conn,
        actor.workspace,
        decided.app.row.app_id,
        body["rule"],
        at=decided.now,
        by=actor.user_id,
        paused=body["paused"],
    )


def ran(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    assert decided.app is not None
    actor = decided.actor
    schedules.kept(
        conn,
        actor.workspace,
        decided.app.row.app_id,
        body["rule"],
        planned=decided.now,
        at=decided.now,
        found=body["found"],
        by=actor.user_id,
    )


def hasten(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    actor = decided.actor
    schedules.hasten(
        conn, actor.workspace, schedules.EVERYWHERE, body["name"], at=decided.now, by=actor.user_id
    )
