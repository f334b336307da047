"""Upkeep: what the engine does for itself by the clock: words of newly searched fields, room for more."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from builder.commands import Actor
from builder.metadata.loading import load_trusted
from builder.metadata.package import Package
from builder.metadata.settings import RULE_LOG_DAYS, with_defaults
from builder.runtime import contents, field_moves, hearing, jobs
from builder.runtime.engine import Engine
from builder.runtime.imports import holding
from builder.runtime.jobs import Advance
from builder.runtime.playing import system
from builder.storage import apps as stored_apps
from builder.storage import commands, feed, outbox, rule_runs, schedules
from builder.storage.jobs import JobRow
from builder.storage.migrating import grow_pool
from builder.storage.purging import purge
from builder.storage.reindexing import reindex

ANSWERS_KEPT = timedelta(days=7)
DELIVERED_KEPT = timedelta(days=30)
SETTLED_KEPT = timedelta(days=365)
"""What somebody gave up for good says who and why, for as long as people ask."""
STEP = 500


def index_anew(engine: Engine, ws: int = 1) -> tuple[int, ...]:
    """Queue the words of records for apps whose live version searches other fields than the one before; the jobs' ids."""
    started = []
    with engine.database.snapshot() as conn:
        rows = [row for row in stored_apps.apps(conn, ws) if row.live_version > 1]
        seen = {row.app_id: schedules.last_runs(conn, ws, row.app_id) for row in rows}
        changed = {row.app_id: _changed(conn, ws, row) for row in rows if _mark(row) not in seen[row.app_id]}
    for row in rows:
        if row.app_id not in changed:
            continue
        entities = changed[row.app_id]
        if entities:
            args = {"app": row.key, "entities": entities}
            started.append(jobs.start(engine, system(ws), "reindex", args))
        with engine.database.write(job=True) as conn:
            schedules.ran(conn, ws, row.app_id, _mark(row), at=engine.clock.now())
    return tuple(started)


def _mark(row: stored_apps.AppRow) -> str:
    """What says that a version has been looked at."""
    return f"engine.reindex.{row.live_version}"


def _changed(conn: Any, ws: int, row: stored_apps.AppRow) -> list[str]:
    now = load_trusted(stored_apps.version_nodes(conn, ws, row.app_id, row.live_version))
    then = load_trusted(stored_apps.version_nodes(conn, ws, row.app_id, row.live_version - 1))
    before = _searched(then)
    return sorted(key for key, fields in _searched(now).items() if fields != before.get(key, fields))


def _searched(package: Package) -> dict[str, frozenset[tuple[str, str, bool]]]:
    return {
        e.key: frozenset((f.uid, f.type, f.pinyin) for f in e.fields if f.searchable or f.key == e.title)
        for e in package.entities
    }


def run_reindex(engine: Engine, row: JobRow, actor: Actor) -> Advance:
    """The job kind *reindex*: the next records of the next entity."""
    entities = list(row.args["entities"])
    cursor = row.cursor or {"entity": 0, "after": 0}
    with engine.database.write(job=True) as conn:
        app = engine.apps.load(conn, actor.workspace, row.args["app"])
        key = entities[cursor["entity"]]
        after = reindex(conn, app.maps, app.package, actor.workspace, key, after=cursor["after"], limit=STEP)
    at = cursor["entity"] + (after is None)
    following = {"entity": at, "after": after or 0} if at < len(entities) else None
    return Advance(following, {"done": at, "total": len(entities)})


def forget_runs(engine: Engine, ws: int = 1) -> int:
    """Remove what the log of rules keeps longer than each app's setting says; how many runs that were."""
    now, removed = engine.clock.now(), 0
    with engine.database.snapshot() as conn:
        rows = [row for row in stored_apps.apps(conn, ws) if row.live_version]
        kept = {row.app_id: _log_days(engine, conn, ws, row) for row in rows}
    for app_id, days in kept.items():
        while True:
            # A batch a transaction: people who write wait for one alone.
            with engine.database.write(job=True) as conn:
                gone = rule_runs.forget_before(conn, ws, app_id, now - timedelta(days=days))
            removed += gone
            if not gone:
                break
    return removed


def _log_days(engine: Engine, conn: Any, ws: int, row: stored_apps.AppRow) -> int:
    package = engine.apps.load(conn, ws, row.key).package
    said = with_defaults(package, stored_apps.settings(conn, ws, row.app_id))[RULE_LOG_DAYS]
    return int(str(said))


def tidy(engine: Engine, ws: int = 1) -> None:
    """Forget answers, messages and files that nobody asks for any more, and make room for entities to come."""
    now = engine.clock.now()
    with engine.database.write(job=True) as conn:
        commands.forget_before(conn, ws, now - ANSWERS_KEPT)
        outbox.forget_before(conn, ws, now - DELIVERED_KEPT)
        feed.forget_before(conn, ws, now - hearing.KEPT)
        outbox.forget_settled(conn, ws, now - SETTLED_KEPT)
    forget_runs(engine, ws)
    contents.sweep(engine, ws)
    holding.forget_before(engine, now - holding.KEPT)
    holding.forget_before(engine, now - DELIVERED_KEPT, pattern="*.jsonl")
    field_moves.resume_moves(engine, ws)
    purge(engine.database, ws, now, timedelta(days=engine.settings.places_kept_days))
    grow_pool(engine.database)


jobs.KINDS.register("reindex", run_reindex)
