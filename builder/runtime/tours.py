"""Tours: which first-run tours a person has seen, each role's once, and how far everybody is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from builder.metadata.access import Role
from builder.runtime.context import Context
from builder.storage import accounts
from builder.storage import apps as stored_apps

KEPT = "engine.tour."
"""Before the person's id: under which key the turns of a person are kept."""


@dataclass(frozen=True)
class Seen:
    """What came of one role's tour for one person."""

    user_id: int
    role: str
    outcome: str
    at: datetime | None


def key_of(user_id: int) -> str:
    return f"{KEPT}{user_id}"


def seen_by(ctx: Context, user_id: int) -> dict[str, Seen]:
    """The latest of each role's tour, by the role's key."""
    uids = {role.uid: role.key for role in ctx.app.package.roles}
    rows = stored_apps.kept_log(ctx.conn, ctx.ws, ctx.app.row.app_id, key_of(user_id))
    found: dict[str, Seen] = {}
    for row in reversed(rows):
        role = uids.get(row.value["role"])
        if role is not None:
            found[role] = Seen(user_id, role, row.value["outcome"], row.at)
    return found


def next_role(ctx: Context) -> Role | None:
    """The first role of the actor whose tour they have neither seen nor declined."""
    if not ctx.kernel.grants or ctx.actor.kind != "user":
        return None
    at = ("tours over", ctx.actor.user_id)
    if at in ctx.app.kept:
        return None
    seen = seen_by(ctx, ctx.actor.user_id)
    for role, _ in ctx.kernel.grants:
        if role.key not in seen or seen[role.key].outcome == "again":
            return role
    # Nobody sees one a second time unasked: it need not be looked up again.
    ctx.app.kept[at] = True
    return None


def standing(ctx: Context) -> Iterable[Seen]:
    """Of everybody who may sign in and holds a role: what came of each of their roles' tours; an empty outcome where nothing has yet."""
    package = ctx.app.package
    by_uid = {role.uid: role.key for role in package.roles}
    for user in accounts.users(ctx.conn, ctx.ws):
        if user.status != "active":
            continue
        granted = accounts.grants_of(ctx.conn, ctx.ws, ctx.app.row.app_id, user.user_id)
        seen = seen_by(ctx, user.user_id)
        for role in dict.fromkeys(by_uid[uid] for uid, _ in granted if uid in by_uid):
            yield seen.get(role, Seen(user.user_id, role, "", None))
