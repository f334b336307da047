"""Endpoints of files: those that hang on a record, and those that fields hold."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.errors import InvalidError, Problem
from builder.metadata.field_types.files import PICTURES
from builder.runtime.api.body import answer
from builder.runtime.api.door import Door
from builder.runtime.api.sending import as_download
from builder.runtime.attachments import attach, attached, detach
from builder.runtime.contents import Sent, content_of
from builder.runtime.file_kinds import UNKNOWN
from builder.runtime.uploads import readable, shown, upload
from builder.storage.files import FileRow

SANDBOX = "default-src 'none'; sandbox"
PLAIN = frozenset({*PICTURES, "application/pdf", "application/zip"})
"""Types that an answer names. Everything else leaves as bytes, whatever it is."""


def add_attachments(api: Blueprint, door: Door) -> None:
    """``files`` under a record; the list of them is with what else hangs on it."""

    @api.post("/apps/<app>/<entity>/<id>/files")
    def attach_files(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id), "update")
        made = attach(door.engine, ctx, record, _sent())
        return answer({"items": [_file(door, row) for row in made]}, 201)

    @api.get("/apps/<app>/<entity>/<id>/files/<file>")
    def download(app: str, entity: str, id: str, file: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id))
            row, content = attached(door.engine, ctx, record, door.id(file))
        return _as_file(row, content)

    @api.delete("/apps/<app>/<entity>/<id>/files/<file>")
    def remove(app: str, entity: str, id: str, file: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id), "update")
            detach(door.engine, ctx, record, door.id(file))
        return Response(status=204)


def add_uploads(api: Blueprint, door: Door) -> None:
    """``/apps/<app>/files``: files for fields, before and after a record names them."""

    @api.post("/apps/<app>/files")
    def upload_files(app: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            names = {name: request.form.get(name, "") for name in ("entity", "field")}
            missing = [Problem("REQUIRED", f"/{n}", {"field": n}) for n, given in names.items() if not given]
            if missing:
                raise InvalidError(problems=missing)
            made = upload(door.engine, ctx, names["entity"], names["field"], _sent())
            return answer({"items": [shown(ctx, row) for row in made]}, 201)

    @api.get("/apps/<app>/files/<file>")
    def read_file(app: str, file: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            row = readable(ctx, door.id(file))
        if request.if_none_match.contains(row.sha256):
            return Response(status=304, headers={"ETag": f'"{row.sha256}"'})
        return _as_file(row, content_of(door.engine, actor.workspace, row))


def _sent() -> list[Sent]:
    sent = [Sent(f.filename or "", f.read()) for f in request.files.getlist("file")]
    if not sent:
        raise InvalidError(problems=[Problem("REQUIRED", "/file", {"field": "file"})])
    return sent


def _as_file(row: FileRow, content: bytes) -> Response:
    """The bytes as a download that nothing runs from. A page may still draw a picture; whether it may is asked each time."""
    mime = row.mime if row.mime in PLAIN else UNKNOWN
    response = as_download(Response(content, content_type=mime), row.name)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = f'"{row.sha256}"'
    return response


def _file(door: Door, row: FileRow) -> dict[str, Any]:
    return {
        "id": door.show(row.file_id),
        "name": row.name,
        "mime": row.mime,
        "size": row.size,
        "at": row.at.isoformat(),
    }
