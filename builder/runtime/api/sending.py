"""Sending: files as answers, a piece at a time, and which form a caller wants."""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from flask import Request, Response

from builder.errors import InvalidError, Problem
from builder.runtime.exporting import XLSX, Export

Wanted = Literal["json", "csv", "xlsx"]


def format_wanted(request: Request) -> Wanted:
    """JSON, CSV or a workbook: ``?format=`` wins over ``Accept``."""
    named = request.args.get("format")
    if named is not None:
        if named not in {"json", "csv", "xlsx"}:
            raise InvalidError(problems=[Problem("PROPERTY_INVALID", "/format", {"detail": named})])
        return named  # type: ignore[return-value]
    best = request.accept_mimetypes.best_match(
        ["application/json", "text/csv", XLSX], default="application/json"
    )
    return "csv" if best == "text/csv" else "xlsx" if best == XLSX else "json"


def sent(export: Export) -> Response:
    """The file as a download; a name in any language comes through (RFC 6266)."""
    response = Response(export.pieces, mimetype=None, content_type=export.mime)
    return as_download(response, export.name)


def as_download(response: Response, name: str) -> Response:
    """The answer as a file of that name. Old readers get a plain one, of letters that cannot end a header."""
    ending = "".join(c for c in name.rpartition(".")[2] if c.isascii() and c.isalnum())[:10] or "bin"
    response.headers["Content-Disposition"] = (
        f"attachment; filename=\"export.{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response


def workbook(content: bytes, name: str) -> Response:
    return as_download(Response(content, content_type=XLSX), name)
