"""Endpoints of files that hang on a record: attached, and downloaded again."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from builder.errors import InvalidError, Problem
from builder.runtime.api.body import answer
from builder.runtime.api.door import Door
from builder.runtime.api.sending import as_download
from builder.runtime.attachments import Sent, attach, attached
from builder.storage.files import FileRow


def add_attachments(api: Blueprint, door: Door) -> None:
    """``files`` under a record; the list of them is with what else hangs on it."""

    @api.post("/apps/<app>/<entity>/<id>/files")
    def upload(app: str, entity: str, id: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id), "update")
        sent = [Sent(f.filename or "", f.read()) for f in request.files.getlist("file")]
        if not sent:
            raise InvalidError(problems=[Problem("REQUIRED", "/file", {"field": "file"})])
        made = attach(door.engine, ctx, record, sent)
        return answer({"items": [_file(door, row) for row in made]}, 201)

    @api.get("/apps/<app>/<entity>/<id>/files/<file>")
    def download(app: str, entity: str, id: str, file: str) -> Response:
        actor = door.identify(request)
        with door.reading(actor, app) as ctx:
            record = ctx.load(entity, door.id(id))
            row, content = attached(door.engine, ctx, record, door.id(file))
        return as_download(Response(content, content_type=row.mime), row.name)


def _file(door: Door, row: FileRow) -> dict[str, Any]:
    return {
        "id": door.show(row.file_id),
        "name": row.name,
        "mime": row.mime,
        "size": row.size,
        "at": row.at.isoformat(),
    }
