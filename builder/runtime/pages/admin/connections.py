"""Connections: where the app's connectors lead, whether they are on, and their secrets, which are written here and never shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, request
from werkzeug.wrappers import Response as BaseResponse

from builder.commands import SaveConnection
from builder.errors import BuilderError, NotFoundError
from builder.metadata.outside import Connector
from builder.runtime.apps import LoadedApp
from builder.runtime.calling import Caller, RestingError
from builder.runtime.connecting import connection_of
from builder.runtime.context import Context
from builder.runtime.hearing import heard
from builder.runtime.pages import addresses
from builder.runtime.pages.admin.told import done, outcome
from builder.runtime.pages.site import Site
from builder.runtime.pages.words import Words

KINDS = frozenset({"rest", "webhook", "robot"})
"""What can be spoken to."""
FAILING = 500
STATUSES: Mapping[int, str] = {
    **dict.fromkeys((401, 403), "denied"),
    **dict.fromkeys((404, 405), "no_such_place"),
    429: "too_often",
}
"""What answers that are no mean to who sets up a connection; any other is ``refused``."""
COLOURS: Mapping[str, str] = {"HOOK_REPEATED": "gray", "HOOK_OFF": "yellow"}


@dataclass(frozen=True, slots=True)
class Tested:
    """What a test message came to, in words, and how that looks."""

    text: str
    look: str


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

    @pages.post("/a/<app>/connections/<connector>/test")
    def connection_test(app: str, connector: str) -> str | BaseResponse:
        with site.reading(app) as ctx:
            ctx.kernel.require("settings")
            found = next(
                (c for c in ctx.app.package.connectors if c.key == connector and c.kind in KINDS), None
            )
        if found is None:
            raise NotFoundError(connector=connector)
        told = _tested(site, ctx.app, found)
        with site.reading(app) as ctx:
            return _page(site, ctx, told=(found.key, told))


def _tested(site: Site, app: LoadedApp, connector: Connector) -> Tested:
    """What came of a message that was sent right now, in words."""
    words, engine = site.words(), site.door.engine
    caller = Caller(engine, site.actor().workspace)
    try:
        status = caller.greet(
            app, connector, words.say("admin.test.message", app=words.of(app.package.app.label))
        )
    except BuilderError as error:
        return Tested(_refusal(words, error), "bad")
    finally:
        caller.egress.close()
    return Tested(
        words.say(f"admin.test.taken.{'robot' if connector.kind == 'robot' else 'rest'}", status=status), "ok"
    )


def _refusal(words: Words, error: BuilderError) -> str:
    """Why a test message did not arrive, and what to look at."""
    if isinstance(error, RestingError):
        return words.say("admin.test.again")
    why = str(error.params.get("why", ""))
    status = int(error.params.get("status") or 0)
    key = (
        f"admin.test.{STATUSES.get(status, 'failing' if status >= FAILING else 'refused') if status else why}"
    )
    return words.say(key, status=status) if words.knows(key) else words.message(error.code, error.params)


def _page(
    site: Site,
    ctx: Context,
    tried: str = "",
    error: BuilderError | None = None,
    told: tuple[str, Tested] | None = None,
) -> str:
    ctx.kernel.require("settings")
    words = site.words()
    connectors = {c.uid: c for c in ctx.app.package.connectors if c.kind in KINDS}
    rows = [_row(ctx, words, c, tried, told) for c in connectors.values()]
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
        **outcome(words, error),
    )


def _row(
    ctx: Context, words: Words, connector: Connector, tried: str, told: tuple[str, Tested] | None
) -> Mapping[str, Any]:
    found = connection_of(ctx.engine, ctx.conn, ctx.ws, ctx.app.row.app_id, connector)
    row = {
        "key": connector.key,
        "label": words.of(connector.label),
        "help": words.of(connector.help or ""),
        "origin": found.origin,
        "is_on": found.is_on,
        "secrets": [
            (name, _secret(words, name), bool(found.secrets.get(name))) for name in connector.secrets
        ],
        "listens_at": f"{request.host_url}hooks/{ctx.app.key}/{connector.key}"
        if connector.kind == "webhook"
        else "",
        "can_test": bool(found.origin),
        "tested": told[1] if told is not None and told[0] == connector.key else None,
    }
    if tried == connector.key:
        row |= {"origin": request.form.get("origin", ""), "is_on": bool(request.form.get("is_on"))}
    return row


def _secret(words: Words, name: str) -> str:
    """What a secret is called; one of a name of its own by that."""
    key = f"admin.secret.{name}"
    return words.say(key) if words.knows(key) else name
