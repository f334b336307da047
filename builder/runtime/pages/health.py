"""The health page: what an app's checks find in its data, each with the records that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.errors import BuilderError
from builder.record import Ref
from builder.runtime.context import Context
from builder.runtime.health import Checked, Finding, check_all
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, refused, said
from builder.runtime.pages.going_live import live_asked, stage_of
from builder.runtime.pages.merging import may_merge, merge_page
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words
from builder.runtime.representation import title_of

SHOWN = 20
LOOKS: Mapping[str, tuple[str, str]] = {
    "danger": ("red", "alert-circle"),
    "warning": ("orange", "alert-triangle"),
    "info": ("blue", "info-circle"),
}


def add_health(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/health`` and what puts an app to work."""

    @pages.get("/a/<app>/health")
    def health(app: str) -> str:
        return health_page(site, app)

    @pages.post("/a/<app>/health/live")
    def put_to_work(app: str) -> BaseResponse | tuple[str, int]:
        command = live_asked(app)
        try:
            site.door.send(site.actor(), command, request.form.get("key") or None)
        except BuilderError as error:
            return health_page(site, app, problem=refused(site.words(), error)), error.status
        return done(addresses.built_in_page(app, "health"), "went_live" if command.live else "rehearses")


def health_page(site: Site, app: str, *, problem: Mapping[str, Any] | None = None) -> str:
    """The page, with what was in the way of putting the app to work."""
    words = site.words()
    with site.reading(app) as ctx:
        checks = [_check(ctx, words, one) for one in check_all(ctx)]
        stage = stage_of(ctx, words)
    # What is wrong comes first, the worst of it before everything.
    order = list(LOOKS)
    checks.sort(key=lambda c: (not c["count"], order.index(c["severity"])))
    found = sum(bool(c["count"]) for c in checks)
    return site.page(
        "health.html", checks=checks, found=found, stage=stage, problem=problem, said=said(words)
    )


def _check(ctx: Context, words: Words, checked: Checked) -> dict[str, Any]:
    check = checked.check
    colour, icon = LOOKS[check.severity]
    count = len(checked.findings)
    return {
        "key": check.key,
        "label": words.of(check.label),
        "help": words.of(check.help),
        "severity": check.severity,
        "colour": colour if count else "green",
        "icon": icon if count else "circle-check",
        "count": count,
        "more": max(0, count - SHOWN),
        "findings": [
            _finding(ctx, words, finding) | {"merge_url": _merge(ctx, checked, finding)}
            for finding in checked.findings[:SHOWN]
        ],
    }


def _merge(ctx: Context, checked: Checked, finding: Finding) -> str:
    """Where duplicates are made one, for who may do it."""
    entity = ctx.app.package.entity(checked.check.entity)
    if checked.check.kind != "duplicates" or entity is None or not may_merge(ctx.kernel, entity):
        return ""
    return merge_page(ctx.app.key, entity.key, [ctx.engine.database.show(ref.id) for ref in finding.refs])


def _finding(ctx: Context, words: Words, finding: Finding) -> dict[str, Any]:
    links = [link for ref in finding.refs if (link := _link(ctx, words, ref)) is not None]
    return {"title": finding.title, "links": links}


def _link(ctx: Context, words: Words, ref: Ref) -> Mapping[str, str] | None:
    """Where a record is to be looked at; a line with its header."""
    entity = ctx.app.package.entity(ref.entity)
    record = ctx.reader.get(ref.entity, [ref.id]).get(ref.id)
    if entity is not None and entity.kind == "lines" and entity.parent and record is not None:
        return _link(ctx, words, Ref(entity.parent, record.parent_id))
    if entity is None or record is None or not ctx.kernel.may("read", entity.key):
        return None
    shown = ctx.engine.database.show(record.id)
    label = f"{words.of(entity.label)} {title_of(entity, record)}".strip()
    return {"label": label, "url": addresses.record_page(ctx.app.key, entity.key, shown)}
