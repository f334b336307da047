"""Connections: where the app's connectors lead, whether they are on, and their secrets, which are written here and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import SaveConnection
from builder.errors import BuilderError
from builder.metadata.outside import Connector
from builder.runtime.connecting import connection_of
from builder.runtime.context import Context
from builder.runtime.hearing import heard
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, refused, said
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words

KINDS = frozenset({"rest", "webhook", "robot"})
"""What can be spoken to."""
COLOURS: Mapping[str, str] = {"HOOK_REPEATED": "gray", "HOOK_OFF": "yellow"}


def add_connections(pages: Blueprint, site: Site) -> None:
    """``/a/<app>/connections``."""

    @pages.get("/a/<app>/connections")
    def connections(app: str) -> str:
        with site.reading(app) as ctx:
            return _page(site, ctx)

    @pages.post("/a/<app>/connections/<connector>")
    def connection_save(app: str, connector: str) -> str | BaseResponse:
        actor, form = site.actor(), request.form
        secrets = {k.removeprefix("secret."): v for k, v in form.items() if k.startswith("secret.") and v}
        command = SaveConnection(app, connector, form.get("origin", ""), bool(form.get("is_on")), secrets)
        try:
            site.door.send(actor, command, None)
        except BuilderError as error:
            with site.reading(app) as ctx:
                return _page(site, ctx, connector, error)
        return done(addresses.built_in_page(app, "connections"), "connection_saved")


def _page(site: Site, ctx: Context, tried: str = "", error: BuilderError | None = None) -> str:
    ctx.kernel.require("settings")
    words = site.words()
    connectors = {c.uid: c for c in ctx.app.package.connectors if c.kind in KINDS}
    rows = [_row(ctx, words, c, tried) for c in connectors.values()]
    notes = [note for note in heard(ctx.conn, ctx.ws, ctx.app.row.app_id) if note.connector in connectors]
    return site.page(
        "admin/connections.html",
        at=addresses.built_in_page(ctx.app.key, "connections"),
        rows=rows,
        hears=any(c.kind == "webhook" for c in connectors.values()),
        notes=[
            {
                "label": words.of(connectors[note.connector].label),
                "text": words.message(note.code, {}),
                "when": words.instant(note.at),
                "colour": COLOURS.get(note.code, "red"),
            }
            for note in notes
        ],
        problem=refused(words, error),
        said=said(words),
    )


def _row(ctx: Context, words: Words, connector: Connector, tried: str) -> Mapping[str, Any]:
    found = connection_of(ctx.engine, ctx.conn, ctx.ws, ctx.app.row.app_id, connector)
    row = {
        "key": connector.key,
        "label": words.of(connector.label),
        "help": words.of(connector.help or ""),
        "origin": found.origin,
        "is_on": found.is_on,
        "secrets": [(name, bool(found.secrets.get(name))) for name in connector.secrets],
    }
    if tried == connector.key:
        row |= {"origin": request.form.get("origin", ""), "is_on": bool(request.form.get("is_on"))}
    return row
