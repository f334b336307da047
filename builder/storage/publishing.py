"""Publishing: a version becomes live, with its fields' records or after them; a move of records is stopped or ends here."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from builder.errors import ConflictError, Problem
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.storage import apps, preparing
from builder.storage.app_writes import APP, add_version, locked, next_version, update_app
from builder.storage.draft_writes import discard, settle
from builder.storage.moving import carry_along
from builder.storage.preparing import Published, Version
from builder.storage.slot_writes import ensure_slots, planned
from builder.storage.slots import SlotMap


def publish(
    conn: Connection,
    ws: int,
    app_id: int,
    wanted: Version,
    *,
    now: datetime,
    expected: int | None,
    new_id: Callable[[], int],
) -> Published:
    """Make the version live, or begin to move the records that it waits for. ``expected`` is the draft's version that the author saw.
    Publishing empties the draft; rolling back leaves it, and stops a move that is under way. The records of small entities are carried
    along at once. The app's gate must be held alone."""
    row = locked(conn, ws, app_id)
    if expected is not None and row.draft_version != expected:
        raise ConflictError("VERSION_CONFLICT", yours=expected, current=row.draft_version)
    if preparing.is_running(conn, ws, app_id):
        if wanted.rolled_back_from is None:
            raise ConflictError("MOVE_RUNNING")
        preparing.give_up(conn, ws, app_id, (), now)
        row = locked(conn, ws, app_id)
    before = load_trusted(apps.version_nodes(conn, ws, app_id, row.live_version))
    plan = planned(conn, ws, app_id, wanted.package, before)
    moving = preparing.big(conn, ws, wanted.package, before, plan)
    done = Published(
        next_version(conn, ws, app_id),
        new_id() if moving else 0,
        preparing.must_wait(wanted.package, before, moving),
    )
    if not done.waits:
        _go_live(conn, ws, row, wanted, before, now, {change.entity_id for change in moving})
        if wanted.rolled_back_from is None:
            discard(conn, ws, app_id)
    if moving:
        preparing.begin(conn, ws, app_id, moving, wanted, done, now)
        preparing.add_job(conn, ws, done.job_id, row.key, app_id, now)
    if done.waits:
        update_app(conn, ws, app_id, map_epoch=row.map_epoch + 1)
    return done


def _go_live(
    conn: Connection,
    ws: int,
    row: Any,
    wanted: Version,
    before: Package,
    now: datetime,
    in_background: Collection[int] = (),
) -> int:
    app_id, package = row.app_id, wanted.package
    version = next_version(conn, ws, app_id)
    add_version(
        conn,
        ws,
        app_id,
        version=version,
        nodes=wanted.nodes,
        author_id=wanted.author_id,
        note=wanted.note,
        now=now,
        rolled_back_from=wanted.rolled_back_from,
    )
    has_changed, changed = ensure_slots(conn, ws, app_id, package, before, in_background)
    carry_along(conn, ws, app_id, package, before, changed)
    label, epoch = wanted.nodes[APP]["label"], row.map_epoch + int(has_changed)
    update_app(conn, ws, app_id, live_version=version, label=label, map_epoch=epoch)
    return version


def flip(
    conn: Connection,
    ws: int,
    app_id: int,
    maps: SlotMap,
    live: Package,
    coming: Version | None,
    now: datetime,
) -> list[Problem]:
    """End the move that is under way: what the records moved to is where their fields live from now on, and the version that waited is
    live. What cannot be read, if the author did not say that it may be lost, stops the move instead: all of that is answered. ``coming``
    is the version that waits (None: it is live already). The app's gate must be held alone, and the job's claim be its own."""
    row = locked(conn, ws, app_id)
    move = preparing.move_of(conn, ws, app_id)
    if move is None or not move.is_running:
        return []
    found = [] if move.lose else preparing.losses(conn, ws, maps, coming.package if coming else live)
    if found:
        preparing.give_up(conn, ws, app_id, found, now)
        return found
    if coming is not None:
        _go_live(conn, ws, row, coming, live, now)
        settle(conn, ws, app_id, coming.nodes)
    else:
        ensure_slots(conn, ws, app_id, live, live)
        update_app(conn, ws, app_id, map_epoch=row.map_epoch + 1)
    preparing.end(conn, ws, app_id, preparing.DONE, now)
    return []


__all__ = ["Published", "Version", "flip", "publish"]
