"""Writers of merges: under the locks, what was decided on must still be so; otherwise it is decided again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from builder.ledger import holdings
from builder.runtime.engine import Engine
from builder.runtime.merging import LINK
from builder.storage import merges
from builder.storage.errors import RetryError

if TYPE_CHECKING:
    from builder.runtime.decide import Decided


def merge(
    engine: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]
) -> Mapping[str, Any]:
    """What goes over is all that is there now."""
    app = decided.app
    assert app is not None
    now = holdings.held_of(conn, app.ledgers, decided.actor.workspace, body["held"])
    if now != body["seen"]:
        raise RetryError("LANE_MOVED")
    return {"merge": engine.database.show(cmd)}


def unmerge(_: Engine, conn: Any, decided: Decided, cmd: int, body: Mapping[str, Any]) -> None:
    """Nothing of it was used meanwhile; from now on the records are two again."""
    app = decided.app
    assert app is not None
    ws = decided.actor.workspace
    if holdings.used_since(conn, app.ledgers, ws, body["arrived"]):
        raise RetryError("LANE_MOVED")
    for entity, ids in body["parted"]:
        merges.part(conn, app.maps, ws, entity, ids, LINK, body["merge"])
