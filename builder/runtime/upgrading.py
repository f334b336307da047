"""Upgrading: an app takes over what its template changed since the app was made from it; what its owner changed stays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from builder.commands import Actor, DiscardDraft, Publish, TakeOver
from builder.errors import BuilderError, ConflictError, NotFoundError
from builder.metadata.kinds import Nodes
from builder.metadata.merge import Conflict, merge
from builder.metadata.upgrade import is_newer, version_of
from builder.runtime.dispatch import Dispatcher
from builder.runtime.engine import Engine
from builder.runtime.handlers.definitions import renamed
from builder.storage import apps as stored_apps
from builder.storage.apps import AppRow

APP = ("app", "app")


@dataclass(frozen=True)
class Upgrade:
    """What would change of ``mine``: definitions to write (None: to remove), and what both sides changed differently. ``template`` is the
    newer template under the app's own name."""

    app: str
    changed: dict[tuple[str, str], Any]
    conflicts: tuple[Conflict, ...]
    mine: Nodes
    template: Nodes


def plan_upgrade(engine: Engine, ws: int, app: str, theirs: Nodes, *, take: str | None = None) -> Upgrade:
    """The upgrade of an app to its template's ``theirs``. ``take`` (``mine`` or ``theirs``) settles every conflict. Refused while the draft
    holds edits, which would be published along, and for what is no newer version of the app's own template."""
    with engine.database.snapshot() as conn:
        row = stored_apps.app_by_key(conn, ws, app)
        if row is None or not row.live_version:
            raise NotFoundError(app=app)
        base = stored_apps.template_nodes(conn, ws, row.app_id)
        mine = stored_apps.live_nodes(conn, ws, row.app_id)
        draft = stored_apps.draft_nodes(conn, ws, row.app_id)
    _refuse_other(row, mine, theirs)
    if draft != mine:
        raise ConflictError("DRAFT_OPEN", app=app)
    # The app's own name is its owner's business.
    wanted = renamed(theirs, app, mine[APP].get("label"))
    merged = merge(base, mine, wanted)
    if take is not None and merged.conflicts:
        merged = merge(base, mine, wanted, {c.path: take for c in merged.conflicts})
    names = dict.fromkeys([*mine, *merged.nodes])
    changed = {name: merged.nodes.get(name) for name in names if mine.get(name) != merged.nodes.get(name)}
    if (changed or merged.conflicts) and not is_newer(wanted, mine):
        raise ConflictError("UPGRADE_SAME_VERSION", app=app, version=_version(mine))
    return Upgrade(app, changed, merged.conflicts, mine, wanted)


def _refuse_other(row: AppRow, mine: Nodes, theirs: Nodes) -> None:
    """Another template would replace most of the app, and an older version would take away what the app has already."""
    key = theirs[APP].get("key")
    if row.template_key and key != row.template_key:
        raise ConflictError("UPGRADE_OTHER_TEMPLATE", app=row.key, template=row.template_key, other=key)
    if version_of(theirs) < version_of(mine):
        raise ConflictError("UPGRADE_OLDER", app=row.key, version=_version(theirs), installed=_version(mine))


def _version(nodes: Nodes) -> str:
    return ".".join(map(str, version_of(nodes)))


def upgrade(
    engine: Engine, actor: Actor, plan: Upgrade, *, note: str = "", publish: bool = False
) -> int | None:
    """Write the plan into the app's draft; with ``publish`` make it live and give the version. What cannot be published is not left in the
    draft either."""
    if not plan.changed:
        return None
    send = Dispatcher(engine)
    send(actor, TakeOver(plan.app, plan.changed, plan.template))
    if not publish:
        return None
    try:
        return int(send(actor, Publish(plan.app, note))["version"])
    except BuilderError:
        send(actor, DiscardDraft(plan.app))
        raise
