"""How I am told: by kind of notice, and the hours in which nothing rings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import SaveNoticeChoices
from builder.connectors.robots import ROBOTS
from builder.errors import BuilderError
from builder.runtime import delivery
from builder.runtime.pages.admin.told import done, outcome
from builder.runtime.pages.site import Site
from builder.storage import accounts, choices

PAGE = "/account/notices"
SYMBOLS: Mapping[str, tuple[str, str]] = {
    "approval": ("checklist", "orange"),
    "decided": ("checks", "green"),
    "copy": ("send", "blue"),
    "mention": ("message", "purple"),
    "ticket": ("flag", "red"),
    "failed": ("alert-triangle", "red"),
    "rule": ("bolt", "cyan"),
    "other": ("bell", "gray"),
}


def add_choices(pages: Blueprint, site: Site) -> None:
    """``/account/notices``."""

    @pages.get(PAGE)
    def notice_choices() -> str:
        return _page(site)

    @pages.post(PAGE)
    def notice_choices_save() -> str | BaseResponse:
        actor, command = site.actor(), _sent()
        try:
            site.door.send(actor, command, None)
        except BuilderError as error:
            return _page(site, error, command)
        return done(PAGE, "choices")


def _sent() -> SaveNoticeChoices:
    form = request.form
    modes = {kind: form[f"mode.{kind}"] for kind in delivery.KINDS if f"mode.{kind}" in form}
    quiet = ("", "")
    if form.get("quiet"):
        quiet = (form.get("quiet_from", "")[:5], form.get("quiet_to", "")[:5])
    handles = {vendor: form.get(f"handle.{vendor}", "")[:80] for vendor in ROBOTS}
    return SaveNoticeChoices(modes, tuple(form.getlist("urgent")), *quiet, handles)


def _page(site: Site, error: BuilderError | None = None, tried: SaveNoticeChoices | None = None) -> str:
    actor, words, engine = site.actor(), site.words(), site.door.engine
    with engine.database.snapshot() as conn:
        user = accounts.user(conn, actor.workspace, actor.user_id)
        kept = delivery.read(choices.of(conn, actor.workspace, actor.user_id))
        zone = accounts.place_of(conn, actor.workspace, actor.org_unit_id).timezone
    shown = tried or SaveNoticeChoices(
        kept.modes,
        tuple(kept.urgent),
        delivery.shown(kept.quiet_from),
        delivery.shown(kept.quiet_to),
        kept.handles,
    )
    return site.page(
        "admin/choices.html",
        **outcome(words, error),
        kinds=[_kind(site, kind, shown) for kind in delivery.KINDS],
        modes=[(mode, words.say(f"admin.mode.{mode}")) for mode in delivery.MODES],
        quiet=bool(shown.quiet_from or shown.quiet_to),
        quiet_from=shown.quiet_from or "22:00",
        quiet_to=shown.quiet_to or "08:00",
        zone=zone,
        handles=[
            (vendor, words.say(f"admin.handle.{vendor}"), shown.handles.get(vendor, "")) for vendor in ROBOTS
        ],
        lacks="address" if user is None or not user.email else "" if engine.settings.smtp_host else "server",
    )


def _kind(site: Site, kind: str, shown: SaveNoticeChoices) -> Mapping[str, Any]:
    words, (symbol, colour) = site.words(), SYMBOLS[kind]
    return {
        "key": kind,
        "label": words.say(f"admin.notice.{kind}"),
        "help": words.say(f"admin.notice.{kind}.help"),
        "icon": symbol,
        "colour": colour,
        "mode": shown.modes.get(kind, delivery.OFF),
        "urgent": kind in shown.urgent,
    }
