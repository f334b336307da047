"""Hooks: what outside systems tell us. A signed message becomes one record of the entity that its connector declares, and wakes the rules that
wait for it, once, however often it comes.

The connector is of kind *webhook*; its setting ``entity`` names what is made (empty: nothing, then a rule must wait for it), ``submit`` (*true*) submits it, and ``take.<field>`` says where in the
message the field's value stands (``article.title``). What happens then is what happens to every new record: rights of the app, formulas,
validation, rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from flask import Blueprint, Response, request
from werkzeug.exceptions import RequestEntityTooLarge

from builder.commands import Actor, TakeHook
from builder.connectors.signing import ID, SIGNATURE, TIME, Signed, UnsignedError, verified
from builder.connectors.vault import Connection
from builder.errors import BuilderError, MalformedError, NotFoundError, NotSignedInError, TooLargeError
from builder.metadata.outside import Connector
from builder.metadata.package import Package
from builder.runtime.api.body import answer, read_object
from builder.runtime.api.door import Door
from builder.runtime.connecting import connection_of
from builder.runtime.hearing import SECRETS, Hearing
from builder.runtime.playing import system
from builder.storage.commands import stored_answer
from builder.web.locale import Messages
from builder.web.problems import problem_list

MOST_BYTES = 1_000_000
MOST_DIGITS = 60
"""Digits before or after the point: more than any amount has."""
TAKE = "take."


@dataclass(frozen=True)
class Hooked:
    """A connector that hears, with what was filled in for it."""

    app: str
    app_id: int
    connector: Connector
    connection: Connection


def hooks_blueprint(door: Door, ws: int = 1) -> Blueprint:
    """``/hooks/<app>/<connector>``."""
    hooks = Blueprint("hooks", __name__)
    messages, hearing = Messages.load(), Hearing(door.engine, ws)

    @hooks.post("/hooks/<app>/<connector>")
    def hook(app: str, connector: str) -> Response:
        actor = replace(system(ws), kind="timer")
        hooked = _hooked(door, actor, app, connector)
        try:
            if hooked is None:
                _body()
                raise NotSignedInError("UNSIGNED")
            return answer(_taken(door, actor, hooked, hearing))
        except BuilderError as error:
            if hooked is not None:
                hearing.note(hooked.app_id, hooked.connector.uid, _noted(hearing, hooked, error))
            problems = problem_list(error.problems, messages, "en")
            return answer({"code": error.code, "problems": problems}, error.status)

    return hooks


def _hooked(door: Door, actor: Actor, app: str, key: str) -> Hooked | None:
    try:
        with door.reading(actor, app) as ctx:
            found = next(
                (c for c in ctx.app.package.connectors if c.key == key and _hears(ctx.app.package, c)), None
            )
            if found is None:
                return None
            app_id = ctx.app.row.app_id
            return Hooked(app, app_id, found, connection_of(door.engine, ctx.conn, ctx.ws, app_id, found))
    except NotFoundError:
        return None


def _taken(door: Door, actor: Actor, hooked: Hooked, hearing: Hearing) -> dict[str, Any]:
    """The id of what a verified message became, and how many rules it woke; the same for the same message again."""
    signed = _verified(door, hooked)
    payload = _text(_body())
    body = read_object(request)
    _check(body)
    command = _command(hooked.app, hooked.connector, body, payload)
    key = f"hook:{hooked.connector.uid}:{signed.id}"
    with door.engine.database.glance() as conn:
        route = type(command).__name__
        is_known = stored_answer(conn, actor.workspace, actor.user_id, route, key) is not None
    made = door.send(actor, command, key)
    if is_known:
        hearing.note(hooked.app_id, hooked.connector.uid, "HOOK_REPEATED")
    return {name: made[name] for name in ("id", "woken") if name in made}


def _verified(door: Door, hooked: Hooked) -> Signed:
    """What the connector's secret signed. Who cannot sign is not told what exists; who can is told what is wrong."""
    headers, body = _request()
    held = hooked.connection.secrets
    try:
        found = verified(tuple(held.get(name, "") for name in SECRETS), headers, _now(door), body)
    except UnsignedError as error:
        raise NotSignedInError("HOOK_OLD" if error.why == "time" else "UNSIGNED") from None
    if not hooked.connection.is_on:
        raise NotSignedInError("HOOK_OFF")
    return found


def _request() -> tuple[dict[str, str], bytes]:
    body = _body()
    return {name.lower(): text for name, text in request.headers.items()}, body


def _now(door: Door) -> int:
    return int(door.engine.clock.now().timestamp())


def _noted(hearing: Hearing, hooked: Hooked, error: BuilderError) -> str:
    """What the administrator reads: more than whoever sent it was told."""
    app_id, uid = hooked.app_id, hooked.connector.uid
    if error.code != "UNSIGNED":
        return error.code
    headers, body = _request()
    if not all(headers.get(name) for name in (ID, TIME, SIGNATURE)):
        return "HOOK_NO_SIGNATURE"
    due = hearing.is_due(app_id, uid, "HOOK_OTHER_KEY")
    if due and hearing.signs_for_another(hooked.connector, hooked.app, (headers, body)):
        return "HOOK_OTHER_KEY"
    return error.code


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


def _hears(package: Package, connector: Connector) -> bool:
    """Whether anything happens when the connector brings a message."""
    if connector.kind != "webhook":
        return False
    rules = (r for r in package.rules if r.enabled and r.when.kind == "webhook")
    return bool(connector.settings.get("entity")) or any(r.when.connector == connector.key for r in rules)


def _text(data: bytes) -> str:
    """What rules read again later. JSON between systems is UTF-8; a mark of its order, which some put first, is no part of it."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise MalformedError("JSON_BROKEN", place=error.start) from error


def _check(value: Any) -> None:
    """A number beyond all measure would be written out digit by digit wherever a rule says it, and no database keeps a text with a NUL. What
    is checked is at most 32 levels deep."""
    if isinstance(value, Decimal):
        if len(value.as_tuple().digits) > MOST_DIGITS or abs(value.adjusted()) > MOST_DIGITS:
            raise MalformedError("JSON_NUMBER", number=f"{value:.3E}")
    elif isinstance(value, str):
        if "\0" in value:
            raise MalformedError("JSON_BROKEN", place=0)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            _check(name)
            _check(one)
    elif isinstance(value, list):
        for one in value:
            _check(one)


def _command(app: str, connector: Connector, body: Mapping[str, Any], payload: str) -> TakeHook:
    settings = connector.settings
    values = {
        name.removeprefix(TAKE): _found(body, path)
        for name, path in settings.items()
        if name.startswith(TAKE)
    }
    entity, submit = settings.get("entity", ""), settings.get("submit") == "true"
    return TakeHook(app, connector.key, payload, entity, values, submit)


def _found(body: Any, path: str) -> Any:
    """What stands at a dotted path; None where nothing plain does."""
    for part in path.split("."):
        body = body.get(part) if isinstance(body, Mapping) else None
    return None if isinstance(body, Mapping | list) else body
