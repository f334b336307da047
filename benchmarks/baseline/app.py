"""The baseline's server: the routes of the public contract that the benchmarks use, by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Flask, Response, request

from benchmarks.baseline import documents, things
from benchmarks.baseline.actors import Actor, identify, sign_in
from benchmarks.baseline.commands import Call, Done, Step, run
from benchmarks.baseline.database import Database
from benchmarks.baseline.refusals import Refused

ROOT = "/api/v1/apps/bench"
Work = Callable[[Step, Any], Done]


def _answer(body: bytes, status: int = 200, mimetype: str = "application/json") -> Response:
    response = Response(body, status=status, mimetype=mimetype)
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _body() -> Any:
    if not request.is_json:
        raise Refused(415, "UNSUPPORTED_MEDIA_TYPE")
    try:
        return orjson.loads(request.get_data())
    except orjson.JSONDecodeError:
        raise Refused(400, "JSON_BROKEN") from None


def _seen() -> int | None:
    text = request.headers.get("If-Match")
    if text is None or text == "*":
        return None
    digits = text.strip('"')
    if not digits.isdigit():
        raise Refused(422, "IF_MATCH")
    return int(digits)


def create_app(db: Database) -> Flask:
    """The application on ``db``, whose tables exist."""
    app = Flask("baseline", static_folder=None)

    @app.errorhandler(Refused)
    def refused(error: Refused) -> Response:
        return _answer(orjson.dumps(error.as_json()), error.status, "application/problem+json")

    @app.get("/healthz")
    def healthz() -> Response:
        return _answer(b'{"status":"ok"}')

    @app.post("/api/v1/session")
    def session() -> Response:
        return _answer(orjson.dumps(sign_in(db, _body())))

    _add_things(app, db)
    _add_documents(app, db)
    return app


def _add_things(app: Flask, db: Database) -> None:
    @app.post(f"{ROOT}/thing")
    def create_thing() -> Response:
        return _write(db, "thing", "create", things.create)

    @app.patch(f"{ROOT}/thing/<int:id>")
    def change_thing(id: int) -> Response:
        seen = _seen()
        return _write(db, "thing", "update", lambda step, body: things.change(step, id, body, seen))

    @app.get(f"{ROOT}/thing/<int:id>")
    def read_thing(id: int) -> Response:
        with db.reading() as conn:
            found = things.read(conn, identify(conn, request, "thing", "read"), id)
        return _answer(orjson.dumps(found))

    @app.get(f"{ROOT}/thing")
    def list_things() -> Response:
        with db.reading() as conn:
            found = things.page(conn, identify(conn, request, "thing", "read"), request.args)
        return _answer(orjson.dumps(found))


def _add_documents(app: Flask, db: Database) -> None:
    @app.post(f"{ROOT}/<any(delivery,receipt):kind>")
    def post_document(kind: str) -> Response:
        return _write(
            db, kind, "create", lambda step, body: documents.post(db, step, documents.read_draft(kind, body))
        )


def _write(db: Database, entity: str, deed: str, work: Work) -> Response:
    with db.reading() as conn:
        actor: Actor = identify(conn, request, entity, deed)
    body = _body()
    status, answer = run(db, Call.of(request, actor, deed, entity), lambda step: work(step, body))
    return _answer(answer, status)
