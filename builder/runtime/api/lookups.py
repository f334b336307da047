"""Endpoints that forms ask while somebody types: lookups, and what a draft would come to."""

from __future__ import annotations

from flask import Blueprint, Response, request

from builder.commands import CreateRecord, UpdateRecord
from builder.runtime.api.body import answer, flag_wanted, parse_json, read_object, read_shape
from builder.runtime.api.door import Door
from builder.runtime.api.shapes import ResolveShape
from builder.runtime.lookup import look_up, resolve


def add_lookups(api: Blueprint, door: Door) -> None:
    """``lookup`` and ``preview`` under an entity."""

    @api.get("/apps/<app>/<entity>/lookup")
    def lookup(app: str, entity: str) -> Response:
        actor = door.identify(request)
        text = request.args.get("q", "").strip()
        where = parse_json(request.args["filter"].encode()) if request.args.get("filter") else None
        with door.reading(actor, app) as ctx:
            items = look_up(ctx, entity, text, where)
        return answer({"items": items})

    @api.post("/apps/<app>/<entity>/lookup")
    def resolve_(app: str, entity: str) -> Response:
        actor = door.identify(request)
        body = read_shape(request, ResolveShape())
        with door.reading(actor, app) as ctx:
            items = resolve(ctx, entity, body["resolve"], body["filter"])
        return answer({"items": items})

    @api.post("/apps/<app>/<entity>/preview")
    def preview_new(app: str, entity: str) -> Response:
        """What creating this would come to; nothing is written."""
        actor = door.identify(request)
        command = CreateRecord(app, entity, read_object(request), flag_wanted(request.args, "submit"))
        return answer(door.dispatch(actor, command, dry_run=True))

    @api.post("/apps/<app>/<entity>/<id>/preview")
    def preview_change(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        command = UpdateRecord(app, entity, door.id(id), read_object(request))
        return answer(door.dispatch(actor, command, dry_run=True))
