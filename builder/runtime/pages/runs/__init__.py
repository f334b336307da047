"""The log of rules: what they did by themselves, one run in every detail, and what could not be delivered."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, said
from builder.runtime.pages.runs.detail import detail_of
from builder.runtime.pages.runs.failed import failed_of, parked, settle, wanted
from builder.runtime.pages.runs.searching import Asked, page_of
from builder.runtime.pages.site import Site
from builder.storage import outbox

TEXTS = Path(__file__).parent / "i18n"
FAILED = "runs/failed"
log = logging.getLogger(__name__)


def add_runs(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/runs…``."""

    @pages.get("/a/<app>/runs")
    def runs(app: str) -> str:
        with site.reading(app) as ctx:
            ctx.kernel.require("settings")
            values = page_of(ctx, site.words(), Asked.of(request.args))
            failed = len(parked(ctx))
            may_set = addresses.built_in_page(app, "settings")
        return site.page("runs/log.html", failed=failed, settings=may_set, **values)

    @pages.get("/a/<app>/runs/failed")
    def runs_failed(app: str) -> str:
        with site.reading(app) as ctx:
            ctx.kernel.require("settings")
            words = site.words()
            values = failed_of(ctx, words)
        at = addresses.built_in_page(app, "runs")
        return site.page("runs/failed.html", at=at, said=said(words), **values)

    @pages.get("/a/<app>/runs/<run>")
    def run(app: str, run: str) -> str:
        with site.reading(app) as ctx:
            ctx.kernel.require("settings")
            values = detail_of(ctx, site.words(), run)
        return site.page("runs/run.html", **values)

    _add_settling(pages, site)


def _add_settling(pages: Blueprint, site: Site) -> None:
    @pages.post("/a/<app>/runs/<id>/retry")
    def runs_retry(app: str, id: str) -> BaseResponse:
        ws, ids = _wanted(site, app, [id])
        settle(site.door.engine, ws, ids, outbox.unpark)
        return done(addresses.built_in_page(app, FAILED), "sent_again")

    @pages.post("/a/<app>/runs/failed")
    def runs_settle(app: str) -> BaseResponse:
        """What was chosen sent again, or given up for good with a reason."""
        actor, do = site.actor(), request.form.get("do", "")
        at, why = addresses.built_in_page(app, FAILED), request.form.get("why", "").strip()
        chosen = request.form.getlist("message") if do != "retry_all" else _all(site, app)
        ws, ids = _wanted(site, app, chosen)
        if not ids:
            return done(at, "none_chosen")
        if do != "discard":
            settle(site.door.engine, ws, ids, outbox.unpark)
            return done(at, "sent_n")
        if not why:
            return done(at, "reason_wanted")

        def give_up(conn: Any, ws: int, id: int, now: Any) -> bool:
            return outbox.discard(conn, ws, id, now, by=actor.user_id, why=why)

        settle(site.door.engine, ws, ids, give_up)
        log.info("messages %s were discarded by user %s", ids, actor.user_id)
        return done(at, "discarded_n")


def _all(site: Site, app: str) -> list[str]:
    with site.reading(app) as ctx:
        return [site.show(row.message_id) for row in parked(ctx)]


def _wanted(site: Site, app: str, shown: list[str]) -> tuple[int, list[int]]:
    """Workspace and messages, for who looks after the app."""
    site.actor()
    ids = [site.door.id(text) for text in shown]
    with site.reading(app) as ctx:
        ctx.kernel.require("settings")
        return ctx.ws, wanted(ctx, ids)
