"""Backup: make one by button, take it away, remove it, or go on to restoring it."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Set
from typing import Any

from flask import Blueprint, Response, send_file
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import Actor
from builder.errors import ForbiddenError
from builder.runtime import anchoring, backups, restoring
from builder.runtime.opening import kernel_of
from builder.runtime.pages.admin.told import done, said
from builder.runtime.pages.admin_menu import may_back_up
from builder.runtime.pages.imports import COLOURS
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.storage import accounts
from builder.storage import apps as stored_apps
from builder.storage import jobs as stored_jobs
from builder.storage.jobs import JobRow
from builder.web.formats import format_number

log = logging.getLogger(__name__)

PAGE = "/backup"
JOBS = 5
KIND_COLOURS = {backups.MADE: "green", backups.SENT: "blue", backups.BEFORE: "orange"}
UNITS = ("B", "KB", "MB", "GB", "TB")


def add_backup(pages: Blueprint, site: Site) -> None:
    """``/backup``."""

    @pages.get(PAGE)
    def backup() -> str:
        allowed(site, site.actor())
        return _page(site)

    @pages.post(PAGE)
    def backup_make() -> BaseResponse:
        actor = site.actor()
        allowed(site, actor)
        backups.start_backup(site.door.engine, actor)
        return done(PAGE, "backup_started")

    @pages.get(f"{PAGE}/proof")
    def proof() -> Response:
        """The heads of the command chains, as ``builder verify --against`` takes them."""
        actor, engine = site.actor(), site.door.engine
        allowed(site, actor)
        body = anchoring.as_file(anchoring.heads_now(engine, actor.workspace))
        log.info("proof taken by %s", actor.login)
        name = f"zhanggui-proof-{engine.clock.now():%Y%m%d-%H%M%S}.json"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(body, mimetype="application/json", headers=headers)

    @pages.get(f"{PAGE}/<name>")
    def backup_take(name: str) -> BaseResponse:
        actor, engine = site.actor(), site.door.engine
        allowed(site, actor)
        path = backups.backup_path(engine, name)
        log.info("backup %s taken by %s", name, actor.login)
        return send_file(path.resolve(), mimetype="application/zip", as_attachment=True, download_name=name)

    @pages.post(f"{PAGE}/<name>/delete")
    def backup_remove(name: str) -> BaseResponse:
        actor = site.actor()
        allowed(site, actor)
        backups.remove(site.door.engine, name)
        log.info("backup %s removed by %s", name, actor.login)
        return done(PAGE, "backup_removed")


def allowed(site: Site, actor: Actor) -> None:
    """403 for who may neither make a backup nor restore one."""
    with site.door.engine.database.snapshot() as conn:
        held = [(app, kernel_of(conn, actor, app)) for app in site.frames.apps(conn, actor)]
        every = sum(bool(row.live_version) for row in stored_apps.apps(conn, actor.workspace))
    if actor.kind != "user" or not may_back_up(actor, held, every):
        raise ForbiddenError(deed="backup")


def _page(site: Site) -> str:
    actor, words, engine = site.actor(), site.words(), site.door.engine
    with engine.database.snapshot() as conn:
        rows = [r for r in stored_jobs.of(conn, actor.workspace, limit=200) if r.kind == backups.KIND][:JOBS]
        names = {u.user_id: u.name for u in accounts.users(conn, actor.workspace)}
    made = [
        {
            "name": one.name,
            "size": size_text(one.size),
            "when": words.instant(one.at),
            "url": f"{PAGE}/{one.name}",
            "kind": words.say(f"admin.backup_kind.{one.kind}"),
            "colour": KIND_COLOURS[one.kind],
        }
        for one in backups.backups(engine)
    ]
    runs = [_run(words, row, names) for row in rows]
    return site.page(
        "admin/backup.html",
        backups=made,
        runs=runs,
        is_running=any(run["running"] for run in runs),
        restored=_restored(site, {one["name"] for one in made}),
        said=said(words),
    )


def _restored(site: Site, known: Set[str]) -> Mapping[str, str] | None:
    """The last restore, while the backup that undoes it is there."""
    state, words = restoring.state_of(site.door.engine), site.words()
    if state is None or state.step != restoring.DONE or state.kept not in known:
        return None
    return {"name": state.name, "when": words.ago(state.at), "undo": f"{PAGE}/{state.kept}/restore"}


def _run(words: Words, row: JobRow, names: Mapping[int, str]) -> Mapping[str, Any]:
    return {
        "who": names.get(row.user_id, ""),
        "when": words.ago(row.created_at),
        "state": words.say(f"page.job.{row.state}"),
        "colour": COLOURS.get(row.state, "gray"),
        "running": row.state in {"waiting", "running"},
    }


def size_text(size: int) -> str:
    """Bytes as people say them."""
    unit = 0
    while size >= 1024 * 10 and unit < len(UNITS) - 1:
        size, unit = size // 1024, unit + 1
    return f"{format_number(size)} {UNITS[unit]}"
