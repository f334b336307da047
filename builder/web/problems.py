"""Where an error becomes an answer: problem+json for programs and elements, a fragment for htmx, a page for people."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

import orjson
from flask import Request, Response, render_template
from werkzeug.exceptions import HTTPException

from builder.errors import BuilderError, Problem
from builder.web.locale import Messages

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
MOST_BITS = 63
_HTTP_CODES = {
    400: "MALFORMED",
    401: "NOT_SIGNED_IN",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    429: "TOO_MANY_REQUESTS",
}


def problem_document(error: BuilderError, messages: Messages, locale: str) -> dict[str, Any]:
    """RFC 9457: ``type, title, status, code, path, params`` and ``errors: [{path, code, message, severity, params}]``."""
    document: dict[str, Any] = {
        "type": f"urn:zhanggui:problem:{error.code.lower().replace('_', '-')}",
        "title": messages.text(error.code, locale, error.params, error.message),
        "status": error.status,
        "code": error.code,
    }
    if error.path:
        document["path"] = error.path
    if error.params:
        document["params"] = fitting(error.params)
    if error.problems:
        document["errors"] = problem_list(error.problems, messages, locale)
    return document


def problem_list(problems: Iterable[Problem], messages: Messages, locale: str) -> list[dict[str, Any]]:
    """Problems as they travel and as ``_states.html`` shows them."""
    return [
        {
            "path": problem.path,
            "code": problem.code,
            "message": messages.text(problem.code, locale, problem.params, problem.message),
            "severity": problem.severity,
            "params": fitting(problem.params),
        }
        for problem in problems
    ]


def fitting(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters as JSON takes them. A whole number beyond 64 bits is said by its size: nobody reads it, and JSON refuses it."""
    return {key: _fitting(value) for key, value in params.items()}


def _fitting(value: Any) -> Any:
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        return f"{'-' if value < 0 else ''}2^{value.bit_length() - 1}"
    return value


def as_builder_error(error: Exception) -> BuilderError:
    """Any exception as one of ours. What nobody expected is logged under a number that the answer shows."""
    if isinstance(error, BuilderError):
        return error
    if isinstance(error, HTTPException) and error.code and error.code < 500:
        known = BuilderError(_HTTP_CODES.get(error.code, "MALFORMED"))
        known.status = error.code
        return known
    number = uuid4().hex[:12]
    log.error("unexpected error %s", number, exc_info=error)
    return BuilderError("UNEXPECTED", number=number)


def wants_json(request: Request) -> bool:
    """True for programs and for elements that fetch; a browser that navigates asks for HTML first."""
    if request.path.startswith(("/api/", "/design/api/")) or request.is_json:
        return True
    return request.accept_mimetypes.best_match(["text/html", "application/json", MEDIA_TYPE]) != "text/html"


def answer_problem(error: BuilderError, request: Request, messages: Messages, locale: str) -> Response:
    """The answer to ``error`` in the form that the asker understands."""
    document = problem_document(error, messages, locale)
    if wants_json(request):
        body = orjson.dumps(document, default=str)
        response = Response(body, status=error.status, mimetype=MEDIA_TYPE)
    else:
        template = "_problem.html" if request.headers.get("HX-Request") else "error.html"
        response = Response(
            render_template(template, problem=document), status=error.status, mimetype="text/html"
        )
    if "retry_after" in error.params:
        response.headers["Retry-After"] = str(error.params["retry_after"])
    response.headers["Cache-Control"] = "no-store"
    return response
