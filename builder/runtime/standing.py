"""Standing: what an actor may do in an app and where they work, read once per epoch of the app's rights.

Every request reads the app's row, whose access epoch moves when grants, org units or people's units do. What was read under one
row is therefore good for as long as the row is the same, in every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from builder.commands import Actor
from builder.errors import NotFoundError
from builder.metadata.modules import parts_off
from builder.metadata.package import Package
from builder.runtime.apps import LoadedApp
from builder.runtime.parts import Parts
from builder.runtime.permissions import Kernel
from builder.storage import accounts
from builder.storage import apps as stored_apps
from builder.storage.accounts import Place

MOST = 5000
"""People whose standing one process keeps per app."""


@dataclass(frozen=True)
class Standing:
    """The actor's kernel, place, and own org units."""

    kernel: Kernel
    place: Place
    units: tuple[int, ...]


def standing_of(conn: Any, actor: Actor, app: LoadedApp) -> Standing:
    """The actor's standing in ``app``. 404 where they may not know that the app exists."""
    found: Standing | None = app.kept.get(actor)
    if found is None:
        found = _read(conn, actor, app)
        if len(app.kept) >= MOST:
            app.kept.clear()
        app.kept[actor] = found
    if not found.kernel.has_app:
        raise NotFoundError(app=app.key)
    return found


def _read(conn: Any, actor: Actor, app: LoadedApp) -> Standing:
    ws = actor.workspace
    below = accounts.units_below(conn, ws)
    grants = accounts.grants_of(conn, ws, app.row.app_id, actor.user_id)
    modules = app.package.app.modules
    off = parts_off(modules, stored_apps.settings(conn, ws, app.row.app_id)) if modules else frozenset()
    return Standing(
        replace(_kernel(actor, app.package, grants, below), parts=Parts(app.package, off) if off else None),
        accounts.place_of(conn, ws, actor.org_unit_id),
        accounts.units_of(conn, ws, actor.user_id),
    )


def _kernel(
    actor: Actor, package: Package, granted: Iterable[tuple[str, int]], below: Mapping[int, tuple[int, ...]]
) -> Kernel:
    """The kernel of ``actor``. ``granted`` pairs role uids with org-unit ids (0: everywhere), ``below`` gives each unit's ids with
    everything under it. A grant whose role the package no longer has dies silently: the right died with the role."""
    by_uid = {role.uid: role for role in package.roles}
    units: dict[str, list[int] | None] = {}
    for uid, unit in granted:
        if uid not in by_uid:
            continue
        if unit == 0:
            units[uid] = None
        elif units.get(uid, []) is not None:
            listed = units.setdefault(uid, [])
            assert listed is not None
            listed.extend(below.get(unit, (unit,)))
    grants = tuple((by_uid[uid], tuple(sorted(set(ids))) if ids else ()) for uid, ids in units.items())
    return Kernel(actor, package, grants)
