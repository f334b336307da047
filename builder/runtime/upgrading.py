"""Upgrading: an app takes over what its template changed since the app was made from it; what its owner changed stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.commands import Actor, Publish, SaveDraft
from builder.errors import ConflictError, NotFoundError
from builder.metadata.kinds import Nodes
from builder.metadata.merge import Conflict, merge
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.handlers.definitions import renamed
from builder.storage import apps as stored_apps

APP = ("app", "app")
FIRST = 1
"""The version that an app was installed as: the template as it was then."""


@dataclass(frozen=True)
class Upgrade:
    """What would change: definitions to write (None: to remove), and what both sides changed differently."""

    app: str
    changed: dict[tuple[str, str], Any]
    conflicts: tuple[Conflict, ...]


def plan_upgrade(engine: Engine, ws: int, app: str, theirs: Nodes, *, take: str | None = None) -> Upgrade:
    """The upgrade of an app to its template's ``theirs``. ``take`` (``mine`` or ``theirs``) settles every conflict. Refused while the draft
    holds edits: they would be published along."""
    with engine.database.snapshot() as conn:
        row = stored_apps.app_by_key(conn, ws, app)
        if row is None or not row.live_version:
            raise NotFoundError(app=app)
        base = stored_apps.version_nodes(conn, ws, row.app_id, FIRST)
        mine = stored_apps.live_nodes(conn, ws, row.app_id)
        draft = stored_apps.draft_nodes(conn, ws, row.app_id)
    if draft != mine:
        raise ConflictError("DRAFT_OPEN", app=app)
    # The app's own name is its owner's business.
    wanted = renamed(theirs, app, mine[APP].get("label"))
    merged = merge(base, mine, wanted)
    if take is not None and merged.conflicts:
        merged = merge(base, mine, wanted, {c.path: take for c in merged.conflicts})
    names = dict.fromkeys([*mine, *merged.nodes])
    changed = {name: merged.nodes.get(name) for name in names if mine.get(name) != merged.nodes.get(name)}
    return Upgrade(app, changed, merged.conflicts)


def upgrade(
    engine: Engine, actor: Actor, plan: Upgrade, *, note: str = "", publish: bool = False
) -> int | None:
    """Write the plan into the app's draft; with ``publish`` make it live and give the version."""
    send = Dispatcher(engine)
    for (kind, key), body in plan.changed.items():
        send(actor, SaveDraft(plan.app, kind, key, body))
    if not publish or not plan.changed:
        return None
    return int(send(actor, Publish(plan.app, note))["version"])
