"""Hooks: what outside systems tell us. A signed message becomes one record of the entity that its connector declares, however often it comes.

The connector is of kind *webhook*; its setting ``entity`` names what is made, ``submit`` (*true*) submits it, and ``take.<field>`` says where in the
message the field's value stands (``article.title``). What happens then is what happens to every new record: rights of the app, formulas,
validation, rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from builder.commands import Actor, CreateRecord
from builder.connectors.signing import Signed, UnsignedError, verified
from builder.errors import BuilderError, NotFoundError, NotSignedInError, TooLargeError
from builder.metadata.outside import Connector
from builder.runtime.api.body import answer, read_object
from builder.runtime.api.door import Door
from builder.runtime.connecting import connection_of
from builder.runtime.playing import system
from builder.web.locale import Messages
from builder.web.problems import problem_list

MOST_BYTES = 1_000_000
TAKE = "take."


def hooks_blueprint(door: Door, ws: int = 1) -> Blueprint:
    """``/hooks/<app>/<connector>``."""
    hooks = Blueprint("hooks", __name__)
    messages = Messages.load()

    @hooks.post("/hooks/<app>/<connector>")
    def hook(app: str, connector: str) -> Response:
        try:
            actor = replace(system(ws), kind="timer")
            found, signed = _verified(door, actor, app, connector)
            command = _command(app, found, read_object(request))
            made = door.send(actor, command, f"hook:{found.uid}:{signed.id}")
        except BuilderError as error:
            problems = problem_list(error.problems, messages, "en")
            return answer({"code": error.code, "problems": problems}, error.status)
        return answer({"id": made["id"]})

    return hooks


def _verified(door: Door, actor: Actor, app: str, key: str) -> tuple[Connector, Signed]:
    """The connector whose secret signed the request. Who cannot sign is not told what exists."""
    body = _body()
    engine, headers = door.engine, {name.lower(): text for name, text in request.headers.items()}
    try:
        with door.reading(actor, app) as ctx:
            found = next((c for c in ctx.app.package.connectors if c.key == key and _hears(c)), None)
            if found is None:
                raise NotSignedInError("UNSIGNED")
            connection = connection_of(engine, ctx.conn, ctx.ws, ctx.app.row.app_id, found)
    except NotFoundError:
        raise NotSignedInError("UNSIGNED") from None
    secrets = tuple(connection.secrets.get(name, "") for name in ("signing", "signing_next"))
    if not connection.is_on:
        raise NotSignedInError("UNSIGNED")
    now = int(engine.clock.now().timestamp())
    try:
        return found, verified(secrets, headers, now, body)
    except UnsignedError:
        raise NotSignedInError("UNSIGNED") from None


def _body() -> bytes:
    """What was sent, read to the end: how long it is counts what came, for a body in pieces says no length beforehand."""
    # One more than may be: a stream that is cut off at its limit looks as if it had ended there.
    request.max_content_length = MOST_BYTES + 1
    try:
        body = request.get_data()
    except RequestEntityTooLarge as error:
        raise TooLargeError from error
    if len(body) > MOST_BYTES:
        raise TooLargeError
    return body


def _hears(connector: Connector) -> bool:
    return connector.kind == "webhook" and bool(connector.settings.get("entity"))


def _command(app: str, connector: Connector, body: Mapping[str, Any]) -> CreateRecord:
    settings = connector.settings
    values = {
        name.removeprefix(TAKE): _found(body, path)
        for name, path in settings.items()
        if name.startswith(TAKE)
    }
    return CreateRecord(app, settings["entity"], values, submit=settings.get("submit") == "true")


def _found(body: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing plain does."""
    for part in path.split("."):
        body = body.get(part) if isinstance(body, Mapping) else None
    return None if isinstance(body, Mapping | list) else body
