"""Endpoints of apps: which there are, what they define, their settings and OpenAPI document."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.commands import ChangeSetting
from builder.errors import NotFoundError
from builder.metadata.settings import settings_of
from builder.runtime.api.body import answer, key_wanted, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.openapi import document
from builder.runtime.api.shapes import SettingShape
from builder.runtime.definitions import app_definition
from builder.storage import apps as stored_apps


def add_apps(api: Blueprint, door: Door) -> None:
    """``/apps`` and what concerns one app as a whole."""

    @api.get("/apps")
    def apps() -> Response:
        actor = door.identify(request)
        with door.engine.database.snapshot() as conn:
            rows = stored_apps.apps(conn, actor.workspace)
        items = []
        for row in rows:
            try:
                with door.reading(actor, row.key) as ctx:
                    app = ctx.app.package.app
                    items.append(
                        {
                            "key": row.key,
                            "label": app.label,
                            "icon": app.icon,
                            "color": app.color,
                            "version": row.live_version,
                        }
                    )
            except NotFoundError:
                continue
        return answer({"items": items})

    @api.get("/apps/<app>")
    def one(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            return answer(app_definition(ctx), headers={"ETag": f'"{ctx.app.row.live_version}"'})

    @api.get("/apps/<app>/openapi.json")
    def openapi(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            return answer(document(ctx, actor.locale))

    @api.get("/apps/<app>/settings")
    def settings(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            ctx.kernel.require("settings")
            values = ctx.reader.settings
            items: list[dict[str, Any]] = [
                {
                    "key": s.key,
                    "label": s.label,
                    "help": s.help,
                    "type": s.type,
                    "value": values.get(s.key),
                    "default": s.default,
                }
                for s in settings_of(ctx.app.package)
            ]
        return answer({"items": items})

    @api.put("/apps/<app>/settings/<key>")
    def change(app: str, key: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, SettingShape())
        return answer(door.send(actor, ChangeSetting(app, key, body["value"]), key_wanted(request)))
